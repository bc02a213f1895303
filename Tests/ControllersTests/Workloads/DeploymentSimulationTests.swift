import ActorKit
import ControllerKit
import ControllerSimulation
import Core
import JSON
import Testing

@testable import Controllers

/// Deployments with their replica sets against a model of the API in bad weather.
@Suite struct DeploymentSimulationTests {
    private static func simulation(_ seed: UInt64, _ deployment: JSONValue) -> ControllerSimulation {
        let simulation = ControllerSimulation(
            seed: seed, [ControllerDriver(ReplicaLogic.replicaSets), ControllerDriver(DeploymentLogic())])
        simulation.api.apply(.create(.deployments, deployment))
        return simulation
    }

    private static func image(_ pod: JSONValue) -> String { pod.at("spec", "containers")?[0]?["image"]?.string ?? "" }

    private static func expectDone(_ simulation: ControllerSimulation, _ replicas: Int64, _ image: String, _ seed: UInt64) {
        #expect(simulation.broken == [], "seed \(seed)\n\(simulation.story)")
        let pods = simulation.api.activePods()
        #expect(pods.count == Int(replicas) && pods.allSatisfy { Self.image($0) == image }, "seed \(seed)\n\(simulation.story)")
        let status = simulation.api.status(.deployments, "web")
        for member in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
            #expect(status[member]?.integer ?? 0 == replicas, "seed \(seed) \(member) \(status)")
        }
        #expect(status["unavailableReplicas"] == nil)
        #expect(
            status["observedGeneration"] == simulation.api.object(.deployments, Make.name("web"))?.at("metadata", "generation"))
    }

    @Test("Whatever users change, and in whatever weather, the pods come to be what was asked for last", arguments: seeds(10))
    func converges(seed: UInt64) {
        let simulation = Self.simulation(seed, Make.deployment(replicas: 4))
        simulation.users = [
            { api, _ in api.setImage("nginx:1.20", of: "web") },
            { api, _ in api.setReplicas(7, of: .deployments, "web") },
            { api, _ in api.setImage("bad:1", of: "web") },
            { api, _ in api.edit(.deployments, Make.name("web")) { $0.set(true, at: "spec", "paused") } },
            { api, _ in api.setReplicas(5, of: .deployments, "web") },
            { api, _ in api.edit(.deployments, Make.name("web")) { $0.set(false, at: "spec", "paused") } },
            { api, random in
                let pods = api.activePods()
                if let pod = pods.first { api.apply(.delete(.pods, ObjectName(of: pod), uid: pod.uid)) }
            },
            { api, _ in api.setImage("nginx:1.20", of: "web") },
        ]
        simulation.run(ticks: 3000)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        Self.expectDone(simulation, 5, "nginx:1.20", seed)
    }

    @Test("A rollout never has more pods than the surge allows, nor fewer available ones than it must", arguments: seeds(10))
    func bounds(seed: UInt64) {
        let (replicas, surge, unavailable) = (Int64(1 + seed * 5 % 7), Int64(seed % 3), Int64(seed / 3 % 3))
        let strategy: JSONValue = [
            "type": "RollingUpdate", "rollingUpdate": ["maxSurge": .integer(surge), "maxUnavailable": .integer(unavailable)],
        ]
        let simulation = Self.simulation(seed, Make.deployment(replicas: replicas, spec: ["strategy": strategy]))
        #expect(simulation.settle())
        // Both 0 would let nothing move: one may be missing then.
        let least = Int(replicas - min(replicas, surge == 0 && unavailable == 0 ? 1 : unavailable))
        simulation.check { _, api in
            let pods = api.activePods()
            if pods.count > Int(replicas + surge) { return "\(pods.count) pods, \(replicas) + \(surge) allowed" }
            let available = pods.count(where: SimulatedCluster.isReady)
            return available < least ? "\(available) available, \(least) must be" : nil
        }
        for version in 20..<24 { simulation.users.append { api, _ in api.setImage("nginx:1.\(version)", of: "web") } }
        simulation.run(ticks: 3000)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        Self.expectDone(simulation, replicas, "nginx:1.23", seed)
    }

    @Test("A template that never becomes ready leaves the old pods serving, and is told when its time is up", arguments: seeds(4))
    func deadline(seed: UInt64) {
        let simulation = Self.simulation(seed, Make.deployment(replicas: 4, spec: ["progressDeadlineSeconds": 60]))
        #expect(simulation.settle())
        simulation.check { _, api in
            let ready = api.activePods().count(where: SimulatedCluster.isReady)
            return ready < 3 ? "only \(ready) ready" : nil
        }
        simulation.users = [{ api, _ in api.setImage("bad:1", of: "web") }]
        simulation.run(ticks: 1000)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        #expect(simulation.broken == [], "seed \(seed)\n\(simulation.story)")
        #expect(Self.condition(simulation, "Progressing")?["reason"] == "ProgressDeadlineExceeded")
        #expect(Self.condition(simulation, "Progressing")?["status"] == "False")
        #expect(Self.condition(simulation, "Available")?["status"] == "True")
        // Back to what worked: the old set becomes the newest revision.
        simulation.api.setImage("nginx:1.19", of: "web")
        #expect(simulation.settle())
        Self.expectDone(simulation, 4, "nginx:1.19", seed)
        #expect(Self.condition(simulation, "Progressing")?["reason"] == "NewReplicaSetAvailable")
        let annotations = simulation.api.object(.deployments, Make.name("web"))?.annotations ?? [:]
        #expect(annotations["deployment.kubernetes.io/revision"] == "3")
    }

    private static func condition(_ simulation: ControllerSimulation, _ type: String) -> JSONValue? {
        simulation.api.status(.deployments, "web")["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    @Test("Recreated, no new pod is made while an old one is there", arguments: seeds(8))
    func recreate(seed: UInt64) {
        let simulation = Self.simulation(seed, Make.deployment(replicas: 3, spec: ["strategy": ["type": "Recreate"]]))
        #expect(simulation.settle())
        simulation.check { change, api in
            guard change.kind == .pods, change.old == nil, let new = change.new else { return nil }
            let others = api.objects(.pods).filter { Self.image($0) != Self.image(new) }
            return others.isEmpty ? nil : "a pod of \(Self.image(new)) beside \(others.count) others"
        }
        simulation.users = [
            { api, _ in api.setImage("nginx:1.20", of: "web") },
            { api, _ in api.setReplicas(5, of: .deployments, "web") },
            { api, _ in api.setImage("nginx:1.21", of: "web") },
        ]
        simulation.run(ticks: 3000)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        Self.expectDone(simulation, 5, "nginx:1.21", seed)
    }

    @Test("Paused, a deployment scales and does not roll; resumed, it rolls", arguments: seeds(6))
    func pause(seed: UInt64) {
        let simulation = Self.simulation(seed, Make.deployment(replicas: 3))
        #expect(simulation.settle())
        simulation.api.edit(.deployments, Make.name("web")) { $0.set(true, at: "spec", "paused") }
        #expect(simulation.settle())
        simulation.users = [
            { api, _ in api.setImage("nginx:1.20", of: "web") }, { api, _ in api.setReplicas(6, of: .deployments, "web") },
        ]
        simulation.run(ticks: 1500)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        #expect(simulation.api.objects(.replicaSets).count == 1)
        #expect(simulation.api.activePods { Self.image($0) == "nginx:1.19" }.count == 6)
        #expect(Self.condition(simulation, "Progressing")?["reason"] == "DeploymentPaused")
        #expect(simulation.api.status(.deployments, "web")["updatedReplicas"] == nil)
        simulation.api.edit(.deployments, Make.name("web")) { $0.set(false, at: "spec", "paused") }
        simulation.weather = .init()
        simulation.run(ticks: 1500)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        Self.expectDone(simulation, 6, "nginx:1.20", seed)
        #expect(Self.condition(simulation, "Progressing")?["reason"] == "NewReplicaSetAvailable")
    }

    @Test("Of old replica sets as many are kept as the history holds, the youngest revisions", arguments: seeds(3))
    func history(seed: UInt64) {
        let simulation = Self.simulation(seed, Make.deployment(replicas: 2, spec: ["revisionHistoryLimit": 2]))
        for version in 20..<26 {
            #expect(simulation.settle())
            simulation.api.setImage("nginx:1.\(version)", of: "web")
            simulation.run(ticks: 200)
        }
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        let revisions = simulation.api.objects(.replicaSets).compactMap { $0.annotations["deployment.kubernetes.io/revision"] }
            .sorted()
        #expect(revisions == ["5", "6", "7"], "seed \(seed)\n\(simulation.story)")
    }

    @Test("A name that another replica set has is left to it: the collision is counted, and another name taken")
    func collision() {
        let deployment = Make.deployment(replicas: 2)
        let hash = TemplateHash.hash(of: deployment.at("spec", "template") ?? .null, collisionCount: nil)
        let simulation = Self.simulation(1, deployment)
        var other = Make.replicaSet("web-\(hash)", replicas: 0)
        other.set(["matchLabels": ["app": "other"]], at: "spec", "selector")
        simulation.api.apply(.create(.replicaSets, other))
        #expect(simulation.settle(), "\(simulation.story)")
        Self.expectDone(simulation, 2, "nginx:1.19", 1)
        #expect(simulation.api.status(.deployments, "web")["collisionCount"] == 1)
        #expect(simulation.api.object(.replicaSets, Make.name("web-\(hash)"))?.owners == [])
    }

    @Test("Replica sets without an owner are adopted, and one of the same template is not made anew")
    func adoption() {
        let simulation = Self.simulation(1, Make.deployment(replicas: 3))
        #expect(simulation.settle())
        let sets = simulation.api.objects(.replicaSets)
        let uid = simulation.api.object(.deployments, Make.name("web"))?.uid ?? ""
        simulation.api.apply(.delete(.deployments, Make.name("web"), uid: uid, propagation: .orphan))
        #expect(simulation.settle())
        #expect(simulation.api.objects(.replicaSets).map(\.owners) == [[]])
        #expect(simulation.api.activePods().count == 3)
        simulation.api.apply(.create(.deployments, Make.deployment(replicas: 3)))
        #expect(simulation.settle(), "\(simulation.story)")
        Self.expectDone(simulation, 3, "nginx:1.19", 1)
        #expect(simulation.api.objects(.replicaSets).map(\.uid) == sets.map(\.uid))
        #expect(Self.condition(simulation, "Progressing")?["reason"] == "NewReplicaSetAvailable")
    }

    @Test("What quota forbids is told in the deployment's conditions, and is done when it is allowed again")
    func quota() {
        let simulation = Self.simulation(1, Make.deployment(replicas: 3))
        simulation.api.refusesCreation = { kind, _ in kind == .pods ? "pods \"x\" is forbidden: exceeded quota: q" : nil }
        simulation.weather = .calm
        simulation.run(ticks: 500)
        #expect(Self.condition(simulation, "ReplicaFailure")?["reason"] == "FailedCreate", "\(simulation.story)")
        #expect(Self.condition(simulation, "ReplicaFailure")?["message"] == "pods \"x\" is forbidden: exceeded quota: q")
        #expect(
            simulation.api.events.contains {
                $0.message == "Error creating: pods \"x\" is forbidden: exceeded quota: q" && $0.isWarning
            })
        simulation.api.refusesCreation = { _, _ in nil }
        #expect(simulation.settle(), "\(simulation.story)")
        Self.expectDone(simulation, 3, "nginx:1.19", 1)
        #expect(Self.condition(simulation, "ReplicaFailure") == nil)
    }

    @Test("A replica set that may not be made is told as the reason why nothing moves")
    func refusedSet() {
        let simulation = Self.simulation(1, Make.deployment(replicas: 3))
        simulation.api.refusesCreation = { kind, object in kind == .replicaSets ? "no room" : nil }
        simulation.weather = .calm
        simulation.run(ticks: 400)
        #expect(Self.condition(simulation, "Progressing")?["reason"] == "ReplicaSetCreateError", "\(simulation.story)")
        simulation.api.refusesCreation = { _, _ in nil }
        #expect(simulation.settle(), "\(simulation.story)")
        Self.expectDone(simulation, 3, "nginx:1.19", 1)
    }

    /// Replica sets and pods as nobody would make them: owned or not, of any size, with annotations that lie.
    private static func litter(_ api: inout SimulatedAPI, _ random: any RandomSource) {
        func pick(_ count: UInt64) -> Int64 { Int64(random.next() % count) }
        let uid = api.object(.deployments, Make.name("web"))?.uid ?? ""
        for number in 0..<pick(5) {
            let hash = "h\(number)"
            var set = Make.replicaSet("web-\(hash)", replicas: pick(7))
            let labels: JSONValue = ["app": "web", "pod-template-hash": .string(hash)]
            set.set(labels, at: "metadata", "labels")
            set.set(["matchLabels": labels], at: "spec", "selector")
            set.set(Make.template(image: ["nginx:1.19", "nginx:1.20", "bad:1"][Int(pick(3))]), at: "spec", "template")
            set.set(labels, at: "spec", "template", "metadata", "labels")
            if pick(3) > 0 {
                let owner: JSONValue = [
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": .string(uid), "controller": true,
                ]
                set.set([owner], at: "metadata", "ownerReferences")
            }
            for annotation in [Revisions.revision, Revisions.desiredReplicas, Revisions.maxReplicas] where pick(3) > 0 {
                set.set(.string(pick(5) == 0 ? "junk" : "\(pick(12))"), at: "metadata", "annotations", annotation)
            }
            let made = api.apply(.create(.replicaSets, set))
            for index in 0..<pick(5) {
                var pod = Make.pod("web-\(hash)-\(index)", app: "web", phase: ["Pending", "Running", "Failed"][Int(pick(3))])
                pod.set(labels, at: "metadata", "labels")
                pod.set(set.at("spec", "template", "spec", "containers") ?? [], at: "spec", "containers")
                if pick(3) > 0, let made {
                    let owner: JSONValue = [
                        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": .string("web-\(hash)"), "uid": .string(made.uid), "controller": true,
                    ]
                    pod.set([owner], at: "metadata", "ownerReferences")
                }
                api.apply(.create(.pods, pod))
            }
        }
    }

    @Test("From any state of replica sets and pods, the pods come to be what the deployment asks for", arguments: seeds(10))
    func anyState(seed: UInt64) {
        let strategies: [JSONValue] = [
            ["type": "Recreate"], ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]],
            ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1]],
        ]
        let replicas = Int64(seed % 6)
        let simulation = Self.simulation(
            seed, Make.deployment(replicas: replicas, spec: ["strategy": strategies[Int(seed % 3)], "revisionHistoryLimit": 1]))
        Self.litter(&simulation.api, simulation.random)
        simulation.users = [
            { api, _ in api.setReplicas(replicas + 2, of: .deployments, "web") }, { api, _ in api.setImage("nginx:1.20", of: "web") },
            { api, _ in api.setReplicas(replicas, of: .deployments, "web") },
        ]
        simulation.run(ticks: 1500)
        #expect(simulation.settle(), "seed \(seed)\n\(simulation.story)")
        Self.expectDone(simulation, replicas, "nginx:1.20", seed)
    }
}
