import ControllerKit
import JSON
import KubeObjects
import Testing

@testable import Controllers

@Suite struct RevisionTests {
    private static func set(_ annotations: JSONValue) -> ReplicaSetDraft {
        var object = Make.replicaSet()
        object.set(annotations, at: "metadata", "annotations")
        return ReplicaSetDraft(object)
    }

    private static let deployment: Deployment = {
        var object = Make.deployment()
        object.set(
            [
                "note": "x", "kubectl.kubernetes.io/last-applied-configuration": "{}", "deployment.kubernetes.io/revision": "9",
                "kubernetes.io/change-cause": "because",
            ], at: "metadata", "annotations")
        return Deployment(json: object)
    }()

    @Test("A new set gets the revision after the highest, and the deployment's annotations except its own")
    func newSet() {
        var set = Self.set([:])
        Revisions.makeNewest(
            &set, of: Self.deployment, above: [Self.set(["deployment.kubernetes.io/revision": "4"]), Self.set(["a": "b"])])
        #expect(set.annotations == ["note": "x", "kubernetes.io/change-cause": "because", Revisions.revision: "5"])
    }

    @Test("A set that is rolled back to is renumbered and remembers its former numbers")
    func rollback() {
        var set = Self.set(["deployment.kubernetes.io/revision": "2", "deployment.kubernetes.io/revision-history": "1"])
        Revisions.makeNewest(&set, of: Self.deployment, above: [Self.set(["deployment.kubernetes.io/revision": "7"])])
        #expect(set.annotations[Revisions.revision] == "8")
        #expect(set.annotations[Revisions.history] == "1,2")
    }

    @Test("The newest set keeps its number, and a number that nobody can read stays")
    func unchanged() {
        var newest = Self.set(["deployment.kubernetes.io/revision": "8"])
        Revisions.makeNewest(&newest, of: Self.deployment, above: [Self.set(["deployment.kubernetes.io/revision": "7"])])
        #expect(newest.annotations[Revisions.revision] == "8")
        #expect(newest.annotations[Revisions.history] == nil)
        var odd = Self.set(["deployment.kubernetes.io/revision": "seven"])
        Revisions.makeNewest(&odd, of: Self.deployment, above: [])
        #expect(odd.annotations[Revisions.revision] == "seven")
    }

    @Test("The history keeps its youngest entries within 2000 characters")
    func longHistory() {
        var history = ""
        for number in 1...900 { history = Revisions.lengthened(history, by: "\(number)") }
        #expect(history.utf8.count <= 2000)
        #expect(history.hasSuffix(",899,900"))
        #expect(!history.hasPrefix("1,"))
        #expect(Revisions.lengthened("", by: "1") == "1")
    }

    @Test("Templates are the same whatever the order of their members and whatever their hash label")
    func templates() {
        let one: JSONValue = [
            "metadata": ["labels": ["app": "a", "pod-template-hash": "x"], "creationTimestamp": .null],
            "spec": ["a": 1, "b": [["c": 1, "d": 2]]],
        ]
        let same: JSONValue = ["spec": ["b": [["d": 2, "c": 1]], "a": 1], "metadata": ["labels": ["app": "a"]]]
        let other: JSONValue = ["spec": ["b": [["d": 2, "c": 2]], "a": 1], "metadata": ["labels": ["app": "a"]]]
        #expect(TemplateHash.areEqual(one, same))
        #expect(!TemplateHash.areEqual(one, other))
        let hash = TemplateHash.hash(of: one, collisionCount: nil)
        #expect(hash == TemplateHash.hash(of: same, collisionCount: nil))
        #expect(hash != TemplateHash.hash(of: other, collisionCount: nil))
        #expect(hash != TemplateHash.hash(of: one, collisionCount: 1))
        #expect(hash.count <= 10 && hash.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
    }
}
