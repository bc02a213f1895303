import ActorKit
import Core
import NodeRegistrar
import Scheduling
import Testing

private let total = Amounts(milliCPU: 2000, memory: 4 << 30, disk: 10 << 30)
private let share = Amounts(milliCPU: 250, memory: 128 << 20)

private func agent(_ id: AgentID = "s1", host: String = "n1", attributes: [Attribute] = [], active: Bool = true) -> AgentDescription {
    AgentDescription(id: id, hostname: host, address: "10.0.0.1", attributes: attributes, total: total, isActive: active)
}

@Suite struct NodeRegistrarStateTests {
    let start = ContinuousClock.now

    func state(nodes: [NodeStanding] = []) -> NodeRegistrarState {
        var state = NodeRegistrarState(executorShare: share, startingAt: start)
        _ = state.handle(.nodesSynced(nodes, at: start))
        return state
    }

    /// The node as the registrar would make it for `agent()`.
    func node(_ agent: AgentID = "s1", labels: [String: String] = ["kubernetes.io/hostname": "n1"], ready: NodeStanding.Ready? = .yes) -> NodeStanding {
        NodeStanding(name: "n1", agent: agent, labels: labels, capacity: total, allocatable: total - share, ready: ready)
    }

    @Test func anAgentBecomesANodeNamedAsItsHostLessTheExecutorsShare() {
        var state = state()
        guard case .create(let wish)? = state.handle(.agents([agent()], at: start)).first else { Issue.record("no node"); return }
        #expect(wish.name == "n1")
        #expect(wish.agent == "s1")
        #expect(wish.capacity == total)
        #expect(wish.allocatable == Amounts(milliCPU: 1750, memory: (4 << 30) - (128 << 20), disk: 10 << 30))
        #expect(state.handle(.agents([agent()], at: start)) == [])
    }

    @Test func attributesBecomeLabelsWhereALabelCanHoldThem() {
        var state = state()
        let attributes = [
            Attribute(name: "rack", text: "r1"), Attribute(name: "gen", text: "3"), Attribute(name: "disks", text: "[1-4]"),
            Attribute(name: "no name", text: "x"), Attribute(name: "none", text: nil),
        ]
        guard case .create(let wish)? = state.handle(.agents([agent(attributes: attributes)], at: start)).first else { Issue.record("no node"); return }
        #expect(
            wish.labels == [
                "kubernetes.io/hostname": "n1", "k8s.mesosphere.io/attribute-rack": "r1", "k8s.mesosphere.io/attribute-gen": "3",
            ])
    }

    @Test func aNodeThatIsAsItShouldBeIsLeftAlone() {
        var state = state(nodes: [node()])
        #expect(state.handle(.agents([agent()], at: start)) == [])
    }

    @Test func labelsOfUsersStayAndThoseOfGoneAttributesGo() {
        var labels = ["kubernetes.io/hostname": "n1", "mine": "yes"]
        var state = state(nodes: [node(labels: labels)])
        #expect(state.handle(.agents([agent()], at: start)) == [])
        labels["k8s.mesosphere.io/attribute-rack"] = "old"
        #expect(state.handle(.nodeChanged(node(labels: labels), at: start)).map(\.node) == ["n1"])
    }

    @Test func nothingIsWrittenBeforeBothSidesAreKnown() {
        var state = NodeRegistrarState(executorShare: share, startingAt: start)
        #expect(state.handle(.agents([agent()], at: start)) == [])
        #expect(state.handle(.nodesSynced([], at: start)).count == 1)
    }

    @Test func anAgentThatIsAwayMakesItsNodeUnknownAndBackAgain() {
        var state = state(nodes: [node()])
        _ = state.handle(.agents([agent()], at: start))
        let away = state.handle(.agents([agent(active: false)], at: start))
        #expect(away == [.setReady("n1", .unknown, reason: "MesosAgentDisconnected", message: "the Mesos agent is not connected to its master")])
        _ = state.handle(.done("n1", at: start, succeeded: true))
        _ = state.handle(.nodeChanged(node(ready: .unknown), at: start + .seconds(3)))
        let back = state.handle(.agents([agent()], at: start + .seconds(3)))
        #expect(back == [.setReady("n1", .yes, reason: "MesosAgentActive", message: "the Mesos agent is connected")])
    }

    @Test func aNodeThatItsExecutorCallsNotReadyStaysSo() {
        var state = state(nodes: [node(ready: .no)])
        #expect(state.handle(.agents([agent()], at: start)) == [])
    }

    @Test func anExecutorThatReportsHasTheWordEvenWhenItsAgentIsAway() {
        func speaking(_ ready: NodeStanding.Ready) -> NodeStanding {
            NodeStanding(
                name: "n1", agent: "s1", labels: ["kubernetes.io/hostname": "n1"], capacity: total, allocatable: total - share, ready: ready,
                speaksForItself: true)
        }
        var state = state(nodes: [speaking(.yes)])
        _ = state.handle(.inUse(["n1"]))
        #expect(state.handle(.agents([agent(active: false)], at: start)) == [])
        #expect(state.handle(.nodeChanged(speaking(.unknown), at: start)) == [])
        #expect(state.handle(.agents([agent()], at: start)) == [])
    }

    @Test func aSilentNodeWithoutPodsNeedsNoExecutorToBeReady() {
        let silent = NodeStanding(
            name: "n1", agent: "s1", labels: ["kubernetes.io/hostname": "n1"], capacity: total, allocatable: total - share, ready: .unknown,
            speaksForItself: true)
        var state = state(nodes: [silent])
        #expect(
            state.handle(.agents([agent()], at: start))
                == [.setReady("n1", .yes, reason: "MesosAgentActive", message: "the Mesos agent is connected")])
    }

    @Test func theNodeOfARemovedAgentIsUnknownAndThenDeleted() {
        var state = state(nodes: [node(ready: .unknown)])
        #expect(state.handle(.agents([], at: start)) == [])
        #expect(state.nextDeadline == start + .seconds(600))
        #expect(state.handle(.timePassed(to: start + .seconds(599))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(600))) == [.delete("n1")])
    }

    @Test func nodesThatNoAgentMadeAreNoneOfOurBusiness() {
        let other = NodeStanding(name: "hand", agent: nil, ready: .yes)
        var state = state(nodes: [other])
        #expect(state.handle(.agents([], at: start)) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(9999))) == [])
        // Else its time would be up again and again.
        #expect(state.nextDeadline == nil)
    }

    @Test func aNodeThatWasBusyWhenItsTimeWasUpIsLookedAtAgain() {
        var state = state(nodes: [node(ready: .yes)])
        #expect(state.handle(.agents([], at: start)).map(\.node) == ["n1"])
        #expect(state.handle(.timePassed(to: start + .seconds(600))) == [])
        #expect(state.handle(.done("n1", at: start + .seconds(601), succeeded: true)) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(603))) == [.delete("n1")])
    }

    @Test func anAgentUnderANewIdTakesOverItsHostsNode() {
        var state = state(nodes: [node("s1")])
        let effects = state.handle(.agents([agent("s1", active: false), agent("s2")], at: start))
        guard case .update(let wish)? = effects.first else { Issue.record("no update"); return }
        #expect(wish.agent == "s2")
    }

    @Test func aFailedWriteIsRepeatedAfterAPause() {
        var state = state()
        _ = state.handle(.agents([agent()], at: start))
        #expect(state.handle(.done("n1", at: start, succeeded: false)) == [])
        #expect(state.nextDeadline == start + .seconds(2))
        #expect(state.handle(.timePassed(to: start + .seconds(2))).map(\.node) == ["n1"])
    }
}
