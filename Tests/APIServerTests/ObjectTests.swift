import JSON
import Testing

@Suite(.timeLimit(.minutes(1))) struct ObjectTests {
    let maps = TestServer.configMaps

    @Test func anObjectIsMadeReadChangedAndDeleted() async throws {
        try await withTestServer { api in
            let made = try await api.call("POST", maps, ["metadata": ["name": "a"], "data": ["k": "v"]])
            #expect(made.status == 201)
            #expect(made.json["kind"] == "ConfigMap" && made.json["apiVersion"] == "v1")
            #expect(made.json.at("metadata", "namespace") == "default")
            #expect(made.json.at("metadata", "creationTimestamp")?.string == ManualTime.noon.rfc3339)
            #expect(!made.uid.isEmpty && !made.revision.isEmpty)

            let read = try await api.call("GET", maps + "/a")
            #expect(read.status == 200)
            #expect(read.json == made.json)

            var changed = read.json
            changed.set("w", at: "data", "k")
            let updated = try await api.call("PUT", maps + "/a", changed)
            #expect(updated.status == 200)
            #expect(updated.json.at("data", "k") == "w")
            #expect(updated.uid == made.uid && updated.revision != made.revision)

            let patched = try await api.call(
                "PATCH", maps + "/a", ["metadata": ["labels": ["x": "y"]], "data": ["k": .null, "n": "1"]], type: "application/merge-patch+json")
            #expect(patched.status == 200)
            #expect(patched.json["data"] == ["n": "1"])
            #expect(patched.json.at("metadata", "labels") == ["x": "y"])
            #expect(try await api.call("GET", maps + "/a").json == patched.json)

            let deleted = try await api.call("DELETE", maps + "/a")
            #expect(deleted.status == 200)
            #expect(deleted.json["status"] == "Success")
            #expect(deleted.json["details"] == ["name": "a", "kind": "configmaps", "uid": .string(made.uid)])
            let gone = try await api.call("GET", maps + "/a")
            #expect(gone.status == 404 && gone.message == "configmaps \"a\" not found")
        }
    }

    @Test func aNameThatIsTakenIsRefused() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a")
            let second = try await api.call("POST", maps, ["metadata": ["name": "a"]])
            #expect(second.status == 409)
            #expect(second.reason == "AlreadyExists")
            #expect(second.message == "configmaps \"a\" already exists")
            #expect(second.json["details"] == ["name": "a", "kind": "configmaps"])
        }
    }

    @Test func aGeneratedNameIsPrefixAndSuffix() async throws {
        try await withTestServer { api in
            let made = try await api.call("POST", maps, ["metadata": ["generateName": "job-"]])
            let name = try #require(made.json.at("metadata", "name")?.string)
            #expect(name.hasPrefix("job-") && name.count == 9)
        }
    }

    @Test func anUpdateOfAnOlderStateIsAConflict() async throws {
        try await withTestServer { api in
            let old = try await api.createConfigMap("a").json
            var first = old
            first.set("1", at: "data", "k")
            #expect(try await api.call("PUT", maps + "/a", first).status == 200)
            var second = old
            second.set("2", at: "data", "k")
            let refused = try await api.call("PUT", maps + "/a", second)
            #expect(refused.status == 409 && refused.reason == "Conflict")
            #expect(
                refused.message
                    == "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
            )
            #expect(refused.json["details"] == ["name": "a", "kind": "configmaps"])
            // Without a version the update is unconditional.
            second.remove(at: "metadata", "resourceVersion")
            #expect(try await api.call("PUT", maps + "/a", second).json.at("data", "k") == "2")
        }
    }

    @Test func aDeleteHoldsToItsPreconditions() async throws {
        try await withTestServer { api in
            let made = try await api.createConfigMap("a")
            let refused = try await api.call("DELETE", maps + "/a", ["preconditions": ["uid": "other"]])
            #expect(refused.status == 409)
            #expect(refused.message.contains("the UID in the precondition (other) does not match the UID in record (\(made.uid))."))
            #expect(try await api.call("DELETE", maps + "/a", ["preconditions": ["uid": .string(made.uid)]]).status == 200)
        }
    }

    @Test func anUpdateOfWhatIsNotThereIsRefusedOrMakesItByKind() async throws {
        try await withTestServer { api in
            let missing = try await api.call("PATCH", maps + "/a", ["data": ["k": "v"]], type: "application/merge-patch+json")
            #expect(missing.status == 404 && missing.message == "configmaps \"a\" not found")
            let pod = try await api.call(
                "PUT", TestServer.pods + "/p", ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"]]]])
            #expect(pod.status == 404 && pod.message == "pods \"p\" not found")
            let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1"
            let made = try await api.call("PUT", lease, ["metadata": ["name": "n1"], "spec": ["holderIdentity": "n1"]])
            #expect(made.status == 201, "\(made.text)")
            #expect(try await api.call("GET", lease).json == made.json)
        }
    }

    @Test func manyWritersLoseNoChange() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a")
            let written = try await withThrowingTaskGroup(of: Int.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        try await api.call(
                            "PATCH", maps + "/a", ["data": ["k\(writer)": "v"]], type: "application/merge-patch+json"
                        ).status
                    }
                }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                #expect(statuses.allSatisfy { $0 == 200 || $0 == 409 })
                return statuses.count { $0 == 200 }
            }
            // A patch that kept losing may be told so; whoever was told 200 is in, and nobody else.
            #expect(try await api.call("GET", maps + "/a").json["data"]?.object?.count == written)
        }
    }

    @Test func listsSelectByLabelFieldAndNamespace() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a", labels: ["app": "web"])
            try await api.createConfigMap("b", labels: ["app": "db"])
            try await api.createConfigMap("c", labels: ["app": "web"], in: "kube-public")
            let all = try await api.call("GET", "/api/v1/configmaps")
            #expect(all.json["kind"] == "ConfigMapList" && all.names == ["a", "b", "c"])
            #expect(try await api.call("GET", maps).names == ["a", "b"])
            #expect(try await api.call("GET", maps + "?labelSelector=app%3Dweb").names == ["a"])
            #expect(try await api.call("GET", "/api/v1/configmaps?labelSelector=app+in+(web,db)").names == ["a", "b", "c"])
            #expect(try await api.call("GET", maps + "?fieldSelector=metadata.name%3Db").names == ["b"])
            #expect(try await api.call("GET", maps + "?labelSelector=a%3D%3D%3Db").status == 400)
            #expect(try await api.call("GET", maps + "?fieldSelector=spec.x%3Db").status == 400)
        }
    }

    @Test func aListInPagesIsOfOneMoment() async throws {
        try await withTestServer { api in
            for name in ["a", "b", "c", "d", "e"] { try await api.createConfigMap(name) }
            let first = try await api.call("GET", maps + "?limit=2")
            #expect(first.names == ["a", "b"])
            #expect(first.json.at("metadata", "remainingItemCount") == 3)
            try await api.createConfigMap("bb")
            let token = try #require(first.json.at("metadata", "continue")?.string)
            let second = try await api.call("GET", maps + "?limit=10&continue=\(token)")
            #expect(second.names == ["c", "d", "e"])
            #expect(second.revision == first.revision)
            #expect(second.json.at("metadata", "continue") == nil)
            #expect(try await api.call("GET", maps + "?continue=nonsense").status == 400)
        }
    }

    @Test func aListAtARevisionShowsWhatWasThen() async throws {
        try await withTestServer { api in
            let then = try await api.createConfigMap("a").revision
            try await api.createConfigMap("b")
            let exact = try await api.call("GET", maps + "?resourceVersion=\(then)&resourceVersionMatch=Exact")
            #expect(exact.names == ["a"] && exact.revision == then)
            #expect(try await api.call("GET", maps + "?resourceVersion=\(then)").names == ["a", "b"])
            let future = try await api.call("GET", maps + "?resourceVersion=999999")
            #expect(future.status == 504)
            #expect(future.message.hasPrefix("Timeout: Too large resource version: 999999, current: "))
        }
    }

    @Test func deletingACollectionTakesWhatAListShows() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a", labels: ["app": "web"])
            try await api.createConfigMap("b", labels: ["app": "db"])
            let deleted = try await api.call("DELETE", maps + "?labelSelector=app%3Dweb")
            #expect(deleted.status == 200)
            #expect(deleted.json["kind"] == "ConfigMapList" && deleted.names == ["a"])
            #expect(try await api.call("GET", maps).names == ["b"])
        }
    }

    @Test func anObjectWithFinalizersStaysUntilTheyAreGone() async throws {
        try await withTestServer { api in
            _ = try await api.call("POST", maps, ["metadata": ["name": "a", "finalizers": ["example.com/hold"]]])
            let marked = try await api.call("DELETE", maps + "/a")
            #expect(marked.status == 200)
            #expect(marked.json.at("metadata", "deletionTimestamp")?.string == ManualTime.noon.rfc3339)
            #expect(try await api.call("POST", maps, ["metadata": ["name": "a"]]).message.hasPrefix("object is being deleted: configmaps \"a\" already exists"))
            let released = try await api.call(
                "PATCH", maps + "/a", ["metadata": ["finalizers": .null]], type: "application/merge-patch+json")
            #expect(released.status == 200)
            #expect(try await api.call("GET", maps + "/a").status == 404)
        }
    }

    @Test func aDryRunAnswersAsItWouldBeAndChangesNothing() async throws {
        try await withTestServer { api in
            let made = try await api.call("POST", maps + "?dryRun=All", ["metadata": ["name": "a"]])
            #expect(made.status == 201 && made.json.at("metadata", "name") == "a")
            #expect(try await api.call("GET", maps + "/a").status == 404)
            let real = try await api.createConfigMap("a", data: ["k": "v"])
            #expect(try await api.call("POST", maps + "?dryRun=All", ["metadata": ["name": "a"]]).reason == "AlreadyExists")
            let patched = try await api.call(
                "PATCH", maps + "/a?dryRun=All", ["data": ["k": "w"]], type: "application/merge-patch+json")
            #expect(patched.status == 200 && patched.json.at("data", "k") == "w")
            #expect(try await api.call("DELETE", maps + "/a?dryRun=All").status == 200)
            #expect(try await api.call("GET", maps + "/a").json == real.json)
            #expect(try await api.call("POST", maps + "?dryRun=Some", ["metadata": ["name": "b"]]).status == 422)
        }
    }

    @Test func whatNobodyKnowsIsWarnedOfOrRefusedAsAsked() async throws {
        try await withTestServer { api in
            let body: JSONValue = ["metadata": ["name": "a"], "nope": 1]
            let strict = try await api.call("POST", maps + "?fieldValidation=Strict", body)
            #expect(strict.status == 400)
            #expect(strict.message.contains("strict decoding error: unknown field \"nope\""))
            let warned = try await api.call("POST", maps + "?fieldValidation=Warn&dryRun=All", body)
            #expect(warned.status == 201)
            #expect(warned.headers["warning"] == "299 - \"unknown field \\\"nope\\\"\"")
            #expect(warned.json["nope"] == nil)
            let ignored = try await api.call("POST", maps + "?fieldValidation=Ignore&dryRun=All", body)
            #expect(ignored.status == 201 && ignored.headers["warning"] == nil)
            let twice = try await api.call(
                "POST", maps + "?fieldValidation=Strict", text: #"{"metadata":{"name":"a"},"data":{"k":"1","k":"2"}}"#, type: "application/json")
            #expect(twice.status == 400)
            #expect(twice.message.contains("duplicate field \"data.k\""))
            #expect(try await api.call("POST", maps + "?fieldValidation=Maybe", body).status == 422)
        }
    }
}
