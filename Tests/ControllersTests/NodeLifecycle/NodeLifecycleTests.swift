import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

private let n1 = ObjectName(name: "n1")

private func lease(_ node: String, renewed: Timestamp) -> (ObjectKind, JSONValue) {
    var lease = Sample.object(node, in: "kube-node-lease")
    lease["spec"] = ["renewTime": .string(renewed.rfc3339Micro)]
    return (.leases, lease)
}

private func taint(_ key: String, _ effect: String, added: Timestamp = Sample.now) -> JSONValue {
    ["key": .string("node.kubernetes.io/" + key), "effect": .string(effect), "timeAdded": .string(added.rfc3339)]
}

/// A plan of a controller that knows the node already, without its first event; `silent`: for so many seconds it has seen nothing new of it.
private func plan(_ objects: [(ObjectKind, JSONValue)], at now: Timestamp, silent: Int64 = 0) -> Plan {
    let clock = SampleClock()
    let controller = NodeLifecycleController(time: clock)
    let view = Sample.view(objects)
    _ = controller.reconcile(n1, in: view, at: Sample.now, after: nil)
    clock.set(silent)
    return controller.reconcile(n1, in: view, at: now, after: nil)
}

/// A ready node beside the one that the test is about: without one nothing is evicted.
private let other: (ObjectKind, JSONValue) = (.nodes, Sample.node("n2", reason: NodeHealth.vouched))

private func taints(_ plan: Plan) -> [String]? {
    for case .update(.nodes, let node) in plan.steps {
        return NodeTaints.list(of: node).map { "\($0["key"]?.string?.dropFirst(19) ?? ""):\($0["effect"]?.string ?? "")" }
    }
    return nil
}

@Suite struct NodeLifecycleTests {
    @Test func aNodeThatRenewsItsLeaseIsWell() {
        let clock = SampleClock()
        let controller = NodeLifecycleController(time: clock)
        for second in stride(from: Int64(0), through: 300, by: 10) {
            clock.set(second)
            let view = Sample.view([(.nodes, Sample.node("n1")), lease("n1", renewed: Sample.later(second))])
            let plan = controller.reconcile(n1, in: view, at: Sample.later(second), after: nil)
            #expect(!plan.steps.contains { if case .updateStatus = $0 { true } else { false } })
            #expect(plan.lookAgain == .seconds(41))
        }
    }

    @Test func itsNextLookComesWhenItsNextSignIsOverdue() {
        #expect(plan([(.nodes, Sample.node("n1"))], at: Sample.later(10), silent: 10) == Plan(lookAgain: .seconds(31)))
    }

    /// A leader's clock that jumps, and a node's that is wrong.
    @Test(arguments: [3600, -3600, 86_400 * 365] as [Int64]) func noTimeOfDayMakesANodeSilent(wrong: Int64) {
        let clock = SampleClock()
        let controller = NodeLifecycleController(time: clock)
        for second in stride(from: Int64(0), through: 100, by: 10) {
            clock.set(second)
            let view = Sample.view([(.nodes, Sample.node("n1")), lease("n1", renewed: Sample.later(second))])
            let plan = controller.reconcile(n1, in: view, at: Sample.later(second > 50 ? second + wrong : second), after: nil)
            #expect(!plan.steps.contains { if case .updateStatus = $0 { true } else { false } })
        }
        // The node's own goes back: each renewal is a sign all the same.
        for second in stride(from: Int64(100), through: 300, by: 10) {
            clock.set(second)
            let view = Sample.view([(.nodes, Sample.node("n1")), lease("n1", renewed: Sample.later(second - wrong))])
            let plan = controller.reconcile(n1, in: view, at: Sample.later(second), after: nil)
            #expect(!plan.steps.contains { if case .updateStatus = $0 { true } else { false } })
        }
    }

