import Logging
import Synchronization
import Telemetry
import Testing

@Suite struct LineLogHandlerTests {
    /// What the handler wrote.
    final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    func lines(_ use: (Logger) -> Void) -> [String] {
        let lines = Lines()
        use(Logger(label: "test") { LineLogHandler(label: $0, level: .info) { line in lines.all.withLock { $0.append(line) } } })
        return lines.all.withLock { $0 }
    }

    @Test func oneMessageIsOneLineWithItsFactsInOrder() throws {
        let line = try #require(lines { $0.warning("offer lost", metadata: ["offer": "O 1", "agent": "a\"\n"]) }.first)
        #expect(line.hasSuffix("warning test: offer lost agent=\"a\\\"\\n\" offer=\"O 1\"\n"))
        #expect(line.dropLast().contains("\n") == false)
    }

    @Test func whatIsBelowTheLevelIsNotWritten() {
        #expect(lines { $0.debug("quiet") } == [])
    }

    @Test func verbosityReadsAsInTheGuides() {
        #expect([-1, 0, 1, 2, 3, 9].map(Verbosity.level(v:)) == [.warning, .warning, .notice, .info, .debug, .trace])
    }
}
