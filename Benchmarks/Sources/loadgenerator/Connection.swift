import Glibc

/// Why a measurement cannot go on.
struct LoadError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One kept-alive connection to the server under test, with at most one request under way. Only what the measurements need of HTTP: answers
/// with a `Content-Length`, and the chunks of a watch as raw bytes.
final class Connection {
    let file: Int32
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var filled = 0
    /// Body bytes of the present answer that are still to come; `nil` while its head is not whole.
    private var missing: Int?

    /// - Parameter address: `127.0.0.1:8888`.
    init(_ address: String) throws {
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw LoadError("\(address) is not an address like 127.0.0.1:8888") }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = port.bigEndian
        guard inet_pton(AF_INET, String(parts[0]), &target.sin_addr) == 1 else { throw LoadError("\(parts[0]) is not an IPv4 address") }
        file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(file, $0, length) }
        }
        guard code == 0 else { throw LoadError("cannot connect to \(address): \(String(cString: strerror(errno)))") }
        var one: Int32 = 1
        setsockopt(file, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(file) }

    func send(_ request: [UInt8]) throws {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + sent }, $0.count - sent) }
            guard count > 0 else { throw LoadError("the server closed the connection: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// Takes what has come. True when the answer is whole; throws unless it is a 2xx.
    func receive() throws -> Bool {
        let count = try more()
        if let missing {
            // Bodies are counted, not kept.
            self.missing = missing - count
            filled = 0
        } else {
            guard let end = headEnd() else { return false }
            let head = String(decoding: buffer[..<end], as: UTF8.self)
            guard head.hasPrefix("HTTP/1.1 2") else { throw LoadError(String(decoding: buffer[..<filled].prefix(600), as: UTF8.self)) }
            let lines = head.split(separator: "\r\n").map { $0.lowercased() }
            guard let length = lines.first(where: { $0.hasPrefix("content-length:") }).flatMap({ Int($0.dropFirst(15).filter(\.isNumber)) })
            else { throw LoadError("an answer without Content-Length: \(head)") }
            missing = length - (filled - end)
            filled = 0
        }
        guard let missing, missing <= 0 else { return false }
        self.missing = nil
        return true
    }

    /// Waits for a whole answer.
    func answer() throws { while try !receive() {} }

    /// Waits for anything at all, and throws it away: the head or an event of a watch.
    func something() throws {
        _ = try more()
        filled = 0
    }

    private func more() throws -> Int {
        if filled == buffer.count { filled = 0 }
        let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + filled }, $0.count - filled) }
        guard count > 0 else { throw LoadError("the server closed the connection") }
        filled += count
        return count
    }

    private func headEnd() -> Int? {
        var position = 3
        while position < filled {
            if buffer[position] == 10, buffer[position - 1] == 13, buffer[position - 2] == 10, buffer[position - 3] == 13 { return position + 1 }
            position += 1
        }
        return nil
    }
}

/// A request as kubectl writes it.
func request(_ method: String, _ path: String, accept: String = "application/json", type: String = "application/json", body: String = "") -> [UInt8] {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:8888\r\nUser-Agent: kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0\r\n"
    if !body.isEmpty { head += "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n" }
    return Array((head + "Accept: \(accept)\r\nAccept-Encoding: identity\r\n\r\n" + body).utf8)
}

/// Keeps `clients` connections busy, each with one request at a time, until `count` requests have been answered.
func drive(_ address: String, clients: Int, count: Int, _ make: (Int) -> [UInt8]) throws {
    let connections = try (0..<clients).map { _ in try Connection(address) }
    var next = 0
    var done = 0
    for connection in connections where next < count {
        try connection.send(make(next))
        next += 1
    }
    var waiting = connections.map { pollfd(fd: $0.file, events: Int16(POLLIN), revents: 0) }
    while done < count {
        guard poll(&waiting, nfds_t(waiting.count), 30_000) > 0 else { throw LoadError("no answer within 30 s") }
        for (connection, waiting) in zip(connections, waiting) where waiting.revents != 0 {
            guard try connection.receive() else { continue }
            done += 1
            guard next < count else { continue }
            try connection.send(make(next))
            next += 1
        }
    }
}