    @Test func aRenewalThatNobodyLookedAtIsASignToo() {
        let clock = SampleClock()
        let controller = NodeLifecycleController(time: clock)
        let objects = { (renewed: Int64) in [(ObjectKind.nodes, Sample.node("n1")), lease("n1", renewed: Sample.later(renewed))] }
        _ = controller.reconcile(n1, in: Sample.view(objects(0)), at: Sample.now, after: nil)
        clock.set(30)
        // Of a node in good health: no key is to be looked at.
        for watch in controller.watches where watch.kind == .leases {
            #expect(watch.keys(objects(0)[1].1, objects(30)[1].1, Sample.view(objects(30))) == [])
        }
        clock.set(41)
        #expect(controller.reconcile(n1, in: Sample.view(objects(30)), at: Sample.later(41), after: nil) == Plan(lookAgain: .seconds(30)))
    }

    @Test func aNodeThatIsSilentForFortySecondsIsUnknown() throws {
        var node = Sample.node("n1")
        node.set(
            .array((node.at("status", "conditions")?.array ?? []) + [["type": "MemoryPressure", "status": "False"], ["type": "Custom", "status": "False"]]),
            at: "status", "conditions")
        let plan = plan([(.nodes, node), lease("n1", renewed: Sample.later(60))], at: Sample.later(101), silent: 41)
        guard case .updateStatus(.nodes, let silenced)? = plan.steps.first else { Issue.record("nothing is said"); return }
        let ready = try #require(NodeHealth.condition("Ready", of: silenced))
        #expect(ready["status"] == "Unknown")
        #expect(ready["reason"] == "NodeStatusUnknown")
        #expect(ready["message"] == "Kubelet stopped posting node status.")
        #expect(ready["lastTransitionTime"]?.string == Sample.later(101).rfc3339)
        #expect(NodeHealth.condition("MemoryPressure", of: silenced)?["status"] == "Unknown")
        #expect(NodeHealth.condition("Custom", of: silenced)?["status"] == "False")
        guard case .event(let note)? = plan.steps.last else { Issue.record("no event"); return }
        #expect(note.message == "Node n1 status is now: NodeNotReady")
    }

    @Test func aNodeWithoutAnExecutorIsVouchedForByItsAgent() {
        #expect(plan([(.nodes, Sample.node("n1", reason: NodeHealth.vouched))], at: Sample.later(9999), silent: 9999) == .nothing)
    }

    @Test func whoBeginsToWatchGivesEachNodeTheWholeGrace() {
        #expect(plan([(.nodes, Sample.node("n1"))], at: Sample.later(1000)) == Plan(lookAgain: .seconds(41)))
    }

    @Test func taintsComeOneAfterTheOtherAndGoWithTheirCause() {
        let silent = { (taints: [JSONValue]) in
            [(ObjectKind.nodes, Sample.node("n1", ready: "Unknown", reason: "NodeStatusUnknown", taints: taints)), other]
        }
        let later = Sample.later(100)
        #expect(taints(plan(silent([]), at: later)) == ["unreachable:NoSchedule"])
        #expect(taints(plan(silent([taint("unreachable", "NoSchedule")]), at: later)) == ["unreachable:NoSchedule", "unreachable:NoExecute"])
        let both = [taint("unreachable", "NoSchedule"), taint("unreachable", "NoExecute")]
        #expect(taints(plan(silent(both), at: later)) == nil)
        #expect(taints(plan([(.nodes, Sample.node("n1", heartbeat: later, taints: both))], at: later)) == [])
    }

    @Test func taintsAreSwappedByAddingBeforeRemoving() {
        let before = [taint("unreachable", "NoSchedule"), taint("unreachable", "NoExecute")]
        let added = plan([(.nodes, Sample.node("n1", ready: "False", reason: "KubeletNotReady", taints: before)), other], at: Sample.now)
        #expect(taints(added)?.sorted() == ["not-ready:NoExecute", "not-ready:NoSchedule", "unreachable:NoExecute", "unreachable:NoSchedule"])
        guard case .update(_, let node)? = added.steps.last else { Issue.record("no update"); return }
        #expect(taints(plan([(.nodes, node), other], at: Sample.now))?.sorted() == ["not-ready:NoExecute", "not-ready:NoSchedule"])
    }

