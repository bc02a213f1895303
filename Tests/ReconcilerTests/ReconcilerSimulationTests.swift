import Core
import Foundation
import Reconciler
import Testing

/// Random runs of the reconciler in a model of the world; `KMD_SEEDS=50` looks fifty times as long.
@Suite struct ReconcilerSimulationTests {
    private static let seeds = 0..<UInt64(150 * max(1, Int(ProcessInfo.processInfo.environment["KMD_SEEDS"] ?? "") ?? 1))

    @Test func whateverGoesWrongEachPodThatIsToRunEndsWithOneTaskAndNothingElseLives() {
        for seed in Self.seeds {
            var simulation = ReconcilerSimulation(seed: seed)
            simulation.run(steps: 400)
            if let failure = simulation.failure {
                Issue.record("seed \(seed): \(failure)\n\(simulation.history.suffix(60).joined(separator: "\n"))")
                return
            }
        }
    }

    @Test func theRunsSeeAllThatCanHappen() {
        var counts: [String: Int] = [:]
        for seed in Self.seeds.prefix(40) {
            var simulation = ReconcilerSimulation(seed: seed)
            simulation.run(steps: 400)
            counts.merge(simulation.counts, uniquingKeysWith: +)
        }
        for what in ["create", "delete", "restart", "failover", "lose", "come-back", "destroy", "executor-dies", "launch", "kill", "requeue", "relaunch", "remove", "finished"] {
            #expect(counts[what, default: 0] >= 10, "\(what) happened \(counts[what, default: 0]) times")
        }
    }

    @Test func aRunCanBeRepeated() {
        func history(_ seed: UInt64) -> [String] {
            var simulation = ReconcilerSimulation(seed: seed, at: start)
            simulation.run(steps: 200)
            return simulation.history
        }
        #expect(history(3) == history(3))
        #expect(history(3) != history(4))
    }
}
