import JSON
import ServiceRouting
import Testing

/// Increments, run one after the other by a model of nft, make the table that the last state asks for.
@Suite struct IncrementTests {
    private let text = RuleText(.test)

    @Test func `A change of one service touches its chains and elements only`() throws {
        let (one, other) = (try #require(makeService("one", ip: "10.10.10.5")), try #require(makeService("two", ip: "10.10.10.6")))
        var table = RoutingTable()
        func made(_ service: Service, _ ready: [String]) -> ServiceFragment {
            ServiceFragment(service, [slice("s", service: service.key.name, ready: ready)], .test)
        }
        _ = table.replace([one.key: made(one, ["10.244.0.2"]), other.key: made(other, ["10.244.0.3"])])
        let change = table.replace([one.key: made(one, ["10.244.0.2", "10.244.0.4"])])
        #expect(
            text.text(change) == """
                flush chain ip kmd-00000001 svc/default/one/tcp/80
                add rule ip kmd-00000001 svc/default/one/tcp/80 ip saddr != 10.244.0.0/24 jump to-masquerade
                add rule ip kmd-00000001 svc/default/one/tcp/80 meta l4proto tcp dnat ip to numgen random mod 2 map \
                { 0 : 10.244.0.2 . 8080, 1 : 10.244.0.4 . 8080 }
                add element ip kmd-00000001 hairpins { 10.244.0.4 . 10.244.0.4 }

                """)
        #expect(table.replace([one.key: made(one, ["10.244.0.2", "10.244.0.4"])]).isEmpty)
    }

    @Test func `An address that two services claim is the first one's by name, and then the other's`() throws {
        func claiming(_ name: String, _ ip: String) throws -> Service { try #require(makeService(name, ip: ip, ["externalIPs": ["192.0.2.1"]])) }
        let (a, b) = (try claiming("a", "10.10.10.5"), try claiming("b", "10.10.10.6"))
        var table = RoutingTable()
        func made(_ service: Service) -> ServiceFragment { ServiceFragment(service, [slice(service: service.key.name, ready: ["10.9.9.9"])], .test) }
        let element = RuleElement(.addresses, "192.0.2.1 . tcp . 80")
        _ = table.replace([b.key: made(b)])
        #expect(table.contents.elements[element] == "goto ext/default/b/tcp/80")
        let change = table.replace([a.key: made(a)])
        #expect(change.removedElements == [element] && change.addedElements[element] == "goto ext/default/a/tcp/80")
        _ = table.replace([a.key: nil])
        #expect(table.contents.elements[element] == "goto ext/default/b/tcp/80")
    }

    @Test(arguments: 1...40)
    func `Any sequence of changes, by increments, ends as the whole table of the last state`(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        var (table, model) = (RoutingTable(), ModelTable())
        var services: [ServiceKey: ServiceFragment] = [:]
        for _ in 0..<60 {
            var batch: [ServiceKey: ServiceFragment?] = [:]
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let number = Int.random(in: 0..<6, using: &random)
                let key = ServiceKey("default", "s\(number)")
                let next = Int.random(in: 0..<5, using: &random) == 0 ? nil : randomFragment(number, &random)
                batch.updateValue(next, forKey: key)
                services[key] = next.flatMap { $0.isEmpty ? nil : $0 }
            }
            let change = table.replace(batch)
            try model.run(text.text(change))
            #expect(model.contents == table.contents)
            #expect(table.fragments == services)
        }
        // The same, made at once and in another order.
        var fresh = RoutingTable()
        _ = fresh.replace(services.mapValues { Optional($0) })
        #expect(fresh.contents == model.contents)
        // And nothing is left when all go.
        try model.run(text.text(table.replace(Dictionary(services.keys.map { ($0, nil) }) { one, _ in one })))
        #expect(model == ModelTable())
    }

    private func randomFragment(_ number: Int, _ random: inout Seeded) -> ServiceFragment {
        func flip() -> Bool { Bool.random(using: &random) }
        var spec: JSONValue = ["ports": [["port": 80, "nodePort": .integer(Int64(30000 + Int.random(in: 0..<3, using: &random)))]]]
        if flip() { spec["externalIPs"] = ["192.0.2.1"] }
        if flip() { spec["sessionAffinity"] = "ClientIP" }
        if flip() { spec["externalTrafficPolicy"] = "Local" }
        if flip() { spec["internalTrafficPolicy"] = "Local" }
        guard let service = makeService("s\(number)", ip: "10.10.10.\(20 + number)", type: flip() ? "NodePort" : "ClusterIP", spec) else {
            return ServiceFragment()
        }
        let ready = (0..<Int.random(in: 0..<4, using: &random)).map { "10.244.0.\($0 + 2)\(flip() ? "@n1" : "")" }
        let ending = flip() ? ["10.244.0.9@n1"] : []
        return ServiceFragment(service, [slice(service: "s\(number)", ready: ready, ending: ending)], .test)
    }
}
