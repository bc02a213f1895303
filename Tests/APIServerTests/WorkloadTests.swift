import JSON
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkloadTests {
    static let deployments = "/apis/apps/v1/namespaces/default/deployments"
    static let web: JSONValue = [
        "metadata": ["name": "web"],
        "spec": [
            "replicas": 2, "selector": ["matchLabels": ["app": "web"]],
            "template": ["metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "nginx:1.19"]]]],
        ],
    ]

    @Test func aDeploymentIsScaledThroughItsScale() async throws {
        try await withTestServer { api in
            let made = try await api.call("POST", WorkloadTests.deployments, WorkloadTests.web)
            try #require(made.status == 201, "\(made.text)")
            let path = WorkloadTests.deployments + "/web/scale"
            let read = try await api.call("GET", path)
            #expect(read.status == 200)
            #expect(read.json["kind"] == "Scale" && read.json["apiVersion"] == "autoscaling/v1")
            #expect(read.json.at("spec", "replicas") == 2)
            #expect(read.json["status"] == ["replicas": 0, "selector": "app=web"])
            #expect(read.revision == made.revision && read.uid == made.uid)

            let patched = try await api.call("PATCH", path, ["spec": ["replicas": 3]], type: "application/merge-patch+json")
            #expect(patched.status == 200 && patched.json.at("spec", "replicas") == 3)
            let object = try await api.call("GET", WorkloadTests.deployments + "/web")
            #expect(object.json.at("spec", "replicas") == 3 && object.json.at("metadata", "generation") == 2)
            #expect(object.revision == patched.revision)

            var scale = patched.json
            scale.set(0, at: "spec", "replicas")
            let put = try await api.call("PUT", path, scale)
            #expect(put.status == 200 && put.json["spec"] == [:])
            let stale = try await api.call("PUT", path, read.json)
            #expect(stale.status == 409 && stale.reason == "Conflict")
            let dry = try await api.call("PATCH", path + "?dryRun=All", ["spec": ["replicas": 9]], type: "application/merge-patch+json")
            #expect(dry.json.at("spec", "replicas") == 9)
            #expect(try await api.call("GET", path).json["spec"] == [:])
            let wrong = try await api.call("PATCH", path, ["spec": ["replicas": "many"]], type: "application/merge-patch+json")
            #expect(wrong.status == 400)
            let missing = try await api.call("GET", WorkloadTests.deployments + "/missing/scale")
            #expect(missing.status == 404 && missing.message == "deployments/scale.apps \"missing\" not found")
            #expect(missing.json["details"] == ["name": "missing", "group": "apps", "kind": "deployments/scale"])
            #expect(try await api.call("GET", "/api/v1/namespaces/default/services/x/scale").status == 404)
        }
    }

    @Test func aForegroundDeletionEndsWithTheLastFinalizer() async throws {
        try await withTestServer { api in
            _ = try await api.call("POST", WorkloadTests.deployments, WorkloadTests.web)
            let path = WorkloadTests.deployments + "/web"
            let marked = try await api.call("DELETE", path, ["propagationPolicy": "Foreground"])
            #expect(marked.status == 200)
            #expect(marked.json.at("metadata", "finalizers") == ["foregroundDeletion"])
            #expect(marked.json.at("metadata", "generation") == 2)
            let again = try await api.call("POST", WorkloadTests.deployments, WorkloadTests.web)
            #expect(again.status == 409 && again.message == "object is being deleted: deployments.apps \"web\" already exists")
            let taken = try await api.call(
                "PATCH", path, ["metadata": ["finalizers": .null]], type: "application/merge-patch+json")
            #expect(taken.status == 200)
            #expect(try await api.call("GET", path).status == 404)

            _ = try await api.call("POST", WorkloadTests.deployments, WorkloadTests.web)
            let gone = try await api.call("DELETE", path + "?propagationPolicy=Background")
            #expect(gone.json["status"] == "Success")
            #expect(try await api.call("GET", path).status == 404)
        }
    }

    @Test func anEventIsOneObjectInTwoForms() async throws {
        try await withTestServer { api in
            let (old, new) = ("/api/v1/namespaces/default/events", "/apis/events.k8s.io/v1/namespaces/default/events")
            let first = try await api.call(
                "POST", old,
                [
                    "metadata": ["name": "a"], "involvedObject": ["kind": "Pod", "namespace": "default", "name": "p"], "reason": "Tested",
                    "message": "hello", "type": "Normal", "count": 2,
                ])
            try #require(first.status == 201, "\(first.text)")
            let read = try await api.call("GET", new + "/a")
            #expect(read.json["apiVersion"] == "events.k8s.io/v1" && read.json["note"] == "hello" && read.json["deprecatedCount"] == 2)
            #expect(read.json["regarding"] == ["kind": "Pod", "namespace": "default", "name": "p"])
            #expect(read.revision == first.revision && read.uid == first.uid)

            let second = try await api.call(
                "POST", new,
                [
                    "metadata": ["name": "b"], "regarding": ["kind": "Pod", "namespace": "default", "name": "q"], "reason": "Tested",
                    "note": "there", "type": "Normal", "eventTime": "2026-11-21T12:00:00.000000Z", "action": "Do",
                    "reportingController": "x.example/y", "reportingInstance": "y-1",
                ])
            try #require(second.status == 201, "\(second.text)")
            #expect(second.json["note"] == "there" && second.json["message"] == nil)
            let core = try await api.call("GET", old + "/b")
            #expect(core.json["message"] == "there" && core.json["reportingComponent"] == "x.example/y" && core.json["apiVersion"] == "v1")
            #expect(try await api.call("GET", old + "?fieldSelector=involvedObject.name=q").names == ["b"])
            #expect(try await api.call("GET", new + "?fieldSelector=regarding.name=p").names == ["a"])
            let patched = try await api.call("PATCH", new + "/b", ["note": "again"], type: "application/merge-patch+json")
            #expect(patched.json["note"] == "again")
            #expect(try await api.call("GET", old + "/b").json["message"] == "again")
            #expect(try await api.call("DELETE", new + "/b").status == 200)
            #expect(try await api.call("GET", old).names == ["a"])
            let table = try await api.call("GET", new, accept: "application/json;as=Table;v=v1;g=meta.k8s.io")
            #expect(table.json["rows"]?.array?.first?["cells"]?.array?[3] == "pod/p")
            let poor = try await api.call("POST", new, ["metadata": ["name": "c"], "regarding": ["namespace": "default"], "type": "Normal"])
            #expect(poor.status == 422 && poor.message.contains("eventTime: Required value"))
        }
    }

    @Test func aCollectionIsDeletedWithTheSameWord() async throws {
        try await withTestServer { api in
            _ = try await api.call("POST", WorkloadTests.deployments, WorkloadTests.web)
            let answer = try await api.call("DELETE", WorkloadTests.deployments + "?propagationPolicy=Orphan")
            #expect(answer.status == 200)
            let left = try await api.call("GET", WorkloadTests.deployments + "/web")
            #expect(left.json.at("metadata", "finalizers") == ["orphan"])
        }
    }
}
