import JSON
import Testing

/// `/api/v1beta1` over HTTP, as the guide's `curl` lines use it.
@Suite(.timeLimit(.minutes(1))) struct LegacyTests {
    let pods = "/api/v1beta1/pods"
    let controllers = "/api/v1beta1/replicationControllers"

    func post(_ api: TestServer, _ path: String, _ example: String) async throws -> Answer {
        try await api.call("POST", path, text: LegacyTranslationTests.example(example).text, type: "application/x-www-form-urlencoded")
    }

    @Test func theGuidesPodIsMadeShownListedAndDeleted() async throws {
        try await withTestServer { api in
            let made = try await post(api, pods, "pod-nginx")
            try #require(made.status == 201, "\(made.text)")
            #expect(made.json["kind"] == "Pod")
            #expect(made.json["apiVersion"] == "v1beta1")
            #expect(made.json["id"] == "nginx-id-01")
            #expect(made.json.at("currentState", "status") == "Waiting")
            #expect(made.json.at("desiredState", "manifest", "restartPolicy") == ["always": [:]])

            let today = try await api.call("GET", TestServer.pods + "/nginx-id-01")
            #expect(today.json.at("spec", "containers")?[0]?["image"] == "dockerfile/nginx")
            #expect(today.json.at("spec", "dnsPolicy") == "ClusterFirst")
            #expect(try await api.call("GET", pods + "/nginx-id-01").json == made.json)

            let list = try await api.call("GET", pods)
            #expect(list.json["kind"] == "PodList")
            #expect(list.json["creationTimestamp"] == .null)
            #expect(list.json["resourceVersion"]?.integer ?? 0 > 0)
            #expect(list.json["items"]?.array?.map { $0["id"]?.string } == ["nginx-id-01"])
            #expect(list.json["items"]?[0]?["kind"] == nil)

            let deleted = try await api.call("DELETE", pods + "/nginx-id-01")
            #expect(deleted.status == 200)
            #expect(deleted.json["status"] == "Success")
            #expect(deleted.json["apiVersion"] == "v1beta1")
            #expect(try await api.call("GET", TestServer.pods + "/nginx-id-01").status == 404)
        }
    }

    @Test func theGuidesControllerIsFoundByTheIdThatItWasGiven() async throws {
        try await withTestServer { api in
            let made = try await post(api, controllers, "controller-nginx")
            try #require(made.status == 201, "\(made.text)")
            #expect(made.json["id"] == "nginxController")
            let found = try await api.call("GET", controllers + "/nginxController")
            #expect(found.json.at("desiredState", "replicas") == 2)
            #expect(found.json.at("desiredState", "replicaSelector") == ["name": "nginx"])
            #expect(try await api.call("GET", controllers).json["kind"] == "ReplicationControllerList")
            #expect(try await api.call("GET", "/api/v1/namespaces/default/replicationcontrollers/nginxcontroller").status == 200)
            #expect(try await api.call("DELETE", controllers + "/nginxController").status == 200)
        }
    }

    @Test func aNamespaceIsNamedInTheQuery() async throws {
        try await withTestServer { api in
            let made = try await post(api, pods + "?namespace=kube-system", "pod-nginx")
            #expect(made.status == 201)
            #expect(try await api.call("GET", pods).json["items"] == [])
            #expect(try await api.call("GET", pods + "?namespace=kube-system").json["items"]?.array?.count == 1)
            #expect(try await api.call("GET", pods + "?namespace=kube-system&labels=name%3Dbar").json["items"] == [])
        }
    }

    @Test func failuresAreStatusesOfTheOldShape() async throws {
        try await withTestServer { api in
            let missing = try await api.call("GET", pods + "/none")
            #expect(missing.status == 404)
            #expect(missing.json["apiVersion"] == "v1beta1")
            #expect(missing.json["reason"] == "NotFound")
            #expect(missing.json.at("details", "id") == "none")

            #expect(try await post(api, pods, "pod-nginx").status == 201)
            #expect(try await post(api, pods, "pod-nginx").json["reason"] == "AlreadyExists")

            let other = try await post(api, pods, "controller-nginx")
            #expect(other.status == 400 && other.message.contains("ReplicationController"))
            let invalid = try await api.call("POST", pods, ["id": "p", "desiredState": ["manifest": ["containers": []]]])
            #expect(invalid.status == 422 && invalid.json["apiVersion"] == "v1beta1")
            let wrongType = try await api.call("POST", pods, ["id": "p", "desiredState": ["manifest": ["containers": "x"]]])
            #expect(wrongType.status == 400)
            #expect(try await api.call("POST", pods, text: "{", type: "application/json").status == 400)
            #expect(try await api.call("POST", pods, text: "[]", type: "application/json").status == 400)
        }
    }

    @Test(arguments: [
        ("GET", "/api/v1beta1/services", 404), ("GET", "/api/v1beta1", 404), ("GET", "/api/v1beta1/pods/a/b", 404),
        ("PUT", "/api/v1beta1/pods/a", 405), ("DELETE", "/api/v1beta1/pods", 405),
    ])
    func whatIsNotServedIsRefused(method: String, path: String, status: Int) async throws {
        try await withTestServer { api in
            let answer = try await api.call(method, path)
            #expect(answer.status == status)
            #expect(answer.json["apiVersion"] == "v1beta1")
        }
    }

    /// What haproxy asks of each API server in the guide with three masters.
    @Test func haproxysCheckIsAnswered() async throws {
        try await withTestServer { api in
            let answer = try await api.call("HEAD", "/")
            #expect(answer.status == 200)
        }
    }
}
