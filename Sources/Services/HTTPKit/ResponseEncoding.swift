import NIOCore
public import NIOHTTP1
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension HTTPResponseStatus {
    /// RFC 9110 6.4.1: informational answers, 204 and 304 have no body.
    var mayHaveBody: Bool { code >= 200 && code != 204 && code != 304 }
}

extension ByteBuffer {
    /// The status line and the headers, without those that frame the body and without the empty line.
    mutating func writeHead(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, common: HTTPHeaderBlock? = nil, keepAlive: Bool, date: HTTPDate
    ) {
        if status == .ok {
            writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
        if let common { writeImmutableBuffer(common.bytes) }
        for (name, value) in headers where !isFraming(name) { writeHeader(name, value) }
        writeStaticString("Date: ")
        writeImmutableBuffer(date.now())
        writeStaticString("\r\n")
        if !keepAlive { writeStaticString("Connection: close\r\n") }
    }

    /// One header; line ends in it, which would let its author write headers of their own, become spaces.
    mutating func writeHeader(_ name: String, _ value: String) {
        writeString(name)
        writeStaticString(": ")
        if value.utf8.contains(where: { $0 < 32 && $0 != 9 }) {
            writeBytes(value.utf8.map { $0 < 32 ? 32 : $0 })
        } else {
            writeString(value)
        }
        writeStaticString("\r\n")
    }
}

/// Headers that many answers have, laid out once.
public struct HTTPHeaderBlock: Sendable {
    /// As they stand on the wire.
    let bytes: ByteBuffer

    /// - Parameter headers: without those that frame the body, which are the server's business.
    public init(_ headers: HTTPHeaders) {
        var bytes = ByteBuffer()
        for (name, value) in headers where !isFraming(name) { bytes.writeHeader(name, value) }
        self.bytes = bytes
    }
}

private func isFraming(_ name: String) -> Bool {
    switch name.utf8.count {
    case 10: name.lowercased() == "connection"
    case 14: name.lowercased() == "content-length"
    case 17: name.lowercased() == "transfer-encoding"
    default: false
    }
}

/// The `Date` header's value, made once a second.
final class HTTPDate: Sendable {
    private let cache = Mutex((second: time_t(-1), text: ByteBuffer()))

    func now() -> ByteBuffer {
        let second = time(nil)
        return cache.withLock { cache in
            if cache.second != second { cache = (second, ByteBuffer(string: HTTPDate.text(second))) }
            return cache.text
        }
    }

    /// RFC 9110 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ second: time_t) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : String(number) }
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date =
            "\(days[Int(parts.tm_wday) % 7]), \(padded(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12]) \(parts.tm_year + 1900)"
        return "\(date) \(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec)) GMT"
    }
}
