import Core
import JSON
import OfferBroker
import Scheduling
import Testing

@testable import kmd

@Suite struct NodeCensusTests {
    func node(_ name: String, cpu: String, taint: String? = nil) -> JSONValue {
        var node: JSONValue = [
            "metadata": ["name": .string(name), "annotations": ["k8s.mesosphere.io/agentId": .string("agent-\(name)")]],
            "status": ["capacity": ["cpu": .string(cpu)]],
        ]
        if let taint { node["spec"] = ["taints": [["key": .string(taint), "effect": "NoSchedule"]]] }
        return node
    }

    @Test func theBrokerIsToldWhatAllNodesHaveTogetherAndOnlyWhenItChanges() {
        var census = NodeCensus()
        census.replace(with: [node("a", cpu: "4"), node("b", cpu: "2")])
        #expect(census.news() == [.clusterTotal(Amounts(milliCPU: 6000)), .draining([])])
        census.put(node("a", cpu: "4"))
        #expect(census.news() == [])
        census.put(node("a", cpu: "8"))
        census.remove("b")
        #expect(census.news() == [.clusterTotal(Amounts(milliCPU: 8000)), .draining([])])
    }

    @Test(arguments: ["mesos.kmd.dev/draining", "mesos.kmd.dev/deactivated"])
    func anAgentThatIsBeingEmptiedIsNamedUntilItsTaintIsGone(taint: String) {
        var census = NodeCensus()
        census.replace(with: [node("a", cpu: "1", taint: taint), node("b", cpu: "1", taint: "dedicated")])
        #expect(census.news().last == .draining(["agent-a"]))
        census.replace(with: [node("a", cpu: "1"), node("b", cpu: "1")])
        #expect(census.news().last == .draining([]))
    }

    @Test func aNodeThatMayTakePodsAgainIsNoticed() {
        var census = NodeCensus()
        census.put(node("a", cpu: "1", taint: "dedicated"))
        #expect(census.takeReopened() == true)
        census.put(node("a", cpu: "1", taint: "dedicated"))
        #expect(census.takeReopened() == false)
        census.put(node("a", cpu: "1"))
        #expect(census.takeReopened() == true)
        census.remove("a")
        #expect(census.takeReopened() == false)
    }
}
