import ControllerKit
import JSON
import Testing

@Suite struct ClusterViewTests {
    private func pod(_ name: String, revision: Int = 1, owner: String? = nil) -> JSONValue {
        var pod: JSONValue = [
            "metadata": ["name": .string(name), "namespace": "default", "uid": .string("uid-\(name)"), "resourceVersion": .string("\(revision)")]
        ]
        if let owner {
            pod.set([["kind": "ReplicaSet", "name": "web", "uid": .string(owner), "controller": true]], at: "metadata", "ownerReferences")
        }
        return pod
    }

    @Test func anOlderStateDoesNotReplaceANewerOne() {
        var view = ClusterView()
        view.put(.pods, pod("a", revision: 5))
        #expect(view.put(.pods, pod("a", revision: 4)) == nil)
        #expect(view.object(.pods, ObjectName(namespace: "default", name: "a"))?.revision == 5)
    }

    @Test func ownersKnowTheirDependentsAlsoAfterChangesAndRemoval() {
        var view = ClusterView()
        view.put(.pods, pod("a", owner: "x"))
        view.put(.pods, pod("b", owner: "x"))
        #expect(view.objects(.pods, controlledBy: "x").map { ObjectName(of: $0).name } == ["a", "b"])
        view.put(.pods, pod("a", revision: 2))
        view.remove(.pods, ObjectName(namespace: "default", name: "b"))
        #expect(view.dependents(of: "x").isEmpty)
    }

    @Test func aListRemovesWhatItDoesNotName() {
        var view = ClusterView()
        view.replace(.pods, with: [pod("a"), pod("b")], revision: 10)
        let changes = view.replace(.pods, with: [pod("b", revision: 12)], revision: 12)
        #expect(changes.count == 2)
        #expect(view.objects(.pods).map { ObjectName(of: $0).name } == ["b"])
        #expect(view.revision(.pods) == 12)
    }

    @Test func ownWritesAreSeenByRevisionAndDeletionsByUID() {
        var view = ClusterView()
        let seen = OwnWrite.seen(.pods, 7)
        #expect(seen.isMet(in: view), "a kind that is not in the cache is not waited for")
        view.replace(.pods, with: [pod("a", revision: 5)], revision: 5)
        #expect(!seen.isMet(in: view))
        view.progress(.pods, to: 7)
        #expect(seen.isMet(in: view))
        let gone = OwnWrite.deleted(ObjectReference(kind: .pods, name: ObjectName(namespace: "default", name: "a"), uid: "uid-a"))
        #expect(!gone.isMet(in: view))
        view.remove(.pods, ObjectName(namespace: "default", name: "a"))
        #expect(gone.isMet(in: view))
    }

    @Test(arguments: [
        (#"{"matchLabels":{"app":"web"}}"#, true), (#"{"matchLabels":{"app":"db"}}"#, false), ("{}", true),
        (#"{"matchExpressions":[{"key":"tier","operator":"DoesNotExist"},{"key":"app","operator":"In","values":["web","x"]}]}"#, true),
        (#"{"matchExpressions":[{"key":"app","operator":"NotIn","values":["web"]}]}"#, false),
        (#"{"matchExpressions":[{"key":"app","operator":"Exists"}]}"#, true),
    ])
    func selectorsSelectAsDocumented(_ selector: String, _ selects: Bool) throws {
        #expect(try #require(Selector(labelSelector: JSONValue(parsing: selector))).matches(["app": "web"]) == selects)
    }

    @Test func anEmptyMapSelectsNothing() {
        #expect(Selector(map: [:]) == nil)
        #expect(Selector(labelSelector: nil) == nil)
        #expect(Selector(map: ["app": "web"])?.matches(["app": "web", "x": "y"]) == true)
    }
}
