import NIOCore
@_exported public import NIOHTTP1

/// One request, read whole: its body has arrived and is within the service's limit.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    /// The request target as it came, always in origin form: `/path?query`.
    public let uri: String
    /// The path as it stands on the wire (percent-encoded), without the query.
    public let path: String
    /// What stands after `?`, without it; `nil` when there is none.
    public let rawQuery: String?
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// Where the client is, `address:port`; `nil` on a unix domain socket.
    public var remoteAddress: String?

    public init(
        method: HTTPMethod, uri: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer(), remoteAddress: String? = nil
    ) {
        (self.method, self.headers, self.body, self.remoteAddress) = (method, headers, body, remoteAddress)
        self.uri = HTTPRequest.originForm(uri)
        if let mark = self.uri.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(self.uri[..<mark])
            rawQuery = String(self.uri[self.uri.utf8.index(after: mark)...])
        } else {
            (path, rawQuery) = (self.uri, nil)
        }
    }

    /// The path's parts between slashes, each percent-decoded; empty parts are left out: `/a//b%2Fc/` is `["a", "b/c"]`.
    public var pathSegments: [String] {
        var path = path
        return path.withUTF8 { bytes in
            var segments: [String] = []
            segments.reserveCapacity(8)
            for part in bytes.split(separator: UInt8(ascii: "/")) {
                segments.append(percentDecoded(UnsafeBufferPointer(rebasing: part), plusIsSpace: false))
            }
            return segments
        }
    }

    /// Whether the path has parts that `pathSegments` leaves out: `/a//b`.
    public var hasEmptySegments: Bool {
        var before: UInt8 = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/"), before == byte { return true }
            before = byte
        }
        return false
    }

    /// The query's parameters. Parsed at each call: keep the value.
    public var query: HTTPQuery { HTTPQuery(rawQuery.map { $0[...] } ?? "") }

    /// Whether the client asks to leave HTTP/1.1 for another protocol on this connection (`Connection: Upgrade`).
    public var wantsUpgrade: Bool {
        headers.contains(name: "upgrade") && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// Proxies are sent `http://host/path`; we answer for any host, so only path and query count.
    private static func originForm(_ target: String) -> String {
        guard target.utf8.first != UInt8(ascii: "/") else { return target }
        guard let scheme = target.firstRange(of: "://") else { return target == "*" ? "/" : "/" + target }
        guard let slash = target[scheme.upperBound...].firstIndex(of: "/") else { return "/" }
        return String(target[slash...])
    }
}

/// The parameters of a query string, in their order; a name may occur more than once.
public struct HTTPQuery: Sendable, Hashable {
    public let items: [(name: String, value: String)]

    public init(items: [(name: String, value: String)]) { self.items = items }

    /// Reads `a=1&b=2`: percent-decoded, `+` is a space, a name without `=` has an empty value.
    public init(_ text: Substring) {
        items = text.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
                return (percentDecoded(pair, plusIsSpace: true), "")
            }
            return (
                percentDecoded(pair[..<equals], plusIsSpace: true),
                percentDecoded(pair[pair.index(after: equals)...], plusIsSpace: true)
            )
        }
    }

    public var isEmpty: Bool { items.isEmpty }
    public func first(_ name: String) -> String? { items.first { $0.name == name }?.value }
    public func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    public static func == (left: HTTPQuery, right: HTTPQuery) -> Bool {
        left.items.elementsEqual(right.items) { $0.name == $1.name && $0.value == $1.value }
    }
    public func hash(into hasher: inout Hasher) {
        for item in items {
            hasher.combine(item.name)
            hasher.combine(item.value)
        }
    }
}

/// Decodes `%41`; a `%` that two hexadecimal digits do not follow stands for itself.
func percentDecoded(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String {
    guard text.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
        return String(decoding: text, as: UTF8.self)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(hexValue), let low = rest.dropFirst().first.flatMap(hexValue)
        {
            bytes.append(high << 4 | low)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
