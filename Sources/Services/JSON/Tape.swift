/// One tape entry: tag (4 bits), payload (28), offset of the first byte (32).
///
/// The payload of an array or object is the tape index behind its `end` entry; that of anything else the length in bytes.
/// The offset of an `end` entry is the place behind the closing bracket.
struct Entry {
    enum Tag: UInt8 { case null, `true`, `false`, integer, double, string, escapedString, array, object, end }

    let raw: UInt64

    @inline(__always)
    init(_ raw: UInt64) { self.raw = raw }

    @inline(__always)
    init(_ tag: Tag, offset: Int, payload: Int) {
        raw = UInt64(tag.rawValue) << 60 | UInt64(truncatingIfNeeded: payload) << 32 | UInt64(truncatingIfNeeded: offset)
    }

    @inline(__always)
    var tag: Tag { Tag(rawValue: UInt8(truncatingIfNeeded: raw >> 60)) ?? .end }

    @inline(__always)
    var payload: Int { Int(truncatingIfNeeded: raw >> 32 & 0xFFF_FFFF) }

    @inline(__always)
    var offset: Int { Int(truncatingIfNeeded: raw & 0xFFFF_FFFF) }
}

/// Writes the tape in one pass. No recursion on values, so that it is quick; the open brackets are kept in an array.
struct TapeParser {
    private var reader: Reader
    private var tape: [UInt64] = []
    /// Tape indices of the arrays and objects that are open.
    private var open: [Int] = []

    init(reader: Reader) {
        self.reader = reader
        // A Kubernetes object has about one value or key per 16 bytes.
        tape.reserveCapacity(reader.end / 12 + 8)
        open.reserveCapacity(16)
    }

    mutating func document() throws(Fault) -> [UInt64] {
        try value()
        while let container = open.last {
            try next(in: container)
        }
        if reader.peek() != nil { throw reader.unexpected("after top-level value") }
        return tape
    }

    /// Behind a bracket or a value of the container: closes it, or reads the next value.
    private mutating func next(in container: Int) throws(Fault) {
        let isObject = Entry(tape[container]).tag == .object
        let isFirst = tape.count == container &+ 1
        let closing = isObject ? ascii("}") : ascii("]")
        guard let byte = reader.peek() else { throw reader.ended() }
        if byte == closing {
            reader.position &+= 1
            open.removeLast()
            tape.append(Entry(.end, offset: reader.position, payload: 0).raw)
            tape[container] = Entry(isObject ? .object : .array, offset: Entry(tape[container]).offset, payload: tape.count).raw
            return
        }
        if !isFirst {
            guard byte == ascii(",") else {
                throw reader.unexpected(isObject ? "after object key:value pair" : "after array element")
            }
            reader.position &+= 1
        }
        if isObject { try key() }
        try value()
    }

    private mutating func key() throws(Fault) {
        guard let quote = reader.peek() else { throw reader.ended() }
        guard quote == ascii("\"") else { throw reader.unexpected("looking for beginning of object key string") }
        try string()
        guard let colon = reader.peek() else { throw reader.ended() }
        guard colon == ascii(":") else { throw reader.unexpected("after object key") }
        reader.position &+= 1
    }

    private mutating func value() throws(Fault) {
        guard let byte = reader.peek() else { throw reader.ended() }
        let start = reader.position
        switch byte {
        case ascii("\""): try string()
        case ascii("{"), ascii("["):
            guard open.count < Reader.depthLimit else { throw Fault(message: "exceeded max depth", offset: start) }
            open.append(tape.count)
            tape.append(Entry(byte == ascii("{") ? .object : .array, offset: start, payload: 0).raw)
            reader.position &+= 1
        case ascii("-"), ascii("0")...ascii("9"): try number()
        case ascii("t"):
            try reader.literal("true")
            tape.append(Entry(.true, offset: start, payload: 4).raw)
        case ascii("f"):
            try reader.literal("false")
            tape.append(Entry(.false, offset: start, payload: 5).raw)
        case ascii("n"):
            try reader.literal("null")
            tape.append(Entry(.null, offset: start, payload: 4).raw)
        default: throw reader.unexpected("looking for beginning of value")
        }
    }

    private mutating func string() throws(Fault) {
        let start = reader.position
        let span = try reader.string()
        tape.append(Entry(span.hasEscapes ? .escapedString : .string, offset: start, payload: reader.position &- start).raw)
    }

    private mutating func number() throws(Fault) {
        let start = reader.position
        let integral = try reader.number()
        let length = reader.position &- start
        if integral, integerValue(reader.base, start, reader.position) != nil {
            tape.append(Entry(.integer, offset: start, payload: length).raw)
            return
        }
        guard doubleValue(reader.base, start, reader.position) != nil else {
            throw Fault(message: "number is out of the range of a 64-bit float", offset: start)
        }
        tape.append(Entry(.double, offset: start, payload: length).raw)
    }
}
