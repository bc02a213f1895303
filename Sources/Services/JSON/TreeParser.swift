extension JSONValue {
    /// What a parse found beside the value.
    public struct Parsed: Sendable {
        public let value: JSONValue
        /// Paths of members that were there more than once (the last one won), each once, in order: `spec.containers[0].name`.
        public let duplicateKeys: [String]
    }

    /// Strict RFC 8259. Duplicate members: the last wins.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try JSONValue.parse(bytes).value
    }

    public init(parsing text: String) throws(JSONError) {
        self = try JSONValue.parse(Array(text.utf8)).value
    }

    public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        self = try JSONValue.parse(bytes).value
    }

    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> Parsed {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in try parse(buffer) }
    }

    /// For bytes that lie in a `ByteBuffer` or the like. They are not kept.
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> Parsed {
        guard let reader = Reader(bytes) else { throw JSONError("unexpected end of JSON input", at: 0, in: bytes) }
        var parser = TreeParser(reader: reader)
        let value: JSONValue
        do throws(Fault) {
            value = try parser.document()
        } catch {
            throw JSONError(error.message, at: error.offset, in: bytes)
        }
        return Parsed(
            value: value, duplicateKeys: parser.sawDuplicate ? try JSONDocument(parsing: Array(bytes)).duplicateKeys() : [])
    }
}

/// Builds the tree in one pass.
struct TreeParser {
    var reader: Reader
    var sawDuplicate = false
    private var depth = 0
    private var scratch: [UInt8] = []

    init(reader: Reader) {
        self.reader = reader
    }

    mutating func document() throws(Fault) -> JSONValue {
        let value = try value()
        if reader.peek() != nil { throw reader.unexpected("after top-level value") }
        return value
    }

    private mutating func value() throws(Fault) -> JSONValue {
        guard let byte = reader.peek() else { throw reader.ended() }
        switch byte {
        case ascii("\""): return .string(try string())
        case ascii("{"): return try object()
        case ascii("["): return try array()
        case ascii("-"), ascii("0")...ascii("9"): return try number()
        case ascii("t"):
            try reader.literal("true")
            return .bool(true)
        case ascii("f"):
            try reader.literal("false")
            return .bool(false)
        case ascii("n"):
            try reader.literal("null")
            return .null
        default: throw reader.unexpected("looking for beginning of value")
        }
    }

    private mutating func enter() throws(Fault) {
        depth &+= 1
        guard depth <= Reader.depthLimit else { throw Fault(message: "exceeded max depth", offset: reader.position) }
        reader.position &+= 1
    }

    private mutating func object() throws(Fault) -> JSONValue {
        try enter()
        var entries: [(key: String, value: JSONValue)] = []
        var seen: [String: Int]?
        guard let first = reader.peek() else { throw reader.ended() }
        if first != ascii("}") {
            entries.reserveCapacity(4)
            while true {
                guard let quote = reader.peek() else { throw reader.ended() }
                guard quote == ascii("\"") else { throw reader.unexpected("looking for beginning of object key string") }
                let key = try string()
                guard let colon = reader.peek() else { throw reader.ended() }
                guard colon == ascii(":") else { throw reader.unexpected("after object key") }
                reader.position &+= 1
                add(key, try value(), to: &entries, &seen)
                guard let next = reader.peek() else { throw reader.ended() }
                if next == ascii("}") { break }
                guard next == ascii(",") else { throw reader.unexpected("after object key:value pair") }
                reader.position &+= 1
            }
        }
        reader.position &+= 1
        depth &-= 1
        return .object(JSONObject(distinct: entries))
    }

    @inline(__always)
    private mutating func add(
        _ key: String, _ value: JSONValue, to entries: inout [(key: String, value: JSONValue)], _ seen: inout [String: Int]?
    ) {
        if entries.count >= JSONObject.indexedFrom {
            var places = seen ?? Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.key, $0) })
            seen = nil
            if let position = places[key] {
                sawDuplicate = true
                entries[position].value = value
            } else {
                places[key] = entries.count
                entries.append((key, value))
            }
            seen = places
            return
        }
        for position in entries.indices where entries[position].key == key {
            sawDuplicate = true
            entries[position].value = value
            return
        }
        entries.append((key, value))
    }

    private mutating func array() throws(Fault) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        guard let first = reader.peek() else { throw reader.ended() }
        if first != ascii("]") {
            while true {
                elements.append(try value())
                guard let next = reader.peek() else { throw reader.ended() }
                if next == ascii("]") { break }
                guard next == ascii(",") else { throw reader.unexpected("after array element") }
                reader.position &+= 1
            }
        }
        reader.position &+= 1
        depth &-= 1
        return .array(elements)
    }

    private mutating func number() throws(Fault) -> JSONValue {
        let start = reader.position
        if try reader.number(), let value = integerValue(reader.base, start, reader.position) { return .integer(value) }
        guard let value = doubleValue(reader.base, start, reader.position) else {
            throw Fault(message: "number is out of the range of a 64-bit float", offset: start)
        }
        return .double(value)
    }

    @inline(__always)
    private mutating func string() throws(Fault) -> String {
        let start = reader.position &+ 1
        let span = try reader.string()
        guard span.hasEscapes else {
            return String(decoding: Bytes(start: reader.base + start, count: span.end &- start), as: UTF8.self)
        }
        scratch.removeAll(keepingCapacity: true)
        unescape(reader.base, start, span.end, into: &scratch)
        return String(decoding: scratch, as: UTF8.self)
    }
}
