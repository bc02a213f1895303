import HTTPKit

/// Who an agent is to its master: a principal and its secret, as in Mesos' `--credential` and `--credentials`.
public struct LinkCredential: Sendable, Hashable, CustomStringConvertible {
    public let principal: String
    fileprivate let secret: String

    public init(principal: String, secret: String) { (self.principal, self.secret) = (principal, secret) }

    /// Without the secret: it may stand in a log.
    public var description: String { principal }

    /// `Authorization: Basic …` (RFC 7617).
    var header: String { "Basic " + Base64.encode(Array("\(principal):\(secret)".utf8)) }
}

/// Which agents a master takes: those of its own machine, and those that know a secret.
struct LinkGate: Sendable {
    var credentials: [LinkCredential] = []

    /// Why this request may not open a link; `nil` if it may.
    func refusal(of request: HTTPRequest) -> HTTPAnswer? {
        if credentials.isEmpty {
            if LinkGate.isLocal(request.remoteAddress) { return nil }
            return .forbidden("An agent on another machine needs a credential, and this master has none: start it with --credentials=FILE")
        }
        let given = request.headers.first(name: "Authorization") ?? ""
        // Every credential is compared, each in time that does not tell where it differs.
        let known = credentials.reduce(false) { found, credential in LinkGate.isEqual(credential.header, given) || found }
        return known ? nil : HTTPAnswer(status: 401, text: "The agent's credential is not known here: see --credential of the agent")
    }

    static func isLocal(_ address: String?) -> Bool {
        guard let address else { return true }
        return address.hasPrefix("127.") || address.hasPrefix("::1:") || address.hasPrefix("::ffff:127.")
    }

    static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// RFC 4648 4.
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let bits = part.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - part.count))
            for index in 0..<4 {
                text.append(index <= part.count ? digits[Int(bits >> (18 - 6 * UInt32(index))) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
