import NIOCore
import Testing

@testable import DNS

/// A small cluster's answers.
@Suite struct ResponderTests {
    let table: ZoneTable

    init() throws {
        var options = ZoneTable.Options(domain: try #require(DNSName("cluster.local")))
        options.reverseZones = [try #require(DNSName("10.10.10.in-addr.arpa"))]
        options.serverAddresses = [.a([10, 10, 10, 10])]
        table = ZoneTable(options)
        func edit(_ name: String, _ records: RecordData...) -> ZoneEdit { ZoneEdit(DNSName(name) ?? .root, records) }
        let kubernetes = try #require(DNSName("kubernetes.default.svc.cluster.local"))
        table.replace(with: [
            edit("kubernetes.default.svc.cluster.local", .a([10, 10, 10, 1])),
            edit(
                "_https._tcp.kubernetes.default.svc.cluster.local", .srv(priority: 0, weight: 100, port: 443, target: kubernetes)),
            edit("1.10.10.10.in-addr.arpa", .ptr(kubernetes)),
            edit("5.0.244.10.in-addr.arpa", .ptr(kubernetes)),
            edit("out.default.svc.cluster.local", .cname(try #require(DNSName("www.example.com")))),
            edit("in.default.svc.cluster.local", .cname(kubernetes)),
            edit("loop.default.svc.cluster.local", .cname(try #require(DNSName("loop.default.svc.cluster.local")))),
            edit("default.svc.cluster.local"), edit("default.pod.cluster.local"),
            ZoneEdit(try #require(DNSName("db.default.svc.cluster.local")), (0..<100).map { .a([10, 244, 0, $0]) }),
        ])
    }

    func ask(_ name: String, _ type: RecordType = .a, payload: UInt16? = 1232, stream: Bool = false) throws -> Responder.Outcome {
        let message = DNSMessage(asking: DNSQuestion(try #require(DNSName(name)), type), id: 77, payloadSize: payload)
        var responder = Responder(table)
        return responder.respond(to: ByteBuffer(bytes: try message.encoded()), stream: stream, ByteBufferAllocator())
    }

    func answer(_ name: String, _ type: RecordType = .a, payload: UInt16? = 1232, stream: Bool = false) throws -> DNSMessage {
        guard case .answer(let bytes) = try ask(name, type, payload: payload, stream: stream) else {
            Issue.record("\(name) is not answered")
            return DNSMessage()
        }
        return try DNSMessage(decoding: Array(bytes.readableBytesView))
    }

    /// name, type, what: the records, or "none" (NODATA), or "no name" (NXDOMAIN).
    @Test(arguments: [
        ("kubernetes.default.svc.cluster.local", RecordType.a, "A"),
        ("kubernetes.default.svc.cluster.local", .aaaa, "none"),
        ("kubernetes.default.svc.cluster.local", .txt, "none"),
        ("KUBERNETES.Default.svc.Cluster.LOCAL", .a, "A"),
        ("_https._tcp.kubernetes.default.svc.cluster.local", .srv, "SRV"),
        ("_tcp.kubernetes.default.svc.cluster.local", .srv, "none"),
        ("_http._tcp.kubernetes.default.svc.cluster.local", .srv, "no name"),
        ("kubernetes.svc.cluster.local", .a, "no name"),
        ("kubernetes.cluster.local", .a, "no name"),
        ("kubernetes.default.svc.cluster.local.default.svc.cluster.local", .a, "no name"),
        ("www.example.com.default.svc.cluster.local", .a, "no name"),
        ("default.svc.cluster.local", .a, "none"), ("svc.cluster.local", .a, "none"), ("pod.cluster.local", .a, "none"),
        ("cluster.local", .a, "none"), ("cluster.local", .soa, "SOA"), ("cluster.local", .ns, "NS"),
        ("ns.dns.cluster.local", .a, "A"), ("dns.cluster.local", .a, "none"),
        ("dns-version.cluster.local", .txt, "TXT"),
        ("10-244-0-9.default.pod.cluster.local", .a, "A"), ("10-244-0-9.default.pod.cluster.local", .aaaa, "none"),
        ("fd00--9.default.pod.cluster.local", .aaaa, "AAAA"),
        ("10-244-0-9.nowhere.pod.cluster.local", .a, "no name"), ("10-244-0.default.pod.cluster.local", .a, "no name"),
        ("10-244-0-999.default.pod.cluster.local", .a, "no name"),
        ("1.10.10.10.in-addr.arpa", .ptr, "PTR"), ("1.10.10.10.in-addr.arpa", .a, "none"),
        ("2.10.10.10.in-addr.arpa", .ptr, "no name"), ("5.0.244.10.in-addr.arpa", .ptr, "PTR"),
        ("in.default.svc.cluster.local", .a, "CNAME A"), ("out.default.svc.cluster.local", .cname, "CNAME"),
        ("loop.default.svc.cluster.local", .a, "CNAME CNAME CNAME CNAME CNAME CNAME CNAME CNAME CNAME"),
    ])
    func namesAreAnsweredAsTheSpecificationHasIt(name: String, type: RecordType, what: String) throws {
        for (payload, stream) in [(nil, false), (1232, false), (nil, true)] as [(UInt16?, Bool)] {
            let answer = try answer(name, type, payload: payload, stream: stream)
            let names: [RecordType: String] = [
                .a: "A", .aaaa: "AAAA", .srv: "SRV", .ptr: "PTR", .cname: "CNAME", .txt: "TXT", .soa: "SOA", .ns: "NS",
            ]
            let found = answer.answers.map { names[$0.data.type] ?? "?" }.joined(separator: " ")
            #expect((found.isEmpty ? answer.responseCode == .nameError ? "no name" : "none" : found) == what)
            #expect(
                answer.id == 77 && answer.isResponse && answer.isAuthoritative && answer.recursionAvailable
                    && answer.recursionDesired)
            #expect((answer.edns != nil) == (payload != nil))
            #expect(answer.questions.first?.name.description == name + ".")
            // "There is none" carries the zone's SOA, so that it can be remembered for as long as it may.
            let soa = answer.authorities.first.map { $0.data.type == .soa ? $0.name.description.lowercased() : "?" }
            #expect(soa == (found.isEmpty ? name.hasSuffix("arpa") ? "10.10.10.in-addr.arpa." : "cluster.local." : nil))
        }
    }

    @Test(arguments: ["www.example.com", "example.local", "4.3.2.1.in-addr.arpa", "notcluster.local", "xcluster.local", "."])
    func whatIsNotOursIsAskedElsewhere(name: String) throws {
        guard case .elsewhere = try ask(name) else {
            Issue.record("\(name) was answered")
            return
        }
    }

    @Test func anAliasOfSomethingElsewhereIsToBeFollowed() throws {
        guard case .alias(_, let target) = try ask("out.default.svc.cluster.local") else {
            Issue.record("no alias")
            return
        }
        #expect(target == DNSName("www.example.com"))
    }

    @Test func aServicesAddressesComeWithItsSRV() throws {
        let answer = try answer("_https._tcp.kubernetes.default.svc.cluster.local", .srv)
        #expect(answer.additionals.map(\.data) == [.a([10, 10, 10, 1])])
    }

    @Test func manyAddressesAreCutForUDPAndWholeForTCP() throws {
        let small = try answer("db.default.svc.cluster.local", payload: nil)
        #expect(small.isTruncated)
        #expect(small.answers.count == (512 - 12 - 34) / 16)
        let options = try answer("db.default.svc.cluster.local", payload: 4096)
        #expect(!options.isTruncated && options.answers.count == 100)
        let whole = try answer("db.default.svc.cluster.local", payload: nil, stream: true)
        #expect(!whole.isTruncated && Set(whole.answers.map(\.data)).count == 100)
    }

    @Test func addressesTakeTurns() throws {
        var responder = Responder(table)
        let message = DNSMessage(
            asking: DNSQuestion(try #require(DNSName("db.default.svc.cluster.local")), .a), id: 1, payloadSize: 4096)
        let query = ByteBuffer(bytes: try message.encoded())
        var first: Set<RecordData> = []
        for _ in 0..<100 {
            guard case .answer(let bytes) = responder.respond(to: query, stream: false, ByteBufferAllocator()) else { continue }
            let answer = try DNSMessage(decoding: Array(bytes.readableBytesView))
            #expect(Set(answer.answers.map(\.data)).count == 100)
            if let data = answer.answers.first?.data { first.insert(data) }
        }
        #expect(first.count == 100)
    }

    @Test func whatIsNoProperQueryIsRefusedInTheRightWords() throws {
        func code(_ change: (inout DNSMessage) -> Void) throws -> ResponseCode? {
            var message = DNSMessage(
                asking: DNSQuestion(try #require(DNSName("kubernetes.default.svc.cluster.local")), .a), id: 5, payloadSize: 1232)
            change(&message)
            var responder = Responder(table)
            guard
                case .answer(let bytes) = responder.respond(
                    to: ByteBuffer(bytes: try message.encoded()), stream: false, ByteBufferAllocator())
            else { return nil }
            return try DNSMessage(decoding: Array(bytes.readableBytesView)).responseCode
        }
        #expect(try code { _ in } == .noError)
        #expect(try code { $0.opcode = 4 } == .notImplemented)
        #expect(try code { $0.questions = [] } == .formatError)
        #expect(try code { $0.questions += $0.questions } == .formatError)
        #expect(try code { $0.edns?.version = 1 } == .badVersion)
        #expect(try code { $0.questions[0].recordClass = 3 } == .refused)
        #expect(try code { $0.questions[0].type = RecordType(252) } == .refused)
        #expect(try code { $0.isResponse = true } == nil, "a response is never answered")
    }

    @Test func aNameThatWentIsGoneAndItsAncestorsWithIt() throws {
        let name = try #require(DNSName("a.b.c.svc.cluster.local"))
        table.apply([ZoneEdit(name, [.a([1, 2, 3, 4])])])
        #expect(try answer("c.svc.cluster.local").responseCode == .noError)
        table.apply([ZoneEdit(name, [.a([1, 2, 3, 5])])])
        #expect(try answer("a.b.c.svc.cluster.local").answers.map(\.data) == [.a([1, 2, 3, 5])])
        table.apply([ZoneEdit(name, [], exists: false)])
        for gone in ["a.b.c.svc.cluster.local", "b.c.svc.cluster.local", "c.svc.cluster.local"] {
            #expect(try answer(gone).responseCode == .nameError)
        }
        #expect(try answer("svc.cluster.local").responseCode == .noError)
    }

    /// A table that was changed step by step answers as one made anew.
    @Test(arguments: 1...30)
    func aTableKeptUpToDateIsTheTableMadeAnew(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let options = ZoneTable.Options(domain: try #require(DNSName("cluster.local")))
        let (kept, anew) = (ZoneTable(options), ZoneTable(options))
        var latest: [DNSName: ZoneEdit] = [:]
        for _ in 0..<150 {
            let labels = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                ["a", "b", "c"].randomElement(using: &random) ?? "a"
            }
            let name = try #require(DNSName(labels: labels, below: options.domain))
            let edit = ZoneEdit(
                name, [.a([0, 0, 0, UInt8.random(in: 0...9, using: &random)])], exists: Int.random(in: 0..<3, using: &random) > 0)
            latest[name] = edit
            kept.apply([edit])
        }
        anew.replace(with: Array(latest.values))
        #expect(kept.count == anew.count)
        for name in Set(latest.keys.flatMap { [$0, $0.parent ?? $0] }) {
            switch (kept.find(name.key), anew.find(name.key)) {
            case (.node(let one), .node(let other)): #expect(one.records == other.records)
            case (.onTheWay, .onTheWay), (.nothing, .nothing): break
            default: Issue.record("\(name) differs")
            }
        }
    }
}
