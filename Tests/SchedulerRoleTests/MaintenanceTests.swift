import Core
import JSON
import KubeClient
import Mesos
import Scheduling
import Testing

@testable import kmd

/// What operators of Mesos plan, as Kubernetes shows it.
@Suite(.serialized, .timeLimit(.minutes(2))) struct MaintenanceTests {
    let window = MesosUnavailability(start: Timestamp(secondsSinceEpoch: 1_764_417_600), duration: .seconds(3600))

    @Test func aNodeShowsWhatIsPlannedForItsAgent() {
        let agent = MesosAgent(id: "a", hostname: "h")
        #expect(MaintenanceTaints.wanted(for: agent, window: nil) == [])
        #expect(
            MaintenanceTaints.wanted(for: agent, window: window)
                == [Taint(key: "mesos.kmd.dev/maintenance", value: "2025-11-29T12.00.00Z", effect: .noSchedule)])
        var draining = agent
        (draining.isDeactivated, draining.drain) = (true, .draining)
        #expect(MaintenanceTaints.wanted(for: draining, window: nil).map(\.description) == ["mesos.kmd.dev/draining=draining:NoSchedule"])
        var deactivated = agent
        deactivated.isDeactivated = true
        #expect(MaintenanceTaints.wanted(for: deactivated, window: nil).map(\.key) == ["mesos.kmd.dev/deactivated"])
    }

    @Test func theTaintsOfOthersStay() {
        let merged = NodeTaintKeeper.merged(
            [["key": "mesos.kmd.dev/draining", "effect": "NoSchedule"], ["key": "theirs", "effect": "NoExecute", "value": "x"]],
            with: [Taint(key: "mesos.kmd.dev/maintenance", effect: .noSchedule)])
        #expect(merged == [["key": "theirs", "effect": "NoExecute", "value": "x"], ["key": "mesos.kmd.dev/maintenance", "effect": "NoSchedule"]])
    }

    @Test func aMachineIsFoundByItsNamesWhateverTheirCase() {
        let agent = MesosAgent(id: "a", hostname: "Node-1", endpoint: MesosEndpoint(host: "10.0.0.1", port: 5051))
        #expect(MaintenancePlan([.init(hostname: "node-1", address: "10.0.0.1"): window]).window(of: agent) == window)
        #expect(MaintenancePlan([.init(hostname: "NODE-1"): window]).window(of: agent) == window)
        #expect(MaintenancePlan([.init(hostname: "", address: "10.0.0.1"): window]).window(of: agent) == window)
        #expect(MaintenancePlan([.init(hostname: "node-1", address: "10.0.0.2"): window]).window(of: agent) == nil)
        #expect(MaintenancePlan().window(of: agent) == nil)
    }

    @Test func anAgentIsGivenBackWhenNothingOfOursRunsThere() {
        let offers = [
            MesosInverseOffer(id: "i1", agentID: "empty", unavailability: window), MesosInverseOffer(id: "i2", agentID: "busy", unavailability: window),
            MesosInverseOffer(id: "i3", agentID: nil, unavailability: window),
        ]
        let answers = InverseOfferPolicy.answers(to: offers, tasks: ["busy": 2])
        #expect(answers.map(\.accepts) == [true, false, false])
        #expect(answers[1].reason == "2 pods run on busy; kubectl drain moves them")
    }

    @Test func taintsComeAndGoOnTheNodeItself() async throws {
        try await WholeWay.run { way in
            let node: JSONValue = [
                "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n1"], "spec": ["taints": [["key": "theirs", "effect": "NoSchedule"]]],
            ]
            try await way.kube.create("/api/v1/nodes", node)
            var keeper = NodeTaintKeeper(kube: way.kube, time: SystemTime())
            func keys() async throws -> [String?] {
                (try await way.kube.get("/api/v1/nodes/n1").at("spec", "taints")?.array ?? []).map { $0["key"]?.string }
            }
            try await keeper.keep(["n1": [Taint(key: MaintenanceTaints.maintenance, effect: .noSchedule)], "not-there": []])
            #expect(try await keys() == ["theirs", "mesos.kmd.dev/maintenance"])
            let version = try await way.kube.get("/api/v1/nodes/n1").at("metadata", "resourceVersion")
            try await keeper.keep(["n1": [Taint(key: MaintenanceTaints.maintenance, effect: .noSchedule)]])
            #expect(try await way.kube.get("/api/v1/nodes/n1").at("metadata", "resourceVersion") == version)
            // A keeper that has just started takes over what an earlier one left.
            var next = NodeTaintKeeper(kube: way.kube, time: SystemTime())
            try await next.keep(["n1": []])
            #expect(try await keys() == ["theirs"])
        }
    }
}
