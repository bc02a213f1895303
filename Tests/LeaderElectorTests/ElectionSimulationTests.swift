import ElectionSimulation
import Foundation
import Testing

/// Many seeds of the whole election. `KMD_SEEDS=20` looks twenty times as long.
@Suite struct ElectionSimulationTests {
    static let share = UInt64(ProcessInfo.processInfo.environment["KMD_SEEDS"].flatMap { Int($0) } ?? 1)

    @Test func neverDoTwoLeadAndAlwaysDoesOne() {
        var elections = 0
        for seed in 0..<24 * Self.share {
            var simulation = ElectionSimulation(seed: seed, seconds: 40)
            let outcome = simulation.run()
            elections += outcome.elections
            #expect(outcome.violations == [], "seed \(seed)\n\(outcome.transcript.suffix(40).joined(separator: "\n"))")
            if !outcome.violations.isEmpty { return }
        }
        // A simulation in which nothing happens proves nothing.
        #expect(elections > 48)
    }

    /// Each planted fault is found within so many seeds.
    @Test(arguments: ElectionFault.allCases) func aPlantedFaultIsFound(fault: ElectionFault) {
        let limit: UInt64 = 60
        let found = (0..<limit).first { seed in
            var simulation = ElectionSimulation(seed: seed, fault: fault)
            return !simulation.run().violations.isEmpty
        }
        #expect(found != nil, "\(fault) was not found within \(limit) seeds")
    }

    @Test func aSeedReplaysExactly() {
        func run() -> [String] {
            var simulation = ElectionSimulation(seed: 7, fault: .noFence)
            let outcome = simulation.run()
            return outcome.transcript + outcome.violations
        }
        #expect(run() == run())
    }
}
