import ActorKit
import JSON
import Testing

@testable import DNSRegistrar

/// The Kubernetes DNS specification (schema 1.1) as a table: objects, and the names that they must give.
@Suite struct ClusterZoneTests {
    /// The records of a zone made of these objects, as lines.
    func zone(services: [String] = [], slices: [String] = [], namespaces: [String] = []) throws -> [String: [String]] {
        var zone = ClusterZone(domain: "Cluster.Local.")
        for text in services { _ = zone.apply(.service(try #require(ServiceFacts(try JSONValue(parsing: Array(text.utf8)))))) }
        for text in slices { _ = zone.apply(.slice(try #require(SliceFacts(try JSONValue(parsing: Array(text.utf8)))))) }
        for name in namespaces { _ = zone.apply(.namespace(name)) }
        return Dictionary(uniqueKeysWithValues: zone.all.map { ($0.name, $0.records.map(\.text)) })
    }

    func service(_ name: String, _ spec: String) -> String {
        #"{"kind":"Service","metadata":{"name":"\#(name)","namespace":"default"},"spec":\#(spec)}"#
    }

    func slice(
        _ name: String, of service: String, ports: String = #"[{"name":"web","port":8080,"protocol":"TCP"}]"#, _ endpoints: String
    ) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"default","labels":{"kubernetes.io/service-name":"\#(service)"}},"#
            + #""addressType":"IPv4","ports":\#(ports),"endpoints":\#(endpoints)}"#
    }

    @Test func aServiceHasItsAddressItsNamedPortsAndAWayBack() throws {
        let names = try zone(services: [
            service(
                "kubernetes",
                #"{"clusterIP":"10.10.10.1","ports":[{"name":"https","port":443},{"port":80},{"name":"dns","port":53,"protocol":"UDP"}]}"#
            )
        ])
        #expect(
            names == [
                "kubernetes.default.svc.cluster.local": ["A 10.10.10.1"],
                "_https._tcp.kubernetes.default.svc.cluster.local": ["SRV 0 100 443 kubernetes.default.svc.cluster.local."],
                "_dns._udp.kubernetes.default.svc.cluster.local": ["SRV 0 100 53 kubernetes.default.svc.cluster.local."],
                "1.10.10.10.in-addr.arpa": ["PTR kubernetes.default.svc.cluster.local."],
            ])
    }

    @Test func aServiceOfBothFamiliesHasBothAddresses() throws {
        let names = try zone(services: [service("both", #"{"clusterIP":"10.10.10.2","clusterIPs":["10.10.10.2","fd00::2"]}"#)])
        #expect(names["both.default.svc.cluster.local"] == ["A 10.10.10.2", "AAAA fd00:0:0:0:0:0:0:2"])
        #expect(
            names["2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa"] == [
                "PTR both.default.svc.cluster.local."
            ])
    }

    @Test func aHeadlessServiceIsItsReadyEndpoints() throws {
        let names = try zone(
            services: [service("db", #"{"clusterIP":"None"}"#)],
            slices: [
                slice(
                    "db-1", of: "db",
                    #"[{"addresses":["10.244.0.5"],"hostname":"db-0","conditions":{"ready":true}},{"addresses":["10.244.0.6"]}]"#),
                slice("db-2", of: "db", #"[{"addresses":["10.244.0.7"],"conditions":{"ready":false}}]"#),
            ])
        #expect(
            names == [
                "db.default.svc.cluster.local": ["A 10.244.0.5", "A 10.244.0.6"],
                "db-0.db.default.svc.cluster.local": ["A 10.244.0.5"],
                "10-244-0-6.db.default.svc.cluster.local": ["A 10.244.0.6"],
                "_web._tcp.db.default.svc.cluster.local": [
                    "SRV 0 50 8080 10-244-0-6.db.default.svc.cluster.local.", "SRV 0 50 8080 db-0.db.default.svc.cluster.local.",
                ],
                "5.0.244.10.in-addr.arpa": ["PTR db-0.db.default.svc.cluster.local."],
            ])
    }

    @Test func endpointsThatAreNotReadyArePublishedOnRequest() throws {
        let names = try zone(
            services: [service("db", #"{"clusterIP":"None","publishNotReadyAddresses":true}"#)],
            slices: [slice("db-2", of: "db", #"[{"addresses":["10.244.0.7"],"conditions":{"ready":false}}]"#)])
        #expect(names["db.default.svc.cluster.local"] == ["A 10.244.0.7"])
    }

    @Test func aHeadlessServiceWithoutReadyEndpointsHasNoName() throws {
        #expect(try zone(services: [service("db", #"{"clusterIP":"None"}"#)]) == [:])
    }

    @Test func anExternalNameIsAnAlias() throws {
        let names = try zone(services: [service("out", #"{"type":"ExternalName","externalName":"Db.Example.com."}"#)])
        #expect(names == ["out.default.svc.cluster.local": ["CNAME db.example.com."]])
    }

    @Test func aNamespaceIsThereEvenWhenItIsEmpty() throws {
        #expect(try zone(namespaces: ["team-a"]) == ["team-a.svc.cluster.local": [], "team-a.pod.cluster.local": []])
    }

    @Test(arguments: [
        #"{}"#, #"{"clusterIP":""}"#, #"{"clusterIP":"nonsense"}"#, #"{"type":"ExternalName"}"#,
        #"{"clusterIP":7,"ports":{"a":1}}"#,
    ])
    func whatHasNoAddressHasNoName(spec: String) throws {
        #expect(try zone(services: [service("odd", spec)]) == [:])
    }

    @Test func aServiceWhoseNameIsNoLabelStaysOut() throws {
        #expect(try zone(services: [service("a.b", #"{"clusterIP":"10.10.10.9"}"#)]) == [:])
    }

    @Test func twoSlicesThatTellTheSameTellItOnce() throws {
        let one = #"[{"addresses":["10.244.0.5"],"hostname":"a"}]"#
        let names = try zone(
            services: [service("db", #"{"clusterIP":"None"}"#)], slices: [slice("x", of: "db", one), slice("y", of: "db", one)])
        #expect(names["a.db.default.svc.cluster.local"] == ["A 10.244.0.5"])
    }

    @Test func aChangeTellsOfItsOwnNamesOnly() {
        var zone = ClusterZone(domain: "cluster.local")
        for number in 1...50 {
            _ = zone.apply(
                .service(
                    ServiceFacts(
                        ZoneKey(namespace: "default", name: "s\(number)"), .addressed([IPAddress("10.10.10.\(number)")!]))))
        }
        let changes = zone.apply(
            .service(ServiceFacts(ZoneKey(namespace: "default", name: "s7"), .addressed([IPAddress("10.10.10.99")!]))))
        #expect(changes.map(\.name) == ["7.10.10.10.in-addr.arpa", "99.10.10.10.in-addr.arpa", "s7.default.svc.cluster.local"])
        #expect(changes.map(\.exists) == [false, true, true])
        let same = zone.apply(
            .service(ServiceFacts(ZoneKey(namespace: "default", name: "s7"), .addressed([IPAddress("10.10.10.99")!]))))
        #expect(same == [])
    }

    /// Names kept change by change, applied as told, are the names of a zone made anew; in whatever order things came.
    @Test(arguments: 1...40)
    func aZoneKeptUpToDateIsTheZoneMadeAnew(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        var zone = ClusterZone(domain: "cluster.local")
        var told: [String: [ZoneData]] = [:]
        var latest: [ZoneKey: ZoneInput] = [:]
        var slices: [ZoneKey: ZoneInput] = [:]
        var namespaces: Set<String> = []
        for _ in 0..<200 {
            let input = ZoneInputs.any(random)
            switch input {
            case .service(let facts): latest[facts.key] = input
            case .serviceGone(let key): latest[key] = nil
            case .slice(let facts): slices[facts.key] = input
            case .sliceGone(let key): slices[key] = nil
            case .namespace(let name): namespaces.insert(name)
            case .namespaceGone(let name): namespaces.remove(name)
            case .pod, .podGone: break
            }
            for change in zone.apply(input) { told[change.name] = change.exists ? change.records : nil }
        }
        var anew = ClusterZone(domain: "cluster.local")
        for input in slices.values { _ = anew.apply(input) }
        for input in latest.values { _ = anew.apply(input) }
        for name in namespaces { _ = anew.apply(.namespace(name)) }
        #expect(zone.all == anew.all)
        #expect(told == Dictionary(uniqueKeysWithValues: anew.all.map { ($0.name, $0.records) }))
    }
}

/// Random things of a small cluster, so that they meet.
enum ZoneInputs {
    static func any(_ random: SeededRandom) -> ZoneInput {
        let key = ZoneKey(namespace: ["a", "b"][pick(random, 2)], name: "s\(pick(random, 4))")
        let sliceKey = ZoneKey(namespace: key.namespace, name: "slice\(pick(random, 6))")
        switch pick(random, 10) {
        case 0: return .serviceGone(key)
        case 1: return .sliceGone(sliceKey)
        case 2: return .namespace(key.namespace)
        case 3: return .namespaceGone(key.namespace)
        case 4, 5, 6:
            let kind: ServiceFacts.Kind =
                switch pick(random, 3) {
                case 0: .headless
                case 1: .alias("x\(pick(random, 2)).example.com")
                default: .addressed([address(random)])
                }
            let ports = pick(random, 2) == 0 ? [] : [NamedPort(name: "web", transport: "tcp", number: 80)]
            return .service(ServiceFacts(key, kind, ports: ports, publishesNotReady: pick(random, 3) == 0))
        default:
            let endpoints = (0..<pick(random, 4)).map { _ in
                SliceFacts.Endpoint(
                    [address(random)], hostname: pick(random, 2) == 0 ? "h\(pick(random, 2))" : nil, isReady: pick(random, 3) > 0)
            }
            let ports = [NamedPort(name: "web", transport: "tcp", number: UInt16(80 + pick(random, 2)))]
            return .slice(
                SliceFacts(sliceKey, service: pick(random, 8) == 0 ? nil : key.name, ports: ports, endpoints: endpoints))
        }
    }

    static func pick(_ random: SeededRandom, _ count: Int) -> Int { Int(random.next() % UInt64(count)) }
    static func address(_ random: SeededRandom) -> IPAddress { IPAddress("10.0.0.\(pick(random, 5))")! }
}
