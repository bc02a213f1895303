import ControllerKit
import ControllerSimulation
import Core
import JSON
import Testing

@testable import Controllers

/// Rollouts as a real controller manager (1.20) was recorded doing them: the order of scalings, conditions and revisions.
@Suite struct RecordedRolloutTests {
    private struct Story {
        let simulation: ControllerSimulation

        init(_ deployment: JSONValue) {
            simulation = ControllerSimulation(
                seed: 1, [ControllerDriver(ReplicaLogic.replicaSets), ControllerDriver(DeploymentLogic())])
            simulation.api.apply(.create(.deployments, deployment))
            #expect(simulation.settle())
        }

        func edit(_ change: (inout SimulatedAPI) -> Void) {
            change(&simulation.api)
            #expect(simulation.settle(), "\(simulation.story)")
        }

        /// The deployment's events, with A, B, C for its replica sets in the order of their creation.
        var scalings: [String] {
            var names: [String: String] = [:]
            let created = simulation.api.history.compactMap { $0.kind == .replicaSets && $0.old == nil ? $0.new : nil }
            for (set, letter) in zip(created, ["A", "B", "C", "D"]) { names[ObjectName(of: set).name] = letter }
            return simulation.api.events.filter { $0.reason == "ScalingReplicaSet" }.map { note in
                note.message.split(separator: " ").map { names[String($0)] ?? String($0) }.joined(separator: " ")
                    .replacing("Scaled ", with: "").replacing("replica set ", with: "")
                    // Said since the release that was recorded.
                    .replacing(/from \d+ to/, with: "to")
            }
        }

        /// How a condition went: each reason that it came to have, with its status.
        func reasons(_ type: String) -> [String] {
            var reasons: [String] = []
            for change in simulation.api.history where change.kind == .deployments {
                let condition = change.new?.at("status", "conditions")?.array?.first { $0["type"]?.string == type }
                let reason = condition.map { "\($0["reason"]?.string ?? "") \($0["status"]?.string ?? "")" }
                if let reason, reason != reasons.last { reasons.append(reason) }
            }
            return reasons
        }

        var deployment: JSONValue { simulation.api.object(.deployments, Make.name("web")) ?? .null }
        func message(_ type: String) -> String? {
            deployment.at("status", "conditions")?.array?.first { $0["type"]?.string == type }?["message"]?.string
        }
        /// Revision and history of the set that is at work.
        var activeSet: JSONValue? { simulation.api.objects(.replicaSets).first { $0.at("spec", "replicas")?.integer ?? 0 > 0 } }
    }

