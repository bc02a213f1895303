import FoundationEssentials

/// How we prove to Mesos who we are, and whose certificates we believe.
public struct MesosAccess: Sendable, Hashable {
    /// `nil`: nobody asks.
    public var credential: MesosCredential?
    /// Certificates (PEM) of the authorities that signed the servers'; `nil`: those that the machine trusts. For `https` only.
    public var trustedCertificates: [UInt8]?

    public init(credential: MesosCredential? = nil, trustedCertificates: [UInt8]? = nil) {
        (self.credential, self.trustedCertificates) = (credential, trustedCertificates)
    }
    /// Without a name, and with the machine's certificates.
    public static let anonymous = MesosAccess()
}

/// What goes into the `Authorization` header. Its text never shows the secret.
public struct MesosCredential: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private enum Kind: Sendable, Hashable {
        case basic(secret: String)
        case bearer(token: String)
    }
    /// Who we say that we are; empty for a token.
    public let principal: String
    private let kind: Kind

    /// Why a principal and a secret make no credential.
    public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        case emptyPrincipal, colonInPrincipal, emptySecret, controlCharacter
        public var description: String {
            switch self {
            case .emptyPrincipal: "the principal is empty"
            case .colonInPrincipal: "a principal with a colon cannot be sent by HTTP Basic authentication"
            case .emptySecret: "the secret is empty"
            case .controlCharacter: "principal and secret must be one line of text"
            }
        }
    }

    /// A principal with its secret, for Mesos' `basic` authenticator.
    public init(principal: String, secret: String) throws(Problem) {
        guard !principal.isEmpty else { throw .emptyPrincipal }
        guard !secret.isEmpty else { throw .emptySecret }
        guard !principal.contains(":") else { throw .colonInPrincipal }
        guard (principal + secret).unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else { throw .controlCharacter }
        (self.principal, kind) = (principal, .basic(secret: secret))
    }

    /// A token that an agent gave to its executor (`MESOS_EXECUTOR_AUTHENTICATION_TOKEN`).
    public init(token: String) { (principal, kind) = ("", .bearer(token: token)) }

    var header: String {
        switch kind {
        case .basic(let secret): "Basic " + Data("\(principal):\(secret)".utf8).base64EncodedString()
        case .bearer(let token): "Bearer " + token
        }
    }

    public var description: String { principal.isEmpty ? "token" : "principal \(principal)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["principal": principal]) }
}
