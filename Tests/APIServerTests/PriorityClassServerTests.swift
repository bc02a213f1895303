import JSON
import Testing

/// Priority classes over HTTP, and what they do to pods.
@Suite struct PriorityClassServerTests {
    static let classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
    static func pod(_ name: String, _ spec: JSONValue = [:]) -> JSONValue {
        var pod: JSONValue = ["metadata": ["name": .string(name)], "spec": ["containers": [["name": "c", "image": "nginx:1.19"]]]]
        let members = spec.object ?? [:]
        for (key, value) in zip(members.keys, members.values) { pod.set(value, at: "spec", key) }
        return pod
    }

    @Test func theSystemsClassesAreThereAndPrintAsKubernetesPrintsThem() async throws {
        try await withTestServer { api in
            let table = try await api.call("GET", Self.classes, accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").json
            #expect(table["columnDefinitions"]?.array?.compactMap { $0["name"]?.string } == ["Name", "Value", "Global-Default", "Age", "PreemptionPolicy"])
            let rows = table["rows"]?.array?.compactMap { $0["cells"]?.array.map { Array($0.prefix(3)) } }
            #expect(rows == [["system-cluster-critical", 2_000_000_000, false], ["system-node-critical", 2_000_001_000, false]])
        }
    }

    @Test func aPodGetsThePriorityOfItsClassWhenItIsCreated() async throws {
        try await withTestServer { api in
            let refused = try await api.call("POST", TestServer.pods, Self.pod("early", ["priorityClassName": "high"]))
            #expect(refused.status == 403 && refused.message == "pods \"early\" is forbidden: no PriorityClass with name high was found")
            let made = try await api.call("POST", Self.classes, ["metadata": ["name": "high"], "value": 1000, "preemptionPolicy": "Never"])
            #expect(made.status == 201, "\(made.text)")
            let pod = try await api.call("POST", TestServer.pods, Self.pod("p", ["priorityClassName": "high"])).json
            #expect(pod.at("spec", "priority") == 1000 && pod.at("spec", "preemptionPolicy") == "Never")
            // What it was given stays, whatever becomes of the class, and a PUT that does not repeat it changes nothing.
            #expect(try await api.call("DELETE", "\(Self.classes)/high").status == 200)
            var again = pod
            again.remove(at: "spec", "priority")
            again.set("b", at: "metadata", "labels", "a")
            let put = try await api.call("PUT", "\(TestServer.pods)/p", again)
            #expect(put.status == 200 && put.json.at("spec", "priority") == 1000, "\(put.text)")
            let system = try await api.call("POST", TestServer.pods, Self.pod("s", ["priorityClassName": "system-node-critical"])).json
            #expect(system.at("spec", "priority") == 2_000_001_000)
        }
    }

    @Test func theDefaultClassIsForPodsThatNameNone() async throws {
        try await withTestServer { api in
            _ = try await api.call("POST", Self.classes, ["metadata": ["name": "usual"], "value": 7, "globalDefault": true])
            let pod = try await api.call("POST", TestServer.pods, Self.pod("p")).json
            #expect(pod.at("spec", "priority") == 7 && pod.at("spec", "priorityClassName") == "usual")
            let second = try await api.call("POST", Self.classes, ["metadata": ["name": "other"], "value": 9, "globalDefault": true])
            #expect(second.status == 403 && second.message.hasSuffix("PriorityClass usual is already marked as default. Only one default can exist"))
            _ = try await api.call("POST", Self.classes, ["metadata": ["name": "other"], "value": 9])
            let patch = try await api.call("PATCH", "\(Self.classes)/other", ["globalDefault": true], type: "application/merge-patch+json")
            #expect(patch.status == 403, "\(patch.text)")
            let same = try await api.call("PATCH", "\(Self.classes)/usual", ["description": "for all"], type: "application/merge-patch+json")
            #expect(same.status == 200, "\(same.text)")
        }
    }

    @Test func aPodMaySayNoPriorityOfItsOwn() async throws {
        try await withTestServer { api in
            let refused = try await api.call("POST", TestServer.pods, Self.pod("p", ["priority": 1000]))
            #expect(refused.status == 403)
            #expect(
                refused.message == "pods \"p\" is forbidden: the integer value of priority (1000) must not be provided in pod spec; "
                    + "priority admission controller computed 0 from the given PriorityClass name")
        }
    }
}
