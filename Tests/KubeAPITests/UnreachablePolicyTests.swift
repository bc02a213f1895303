import JSON
import KubeAPI
import Testing

/// How long a pod stays on a node that cannot be reached: what admission writes into its tolerations.
@Suite struct UnreachablePolicyTests {
    private func tolerations(annotation: String?, _ given: JSONValue? = nil) throws -> [JSONValue] {
        var pod: JSONValue = ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a"], "spec": ["containers": [["name": "c", "image": "busybox"]]]]
        if let annotation { pod.set(.string(annotation), at: "metadata", "annotations", "kmd.dev/on-unreachable") }
        if let given { pod.set(given, at: "spec", "tolerations") }
        let stored = try ResourceKind.pods.prepareCreate(pod, context())
        return (stored.at("spec", "tolerations")?.array ?? []).filter { $0["key"] == "node.kubernetes.io/unreachable" }
    }

    @Test(arguments: [nil, "replace"])
    func aPodIsReplacedAfterFiveMinutesUnlessItSaysOtherwise(annotation: String?) throws {
        #expect(try tolerations(annotation: annotation).map { $0["tolerationSeconds"] } == [300])
    }

    @Test func aPodThatIsToBeKeptToleratesItForEver() throws {
        #expect(try tolerations(annotation: "keep") == [["key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"]])
    }

    @Test func aTolerationOfItsOwnGoesBeforeTheAnnotation() throws {
        let own: JSONValue = [["key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 7]]
        #expect(try tolerations(annotation: "keep", own).map { $0["tolerationSeconds"] } == [7])
    }
}
