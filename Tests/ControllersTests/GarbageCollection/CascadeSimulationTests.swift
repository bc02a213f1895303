import ActorKit
import ControllerKit
import ControllerSimulation
import Core
import JSON
import Testing

@testable import Controllers

/// The collector beside the controllers whose objects it collects, in any weather.
@Suite struct CascadeSimulationTests {
    private static let kinds: [ObjectKind] = [.pods, .replicaSets, .deployments]

    private func simulation(_ seed: UInt64) -> ControllerSimulation {
        let simulation = ControllerSimulation(
            seed: seed,
            [
                ControllerDriver(ReplicaLogic.replicaSets), ControllerDriver(DeploymentLogic()),
                ControllerDriver(GarbageCollector(kinds: CascadeSimulationTests.kinds)),
            ])
        simulation.cluster.collectsGarbage = false
        simulation.check { change, api in
            guard change.by == "garbage-collector-controller", let old = change.old, change.new.map(\.isBeingDeleted) ?? true, !old.isBeingDeleted
            else { return nil }
            let owners = CascadeSimulationTests.kinds.flatMap { api.objects($0) }.filter { owner in old.owners.contains { $0["uid"]?.string == owner.uid } }
            return owners.contains { !$0.waitsForDependents } ? "\(ObjectName(of: old)) went while its owner lived" : nil
        }
        simulation.api.apply(.create(.deployments, Make.deployment("web", replicas: 3)))
        return simulation
    }

    @Test(arguments: 0..<5 as Range<UInt64>, [Propagation.background, .foreground])
    func nothingIsLeftOfADeploymentThatIsDeleted(seed: UInt64, propagation: Propagation) {
        let simulation = simulation(seed)
        simulation.users = [
            { api, _ in api.edit(.deployments, Make.name("web")) { $0.set([["name": "c", "image": "nginx:2"]], at: "spec", "template", "spec", "containers") } },
            { api, _ in
                guard let uid = api.object(.deployments, Make.name("web"))?.uid else { return }
                api.apply(.delete(.deployments, Make.name("web"), uid: uid, propagation: propagation))
            },
        ]
        simulation.run(ticks: 1500)
        #expect(simulation.settle(), "\(simulation.story)")
        #expect(simulation.broken == [], "\(simulation.story)")
        #expect(CascadeSimulationTests.kinds.flatMap { simulation.api.objects($0) } == [], "seed \(seed)\n\(simulation.story)")
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func theReplicaSetsOfAnOrphaningDeploymentLiveOn(seed: UInt64) {
        let simulation = simulation(seed)
        simulation.users = [
            { api, _ in
                guard let uid = api.object(.deployments, Make.name("web"))?.uid else { return }
                api.apply(.delete(.deployments, Make.name("web"), uid: uid, propagation: .orphan))
            }
        ]
        simulation.run(ticks: 800)
        #expect(simulation.settle(), "\(simulation.story)")
        #expect(simulation.broken == [], "\(simulation.story)")
        #expect(simulation.api.objects(.deployments) == [])
        let sets = simulation.api.objects(.replicaSets)
        #expect(sets.allSatisfy { $0.owners.isEmpty })
        let wanted = sets.reduce(0) { $0 + ($1.at("spec", "replicas")?.integer ?? 0) }
        #expect(simulation.api.objects(.pods).count == Int(wanted), "seed \(seed)\n\(simulation.story)")
    }
}