    @Test("Three pods roll one by one, and back again to the first set under a new number")
    func rolling() throws {
        let story = Story(Make.deployment(replicas: 3))
        #expect(story.scalings == ["up A to 3"])
        let said = story.simulation.api.events.first { $0.reason == "ScalingReplicaSet" }?.message ?? ""
        #expect(said.hasPrefix("Scaled up replica set web-") && said.hasSuffix(" from 0 to 3"), "\(said)")
        #expect(
            story.reasons("Progressing") == [
                "NewReplicaSetCreated True", "ReplicaSetUpdated True", "NewReplicaSetAvailable True",
            ])
        #expect(story.reasons("Available") == ["MinimumReplicasUnavailable False", "MinimumReplicasAvailable True"])
        #expect(story.message("Available") == "Deployment has minimum availability.")
        let set = try #require(story.activeSet)
        #expect(story.message("Progressing") == "ReplicaSet \"\(ObjectName(of: set).name)\" has successfully progressed.")
        #expect(
            set.annotations == [
                "deployment.kubernetes.io/desired-replicas": "3", "deployment.kubernetes.io/max-replicas": "4",
                "deployment.kubernetes.io/revision": "1",
            ])
        #expect(set.labels == ["app": "web", "pod-template-hash": String(ObjectName(of: set).name.dropFirst(4))])
        #expect(set.at("spec", "selector", "matchLabels") == set.at("metadata", "labels"))
        #expect(set.at("spec", "template", "metadata", "labels") == set.at("metadata", "labels"))

        story.edit { $0.setImage("nginx:1.20", of: "web") }
        #expect(
            story.scalings.dropFirst() == ["up B to 1", "down A to 2", "up B to 2", "down A to 1", "up B to 3", "down A to 0"])
        #expect(story.deployment.annotations["deployment.kubernetes.io/revision"] == "2")

        story.edit { $0.setImage("nginx:1.19", of: "web") }
        #expect(
            story.scalings.dropFirst(7) == ["up A to 1", "down B to 2", "up A to 2", "down B to 1", "up A to 3", "down B to 0"])
        let back = try #require(story.activeSet)
        #expect(back.uid == set.uid)
        #expect(back.annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(back.annotations["deployment.kubernetes.io/revision-history"] == "1")
        #expect(
            story.reasons("Progressing").dropFirst(3) == [
                "NewReplicaSetCreated True", "ReplicaSetUpdated True", "NewReplicaSetAvailable True", "ReplicaSetUpdated True",
                "NewReplicaSetAvailable True",
            ])
        story.edit { api in api.edit(.deployments, Make.name("web")) { $0.set("x", at: "metadata", "annotations", "note") } }
        #expect(story.activeSet?.annotations["note"] == "x")
    }

    @Test("A rollout that is stuck is told after its deadline, and one that goes back is well at once")
    func deadline() {
        let story = Story(Make.deployment(replicas: 2, spec: ["progressDeadlineSeconds": 6]))
        story.edit { $0.setImage("bad:1", of: "web") }
        let name =
            story.simulation.api.objects(.replicaSets).first { $0.annotations["deployment.kubernetes.io/revision"] == "2" }.map {
                ObjectName(of: $0).name
            } ?? ""
        #expect(story.message("Progressing") == "ReplicaSet \"\(name)\" has timed out progressing.")
        story.edit { $0.setImage("nginx:1.19", of: "web") }
        #expect(story.scalings == ["up A to 2", "up B to 1", "down B to 0"])
        #expect(
            story.reasons("Progressing").dropFirst(3) == [
                "NewReplicaSetCreated True", "ReplicaSetUpdated True", "ProgressDeadlineExceeded False", "ReplicaSetUpdated True",
                "NewReplicaSetAvailable True",
            ])
    }

    @Test(
        "Ten pods stuck in a rollout, scaled to fifteen: each set grows by its share; a third template takes the broken set's place first"
    )
    func scaleDuring() {
        let strategy: JSONValue = ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 3, "maxUnavailable": 2]]
        let story = Story(Make.deployment(replicas: 10, spec: ["strategy": strategy]))
        story.edit { $0.setImage("bad:1", of: "web") }
        #expect(story.scalings == ["up A to 10", "up B to 3", "down A to 8", "up B to 5"])
        story.edit { $0.setReplicas(15, of: .deployments, "web") }
        #expect(story.scalings.dropFirst(4) == ["up A to 11", "up B to 7"])
        let annotations = story.simulation.api.objects(.replicaSets).map {
            $0.annotations["deployment.kubernetes.io/max-replicas"]
        }
        #expect(annotations == ["18", "18"])
        story.edit { $0.setImage("nginx:1.21", of: "web") }
        #expect(story.scalings.dropFirst(6).prefix(2) == ["down B to 2", "up C to 5"])
        #expect(story.scalings.contains("down A to 0") && story.scalings.contains("up C to 15"))
    }

    @Test("Recreated: all old pods go, then all new ones come; scaled to nothing and back")
    func recreate() {
        let story = Story(Make.deployment(replicas: 2, spec: ["strategy": ["type": "Recreate"]]))
        story.edit { $0.setImage("nginx:1.20", of: "web") }
        story.edit { $0.setReplicas(0, of: .deployments, "web") }
        story.edit { $0.setReplicas(1, of: .deployments, "web") }
        #expect(story.scalings == ["up A to 2", "down A to 0", "up B to 2", "down B to 0", "up B to 1"])
        #expect(story.activeSet?.annotations["deployment.kubernetes.io/max-replicas"] == "1")
    }

    @Test("Paused: scaled without rolling, and the condition says so; resumed, it rolls")
    func pause() {
        let story = Story(Make.deployment(replicas: 2))
        story.edit { api in api.edit(.deployments, Make.name("web")) { $0.set(true, at: "spec", "paused") } }
        #expect(story.message("Progressing") == "Deployment is paused")
        story.edit { $0.setImage("nginx:1.20", of: "web") }
        story.edit { $0.setReplicas(3, of: .deployments, "web") }
        #expect(story.scalings == ["up A to 2", "up A to 3"])
        story.edit { api in api.edit(.deployments, Make.name("web")) { $0.remove(at: "spec", "paused") } }
        #expect(
            story.scalings.dropFirst(2) == ["up B to 1", "down A to 2", "up B to 2", "down A to 1", "up B to 3", "down A to 0"])
        #expect(story.reasons("Progressing").contains("DeploymentPaused Unknown"))
        #expect(story.reasons("Progressing").last == "NewReplicaSetAvailable True")
    }

    @Test("Without a deadline nothing is said about progress")
    func noDeadline() {
        let story = Story(Make.deployment(replicas: 1, spec: ["progressDeadlineSeconds": 2_147_483_647]))
        #expect(story.message("Progressing") == nil)
        #expect(story.message("Available") == "Deployment has minimum availability.")
    }
}
