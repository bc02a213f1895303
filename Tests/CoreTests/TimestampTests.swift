import Core
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_795_237_140, "2026-11-21T04:59:00Z"), (-1, "1969-12-31T23:59:59Z"),
    ])
    func writesWhatItReads(seconds: Int64, text: String) {
        #expect(Timestamp(secondsSinceEpoch: seconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(secondsSinceEpoch: seconds))
    }

    @Test func keepsTheFractionThatEachFormCarries() throws {
        let time = try #require(Timestamp(rfc3339: "2026-11-21T04:39:00.000123456Z"))
        #expect(time.rfc3339Micro == "2026-11-21T04:39:00.000123Z")
        #expect(time.rfc3339Nano == "2026-11-21T04:39:00.000123456Z")
    }

    @Test func takesAnOffsetFromUTC() {
        #expect(Timestamp(rfc3339: "2026-11-21T06:39:00+02:00") == Timestamp(rfc3339: "2026-11-21T04:39:00Z"))
    }

    @Test(arguments: ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T04:39:00", "2026-11-21T04:39:00.Z", "2026-11-21T04:39:00Zx"])
    func refusesWhatIsNoTime(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }
}
