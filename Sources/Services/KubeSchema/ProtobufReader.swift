/// Why some bytes are no protobuf message of the expected type. Worded as Go words it.
public struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String
    /// Bytes of the body before the place of the error.
    public let offset: Int

    public var description: String { message }
}

/// Reads the wire format of protobuf from a piece of a body. Never reads outside of it.
struct ProtobufReader {
    enum Value {
        /// Wire type 0.
        case varint(UInt64)
        /// Wire type 2.
        case bytes(Range<Int>)
        /// Wire types 1 and 5, which no field of ours uses.
        case fixed
    }

    let body: [UInt8]
    private(set) var position: Int
    let end: Int

    init(_ body: [UInt8], _ range: Range<Int>) {
        self.body = body
        (position, end) = (range.lowerBound, range.upperBound)
    }

    var isAtEnd: Bool { position >= end }

    /// The next field: its number and its value.
    mutating func next() throws(ProtobufError) -> (number: Int, value: Value) {
        let start = position
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
            throw ProtobufError(message: "proto: illegal tag \(tag >> 3) (wire type \(tag & 7))", offset: start)
        }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1:
            try skip(8)
            return (number, .fixed)
        case 2:
            let length = try varint()
            guard length <= UInt64(end - position) else { throw ended() }
            let range = position..<(position + Int(length))
            position = range.upperBound
            return (number, .bytes(range))
        case 5:
            try skip(4)
            return (number, .fixed)
        default: throw ProtobufError(message: "proto: illegal wireType \(tag & 7)", offset: start)
        }
    }

    mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw ended() }
            guard shift < 64 else { throw ProtobufError(message: "proto: integer overflow", offset: position) }
            let byte = body[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    private mutating func skip(_ count: Int) throws(ProtobufError) {
        guard end - position >= count else { throw ended() }
        position += count
    }

    private func ended() -> ProtobufError { ProtobufError(message: "unexpected EOF", offset: end) }
}
