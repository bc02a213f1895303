import JSON
import Testing

@Suite(.timeLimit(.minutes(1))) struct PodTests {
    let pods = TestServer.pods

    @Test func aPodIsMadeWithItsDefaults() async throws {
        try await withTestServer { api in
            let pod = try await api.createPod("p").json
            #expect(pod.at("status", "phase") == "Pending")
            #expect(pod.at("spec", "restartPolicy") == "Always")
            #expect(pod.at("spec", "terminationGracePeriodSeconds") == 30)
            #expect(pod.at("spec", "containers")?[0]?["imagePullPolicy"] == "IfNotPresent")
        }
    }

    @Test func aGatedPodSaysFromTheStartWhyItWaits() async throws {
        try await withTestServer { api in
            let made = try await api.call(
                "POST", pods,
                [
                    "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p"],
                    "spec": ["schedulingGates": [["name": "example.com/quota"]], "containers": [["name": "c", "image": "i"]]],
                ])
            #expect(made.status == 201, "\(made.text)")
            let conditions = made.json.at("status", "conditions")?.array ?? []
            #expect(conditions.map { $0["reason"]?.string } == ["SchedulingGated"])
            #expect(conditions.first?["type"] == "PodScheduled" && conditions.first?["status"] == "False")
            #expect(try await api.createPod("q").json.at("status", "conditions") == nil)
        }
    }

    @Test func aPodIsBoundOnce() async throws {
        try await withTestServer { api in
            let made = try await api.createPod("p")
            let bound = try await api.bind("p", to: "n1", uid: made.uid)
            #expect(bound.status == 201)
            #expect(bound.json["status"] == "Success")
            let pod = try await api.call("GET", pods + "/p")
            #expect(pod.json.at("spec", "nodeName") == "n1")
            let scheduled = pod.json.at("status", "conditions")?.array?.first { $0["type"] == "PodScheduled" }
            #expect(scheduled?["status"] == "True")

            let second = try await api.bind("p", to: "n2", uid: made.uid)
            #expect(second.status == 409 && second.reason == "Conflict")
            #expect(
                second.message == "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n1\"")
            #expect(try await api.call("GET", pods + "/p").json == pod.json)
        }
    }

    @Test func aBindingOfAnotherPodOfTheSameNameIsRefused() async throws {
        try await withTestServer { api in
            let made = try await api.createPod("p")
            let wrong = try await api.bind("p", to: "n1", uid: "other")
            #expect(wrong.status == 409)
            #expect(wrong.message.contains("Precondition failed: UID in precondition: other, UID in object meta: \(made.uid)"))
            #expect(try await api.bind("missing", to: "n1").status == 404)
            let collection = try await api.call(
                "POST", "/api/v1/namespaces/default/bindings", ["metadata": ["name": "p"], "target": ["kind": "Node", "name": "n1"]])
            #expect(collection.status == 201)
        }
    }

    @Test func oneOfManyBindingsAtOnceWins() async throws {
        try await withTestServer { api in
            try await api.createPod("p")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for node in 0..<8 { group.addTask { try await api.bind("p", to: "n\(node)").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201] + Array(repeating: 409, count: 7))
        }
    }

    @Test func aPodThatNeverRanGoesAtOnceAndABoundOneWithinItsGrace() async throws {
        try await withTestServer { api in
            try await api.createPod("free")
            #expect(try await api.call("DELETE", pods + "/free").status == 200)
            #expect(try await api.call("GET", pods + "/free").status == 404)

            let made = try await api.createPod("bound")
            _ = try await api.bind("bound", to: "n1")
            let marked = try await api.call("DELETE", pods + "/bound", ["gracePeriodSeconds": 10])
            #expect(marked.status == 200)
            #expect(marked.json.at("metadata", "deletionGracePeriodSeconds") == 10)
            #expect(marked.json.at("metadata", "deletionTimestamp")?.string == ManualTime.noon.advanced(by: .seconds(10)).rfc3339)
            #expect(try await api.call("GET", pods + "/bound").json == marked.json)
            let last = try await api.call(
                "DELETE", pods + "/bound", ["gracePeriodSeconds": 0, "preconditions": ["uid": .string(made.uid)]])
            #expect(last.status == 200)
            #expect(try await api.call("GET", pods + "/bound").status == 404)
        }
    }

    @Test func anEvictionIsADeletion() async throws {
        try await withTestServer { api in
            try await api.createPod("p")
            _ = try await api.bind("p", to: "n1")
            let eviction: JSONValue = [
                "apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": "p"], "deleteOptions": ["gracePeriodSeconds": 5],
            ]
            let evicted = try await api.call("POST", pods + "/p/eviction", eviction)
            #expect(evicted.status == 201 && evicted.json["status"] == "Success")
            #expect(try await api.call("GET", pods + "/p").json.at("metadata", "deletionGracePeriodSeconds") == 5)
            #expect(try await api.call("POST", pods + "/missing/eviction", ["metadata": ["name": "missing"]]).status == 404)
        }
    }

    @Test func aStatusIsChangedApartFromTheRest() async throws {
        try await withTestServer { api in
            try await api.createPod("p")
            let patched = try await api.call(
                "PATCH", pods + "/p/status", ["status": ["phase": "Running", "podIP": "10.0.0.9"], "spec": ["nodeName": "n9"]],
                type: "application/strategic-merge-patch+json")
            #expect(patched.status == 200)
            #expect(patched.json.at("status", "phase") == "Running")
            #expect(patched.json.at("spec", "nodeName") == nil)
            #expect(try await api.call("GET", pods + "?fieldSelector=status.phase%3DRunning").names == ["p"])
            #expect(try await api.call("GET", pods + "/p/status").json == patched.json)
            // The main resource leaves the status alone.
            let labelled = try await api.call(
                "PATCH", pods + "/p", ["metadata": ["labels": ["a": "b"]], "status": ["phase": "Failed"]], type: "application/merge-patch+json")
            #expect(labelled.json.at("status", "phase") == "Running")
            #expect(labelled.json.at("metadata", "labels") == ["a": "b"])
        }
    }

    @Test func containersAreMergedByTheirNames() async throws {
        try await withTestServer { api in
            try await api.createPod("p")
            let patched = try await api.call(
                "PATCH", pods + "/p", ["spec": ["containers": [["name": "c", "image": "nginx:1.20"]]]],
                type: "application/strategic-merge-patch+json")
            #expect(patched.status == 200)
            #expect(patched.json.at("spec", "containers")?[0]?["image"] == "nginx:1.20")
            #expect(patched.json.at("spec", "containers")?[0]?["imagePullPolicy"] == "IfNotPresent")
            let refused = try await api.call(
                "PATCH", pods + "/p", ["spec": ["hostNetwork": true]], type: "application/merge-patch+json")
            #expect(refused.status == 422 && refused.reason == "Invalid")
            #expect(refused.message.hasPrefix("Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than"))
        }
    }

    @Test func aPodWithoutANodeHasAnEmptyLogAndOneWithoutAKnownNodeNone() async throws {
        try await withTestServer { api in
            try await api.createPod("p")
            let log = try await api.call("GET", pods + "/p/log")
            #expect(log.status == 200 && log.text.isEmpty)
            _ = try await api.bind("p", to: "nowhere")
            let refused = try await api.call("GET", pods + "/p/log")
            #expect(refused.status >= 400)
            #expect(refused.json["kind"] == "Status")
            #expect(try await api.call("GET", pods + "/missing/log").status == 404)
        }
    }
}
