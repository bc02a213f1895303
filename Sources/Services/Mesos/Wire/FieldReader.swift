/// Bytes that are no protobuf message.
struct WireFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    let description: String
}

/// Walks over the fields of an encoded protobuf message without decoding them.
///
/// The encoding: a field is a varint `number << 3 | type`, then a varint (type 0), 8 bytes (1), a length and as many bytes (2), or 4 bytes (5).
struct FieldReader {
    struct Field {
        let number: Int
        /// The field with its tag.
        let whole: Range<Int>
        /// What a field of type 2 holds.
        let content: Range<Int>?
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }

    /// The next field; `nil` at the end.
    mutating func next() throws(WireFormatError) -> Field? {
        guard position < bytes.endIndex else { return nil }
        let start = position
        let tag = try varint()
        var content: Range<Int>?
        switch tag & 7 {
        case 0: _ = try varint()
        case 1: try skip(8)
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.endIndex - position) else { throw WireFormatError(description: "a field of \(length) bytes ends after the message") }
            content = position..<position + Int(length)
            position += Int(length)
        case 5: try skip(4)
        default: throw WireFormatError(description: "wire type \(tag & 7)")
        }
        return Field(number: Int(truncatingIfNeeded: tag >> 3), whole: start..<position, content: content)
    }

    private mutating func skip(_ count: Int) throws(WireFormatError) {
        guard bytes.endIndex - position >= count else { throw WireFormatError(description: "the message ends within a field") }
        position += count
    }

    private mutating func varint() throws(WireFormatError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard position < bytes.endIndex else { throw WireFormatError(description: "the message ends within a number") }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        throw WireFormatError(description: "a number of more than ten bytes")
    }
}
