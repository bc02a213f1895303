import Mesos
import NIOCore
import Testing

@Suite struct RecordIOTests {
    func decode(_ pieces: [String], limit: Int = 100) throws -> [String] {
        var decoder = RecordIODecoder(limit: limit)
        var records: [String] = []
        for piece in pieces {
            decoder.feed(ByteBuffer(string: piece))
            while let record = try decoder.next() { records.append(String(buffer: record)) }
        }
        try decoder.finish()
        return records
    }

    @Test func readsWhatItWrites() throws {
        let text = ["", "a", String(repeating: "x", count: 99)].map { String(buffer: RecordIO.encode(Array($0.utf8))) }.joined()
        #expect(try decode([text]) == ["", "a", String(repeating: "x", count: 99)])
    }

    @Test func takesRecordsApartHoweverTheBytesCome() throws {
        let text = "5\nhello3\nyou11\nline\nbreaks"
        #expect(try decode(text.map(String.init)) == ["hello", "you", "line\nbreaks"])
        #expect(try decode(["5\nhel", "lo3\nyou1", "1\nline\nbreaks"]).count == 3)
    }

    @Test func refusesALengthThatIsNone() {
        #expect(throws: RecordIOError.malformedLength("x5")) { try decode(["x5\nhello"]) }
        #expect(throws: RecordIOError.malformedLength("")) { try decode(["\nhello"]) }
        #expect(throws: RecordIOError.malformedLength("11111111111111111111")) { try decode(["1111111111111111111111"]) }
    }

    @Test func refusesARecordThatIsTooLong() {
        #expect(throws: RecordIOError.recordTooLong(length: 101, limit: 100)) { try decode(["101\n"]) }
    }

    @Test func tellsAStreamThatEndsInARecord() {
        #expect(throws: RecordIOError.truncated(missing: 2)) { try decode(["5\nhel"]) }
        #expect(throws: RecordIOError.truncated(missing: 1)) { try decode(["5"]) }
    }
}
