import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

/// What replica controllers plan, from views that tests make.
@Suite struct ReplicaLogicTests {
    private static let now = Make.time("2026-11-21T12:00:00Z")

    private static func view(_ set: JSONValue, kind: ObjectKind = .replicaSets, _ pods: JSONValue...) -> ClusterView {
        var view = ClusterView()
        var set = set
        set.set("set-uid", at: "metadata", "uid")
        set.set("7", at: "metadata", "resourceVersion")
        if set.at("metadata", "generation") == nil { set.set(1, at: "metadata", "generation") }
        view.put(kind, set)
        for pod in pods { view.put(.pods, pod) }
        return view
    }

    private static func plan(_ view: ClusterView, after failure: StepFailure? = nil) -> Plan {
        ReplicaLogic.replicaSets.reconcile(Make.name("rs"), in: view, at: now, after: failure)
    }

    private static func created(_ plan: Plan) -> [JSONValue] {
        plan.steps.compactMap { if case .create(.pods, let pod) = $0 { pod } else { nil } }
    }
    private static func status(_ plan: Plan) -> JSONValue? {
        plan.steps.compactMap { if case .updateStatus(_, let object) = $0 { object["status"] } else { nil } }.first
    }
    private static func events(_ plan: Plan) -> [EventNote] {
        plan.steps.compactMap { if case .event(let note) = $0 { note } else { nil } }
    }

    @Test("Pods are made of the template, with the set as their controller, and told of")
    func creates() {
        var set = Make.replicaSet(replicas: 2)
        set.set(["note": "x"], at: "spec", "template", "metadata", "annotations")
        let plan = Self.plan(Self.view(set))
        let pods = Self.created(plan)
        #expect(pods.count == 2)
        for pod in pods {
            #expect(pod.at("metadata", "generateName") == "rs-")
            #expect(pod.at("metadata", "labels") == ["app": "rs"])
            #expect(pod.at("metadata", "annotations") == ["note": "x"])
            let owner: JSONValue = [
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": "set-uid", "controller": true,
                "blockOwnerDeletion": true,
            ]
            #expect(pod.at("metadata", "ownerReferences") == [owner])
            #expect(pod["spec"] == set.at("spec", "template", "spec"))
        }
        let names = pods.compactMap { $0.at("metadata", "name")?.string }
        #expect(Set(names).count == 2 && names.allSatisfy { $0.hasPrefix("rs-") && $0.count == 8 })
        #expect(Self.events(plan).map(\.message) == names.map { "Created pod: \($0)" })
        #expect(Self.events(plan).allSatisfy { $0.reason == "SuccessfulCreate" && !$0.isWarning })
        #expect(Self.status(plan) == ["replicas": 0, "observedGeneration": 1])
    }

    private static func names(_ plan: Plan) -> [String] { created(plan).compactMap { $0.at("metadata", "name")?.string } }

    @Test("Who asks again after a lost answer asks for the same pods, less those that have been seen meanwhile")
    func lostAnswers() throws {
        let set = Make.replicaSet(replicas: 5)
        let first = Self.created(Self.plan(Self.view(set)))
        let names = Self.names(Self.plan(Self.view(set)))
        for lost in first.indices {
            // The first `lost` were made; of the rest, asked at once, nobody knows.
            let failure = StepFailure(step: .create(.pods, first[lost]), reason: .unavailable, message: "no answer")
            var view = Self.view(set)
            for name in names.prefix(lost) { view.put(.pods, Make.pod(name, owner: "set-uid")) }
            #expect(Self.names(Self.plan(view, after: failure)) == Array(names.dropFirst(lost)))
            // The one after it turned out to be made.
            if lost + 1 < names.count {
                view.put(.pods, Make.pod(names[lost + 1], owner: "set-uid"))
                #expect(Self.names(Self.plan(view, after: failure)) == names.dropFirst(lost).filter { $0 != names[lost + 1] })
            }
        }
    }

    @Test("Another time, other names; names are 63 characters at most, and never the same twice in one plan")
    func names() {
        let view = Self.view(Make.replicaSet(replicas: 500))
        let (now, later) = (
            Self.plan(view),
            ReplicaLogic.replicaSets.reconcile(Make.name("rs"), in: view, at: Self.now.advanced(by: .milliseconds(1)), after: nil)
        )
        #expect(Set(Self.names(now)).count == 500)
        #expect(Set(Self.names(now)).isDisjoint(with: Self.names(later).prefix(3)))
        #expect(Names.generated(String(repeating: "a", count: 80) + "-", from: "x").count == 63)
    }

