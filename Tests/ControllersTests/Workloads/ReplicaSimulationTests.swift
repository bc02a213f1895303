import ActorKit
import ControllerKit
import ControllerSimulation
import Core
import JSON
import Testing

@testable import Controllers

/// Replica sets and replication controllers against a model of the API in bad weather.
@Suite struct ReplicaSimulationTests {
    private static func drivers() -> [any DrivenController] {
        [ControllerDriver(ReplicaLogic.replicaSets), ControllerDriver(ReplicaLogic.replicationControllers)]
    }

    private static func owned(_ simulation: ControllerSimulation, by kind: ObjectKind, _ name: String) -> [JSONValue] {
        let uid = simulation.api.object(kind, Make.name(name))?.uid ?? ""
        return simulation.api.activePods { $0.controllerReference?["uid"]?.string == uid }
    }

    @Test("From any order of events and any stale cache there come to be as many pods as asked for", arguments: seeds(8))
    func converges(seed: UInt64) {
        let simulation = ControllerSimulation(seed: seed, Self.drivers())
        simulation.api.apply(.create(.replicaSets, Make.replicaSet("rs", replicas: 5)))
        simulation.api.apply(.create(.replicationControllers, Make.replicationController("rc", replicas: 2)))
        simulation.users = [
            { api, _ in api.setReplicas(9, of: .replicaSets, "rs") },
            { api, random in Self.deletePod(&api, random) },
            { api, _ in api.apply(.create(.pods, Make.pod("stray", app: "rs"))) },
            { api, random in Self.failPod(&api, random) },
            { api, _ in api.setReplicas(2, of: .replicaSets, "rs") },
            { api, random in Self.relabelPod(&api, random) },
            { api, _ in api.setReplicas(4, of: .replicationControllers, "rc") },
        ]
        simulation.run(ticks: 1500)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        #expect(Self.owned(simulation, by: .replicaSets, "rs").count == 2)
        #expect(Self.owned(simulation, by: .replicationControllers, "rc").count == 4)
        let status = simulation.api.status(.replicaSets, "rs")
        for member in ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"] {
            #expect(status[member] == 2, "\(member)")
        }
        #expect(
            status["observedGeneration"] == simulation.api.object(.replicaSets, Make.name("rs"))?.at("metadata", "generation"))
        #expect(status["conditions"] == nil)
    }

    private static func deletePod(_ api: inout SimulatedAPI, _ random: any RandomSource) {
        guard let pod = pick(api, random) else { return }
        api.apply(.delete(.pods, ObjectName(of: pod), uid: pod.uid))
    }

    private static func failPod(_ api: inout SimulatedAPI, _ random: any RandomSource) {
        guard let pod = pick(api, random) else { return }
        SimulatedCluster.setPhase("Failed", ready: false, of: ObjectName(of: pod), &api)
    }

    private static func relabelPod(_ api: inout SimulatedAPI, _ random: any RandomSource) {
        guard let pod = pick(api, random) else { return }
        api.edit(.pods, ObjectName(of: pod)) { $0.set("other", at: "metadata", "labels", "app") }
    }

    private static func pick(_ api: SimulatedAPI, _ random: any RandomSource) -> JSONValue? {
        let pods = api.activePods()
        return pods.isEmpty ? nil : pods[Int(random.next() % UInt64(pods.count))]
    }

    @Test("No pod is made twice for one gap, whatever the cache has not seen and whatever answers are lost", arguments: seeds(8))
    func noDoubles(seed: UInt64) {
        let simulation = ControllerSimulation(seed: seed, Self.drivers())
        simulation.weather.staleness = 0.9
        simulation.weather.losing = 0.2
        simulation.weather.pause = .milliseconds(100)
        simulation.api.apply(.create(.replicaSets, Make.replicaSet("rs", replicas: 6)))
        simulation.check { _, api in
            let pods = api.activePods()
            return pods.count > 6 ? "\(pods.count) pods for 6" : nil
        }
        simulation.users = (0..<8).map { _ in { api, random in Self.deletePod(&api, random) } }
        simulation.run(ticks: 2500)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        #expect(simulation.broken == [], "seed \(seed)\n\(simulation.story)")
        #expect(simulation.api.activePods().count == 6)
    }

    @Test(
        "A healthy workload at rest is left alone: no pod goes that need not, and nothing is written again", arguments: seeds(3))
    func rest(seed: UInt64) {
        let simulation = ControllerSimulation(seed: seed, Self.drivers())
        simulation.api.apply(.create(.replicaSets, Make.replicaSet("rs", replicas: 3)))
        #expect(simulation.settle())
        let revision = simulation.api.revision
        simulation.weather = .calm
        simulation.weather.restarting = 0.02
        simulation.run(ticks: 800)
        #expect(simulation.settle())
        #expect(simulation.api.revision == revision, "\(simulation.story)")
    }

    @Test("A replica set that is deleted with its pods orphaned adopts none of them back", arguments: seeds(8))
    func orphans(seed: UInt64) {
        let simulation = ControllerSimulation(seed: seed, Self.drivers())
        simulation.weather.staleness = 0.9
        simulation.api.apply(.create(.replicaSets, Make.replicaSet("rs", replicas: 3)))
        #expect(simulation.settle())
        simulation.users = [
            { api, _ in
                let uid = api.object(.replicaSets, Make.name("rs"))?.uid ?? ""
                api.apply(.delete(.replicaSets, Make.name("rs"), uid: uid, propagation: .orphan))
            }
        ]
        simulation.weather.staleness = 0.9
        simulation.run(ticks: 600)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        #expect(simulation.api.object(.replicaSets, Make.name("rs")) == nil)
        #expect(simulation.api.activePods { $0.owners.isEmpty }.count == 3, "seed \(seed)\n\(simulation.story)")
    }
}