    @Test func taintsOfUsersStay() {
        let mine: JSONValue = ["key": "mine", "effect": "NoExecute", "value": "x"]
        var node = Sample.node("n1", taints: [mine, taint("unschedulable", "NoSchedule")])
        #expect(taints(plan([(.nodes, node)], at: Sample.now))?.count == 1)
        node.set(true, at: "spec", "unschedulable")
        #expect(taints(plan([(.nodes, node)], at: Sample.now)) == nil)
    }

    @Test func podsOfANodeThatIsNotReadyAreNotReadyUnlessTheySayItAfterwards() {
        let node = Sample.node("n1", ready: "Unknown", reason: "NodeStatusUnknown", since: Sample.later(10))
        var fresh = Sample.pod("fresh")
        fresh.set([["type": "Ready", "status": "True", "lastTransitionTime": .string(Sample.later(20).rfc3339)]], at: "status", "conditions")
        let plan = plan(
            [(.nodes, node), other, (.pods, Sample.pod("p")), (.pods, fresh), (.pods, Sample.pod("far", node: "n2"))], at: Sample.later(30))
        let patched = plan.steps.compactMap { if case .patch(.pods, let name, _, .strategic, "status") = $0 { name.name } else { nil } }
        #expect(patched == ["p"])
        guard case .event(let note) = plan.steps[1] else { Issue.record("no event"); return }
        #expect((note.reason, note.message, note.isWarning) == ("NodeNotReady", "Node is not ready", true))
    }

    @Test func nodesComeAndGoWithAWord() {
        let controller = NodeLifecycleController()
        let first = controller.reconcile(n1, in: Sample.view([(.nodes, Sample.node("n1"))]), at: Sample.now, after: nil)
        let second = controller.reconcile(n1, in: Sample.view([(.nodes, Sample.node("n1"))]), at: Sample.now, after: nil)
        let gone = controller.reconcile(n1, in: ClusterView(), at: Sample.now, after: nil)
        func words(_ plan: Plan) -> [String] { plan.steps.compactMap { if case .event(let note) = $0 { note.message } else { nil } } }
        #expect(words(first) == ["Node n1 event: Registered Node n1 in Controller"])
        #expect(words(second) == [])
        #expect(words(gone) == ["Node n1 event: Removing Node n1 from Controller"])
    }
}

@Suite struct EvictionRateTests {
    private func due(unready: Int, of total: Int, rate: EvictionRate = EvictionRate(), lastTaint: Timestamp? = nil, elsewhere: Int = 0) -> Timestamp? {
        var objects: [(ObjectKind, JSONValue)] = []
        for number in 0..<total {
            let isDown = number < unready
            let taints = number == 1 && isDown ? lastTaint.map { [taint("unreachable", "NoExecute", added: $0)] } ?? [] : []
            objects.append((.nodes, Sample.node("n\(number)", ready: isDown ? "Unknown" : "True", taints: taints, zone: "a")))
        }
        for number in 0..<elsewhere { objects.append((.nodes, Sample.node("m\(number)", zone: "b"))) }
        let view = Sample.view(objects)
        return rate.due(NodeHealth("n0", in: view), in: view)
    }

    @Test func theFirstNodeGoesAtOnceAndTheNextTenSecondsLater() {
        #expect(due(unready: 2, of: 10) == Timestamp(secondsSinceEpoch: 0))
        #expect(due(unready: 2, of: 10, lastTaint: Sample.now) == Sample.later(10))
    }

    @Test func whenMostOfASmallZoneIsDownNothingIsEvicted() {
        #expect(due(unready: 6, of: 10) == nil)
        #expect(due(unready: 5, of: 10) != nil)
        #expect(due(unready: 2, of: 3) != nil)
    }

    @Test func whenMostOfALargeZoneIsDownItGoesSlowly() {
        #expect(due(unready: 40, of: 60, lastTaint: Sample.now) == Sample.later(100))
    }