    @Test("At most 500 pods are made or deleted at once")
    func burst() {
        #expect(Self.created(Self.plan(Self.view(Make.replicaSet(replicas: 2000)))).count == 500)
        var view = Self.view(Make.replicaSet(replicas: 0))
        for number in 0..<600 { view.put(.pods, Make.pod("p\(number)", owner: "set-uid")) }
        #expect(Self.plan(view).steps.count { if case .delete(.pods, _, _, _, _) = $0 { true } else { false } } == 500)
    }

    @Test("Pods that ended or go do not count; those are replaced")
    func inactive() {
        var leaving = Make.pod("leaving", owner: "set-uid")
        leaving.set("2026-11-21T12:00:30Z", at: "metadata", "deletionTimestamp")
        let view = Self.view(
            Make.replicaSet(replicas: 3), leaving, Make.pod("failed", owner: "set-uid", phase: "Failed"),
            Make.pod("done", owner: "set-uid", phase: "Succeeded"), Make.pod("well", owner: "set-uid"))
        #expect(Self.created(Self.plan(view)).count == 2)
        #expect(Self.status(Self.plan(view))?["replicas"] == 1)
    }

    @Test(
        "A matching pod of nobody is adopted, once the API server confirms that the set is as it was read; what no longer matches is let go"
    )
    func claims() {
        var other = Make.pod("other", app: "elsewhere", owner: "set-uid")
        other.set("uid-other", at: "metadata", "uid")
        let plan = Self.plan(Self.view(Make.replicaSet(replicas: 1), Make.pod("bare"), other))
        let owner: JSONValue = [
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "rs", "uid": "set-uid", "controller": true,
            "blockOwnerDeletion": true,
        ]
        #expect(
            Array(plan.steps.prefix(3)) == [
                .patch(.replicaSets, Make.name("rs"), ["metadata": ["uid": "set-uid", "resourceVersion": "7"]]),
                .patch(.pods, Make.name("bare"), ["metadata": ["uid": "uid-bare", "ownerReferences": [owner]]], .strategic),
                .patch(
                    .pods, Make.name("other"),
                    ["metadata": ["uid": "uid-other", "ownerReferences": [["$patch": "delete", "uid": "set-uid"]]]], .strategic),
            ])
        #expect(Self.created(plan).isEmpty)
        #expect(Self.status(plan)?["replicas"] == 1)
    }

    @Test("Another's pods, and those that are leaving, are nobody's to adopt")
    func notAdopted() {
        var leaving = Make.pod("leaving")
        leaving.set("2026-11-21T12:00:30Z", at: "metadata", "deletionTimestamp")
        let plan = Self.plan(
            Self.view(Make.replicaSet(replicas: 0), Make.pod("theirs", owner: "another"), leaving, Make.pod("far", app: "far")))
        #expect(plan.steps.allSatisfy { if case .updateStatus = $0 { true } else { false } })
    }

    @Test("A set that is being deleted adopts, releases, makes and deletes nothing, and still counts")
    func leavingSet() {
        var set = Make.replicaSet(replicas: 3)
        set.set("2026-11-21T12:00:00Z", at: "metadata", "deletionTimestamp")
        set["status"] = ["replicas": 5]
        let plan = Self.plan(
            Self.view(set, Make.pod("bare"), Make.pod("own", owner: "set-uid"), Make.pod("odd", app: "odd", owner: "set-uid")))
        #expect(plan.steps.count == 1)
        #expect(Self.status(plan)?["replicas"] == 1)
    }

    @Test("A ready pod is available after minReadySeconds, and is looked at again then")
    func minReadySeconds() {
        let view = Self.view(
            Make.replicaSet(replicas: 4, minReadySeconds: 10), Make.pod("old", owner: "set-uid", ready: "2026-11-21T11:59:50Z"),
            Make.pod("young", owner: "set-uid", ready: "2026-11-21T11:59:53Z"),
            Make.pod("new", owner: "set-uid", ready: "2026-11-21T11:59:59Z"),
            Make.pod("not", owner: "set-uid"))
        let plan = Self.plan(view)
        #expect(
            Self.status(plan) == [
                "replicas": 4, "fullyLabeledReplicas": 4, "readyReplicas": 3, "availableReplicas": 1, "observedGeneration": 1,
            ])
        #expect(plan.lookAgain == .seconds(3))
    }

    @Test("Pods that lack a label of the template count, but not as fully labelled")
    func fullyLabelled() {
        var set = Make.replicaSet(replicas: 2)
        set.set(["app": "rs", "tier": "front"], at: "spec", "template", "metadata", "labels")
        var full = Make.pod("full", owner: "set-uid")
        full.set(["app": "rs", "tier": "front", "more": "x"], at: "metadata", "labels")
        #expect(Self.status(Self.plan(Self.view(set, full, Make.pod("bare", owner: "set-uid"))))?["fullyLabeledReplicas"] == 1)
    }

    @Test("What the API server refuses is told, with its words, before it is tried again")
    func refused() throws {
        let step = Step.create(.pods, [:])
        let words = "pods \"rs-x\" is forbidden: exceeded quota: q"
        let plan = Self.plan(
            Self.view(Make.replicaSet(replicas: 1)), after: StepFailure(step: step, reason: .forbidden, message: words))
        let condition: JSONValue = [
            "type": "ReplicaFailure", "status": "True", "lastTransitionTime": "2026-11-21T12:00:00Z", "reason": "FailedCreate",
            "message": .string(words),
        ]
        #expect(Self.status(plan)?["conditions"] == [condition])
        let note = try #require(Self.events(plan).first)
        #expect(note.isWarning && note.reason == "FailedCreate" && note.message == "Error creating: \(words)")
        guard case .updateStatus = plan.steps.first else { Issue.record("the status comes first"); return }
        #expect(Self.created(plan).count == 1)
    }

    @Test(
        "A step that met another state, or no server, is no failure of the workload",
        arguments: [
            (StepFailure.Reason.conflict, "x"), (.alreadyExists, "x"), (.notFound, "x"), (.unavailable, "x"),
            (.forbidden, "pods \"x\" is forbidden: unable to create new content in namespace a because it is being terminated"),
        ])
    func noTrouble(_ reason: StepFailure.Reason, _ message: String) {
        let plan = Self.plan(
            Self.view(Make.replicaSet(replicas: 1)),
            after: StepFailure(step: .create(.pods, [:]), reason: reason, message: message))
        #expect(Self.status(plan)?["conditions"] == nil)
        #expect(Self.events(plan).allSatisfy { !$0.isWarning })
    }

    @Test("The failure stands until there are as many pods as asked for")
    func failureStands() {
        var set = Make.replicaSet(replicas: 1)
        let condition: JSONValue = ["type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "m"]
        set["status"] = ["replicas": 0, "conditions": [condition]]
        #expect(Self.status(Self.plan(Self.view(set)))?["conditions"] == [condition])
        let status = Self.status(Self.plan(Self.view(set, Make.pod("a", owner: "set-uid"))))
        #expect(status?["replicas"] == 1 && status?["conditions"] == nil)
    }

    @Test("Of two pods of one deployment on a node one goes first: siblings count")
    func siblings() {
        var set = Make.replicaSet(replicas: 1)
        set.set([["kind": "Deployment", "name": "d", "uid": "d-uid", "controller": true]], at: "metadata", "ownerReferences")
        var sibling = Make.replicaSet("old", replicas: 1)
        sibling.set([["kind": "Deployment", "name": "d", "uid": "d-uid", "controller": true]], at: "metadata", "ownerReferences")
        sibling.set("old-uid", at: "metadata", "uid")
        var lonely = Make.pod("a-lonely", owner: "set-uid", ready: "2026-11-21T06:00:00Z")
        lonely.set("n2", at: "spec", "nodeName")
        var view = Self.view(
            set, lonely, Make.pod("z-crowded", owner: "set-uid", ready: "2026-11-21T06:00:00Z"),
            Make.pod("of-old", app: "old", owner: "old-uid"))
        view.put(.replicaSets, sibling)
        let deleted = Self.plan(view).steps.compactMap { if case .delete(_, let name, _, _, _) = $0 { name.name } else { nil } }
        #expect(deleted == ["z-crowded"])
    }

    @Test("A replication controller has a plain selector, its own source of events, and v1 in its pods' owner")
    func replicationController() {
        let logic = ReplicaLogic.replicationControllers
        #expect(logic.name == "replication-controller")
        let view = Self.view(Make.replicationController(replicas: 2), kind: .replicationControllers, Make.pod("bare", app: "rc"))
        let plan = logic.reconcile(Make.name("rc"), in: view, at: Self.now, after: nil)
        #expect(Self.created(plan).first?.at("metadata", "ownerReferences")?[0]?["apiVersion"] == "v1")
        #expect(Self.created(plan).count == 1)
    }

    @Test("A pod concerns its controller before and after a change, and a pod of nobody those that would adopt it")
    func watches() {
        let view = Self.view(Make.replicaSet())
        let concerned = { (old: JSONValue?, new: JSONValue?) in
            Set(ReplicaLogic.replicaSets.watches.filter { $0.kind == .pods }.flatMap { $0.keys(old, new, view) }.map(\.name))
        }
        #expect(concerned(nil, Make.pod("a")) == ["rs"])
        #expect(concerned(nil, Make.pod("a", app: "other")) == [])
        #expect(concerned(Make.pod("a", owner: "set-uid"), nil) == ["rs"])
        #expect(concerned(Make.pod("a", app: "x", owner: "1"), Make.pod("a", app: "y", owner: "2")) == ["x", "y"])
    }
}
