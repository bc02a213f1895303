/// Why bytes are no DNS message, or why a message has no bytes.
public enum DNSError: Error, Sendable, Hashable {
    /// It ends in the middle of something.
    case cutShort
    /// A label of more than 63 bytes, a name of more than 255, or an unknown kind of label.
    case badName
    /// A compression pointer that does not point back: followed, it could go round for ever.
    case badPointer
    /// The data of a record is not what its type says.
    case badRecord(type: UInt16)
    /// Two OPT records, or one that is not the root's.
    case badOptions
    /// Bytes follow where the message ended by its own counts.
    case leftOver
    /// More than 65,535 bytes, or records.
    case tooLarge
}

/// A record's type, a number of IANA's list.
public struct RecordType: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(_ number: UInt16) { rawValue = number }

    public static let a = RecordType(1)
    public static let ns = RecordType(2)
    public static let cname = RecordType(5)
    public static let soa = RecordType(6)
    public static let ptr = RecordType(12)
    public static let mx = RecordType(15)
    public static let txt = RecordType(16)
    public static let aaaa = RecordType(28)
    public static let srv = RecordType(33)
    public static let opt = RecordType(41)
    public static let any = RecordType(255)
}

/// What an answer says of its success (RFC 1035, 4.1.1; RFC 6891, 9).
public struct ResponseCode: RawRepresentable, Sendable, Hashable {
    /// 12 bits; those beyond 4 need EDNS.
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue & 0xfff }

    public static let noError = ResponseCode(rawValue: 0)
    public static let formatError = ResponseCode(rawValue: 1)
    public static let serverFailure = ResponseCode(rawValue: 2)
    public static let nameError = ResponseCode(rawValue: 3)
    public static let notImplemented = ResponseCode(rawValue: 4)
    public static let refused = ResponseCode(rawValue: 5)
    public static let badVersion = ResponseCode(rawValue: 16)
}

/// What is asked.
public struct DNSQuestion: Sendable, Hashable {
    public var name: DNSName
    public var type: RecordType
    /// 1 is the Internet.
    public var recordClass: UInt16
    public init(_ name: DNSName, _ type: RecordType, recordClass: UInt16 = 1) {
        (self.name, self.type, self.recordClass) = (name, type, recordClass)
    }
}

/// A record's data.
public enum RecordData: Sendable, Hashable {
    /// Four bytes.
    case a([UInt8])
    /// Sixteen bytes.
    case aaaa([UInt8])
    case cname(DNSName)
    case ns(DNSName)
    case ptr(DNSName)
    case mx(preference: UInt16, DNSName)
    case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
    /// Texts of at most 255 bytes each, one at least.
    case txt([[UInt8]])
    case soa(StartOfAuthority)
    case other(RecordType, [UInt8])

    public var type: RecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .cname: .cname
        case .ns: .ns
        case .ptr: .ptr
        case .mx: .mx
        case .srv: .srv
        case .txt: .txt
        case .soa: .soa
        case .other(let type, _): type
        }
    }
}

/// A zone's SOA: its last number is how long "there is none" may be remembered, in seconds (RFC 2308).
public struct StartOfAuthority: Sendable, Hashable {
    public var (server, mailbox): (DNSName, DNSName)
    public var (serial, refresh, retry, expire, minimum): (UInt32, UInt32, UInt32, UInt32, UInt32)
    public init(
        server: DNSName, mailbox: DNSName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32, minimum: UInt32
    ) {
        (self.server, self.mailbox) = (server, mailbox)
        (self.serial, self.refresh, self.retry, self.expire, self.minimum) = (serial, refresh, retry, expire, minimum)
    }
}

/// A resource record.
public struct DNSRecord: Sendable, Hashable {
    public var name: DNSName
    public var recordClass: UInt16
    /// Seconds.
    public var ttl: UInt32
    public var data: RecordData
    public init(_ name: DNSName, ttl: UInt32, _ data: RecordData, recordClass: UInt16 = 1) {
        (self.name, self.ttl, self.data, self.recordClass) = (name, ttl, data, recordClass)
    }
}

/// The OPT record (RFC 6891), read apart from the other additional records.
public struct EDNS: Sendable, Hashable {
    /// The largest UDP message that its sender takes.
    public var payloadSize: UInt16
    public var version: UInt8
    public var dnssecOK: Bool
    public var options: [UInt8]
    public init(payloadSize: UInt16, version: UInt8 = 0, dnssecOK: Bool = false, options: [UInt8] = []) {
        (self.payloadSize, self.version, self.dnssecOK, self.options) = (payloadSize, version, dnssecOK, options)
    }
}

/// A DNS message (RFC 1035, 4) as a value. The server's own answers on the hot path do not go through it.
public struct DNSMessage: Sendable, Hashable {
    public var id: UInt16 = 0
    public var isResponse = false
    /// Four bits; 0 is a standard query.
    public var opcode: UInt8 = 0
    public var isAuthoritative = false
    public var isTruncated = false
    public var recursionDesired = false
    public var recursionAvailable = false
    public var authenticData = false
    public var checkingDisabled = false
    public var responseCode = ResponseCode.noError
    public var questions: [DNSQuestion] = []
    public var answers: [DNSRecord] = []
    public var authorities: [DNSRecord] = []
    public var additionals: [DNSRecord] = []
    public var edns: EDNS?

    public init() {}

    /// A question as a stub asks it.
    public init(asking question: DNSQuestion, id: UInt16, payloadSize: UInt16? = nil) {
        (self.id, recursionDesired, questions) = (id, true, [question])
        edns = payloadSize.map { EDNS(payloadSize: $0) }
    }
}
