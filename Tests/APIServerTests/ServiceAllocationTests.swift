import APIServer
import JSON
import KubeAPI
import Store
import StoreContract
import Testing

@Suite(.timeLimit(.minutes(1))) struct ServiceAllocationTests {
    static let services = "/api/v1/namespaces/default/services"

    private func create(_ api: TestServer, _ name: String, _ spec: JSONValue) async throws -> Answer {
        try await api.call("POST", ServiceAllocationTests.services, ["metadata": ["name": .string(name)], "spec": spec])
    }

    @Test func aServiceGetsAnAddressOfItsOwnAndGivesItBack() async throws {
        try await withTestServer { api in
            let one = try await create(api, "one", ["ports": [["port": 80]]])
            try #require(one.status == 201, "\(one.text)")
            let spec = one.json["spec"]
            let address = try #require(spec?["clusterIP"]?.string)
            #expect(address.hasPrefix("10.10.10."))
            #expect(spec?["clusterIPs"] == [.string(address)])
            #expect(spec?["ipFamilies"] == ["IPv4"] && spec?["ipFamilyPolicy"] == "SingleStack")
            #expect(spec?["internalTrafficPolicy"] == "Cluster" && spec?["sessionAffinity"] == "None")
            #expect(try await api.call("GET", ServiceAllocationTests.services + "/one").json == one.json)

            let taken = try await create(api, "two", ["clusterIP": .string(address), "ports": [["port": 80]]])
            #expect(taken.status == 422)
            #expect(
                taken.message == "Service \"two\" is invalid: spec.clusterIPs: Invalid value: []string{\"\(address)\"}: "
                    + "failed to allocate IP \(address): provided IP is already allocated")
            #expect(try await api.call("DELETE", ServiceAllocationTests.services + "/one").status == 200)
            #expect(try await create(api, "two", ["clusterIP": .string(address), "ports": [["port": 80]]]).status == 201)
        }
    }

    @Test func whatIsAskedForIsHonouredOrRefused() async throws {
        try await withTestServer { api in
            let dns = try await create(api, "dns", ["clusterIP": "10.10.10.10", "ports": [["port": 53, "protocol": "UDP"]]])
            #expect(dns.json.at("spec", "clusterIP") == "10.10.10.10")
            let far = try await create(api, "far", ["clusterIP": "10.0.0.1", "ports": [["port": 80]]])
            #expect(
                far.message == "Service \"far\" is invalid: spec.clusterIPs: Invalid value: []string{\"10.0.0.1\"}: failed to allocate IP "
                    + "10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 10.10.10.0/24")
            let node = try await create(api, "node", ["type": "NodePort", "ports": [["port": 80, "nodePort": 30080]]])
            #expect(node.json.at("spec", "ports")?.array?.first?["nodePort"] == 30080)
            let again = try await create(api, "np2", ["type": "NodePort", "ports": [["port": 80, "nodePort": 30080]]])
            #expect(again.message == "Service \"np2\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated")
            let out = try await create(api, "np3", ["type": "NodePort", "ports": [["port": 80, "nodePort": 80]]])
            #expect(
                out.message == "Service \"np3\" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. "
                    + "The range of valid ports is 30000-32767")
            // What was refused took nothing.
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.count == 3)
        }
    }

    @Test func theTypeDecidesWhatAServiceHas() async throws {
        try await withTestServer { api in
            let headless = try await create(api, "hl", ["clusterIP": "None", "selector": ["a": "b"]])
            #expect(headless.json.at("spec", "clusterIPs") == ["None"])
            let external = try await create(api, "ext", ["type": "ExternalName", "externalName": "example.com"])
            #expect(external.json.at("spec", "clusterIP") == nil && external.json.at("spec", "ipFamilies") == nil)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.isEmpty)

            let path = ServiceAllocationTests.services + "/ext"
            func patch(_ spec: JSONValue) async throws -> Answer {
                try await api.call("PATCH", path, ["spec": spec], type: "application/merge-patch+json")
            }
            let node = try await patch(["type": "NodePort", "externalName": .null, "ports": [["port": 80]]])
            try #require(node.status == 200, "\(node.text)")
            let address = try #require(node.json.at("spec", "clusterIP")?.string)
            let port = try #require(node.json.at("spec", "ports")?.array?.first?["nodePort"]?.integer)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.count == 2)
            let renamed = try await patch(["ports": [["port": 81]]])
            #expect(renamed.json.at("spec", "ports")?.array?.first?["nodePort"]?.integer == port)
            let plain = try await patch(["type": "ClusterIP"])
            #expect(plain.json.at("spec", "ports")?.array?.first?["nodePort"] == nil)
            #expect(plain.json.at("spec", "clusterIP")?.string == address)
            let moved = try await patch(["clusterIP": "10.10.10.99"])
            #expect(
                moved.message == "Service \"ext\" is invalid: spec.clusterIPs[0]: Invalid value: []string{\"10.10.10.99\"}: may not change once set")
            let gone = try await patch(["type": "ExternalName", "externalName": "example.org"])
            #expect(gone.status == 200 && gone.json.at("spec", "clusterIP") == nil)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.isEmpty)
        }
    }

    @Test func aReplacementThatLeavesOutWhatWasGivenKeepsIt() async throws {
        try await withTestServer { api in
            let made = try await create(api, "np", ["type": "NodePort", "ports": [["name": "a", "port": 80]]])
            let port = try #require(made.json.at("spec", "ports")?.array?.first?["nodePort"])
            let replaced = try await api.call(
                "PUT", ServiceAllocationTests.services + "/np",
                [
                    "metadata": ["name": "np"],
                    "spec": ["type": "NodePort", "ports": [["name": "b", "port": 81], ["name": "a", "port": 80, "targetPort": 8080]]],
                ])
            try #require(replaced.status == 200, "\(replaced.text)")
            #expect(replaced.json.at("spec", "clusterIP") == made.json.at("spec", "clusterIP"))
            let ports = replaced.json.at("spec", "ports")?.array ?? []
            #expect(ports.count == 2 && ports[1]["nodePort"] == port && ports[0]["nodePort"] != nil && ports[0]["nodePort"] != port)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.count == 3)
        }
    }

    @Test func aServiceHeldByAFinalizerKeepsItsNumbersUntilItGoes() async throws {
        try await withTestServer { api in
            let made = try await api.call(
                "POST", ServiceAllocationTests.services,
                ["metadata": ["name": "held", "finalizers": ["a.example/b"]], "spec": ["ports": [["port": 80]]]])
            try #require(made.status == 201)
            let path = ServiceAllocationTests.services + "/held"
            #expect(try await api.call("DELETE", path).json.at("metadata", "deletionTimestamp") != nil)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.count == 1)
            _ = try await api.call("PATCH", path, ["metadata": ["finalizers": .null]], type: "application/merge-patch+json")
            #expect(try await api.call("GET", path).status == 404)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.isEmpty)
        }
    }

    @Test func tcpAndUDPOfOnePortShareANodePort() async throws {
        try await withTestServer { api in
            let dns = try await create(
                api, "dns",
                ["type": "NodePort", "ports": [["name": "u", "port": 53, "protocol": "UDP"], ["name": "t", "port": 53], ["name": "m", "port": 9]]])
            let ports = dns.json.at("spec", "ports")?.array?.compactMap { $0["nodePort"]?.integer } ?? []
            #expect(ports.count == 3 && ports[0] == ports[1] && ports[2] != ports[0])
        }
    }

    @Test func aDryRunTakesNothing() async throws {
        try await withTestServer { api in
            let dry = try await api.call(
                "POST", ServiceAllocationTests.services + "?dryRun=All", ["metadata": ["name": "d"], "spec": ["ports": [["port": 80]]]])
            #expect(dry.json.at("spec", "clusterIP") != nil)
            #expect(try await api.store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items.isEmpty)
        }
    }

    @Test func aHundredAtOnceGetAHundredAddresses() async throws {
        try await withTestServer { api in
            let addresses = try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<100 {
                    group.addTask { try await create(api, "s\(index)", ["ports": [["port": 80]]]).json.at("spec", "clusterIP")?.string ?? "" }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(addresses.count == 100 && !addresses.contains(""))
        }
    }

    @Test func aRestartRemembersAndMendsWhatHasDrifted() async throws {
        let store = MemoryStore()
        let prefix = "/registry/ranges/serviceips/"
        let address = try await withTestServer(store: store) { api in
            try await create(api, "kept", ["clusterIP": "10.10.10.20", "ports": [["port": 80]]]).json.at("spec", "clusterIP")?.string ?? ""
        }
        // An address without a service, and a service whose address was forgotten.
        let orphan: JSONValue = ["namespace": "default", "name": "gone", "uid": "x"]
        _ = try await store.commit(
            Transaction(then: [.put(key: prefix + "10.10.10.30", value: orphan.encoded()), .delete(KeyRange(key: prefix + address))]))
        try await withTestServer(store: store) { api in
            let keys = try await store.read(KeyRange(prefix: prefix), at: nil, limit: 0).items.map(\.key)
            #expect(keys == [prefix + address])
            #expect(try await create(api, "again", ["clusterIP": .string(address), "ports": [["port": 80]]]).status == 422)
            #expect(try await create(api, "free", ["clusterIP": "10.10.10.30", "ports": [["port": 80]]]).status == 201)
        }
    }

    /// The store may be written by other ways while the server runs, too.
    @Test func aRunningServerMendsWhatHasDrifted() async throws {
        try await withTestServer { api in
            let prefix = "/registry/ranges/serviceips/"
            let address = try await create(api, "kept", ["clusterIP": "10.10.10.20", "ports": [["port": 80]]]).json.at("spec", "clusterIP")?.string ?? ""
            let orphan: JSONValue = ["namespace": "default", "name": "gone", "uid": "x"]
            _ = try await api.store.commit(
                Transaction(then: [.put(key: prefix + "10.10.10.30", value: orphan.encoded()), .delete(KeyRange(key: prefix + address))]))
            var keys: [String] = []
            for _ in 0..<500 where keys != [prefix + address] {
                // Its next look may not have been asked for yet when the time passes: then the one after comes.
                api.time.advance(by: .seconds(180))
                try await Task.sleep(for: .milliseconds(10))
                keys = try await api.store.read(KeyRange(prefix: prefix), at: nil, limit: 0).items.map(\.key)
            }
            #expect(keys == [prefix + address])
        }
    }
}
