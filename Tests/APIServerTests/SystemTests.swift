import Glibc
import JSON
import NIOCore
import RawHTTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct SystemTests {
    @Test func theServerSaysWhatItIs() async throws {
        try await withTestServer { api in
            let version = try await api.call("GET", "/version").json
            #expect(version["major"] == "1" && version["minor"] == "33")
            #expect(version["gitVersion"]?.string?.contains("kmd") == true)
            #expect(version["compiler"] == "swiftc")
            #expect(version["goVersion"]?.string?.hasPrefix("go") == false)
        }
    }

    @Test func discoveryLeadsToEveryKind() async throws {
        try await withTestServer { api in
            let core = try await api.call("GET", "/api").json
            #expect(core["kind"] == "APIVersions" && core["versions"] == ["v1"])
            #expect(core["serverAddressByClientCIDRs"]?[0]?["clientCIDR"] == "0.0.0.0/0")
            let groups = try await api.call("GET", "/apis").json
            #expect(groups["kind"] == "APIGroupList")
            var lists = ["/api/v1"]
            for group in groups["groups"]?.array ?? [] {
                let name = try #require(group["name"]?.string)
                let version = try #require(group.at("preferredVersion", "groupVersion")?.string)
                #expect(try await api.call("GET", "/apis/\(name)").json["kind"] == "APIGroup")
                lists.append("/apis/\(version)")
            }
            var seen: Set<String> = []
            for path in lists {
                let list = try await api.call("GET", path).json
                #expect(list["kind"] == "APIResourceList")
                for resource in list["resources"]?.array ?? [] {
                    let name = try #require(resource["name"]?.string)
                    seen.insert(name)
                    guard !name.contains("/"), resource["verbs"]?.array?.contains("list") == true else { continue }
                    #expect(try await api.call("GET", "\(path)/\(name)").json["kind"]?.string?.hasSuffix("List") == true, "\(name)")
                }
            }
            #expect(seen.isSuperset(of: ["pods", "pods/binding", "pods/eviction", "pods/log", "nodes", "events", "launchintents", "leases"]))
        }
    }

    @Test func healthAndMetricsAreText() async throws {
        try await withTestServer { api in
            for path in ["/healthz", "/livez", "/readyz", "/readyz/ping"] {
                let answer = try await api.call("GET", path)
                #expect(answer.status == 200 && answer.text == "ok")
            }
            #expect(try await api.call("GET", "/readyz?verbose").text.hasSuffix("readyz check passed\n"))
            #expect(try await api.call("GET", "/metrics").text.contains("apiserver_storage_objects{resource=\"namespaces\"} 4\n"))
        }
    }

    @Test func aServerWhoseStoreIsGoneSaysSo() async throws {
        try await withTestServer { api in
            // As load balancers ask.
            #expect(try await rawRequest(port: api.port, "HEAD", "/").status == 200)
            await api.store.close()
            api.time.advance(by: .seconds(1))
            #expect(try await rawRequest(port: api.port, "HEAD", "/").status == 503)
            for path in ["/healthz", "/livez", "/readyz", "/healthz/etcd"] {
                let answer = try await api.call("GET", path)
                #expect(answer.status == 500)
                #expect(answer.text.contains("[-]etcd failed: reason withheld\n"), "\(answer.text)")
            }
            #expect(try await api.call("GET", "/healthz/ping").status == 200)
        }
    }

    @Test func theSchemaComesInTheFormThatKubectlReadsAndIsNotSentTwice() async throws {
        try await withTestServer { api in
            let type = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
            let first = try await rawRequest(port: api.port, "HEAD", "/openapi/v2", headers: [("Accept", type)])
            #expect(first.status == 200)
            #expect(first.headers["content-type"]?.contains("proto-openapi") == true)
            let etag = try #require(first.headers["etag"])
            let second = try await rawRequest(port: api.port, "GET", "/openapi/v2", headers: [("Accept", type), ("If-None-Match", etag)])
            #expect(second.status == 304 && second.body.isEmpty)
        }
    }

    @Test func anAnswerHasTheFormThatIsAskedFor() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a", data: ["k": "v", "l": "w"])
            let maps = TestServer.configMaps
            let table = try await api.call("GET", maps, accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
            #expect(table.json["kind"] == "Table" && table.json["apiVersion"] == "meta.k8s.io/v1")
            #expect((table.json["columnDefinitions"]?.array ?? []).map { $0["name"] } == ["Name", "Data", "Age"])
            #expect(table.json["rows"]?[0]?["cells"] == ["a", 2, "0s"])
            #expect(table.json["rows"]?[0]?["object"]?["kind"] == "PartialObjectMetadata")
            api.time.advance(by: .seconds(90))
            let later = try await api.call("GET", maps + "/a?includeObject=None", accept: "application/json;as=Table;v=v1beta1;g=meta.k8s.io")
            #expect(later.json["apiVersion"] == "meta.k8s.io/v1beta1")
            #expect(later.json["rows"]?[0]?["cells"] == ["a", 2, "90s"])
            #expect(later.json["rows"]?[0]?["object"]?.isNull ?? true)
            let partial = try await api.call("GET", maps, accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io")
            #expect(partial.json["kind"] == "PartialObjectMetadataList")
            #expect(partial.json["items"]?[0]?["data"] == nil)
            #expect(partial.json["items"]?[0]?.at("metadata", "name") == "a")
            let yaml = try await api.call("GET", maps + "/a", accept: "application/yaml")
            #expect(yaml.headers["content-type"] == "application/yaml")
            let kubectl = try await api.call("GET", maps + "/a", accept: "application/vnd.kubernetes.protobuf,application/json")
            #expect(kubectl.headers["content-type"] == "application/json")
        }
    }

    @Test func bodiesMayBeYAMLOrProtobuf() async throws {
        try await withTestServer { api in
            let maps = TestServer.configMaps
            let yaml = try await api.call(
                "POST", maps, text: "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\ndata:\n  k: \"1\"\n", type: "application/yaml")
            #expect(yaml.status == 201, "\(yaml.text)")
            #expect(yaml.json["data"] == ["k": "1"])

            let recorded = try fixture("protobuf/configmap.k8s")
            let raw = try await RawConnection.open(port: api.port) { connection in
                try await connection.send(
                    "POST \(maps) HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.kubernetes.protobuf\r\nAccept: application/json\r\nContent-Length: \(recorded.count)\r\n\r\n"
                )
                try await connection.send(ByteBuffer(bytes: recorded))
                return Answer(try await connection.readResponse())
            }
            #expect(raw.status == 201, "\(raw.text)")
            #expect(raw.json.at("metadata", "name") == "settings")
            #expect(raw.json["data"] == ["a": "b", "empty": ""])
            #expect(raw.json["binaryData"] == ["bin": "AAH+"])
            let broken = try await api.call("POST", maps, text: "k8s\u{0}nonsense", type: "application/vnd.kubernetes.protobuf")
            #expect(broken.status == 400)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LaunchIntentTests {
    private let path = "/apis/kmd.dev/v1/launchintents"

    private func list(_ names: [String]) -> JSONValue {
        [
            "apiVersion": "kmd.dev/v1", "kind": "LaunchIntentList",
            "items": .array(
                names.map { name in
                    [
                        "metadata": ["name": .string(name)],
                        "spec": ["term": 1, "podNamespace": "default", "podName": "p", "podUID": "u", "agentID": "a", "agentHostname": "n1", "offerIDs": ["o"], "executorID": "e"],
                    ]
                }),
        ]
    }

    @Test func manyAreMadeInOneTransaction() async throws {
        try await withTestServer { api in
            let before = try await api.store.currentRevision()
            let made = try await api.call("POST", path, list(["pod.1", "pod.2", "pod.3"]))
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["kind"] == "LaunchIntentList")
            #expect(made.names == ["pod.1", "pod.2", "pod.3"])
            #expect(try await api.store.currentRevision() == before + 1)
            for item in made.json["items"]?.array ?? [] { #expect(item.at("metadata", "resourceVersion")?.string == made.revision) }
            #expect(try await api.call("GET", path).names == ["pod.1", "pod.2", "pod.3"])
        }
    }

    @Test func allAreMadeOrNone() async throws {
        try await withTestServer { api in
            #expect(try await api.call("POST", path, list(["pod.2"])).status == 201)
            let before = try await api.store.currentRevision()
            let refused = try await api.call("POST", path, list(["pod.1", "pod.2"]))
            #expect(refused.status == 409)
            #expect(refused.message == "launchintents.kmd.dev \"pod.2\" already exists")
            #expect(try await api.call("POST", path, list(["pod.3", "pod.3"])).status == 409)
            #expect(try await api.call("POST", path, list(["pod.3", "Bad_Name"])).status == 422)
            #expect(try await api.call("POST", path, list([])).status == 400)
            #expect(try await api.call("POST", path, list((0...500).map { "pod.x\($0)" })).status == 413)
            #expect(try await api.store.currentRevision() == before)
            #expect(try await api.call("GET", path).names == ["pod.2"])
        }
    }

    @Test func manyAreDeletedInOneTransactionAndWhatIsGoneIsNoFailure() async throws {
        func deletion(_ names: [JSONValue]) -> JSONValue { ["apiVersion": "kmd.dev/v1", "kind": "LaunchIntentDeletion", "names": .array(names)] }
        try await withTestServer { api in
            #expect(try await api.call("POST", path, list(["pod.1", "pod.2", "pod.3"])).status == 201)
            let before = try await api.store.currentRevision()
            #expect(try await api.call("POST", path, deletion(["pod.1", "pod.0", "pod.3", "pod.1"])).status == 200)
            #expect(try await api.store.currentRevision() == before + 1)
            #expect(try await api.call("GET", path).names == ["pod.2"])
            for wrong in [deletion([]), deletion(["pod.2", 7]), deletion(["pod.2", ""])] {
                #expect(try await api.call("POST", path, wrong).status == 400)
            }
            #expect(try await api.call("POST", path, deletion((0...500).map { .string("pod.x\($0)") })).status == 413)
            #expect(try await api.call("POST", path + "?dryRun=All", deletion(["pod.2"])).status == 400)
            #expect(try await api.call("GET", path).names == ["pod.2"])
            let pods = try await api.call("POST", TestServer.pods, ["apiVersion": "v1", "kind": "PodDeletion", "names": ["p"]])
            #expect(pods.status == 400, "\(pods.text)")
        }
    }

    @Test func eventsAreMadeInBulkInTheirNamespace() async throws {
        func event(_ name: String) -> JSONValue {
            [
                "metadata": ["name": .string(name)], "involvedObject": ["kind": "Pod", "namespace": "default", "name": "p"], "reason": "Scheduled",
                "type": "Normal",
            ]
        }
        try await withTestServer { api in
            let made = try await api.call(
                "POST", "/api/v1/namespaces/default/events", ["apiVersion": "v1", "kind": "EventList", "items": [event("p.1"), event("p.2")]])
            #expect(made.status == 201, "\(made.text)")
            #expect(try await api.call("GET", "/api/v1/namespaces/default/events").names == ["p.1", "p.2"])
        }
    }

    @Test func otherKindsAreNotMadeInBulk() async throws {
        try await withTestServer { api in
            let answer = try await api.call(
                "POST", TestServer.configMaps, ["apiVersion": "v1", "kind": "ConfigMapList", "items": [["metadata": ["name": "a"]]]])
            #expect(answer.status == 400)
        }
    }
}

/// The bytes of a file of Tests/Fixtures.
func fixture(_ name: String, from here: String = #filePath) throws -> [UInt8] {
    let tests = here.split(separator: "/").dropLast(2).joined(separator: "/")
    let file = try #require(fopen("/\(tests)/Fixtures/\(name)", "r"), "\(name)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[0..<count]
    }
}
