import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

private let kinds: [ObjectKind] = [.pods, .configMaps, .deployments, .namespaces, .nodes]
private let controller = NamespaceController(kinds: kinds)
private let name = ObjectName(name: "old")

private func namespace(conditions: [JSONValue] = [], finalizers: [JSONValue] = ["kubernetes"], deleting: Bool = true) -> JSONValue {
    var namespace = Sample.object("old", uid: "ns", deleting: deleting)
    namespace["spec"] = ["finalizers": .array(finalizers)]
    namespace["status"] = ["phase": deleting ? "Terminating" : "Active"]
    if !conditions.isEmpty { namespace.set(.array(conditions), at: "status", "conditions") }
    return namespace
}

private func plan(_ objects: [(ObjectKind, JSONValue)], after failure: StepFailure? = nil) -> Plan {
    controller.reconcile(name, in: Sample.view(objects), at: Sample.now, after: failure)
}

private func told(_ plan: Plan) -> JSONValue? {
    for case .updateStatus(.namespaces, let namespace) in plan.steps { return namespace }
    return nil
}

private func condition(_ namespace: JSONValue?, _ type: String) -> [String] {
    let found = (namespace?.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == type }
    return ["status", "reason", "message"].map { found?[$0]?.string ?? "" }
}

@Suite struct NamespaceControllerTests {
    @Test func aLivingNamespaceIsLeftAlone() {
        #expect(plan([(.namespaces, namespace(deleting: false)), (.pods, Sample.object("p", in: "old"))]) == .nothing)
    }

    @Test func whatMakesThingsGoesBeforeWhatIsMadeAndNothingElseGoes() {
        let steps = plan([
            (.namespaces, namespace()), (.pods, Sample.object("p", in: "old")), (.configMaps, Sample.object("c", in: "old")),
            (.deployments, Sample.object("d", in: "old")), (.pods, Sample.object("p", in: "other")), (.nodes, Sample.object("n")),
        ]).steps
        let gone = steps.map { step -> String in
            if case .delete(let kind, let name, _, .background, nil) = step { "\(kind)/\(name)" } else { "?" }
        }
        #expect(gone == ["deployments.apps/old/d", "pods/old/p", "configmaps/old/c"])
    }

    @Test func whatRemainsIsToldInFiveConditionsInOneWrite() {
        let held = Sample.object("hold", in: "old", finalizers: ["example.com/hold"], deleting: true)
        let pods = ["a", "b"].map { (ObjectKind.pods, Sample.object($0, in: "old", deleting: true)) }
        let plan = plan([(.namespaces, namespace()), (.configMaps, held)] + pods)
        #expect(plan.steps.count == 1)
        let status = told(plan)
        #expect(status?.at("status", "conditions")?.array?.count == 5)
        #expect(condition(status, "NamespaceDeletionDiscoveryFailure") == ["False", "ResourcesDiscovered", "All resources successfully discovered"])
        #expect(
            condition(status, "NamespaceDeletionGroupVersionParsingFailure")
                == ["False", "ParsedGroupVersions", "All legacy kube types successfully parsed"])
        #expect(
            condition(status, "NamespaceDeletionContentFailure")
                == ["False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"])
        #expect(
            condition(status, "NamespaceContentRemaining")
                == ["True", "SomeResourcesRemain", "Some resources are remaining: configmaps. has 1 resource instances, pods. has 2 resource instances"])
        #expect(
            condition(status, "NamespaceFinalizersRemaining")
                == [
                    "True", "SomeFinalizersRemain",
                    "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
                ])
    }

    @Test func anEmptyNamespaceIsToldSoAndThenLetGoWhenTheServerConfirmsIt() throws {
        let first = plan([(.namespaces, namespace())])
        let status = try #require(told(first))
        #expect(condition(status, "NamespaceContentRemaining") == ["False", "ContentRemoved", "All content successfully removed"])
        let second = plan([(.namespaces, status)])
        #expect(second.steps.first == .deleteAll(.events, namespace: "old"))
        #expect(second.steps.dropFirst().dropLast().map { if case .confirmEmpty(let kind, "old") = $0 { kind.plural } else { "?" } }
            == ["deployments", "pods", "configmaps"])
        guard case .updateSubresource(.namespaces, let finalized, "finalize")? = second.steps.last else { Issue.record("not finalized"); return }
        #expect(finalized.at("spec", "finalizers") == [])
    }

    @Test func otherFinalizersOfTheNamespaceStay() throws {
        let status = try #require(told(plan([(.namespaces, namespace(finalizers: ["kubernetes", "example.com/mine"]))])))
        guard case .updateSubresource(_, let finalized, _)? = plan([(.namespaces, status)]).steps.last else { Issue.record("not finalized"); return }
        #expect(finalized.at("spec", "finalizers") == ["example.com/mine"])
        #expect(plan([(.namespaces, namespace(finalizers: ["example.com/mine"]))]).steps.allSatisfy { if case .updateSubresource = $0 { false } else { true } })
    }

    @Test func whatTheServerRefusesIsTold() {
        let pod = Sample.object("p", in: "old")
        let step = Step.delete(.pods, ObjectName(of: pod), uid: pod.uid)
        let failure = StepFailure(step: step, reason: .forbidden, message: "no")
        let status = told(plan([(.namespaces, namespace()), (.pods, pod)], after: failure))
        #expect(condition(status, "NamespaceDeletionContentFailure").prefix(2) == ["True", "ContentDeletionFailed"])
    }

    @Test func onlyChangesInEndingNamespacesConcernIt() throws {
        let watch = try #require(controller.watches.first { $0.kind == .pods })
        let pod = Sample.object("p", in: "old")
        #expect(watch.keys(pod, nil, Sample.view([(.namespaces, namespace())])) == [name])
        #expect(watch.keys(pod, nil, Sample.view([(.namespaces, namespace(deleting: false))])) == [])
    }
}
