import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct RecordedCreateTests {
    /// What only a cluster's own parts give: addresses, taints by admission.
    private func withoutOthersWork(_ object: JSONValue) -> JSONValue {
        var object = object
        for key in ["uid", "resourceVersion", "creationTimestamp", "name", "labels"]
        where key != "labels" || object["kind"] == "Namespace" {
            object.remove(at: "metadata", key)
        }
        if object["kind"] == "Service" {
            for key in ["clusterIP", "clusterIPs"] where object.at("spec", "clusterIP")?.string != "None" {
                object.remove(at: "spec", key)
            }
            object.updateObject { object in
                object.update("spec", default: [:]) { spec in
                    spec.updateObject { spec in
                        // Newer than the recording.
                        for key in ["ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "allocateLoadBalancerNodePorts"] {
                            spec[key] = nil
                        }
                        guard spec["ports"] != nil else { return }
                        spec.update("ports", default: []) { PodDefaults.updateElements(&$0) { $0["nodePort"] = nil } }
                    }
                }
            }
        }
        if object["kind"] == "Node" {
            object.remove(at: "spec", "taints")
            object["status"] = nil
        }
        return object
    }

    @Test func everyRecordedCreateGivesTheRecordedObject() throws {
        let cases = try Fixtures.load("creates")
        #expect(cases.count > 20)
        for fixture in cases {
            let kind = try Fixtures.kind(of: fixture)
            let request = try #require(fixture["request"])
            // Unknown fields are dropped by the schema's part, before this one.
            if request.at("spec", "nope") != nil { continue }
            let object = try kind.prepareCreate(request, context(fixture["namespace"]?.string ?? ""))
            let expected = withoutOthersWork(fixture["response"] ?? .null)
            let found = withoutOthersWork(object)
            #expect(found == expected, "\(request.text)\nfound    \(found.text)\nexpected \(expected.text)")
        }
    }

    @Test func everyRecordedRefusalIsWordedAsRecorded() throws {
        let cases = try Fixtures.load("create-errors")
        #expect(cases.count > 15)
        for fixture in cases {
            let message = fixture.at("status", "message")?.string ?? ""
            // Needs the addresses that are in use.
            if message.contains("already allocated") { continue }
            let kind = try Fixtures.kind(of: fixture)
            let request = try #require(fixture["request"])
            let found = status { _ = try kind.prepareCreate(request, context(fixture["namespace"]?.string ?? "")) }
            var recorded = fixture["status"]
            var mine = found?.json
            // Random names and Go's own types and dumps are not ours to repeat.
            if message.contains("sf8l7") || message.contains("Go value of type") || message.contains("[]v1.OwnerReference") {
                recorded = fixture["status"]?["code"]
                mine = mine?["code"]
            }
            #expect(mine == recorded, "\(request.text)\nfound    \(mine?.text ?? "no error")\nexpected \(recorded?.text ?? "")")
        }
    }
}
