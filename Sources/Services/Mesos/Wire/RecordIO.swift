import NIOCore

/// What is wrong with a RecordIO stream; the stream cannot go on after it.
public enum RecordIOError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The length line holds something else than digits, or is too long to be a length.
    case malformedLength(String)
    /// A record is longer than the reader is willing to hold.
    case recordTooLong(length: Int, limit: Int)
    /// The stream ended inside a record; `missing` bytes of it had not come.
    case truncated(missing: Int)

    public var description: String {
        switch self {
        case .malformedLength(let text): "RecordIO: '\(text)' is no record length"
        case .recordTooLong(let length, let limit): "RecordIO: a record of \(length) bytes exceeds the limit of \(limit) bytes"
        case .truncated(let missing): "RecordIO: the stream ended \(missing) bytes before the end of a record"
        }
    }
}

/// The framing of Mesos' event streams: each record is its length in decimal digits, a line feed, and that many bytes.
///
/// Incremental: `feed` takes what the socket gave, `next` gives the records that are complete. Chunk borders mean nothing.
public struct RecordIODecoder: Sendable {
    /// The longest record taken, in bytes.
    public let limit: Int
    private var buffer = ByteBuffer()
    private var expected: Int?

    public init(limit: Int = 16 * 1024 * 1024) { self.limit = limit }

    public mutating func feed(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The next complete record, or `nil` until more bytes come.
    public mutating func next() throws(RecordIOError) -> ByteBuffer? {
        if expected == nil { expected = try readLength() }
        guard let length = expected, let record = buffer.readSlice(length: length) else { return nil }
        expected = nil
        buffer.discardReadBytes()
        return record
    }

    /// To be called at the end of the stream: throws when it ended inside a record.
    public func finish() throws(RecordIOError) {
        if let expected { throw .truncated(missing: expected - buffer.readableBytes) }
        if buffer.readableBytes > 0 { throw .truncated(missing: 1) }
    }

    private mutating func readLength() throws(RecordIOError) -> Int? {
        let view = buffer.readableBytesView.prefix(20)
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            if view.count < 20 && view.allSatisfy({ (48...57).contains($0) }) { return nil }
            throw .malformedLength(String(decoding: view, as: UTF8.self))
        }
        let digits = view[..<end]
        guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }), let length = Int(String(decoding: digits, as: UTF8.self)) else {
            throw .malformedLength(String(decoding: digits, as: UTF8.self))
        }
        if length > limit { throw .recordTooLong(length: length, limit: limit) }
        buffer.moveReaderIndex(forwardBy: digits.count + 1)
        return length
    }
}

/// Writes RecordIO.
public enum RecordIO {
    /// `record` with its length before it.
    public static func encode(_ record: some Collection<UInt8>) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("\(record.count)\n")
        buffer.writeBytes(record)
        return buffer
    }
}
