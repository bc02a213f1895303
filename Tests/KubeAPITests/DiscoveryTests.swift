import JSON
import Testing

@testable import KubeAPI

@Suite struct DiscoveryTests {
    /// Entries whose shape has changed since the recording, or whose subresource is not served here.
    private let ours: Set<String> = ["pods/eviction", "services"]

    @Test func resourcesAreDescribedAsARealServerDescribesThem() throws {
        var mine: [String: JSONValue] = [:]
        for group in ["", "apps", "coordination.k8s.io", "discovery.k8s.io", "scheduling.k8s.io"] {
            let list = try #require(Registry.standard.apiResourceList(group: group, version: "v1"))
            for resource in list["resources"]?.array ?? [] { mine[resource["name"]?.string ?? ""] = resource }
        }
        var compared = 0
        for recorded in try Fixtures.load("discovery") {
            let name = recorded["name"]?.string ?? ""
            guard var found = mine[name], !ours.contains(name) else { continue }
            // Since 1.27 the singular name is filled in.
            found["singularName"] = ""
            var expected = recorded
            expected["groupVersion"] = nil
            #expect(found == expected)
            compared += 1
        }
        #expect(compared >= 25)
    }

    @Test func groupsAndVersionsAreListed() throws {
        let list = Registry.standard.apiGroupList()
        let names = list["groups"]?.array?.compactMap { $0["name"]?.string }
        #expect(names == ["apiextensions.k8s.io", "apps", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "kmd.dev", "scheduling.k8s.io"])
        #expect(
            Registry.standard.apiGroup("coordination.k8s.io") == [
                "kind": "APIGroup", "apiVersion": "v1", "name": "coordination.k8s.io",
                "versions": [["groupVersion": "coordination.k8s.io/v1", "version": "v1"]],
                "preferredVersion": ["groupVersion": "coordination.k8s.io/v1", "version": "v1"],
            ])
        #expect(Registry.standard.apiGroup("nope") == nil)
        #expect(Registry.standard.apiResourceList(group: "", version: "v2") == nil)
        #expect(Registry.standard.serves(group: "kmd.dev", version: "v1"))
        #expect(Registry.standard.apiVersions(serverAddress: "h:1")["versions"] == ["v1"])
    }

    @Test func keysOfTheStoreAreAsAgreed() {
        #expect(ResourceKind.pods.storeKey(namespace: "default", name: "nginx") == "/registry/core/pods/default/nginx")
        #expect(ResourceKind.nodes.storeKey(namespace: "", name: "n1") == "/registry/core/nodes/n1")
        #expect(ResourceKind.leases.storePrefix(namespace: nil) == "/registry/coordination.k8s.io/leases/")
        #expect(ResourceKind.leases.storePrefix(namespace: "a") == "/registry/coordination.k8s.io/leases/a/")
    }

    @Test func noTwoRowsShareAPathOrAType() {
        let paths = Registry.standard.kinds.map { "\($0.apiVersion)/\($0.plural)" }
        let types = Registry.standard.kinds.map { "\($0.apiVersion) \($0.kind)" }
        #expect(Set(paths).count == paths.count)
        #expect(Set(types).count == types.count)
    }
}
