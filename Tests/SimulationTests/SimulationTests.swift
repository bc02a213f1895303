import Foundation
import Testing

@testable import kmd_sim

/// The whole cluster under virtual time (docs/simulation.md). `KMD_SEEDS=20` looks twenty times as long.
@Suite struct SimulationTests {
    static let share = ProcessInfo.processInfo.environment["KMD_SEEDS"].flatMap { UInt64($0) } ?? 1

    @Test func noFixedSeedBreaksAPromise() async {
        let failure = await Runner(planted: nil).run(seeds: 1..<1 + 150 * Self.share)
        #expect(failure == nil, "\(failure?.report ?? "")")
    }

    /// Others each time; the report of a failure names the seed, which fails again.
    @Test func noFreshSeedBreaksAPromise() async {
        let first = UInt64.random(in: 1_000_000..<1_000_000_000)
        print("fresh seeds: kmd-sim --first=\(first) --seeds=\(150 * Self.share)")
        let failure = await Runner(planted: nil).run(seeds: first..<first + 150 * Self.share)
        #expect(failure == nil, "\(failure?.report ?? "")")
    }

    /// A simulation that never fails proves little. What takes a thousand seeds to show, `make sim` shows.
    @Test(arguments: PlantedFault.allCases.filter { $0.seeds <= 300 }) func aPlantedFaultIsFound(_ fault: PlantedFault) async {
        let found = await Runner(planted: fault).violations(in: 1..<1 + fault.seeds, all: false)
        #expect(!found.isEmpty, "\(fault.rawValue) was not found within \(fault.seeds) seeds")
    }

    @Test func aSeedReplaysExactly() {
        for seed in UInt64(1)...8 {
            let runs = (0..<2).map { _ in Runner(planted: nil).run(seed, transcript: 10_000) }
            #expect(runs[0].transcript == runs[1].transcript)
            // Nothing is compared with nothing.
            #expect(runs[0].transcript.contains("is elected"))
        }
    }

    /// Its parts hold on to each other. Ten thousand runs in one process must not take the memory of ten thousand clusters.
    @Test func aRunThatIsOverIsForgotten() {
        weak var network: Network?
        for seed in UInt64(1)...4 {
            let runner = Runner(planted: nil)
            let violation = runner.run(seed, transcript: 0, observe: { network = $0.network }).violation
            #expect(violation == nil)
            #expect(network == nil, "seed \(seed)")
        }
    }

    /// What is printed of a failure is enough to see it again: the schedule is shrunk and still breaks the same promise.
    @Test func aFailureIsShrunkAndSeenAgain() async throws {
        let runner = Runner(planted: .skippedFence)
        let failure = try #require(await runner.run(seeds: 1..<1 + PlantedFault.skippedFence.seeds))
        #expect(failure.shrunk.schedule.entries.count < failure.original.entries.count)
        let again = runner.run(failure.seed, schedule: failure.shrunk.schedule, transcript: 400)
        #expect(again.violation == failure.shrunk.violation)
        #expect(again.transcript == failure.shrunk.transcript)
        #expect(again.violation?.promise == failure.violation.promise)
        #expect(failure.report.contains("kmd-sim --seed=\(failure.seed) --fault=skipped-fence"))
        #expect(failure.report.contains("BROKEN: "))
    }
}
