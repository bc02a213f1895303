import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct PropagationTests {
    private static let template: JSONValue = [
        "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "nginx:1.19"]]],
    ]

    private func deployment() throws -> JSONValue {
        try made(.deployments, ["selector": ["matchLabels": ["app": "web"]], "template": PropagationTests.template])
    }

    private func controller() throws -> JSONValue { try made(.replicationControllers, ["template": PropagationTests.template]) }

    private func made(_ kind: ResourceKind, _ spec: JSONValue) throws -> JSONValue {
        var object = try kind.prepareCreate(["metadata": ["name": "web"], "spec": spec], context())
        object.set("7", at: "metadata", "resourceVersion")
        return object
    }

    @Test func aDeploymentGoesAtOnceAndItsDependentsAfterIt() throws {
        let object = try deployment()
        for options in [DeleteOptions(), DeleteOptions(propagation: .background)] {
            #expect(try ResourceKind.deployments.prepareDelete(object, options, now: noon) == .remove(object))
        }
    }

    @Test func foregroundAndOrphanAreFinalizersAndANewGeneration() throws {
        for (propagation, finalizer) in [(DeleteOptions.Propagation.foreground, "foregroundDeletion"), (.orphan, "orphan")] {
            let decision = try ResourceKind.deployments.prepareDelete(
                try deployment(), DeleteOptions(propagation: propagation), now: noon)
            guard case .markTerminating(let marked) = decision else { throw Fixtures.Missing(path: "\(decision)") }
            #expect(marked.at("metadata", "finalizers") == [.string(finalizer)])
            #expect(marked.at("metadata", "deletionTimestamp") == "2026-11-21T12:00:00Z")
            #expect(marked.at("metadata", "deletionGracePeriodSeconds") == 0)
            #expect(marked.at("metadata", "generation") == 2)
            // The same again changes nothing; without a word of its own, the object's stands.
            for options in [DeleteOptions(propagation: propagation), DeleteOptions()] {
                #expect(try ResourceKind.deployments.prepareDelete(marked, options, now: noon) == .alreadyTerminating(marked))
            }
            // Another wish takes the place of the first, and in the background there is nothing to wait for.
            guard case .remove = try ResourceKind.deployments.prepareDelete(
                marked, DeleteOptions(propagation: .background), now: noon)
            else { throw Fixtures.Missing(path: "remove") }
            let other: DeleteOptions.Propagation = propagation == .orphan ? .foreground : .orphan
            guard case .markTerminating(let changed) = try ResourceKind.deployments.prepareDelete(
                marked, DeleteOptions(propagation: other), now: noon.advanced(by: .seconds(9)))
            else { throw Fixtures.Missing(path: "mark") }
            #expect(changed.at("metadata", "deletionTimestamp") == "2026-11-21T12:00:00Z")
            #expect(changed.at("metadata", "finalizers")?.array?.count == 1)
        }
    }

    @Test func replicationControllersLeaveTheirPodsUnlessToldOtherwise() throws {
        let object = try controller()
        guard case .markTerminating(let marked) = try ResourceKind.replicationControllers.prepareDelete(object, now: noon) else {
            throw Fixtures.Missing(path: "mark")
        }
        #expect(marked.at("metadata", "finalizers") == ["orphan"])
        for options in [DeleteOptions(propagation: .background), DeleteOptions(orphanDependents: false)] {
            #expect(try ResourceKind.replicationControllers.prepareDelete(object, options, now: noon) == .remove(object))
        }
    }

    @Test func theOlderFlagOrphansToo() throws {
        let decision = try ResourceKind.deployments.prepareDelete(
            try deployment(), try DeleteOptions(body: ["orphanDependents": true]) { _ in nil }, now: noon)
        guard case .markTerminating(let marked) = decision else { throw Fixtures.Missing(path: "\(decision)") }
        #expect(marked.at("metadata", "finalizers") == ["orphan"])
        let both = status {
            _ = try DeleteOptions(body: ["orphanDependents": true, "propagationPolicy": "Orphan"]) { _ in nil }
        }
        #expect(
            both?.message == "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": "
                + "orphanDependents and deletionPropagation cannot be both set")
        #expect(try DeleteOptions(body: nil) { $0 == "orphanDependents" ? "false" : nil }.orphanDependents == false)
    }

    @Test func otherFinalizersStayAsTheyAre() throws {
        var object = try deployment()
        object.set(["a/b"], at: "metadata", "finalizers")
        guard case .markTerminating(let marked) = try ResourceKind.deployments.prepareDelete(
            object, DeleteOptions(propagation: .foreground), now: noon)
        else { throw Fixtures.Missing(path: "mark") }
        #expect(marked.at("metadata", "finalizers") == ["a/b", "foregroundDeletion"])
    }

    /// The garbage collector's last step: the finalizer is taken, and the object goes.
    @Test func theLastFinalizerTakenRemovesTheObject() throws {
        guard case .markTerminating(var marked) = try ResourceKind.deployments.prepareDelete(
            try deployment(), DeleteOptions(propagation: .foreground), now: noon)
        else { throw Fixtures.Missing(path: "mark") }
        marked.set("8", at: "metadata", "resourceVersion")
        var taken = marked
        taken.remove(at: "metadata", "finalizers")
        guard case .remove = try ResourceKind.deployments.prepareUpdate(old: marked, new: taken, context(name: "web")) else {
            throw Fixtures.Missing(path: "remove")
        }
    }

    @Test func someNamespacesAreNeverDeleted() throws {
        for name in ["default", "kube-system", "kube-public"] {
            let object = try ResourceKind.namespaces.prepareCreate(["metadata": ["name": .string(name)]], context(""))
            let refusal = status { _ = try ResourceKind.namespaces.prepareDelete(object, now: noon) }
            #expect(refusal?.code == 403)
            #expect(refusal?.message == "namespaces \"\(name)\" is forbidden: this namespace may not be deleted")
        }
    }

    @Test func anOwnerMustBeNamedWhollyAndBeNoEvent() throws {
        let references: JSONValue = [
            ["apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u"], ["apiVersion": "", "kind": "", "name": "", "uid": ""],
        ]
        let refusal = status {
            _ = try ResourceKind.configMaps.prepareCreate(
                ["metadata": ["name": "c", "ownerReferences": references]], context())
        }
        let causes = refusal?.details?.causes.map { $0.field + " " + ($0.message.split(separator: ":").last.map(String.init) ?? "") }
        #expect(
            causes == [
                "metadata.ownerReferences  /v1, Kind=Event is disallowed from being an owner",
                "metadata.ownerReferences.apiVersion  version must not be empty",
                "metadata.ownerReferences.kind  kind must not be empty", "metadata.ownerReferences.name  name must not be empty",
                "metadata.ownerReferences.uid  uid must not be empty",
            ])
    }
}
