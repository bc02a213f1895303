public import NIOCore
import NIOHTTP1
import NIOPosix

/// A TCP connection on which a test says exactly what it wants, and sees exactly what comes.
public final class RawConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    public let channel: any Channel
    private var pending = ByteBuffer()

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ channel: any Channel) {
        (self.inbound, self.outbound, self.channel) = (inbound.makeAsyncIterator(), outbound, channel)
    }

    /// Connects, runs `body`, closes.
    public static func open<T>(port: Int, _ body: (RawConnection) async throws -> T) async throws -> T {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(inbound, outbound, channel.channel))
        }
    }

    public func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    public func send(_ bytes: ByteBuffer) async throws { try await outbound.write(bytes) }

    /// No more from us; we still listen.
    public func finishSending() { outbound.finish() }

    /// More bytes; false at the end.
    private func fill() async throws -> Bool {
        guard var bytes = try await inbound.next() else { return false }
        pending.writeBuffer(&bytes)
        return true
    }

    /// Everything up to and including `mark`; what there is if the connection ends before.
    public func read(through mark: String) async throws -> String {
        while true {
            let text = String(buffer: pending)
            if let range = text.firstRange(of: mark) {
                let found = String(text[..<range.upperBound])
                pending.moveReaderIndex(forwardBy: found.utf8.count)
                return found
            }
            if try await !fill() {
                pending.clear()
                return text
            }
        }
    }

    /// Everything until the other side closes.
    public func readToEnd() async throws -> String {
        while try await fill() {}
        defer { pending.clear() }
        return String(buffer: pending)
    }

    /// One whole answer, by its Content-Length or its chunks.
    public func readResponse(isHead: Bool = false) async throws -> RawResponse {
        let head = try await read(through: "\r\n\r\n")
        var lines = head.split(separator: "\r\n").map(String.init)
        guard !lines.isEmpty else { return RawResponse(status: 0, headers: [:], body: "") }
        let status = lines.removeFirst().split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].lowercased()
            let value = String(line[line.index(colon, offsetBy: 2)...])
            headers[name] = headers[name].map { $0 + "\n" + value } ?? value
        }
        var body = ""
        if isHead || status == 304 || status == 204 || (100..<200).contains(status) {
        } else if headers["transfer-encoding"] == "chunked" {
            while let chunk = try await readChunk() { body += chunk }
        } else if let length = headers["content-length"].flatMap({ Int($0) }) {
            body = try await read(length)
        } else {
            body = try await readToEnd()
        }
        return RawResponse(status: status, headers: headers, body: body)
    }

    /// The next chunk of a chunked body; `nil` for the last.
    public func readChunk() async throws -> String? {
        let line = try await read(through: "\r\n")
        guard let length = Int(line.split(separator: "\r\n").first ?? "", radix: 16), length > 0 else {
            _ = try await read(through: "\r\n")
            return nil
        }
        let text = try await read(length)
        _ = try await read(through: "\r\n")
        return text
    }

    private func read(_ length: Int) async throws -> String {
        while pending.readableBytes < length { if try await !fill() { break } }
        return pending.readString(length: min(length, pending.readableBytes)) ?? ""
    }
}

/// An answer as it came.
public struct RawResponse: Sendable {
    public let status: Int
    /// Names in lower case; values of the same name in lines.
    public let headers: [String: String]
    public let body: String
}

/// One request on a connection of its own.
public func rawRequest(
    port: Int, _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = nil
) async throws -> RawResponse {
    try await RawConnection.open(port: port) { connection in
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await connection.send(text + "\r\n" + (body ?? ""))
        return try await connection.readResponse(isHead: method == "HEAD")
    }
}