    @Test func whenNothingIsReadyAnywhereNothingIsEvicted() {
        #expect(due(unready: 3, of: 3) == nil)
        #expect(due(unready: 3, of: 3, elsewhere: 1) != nil)
    }
}

@Suite struct TaintEvictionTests {
    private let name = ObjectName(namespace: "default", name: "p")

    private func pod(_ tolerations: [JSONValue]) -> JSONValue {
        var pod = Sample.pod("p")
        pod.set(.array(tolerations), at: "spec", "tolerations")
        return pod
    }

    private func toleration(_ seconds: Int64?) -> JSONValue {
        var toleration: JSONValue = ["key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"]
        if let seconds { toleration["tolerationSeconds"] = .integer(seconds) }
        return toleration
    }

    private func node(_ taints: [JSONValue]) -> (ObjectKind, JSONValue) { (.nodes, Sample.node("n1", ready: "Unknown", taints: taints)) }

    @Test func aPodStaysForAsLongAsItTolerates() {
        let clock = SampleClock()
        let controller = TaintEvictionController(time: clock)
        let view = Sample.view([(.pods, pod([toleration(300)])), node([taint("unreachable", "NoExecute")])])
        // Whatever its clock says beside the taint's time.
        #expect(controller.reconcile(name, in: view, at: Sample.later(3600), after: nil) == Plan(lookAgain: .seconds(300)))
        clock.set(100)
        #expect(controller.reconcile(name, in: view, at: Sample.later(7200), after: nil) == Plan(lookAgain: .seconds(200)))
        clock.set(300)
        let steps = controller.reconcile(name, in: view, at: Sample.later(-3600), after: nil).steps
        guard case .event(let note)? = steps.first else { Issue.record("no event"); return }
        #expect(note.message == "Marking for deletion Pod default/p")
        #expect(steps.last == .delete(.pods, name, uid: "uid-p"))
    }

    @Test func aRecoveryCallsTheDeletionOff() {
        let controller = TaintEvictionController()
        let doomed = Sample.view([(.pods, pod([toleration(300)])), node([taint("unreachable", "NoExecute")])])
        _ = controller.reconcile(name, in: doomed, at: Sample.now, after: nil)
        let saved = Sample.view([(.pods, pod([toleration(300)])), node([])])
        let steps = controller.reconcile(name, in: saved, at: Sample.later(10), after: nil).steps
        guard case .event(let note)? = steps.first else { Issue.record("no event"); return }
        #expect(note.message == "Cancelling deletion of Pod default/p")
        #expect(controller.reconcile(name, in: saved, at: Sample.later(20), after: nil) == .nothing)
    }

    @Test func tolerationsDecide() {
        let taints = [taint("unreachable", "NoExecute")]
        func tolerance(_ tolerations: [JSONValue]) -> Duration? { TaintEvictionController.tolerance(of: pod(tolerations), taints) }
        #expect(tolerance([]) == .zero)
        #expect(tolerance([toleration(nil)]) == nil)
        #expect(tolerance([toleration(60), toleration(30)]) == .seconds(30))
        #expect(tolerance([toleration(0)]) == .zero)
        #expect(tolerance([["operator": "Exists"]]) == nil)
        #expect(tolerance([["key": "other", "operator": "Exists", "effect": "NoExecute"]]) == .zero)
        #expect(tolerance([["key": "node.kubernetes.io/unreachable", "operator": "Equal", "value": "x"]]) == .zero)
    }

    @Test func taintsOfUsersCountFromWhenTheyWereSeenToo() {
        let clock = SampleClock()
        let controller = TaintEvictionController(time: clock)
        let mine: JSONValue = ["key": "mine", "effect": "NoExecute"]
        let view = Sample.view([(.pods, pod([["key": "mine", "operator": "Exists", "tolerationSeconds": 60]])), node([mine])])
        #expect(controller.reconcile(name, in: view, at: Sample.now, after: nil) == Plan(lookAgain: .seconds(60)))
        clock.set(60)
        #expect(controller.reconcile(name, in: view, at: Sample.later(60), after: nil).steps.count == 3)
    }
}
