import JSON
import ServiceRouting
import Testing

@Suite struct RuleTests {
    private func fragment(_ service: Service?, _ slices: [EndpointSlice]) throws -> ServiceFragment {
        ServiceFragment(try #require(service), slices, .test)
    }

    @Test func `One endpoint is where all goes; what comes from outside the pods is masqueraded`() throws {
        let made = try fragment(makeService(), [slice(ready: ["10.244.0.2"])])
        #expect(
            made.chains == [
                "svc/default/web/tcp/80": ["ip saddr != 10.244.0.0/24 jump to-masquerade", "meta l4proto tcp dnat to 10.244.0.2:8080"]
            ])
        #expect(
            made.elements == [
                RuleElement(.addresses, "10.10.10.5 . tcp . 80"): "goto svc/default/web/tcp/80",
                RuleElement(.hairpins, "10.244.0.2 . 10.244.0.2"): "",
            ])
    }

    @Test func `Several endpoints of several slices share by chance, each once`() throws {
        let made = try fragment(makeService(), [slice("b", ready: ["10.244.1.9", "10.244.0.2"]), slice("a", ready: ["10.244.0.2"])])
        #expect(
            made.chains["svc/default/web/tcp/80"]?.last
                == "meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.0.2 . 8080, 1 : 10.244.1.9 . 8080 }")
    }

    @Test func `Without endpoints a service refuses`() throws {
        let made = try fragment(makeService(type: "NodePort", ["ports": [["port": 80, "nodePort": 30080]], "externalIPs": ["192.0.2.1"]]), [])
        #expect(made.chains.isEmpty)
        #expect(
            made.elements == [
                RuleElement(.refused, "10.10.10.5 . tcp . 80"): "goto refuse", RuleElement(.refused, "192.0.2.1 . tcp . 80"): "goto refuse",
                RuleElement(.refusedNodePorts, "tcp . 30080"): "goto refuse",
            ])
    }

    @Test func `At the address of the cluster's DNS the node answers itself while the service has no endpoints`() throws {
        let ports: JSONValue = ["ports": [["port": 53, "protocol": "UDP"]]]
        #expect(try fragment(makeService(ip: "10.10.10.10", ports), []).elements.isEmpty)
        let served = try fragment(makeService(ip: "10.10.10.10", ports), [slice(port: 53, proto: .udp, ready: ["10.244.0.2"])])
        #expect(served.elements[RuleElement(.addresses, "10.10.10.10 . udp . 53")] == "goto svc/default/web/udp/53")
    }

    @Test func `Endpoints that end are used only when there are no others`() throws {
        let ending = try fragment(makeService(), [slice(ready: [], ending: ["10.244.0.4"])])
        #expect(ending.chains["svc/default/web/tcp/80"]?.last == "meta l4proto tcp dnat to 10.244.0.4:8080")
        let both = try fragment(makeService(), [slice(ready: ["10.244.0.2"], ending: ["10.244.0.4"])])
        #expect(both.chains["svc/default/web/tcp/80"]?.last == "meta l4proto tcp dnat to 10.244.0.2:8080")
    }

    @Test func `Ports meet their endpoints by name and protocol`() throws {
        let ports: JSONValue = ["ports": [["name": "a", "port": 80], ["name": "b", "port": 81], ["name": "a2", "port": 80, "protocol": "UDP"]]]
        var endpoints = slice(ready: ["10.244.0.2"])
        endpoints.ports = [.init(name: "a", port: 1), .init(name: "b", port: 2), .init(name: "a", transport: .udp, port: 3)]
        let made = try fragment(makeService("web", ports), [endpoints])
        #expect(made.chains["svc/default/web/tcp/80"]?.last == "meta l4proto tcp dnat to 10.244.0.2:1")
        #expect(made.chains["svc/default/web/tcp/81"]?.last == "meta l4proto tcp dnat to 10.244.0.2:2")
        #expect(made.elements[RuleElement(.refused, "10.10.10.5 . udp . 80")] == "goto refuse")
    }

    @Test func `Node ports, external addresses and the load balancer's go through a chain that masquerades`() throws {
        var web = try #require(
            makeService(type: "NodePort", ["ports": [["port": 80, "nodePort": 30080]], "externalIPs": ["192.0.2.1"]]))
        web.ingressIPs = [address("192.0.2.9")]
        let made = ServiceFragment(web, [slice(ready: ["10.244.0.2"])], .test)
        #expect(made.chains["ext/default/web/tcp/80"] == ["jump to-masquerade", "goto svc/default/web/tcp/80"])
        let leads = made.elements.filter { $0.value == "goto ext/default/web/tcp/80" }.keys.sorted().map(\.key)
        #expect(leads == ["tcp . 30080", "192.0.2.1 . tcp . 80", "192.0.2.9 . tcp . 80"])
    }

    @Test func `A local external policy keeps the source for this node's endpoints, and drops where there are none`() throws {
        let local: JSONValue = ["ports": [["port": 80, "nodePort": 30080]], "externalTrafficPolicy": "Local"]
        let web = try #require(makeService(type: "NodePort", local))
        let here = ServiceFragment(web, [slice(ready: ["10.244.0.2@n1", "10.244.1.2"])], .test)
        #expect(
            here.chains["ext/default/web/tcp/80"] == [
                "ip saddr 10.244.0.0/24 goto svc/default/web/tcp/80", "fib saddr type local jump to-masquerade",
                "fib saddr type local goto svc/default/web/tcp/80", "meta l4proto tcp dnat to 10.244.0.2:8080",
            ])
        #expect(here.elements[RuleElement(.refusedNodePorts, "tcp . 30080")] == nil)
        let elsewhere = ServiceFragment(web, [slice(ready: ["10.244.1.2"])], .test)
        #expect(elsewhere.chains["ext/default/web/tcp/80"]?.count == 3)
        #expect(elsewhere.elements[RuleElement(.refusedNodePorts, "tcp . 30080")] == "drop")
        #expect(elsewhere.elements[RuleElement(.nodePorts, "tcp . 30080")] == "goto ext/default/web/tcp/80")
    }

    @Test func `A local internal policy uses this node's endpoints alone`() throws {
        let web = try #require(makeService("web", ["internalTrafficPolicy": "Local"]))
        let here = ServiceFragment(web, [slice(ready: ["10.244.0.2@n1", "10.244.1.2"])], .test)
        #expect(here.chains["svc/default/web/tcp/80"]?.last == "meta l4proto tcp dnat to 10.244.0.2:8080")
        let elsewhere = ServiceFragment(web, [slice(ready: ["10.244.1.2"])], .test)
        #expect(elsewhere.elements[RuleElement(.refused, "10.10.10.5 . tcp . 80")] == "drop" && elsewhere.chains.isEmpty)
    }

    @Test func `A client with affinity goes where a set remembers it, and each endpoint has its set`() throws {
        let made = try fragment(
            makeService("web", ["sessionAffinity": "ClientIP", "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 90]]]),
            [slice(ready: ["10.244.0.2", "10.244.1.2"])])
        let base = "default/web/tcp/80"
        #expect(made.clientSets == ["cli/90/\(base)/10.244.0.2/8080": 90, "cli/90/\(base)/10.244.1.2/8080": 90])
        #expect(
            made.chains["svc/\(base)"] == [
                "ip saddr != 10.244.0.0/24 jump to-masquerade", "ip saddr @cli/90/\(base)/10.244.0.2/8080 goto ep/\(base)/10.244.0.2/8080",
                "ip saddr @cli/90/\(base)/10.244.1.2/8080 goto ep/\(base)/10.244.1.2/8080",
                "numgen random mod 2 vmap { 0 : goto ep/\(base)/10.244.0.2/8080, 1 : goto ep/\(base)/10.244.1.2/8080 }",
            ])
        #expect(
            made.chains["ep/\(base)/10.244.0.2/8080"] == [
                "update @cli/90/\(base)/10.244.0.2/8080 { ip saddr }", "meta l4proto tcp dnat to 10.244.0.2:8080",
            ])
    }

    @Test func `Datagrams that the kernel would still send to a removed endpoint are named`() throws {
        let ports: JSONValue = ["ports": [["port": 53, "protocol": "UDP", "nodePort": 30053]]]
        let web = try #require(makeService(type: "NodePort", ports))
        func made(_ ready: [String]) -> ServiceFragment { ServiceFragment(web, [slice(port: 53, proto: .udp, ready: ready)], .test) }
        var table = RoutingTable()
        let first = table.replace([web.key: made(["10.244.0.2", "10.244.0.3"])])
        #expect(first.staleFlows.map(\.endpoint).allSatisfy { $0 == nil } && first.staleFlows.count == 2)
        let second = table.replace([web.key: made(["10.244.0.3"])])
        #expect(
            second.staleFlows == [
                DatagramFlow(address: address("10.10.10.5"), port: 53, endpoint: address("10.244.0.2")),
                DatagramFlow(address: nil, port: 30053, endpoint: address("10.244.0.2")),
            ])
    }

    @Test func `The whole table is one transaction, with what it must have`() {
        let text = RuleText(.test).whole(RuleContents())
        #expect(text.hasPrefix("table ip kmd-00000001\ndelete table ip kmd-00000001\ntable ip kmd-00000001 {\n"))
        for line in [
            "ip daddr . meta l4proto . th dport vmap @service-addresses",
            "ip daddr != 10.10.10.0/24 fib daddr type local meta l4proto . th dport vmap @node-ports",
            "ip daddr 10.10.10.0/24 ip daddr != { 10.10.10.10 } goto refuse", "ip saddr . ip daddr @hairpins ct status dnat masquerade",
            "iifname \"kmd-00000001\" ip saddr 127.0.0.0/8 drop", "iifname \"kmd-00000001\" ip daddr 127.0.0.0/8 ct status and dnat == 0 drop",
        ] { #expect(text.contains("\t\t\(line)\n"), "\(line)") }
        var unfiltered = RoutingConfiguration.test
        unfiltered.bridgeIsFiltered = false
        #expect(RuleText(unfiltered).whole(RuleContents()).contains("iifname \"kmd-00000001\" oifname \"kmd-00000001\" ct status dnat masquerade"))
    }

    @Test func `Pods speak to pods of other nodes as themselves, and to others as their node`() {
        var routed = RoutingConfiguration.test
        routed.clusterRange = IPv4Range("10.244.0.0/16")
        let rule = "iifname \"kmd-00000001\" oifname != \"kmd-00000001\" ip daddr != { 10.244.0.0/16, 224.0.0.0/4 } masquerade"
        let postrouting = RuleText(routed).fixedChains.first { $0.0 == "nat-postrouting" }?.1 ?? []
        // Before the first rule that returns.
        let place = postrouting.firstIndex(of: rule)
        #expect(place != nil && place ?? 0 < postrouting.firstIndex { $0.hasSuffix("return") } ?? 0)
        #expect(!RuleText(.test).whole(RuleContents()).contains("224.0.0.0/4"))
    }

    @Test func `A machine without pods masquerades all that it sends to services`() throws {
        var bare = RoutingConfiguration.test
        bare.podRange = nil
        let made = ServiceFragment(try #require(makeService()), [slice(ready: ["10.244.0.2"])], bare)
        #expect(made.chains["svc/default/web/tcp/80"]?.first == "jump to-masquerade")
        #expect(made.elements.keys.allSatisfy { $0.map != .hairpins })
    }

    @Test func `What nft lists is counted, however it breaks its lines`() throws {
        var table = RoutingTable()
        let web = try #require(makeService("web", ["ports": [["port": 80], ["port": 81, "name": "b"], ["port": 82, "name": "c"]]]))
        _ = table.replace([web.key: ServiceFragment(web, [slice(ready: ["10.244.0.2"])], .test)])
        let listing = """
            table ip kmd-00000001 {
            \tmap service-addresses {
            \t\ttype ipv4_addr . inet_proto . inet_service : verdict
            \t\telements = { 10.10.10.5 . tcp . 80 : goto svc/default/web/tcp/80 }
            \t}

            \tmap refused-addresses {
            \t\ttype ipv4_addr . inet_proto . inet_service : verdict
            \t\telements = { 10.10.10.5 . tcp . 81 : goto refuse,
            \t\t\t     10.10.10.5 . tcp . 82 : goto refuse }
            \t}

            \tset hairpins {
            \t\ttype ipv4_addr . ipv4_addr
            \t\telements = { 10.244.0.2 . 10.244.0.2 }
            \t}

            \tset cli/90/x {
            \t\ttype ipv4_addr
            \t\tflags dynamic,timeout
            \t\telements = { 10.244.0.9 timeout 90s expires 80s }
            \t}

            \tchain nat-output {
            \t\ttype nat hook output priority -100; policy accept;
            \t\tjump services
            \t}

            \tchain svc/default/web/tcp/80 {
            \t\tip saddr != 10.244.0.0/24 jump to-masquerade
            \t\tmeta l4proto tcp dnat to 10.244.0.2:8080
            \t}
            }
            """
        let found = TableCounts(listing: listing)
        #expect(found.elements == TableCounts(table.contents, .test).elements)
        #expect(found.rules == ["nat-output": 1, "svc/default/web/tcp/80": 2])
        #expect(TableCounts(table.contents, .test).rules["svc/default/web/tcp/80"] == 2)
    }
}
