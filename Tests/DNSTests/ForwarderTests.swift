import Core
import Logging
import NIOCore
import Synchronization
import Testing

@testable import DNS

/// Upstream servers that answer as a script says, and count.
final class ScriptedUpstreams: UpstreamTransport {
    struct Silent: Error {}
    private let script: @Sendable (UpstreamServer, DNSMessage, Bool) async throws -> DNSMessage?
    let asked = Mutex<[(server: UpstreamServer, stream: Bool)]>([])

    init(_ script: @escaping @Sendable (UpstreamServer, DNSMessage, Bool) async throws -> DNSMessage?) { self.script = script }

    func ask(
        _ server: UpstreamServer, _ query: [UInt8], stream: Bool, timeout: Duration, accept: @Sendable @escaping ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        asked.withLock { $0.append((server, stream)) }
        guard let answer = try await script(server, DNSMessage(decoding: query), stream), case let bytes = try answer.encoded(),
            accept(bytes)
        else {
            throw Silent()
        }
        return bytes
    }

    var count: Int { asked.withLock { $0.count } }
}

final class ManualTime: TimeSource {
    private let moment = Mutex(ContinuousClock.now)
    var now: Instant { moment.withLock { $0 } }
    var wallClock: Timestamp { Timestamp(secondsSinceEpoch: 0) }
    func sleep(until deadline: Instant) async throws {}
    func advance(_ duration: Duration) { moment.withLock { $0 += duration } }
}

func reply(_ query: DNSMessage, ttl: UInt32 = 60, _ data: [RecordData] = [.a([192, 0, 2, 1])]) -> DNSMessage {
    var answer = query
    (answer.isResponse, answer.recursionAvailable) = (true, true)
    answer.answers = data.map { DNSRecord(query.questions[0].name, ttl: ttl, $0) }
    return answer
}

func negative(_ query: DNSMessage, _ code: ResponseCode, minimum: UInt32) -> DNSMessage {
    var answer = reply(query, [])
    answer.responseCode = code
    let soa = StartOfAuthority(server: .root, mailbox: .root, serial: 1, refresh: 1, retry: 1, expire: 1, minimum: minimum)
    answer.authorities = [DNSRecord(.root, ttl: 300, .soa(soa))]
    return answer
}

@Suite struct ForwarderTests {
    let time = ManualTime()
    let servers = ["192.0.2.53", "198.51.100.53:5353"].compactMap { UpstreamServer($0) }
    func question(_ name: String = "www.example.com", _ type: RecordType = .a) -> DNSQuestion {
        DNSQuestion(DNSName(name) ?? .root, type)
    }

    func forwarder(_ upstreams: ScriptedUpstreams, stubs: [DNSName: [UpstreamServer]] = [:]) -> Forwarder {
        Forwarder(
            Forwarder.Options(upstreams: Upstreams(servers: servers, stubDomains: stubs)), transport: upstreams, time: time,
            logger: Logger(label: "test"))
    }

    @Test func anAnswerIsRememberedForAsLongAsItSays() async throws {
        let upstreams = ScriptedUpstreams { _, query, _ in reply(query, ttl: 60) }
        let forwarder = forwarder(upstreams)
        _ = try await forwarder.answer(to: question())
        time.advance(.seconds(59))
        let (answer, age) = try await forwarder.answer(to: question("WWW.example.com"))
        #expect(age == 59)
        #expect(upstreams.count == 1)
        let head = QueryHead(id: 7, flags: 0x0100, nameLength: 17, type: .a, recordClass: 1, edns: nil)
        let words = Array((DNSName("Www.Example.Com") ?? .root).wire) + [0, 1, 0, 1]
        let message = try DNSMessage(decoding: answer.bytes(for: head, question: words, age: age, limit: 512))
        #expect(message.id == 7)
        #expect(message.answers.map(\.ttl) == [1])
        #expect(message.questions[0].name.description == "Www.Example.Com.")
        #expect(message.edns == nil)
        time.advance(.seconds(1))
        _ = try await forwarder.answer(to: question())
        #expect(upstreams.count == 2)
    }

    @Test(arguments: [ResponseCode.nameError, .noError])
    func thatThereIsNoneIsRememberedForAsLongAsTheZoneAllows(code: ResponseCode) async throws {
        let upstreams = ScriptedUpstreams { _, query, _ in negative(query, code, minimum: 10) }
        let forwarder = forwarder(upstreams)
        for _ in 0..<3 { #expect(try await forwarder.answer(to: question()).0.responseCode == code) }
        #expect(upstreams.count == 1)
        time.advance(.seconds(11))
        _ = try await forwarder.answer(to: question())
        #expect(upstreams.count == 2)
    }

    @Test func aServerThatFailsIsFollowedByTheNextAndAvoidedForAWhile() async throws {
        let first = servers[0]
        let upstreams = ScriptedUpstreams { server, query, _ in server == first ? nil : reply(query, ttl: 0) }
        let forwarder = forwarder(upstreams)
        _ = try await forwarder.answer(to: question())
        #expect(upstreams.asked.withLock { $0.map(\.server) } == servers)
        _ = try await forwarder.answer(to: question())
        #expect(upstreams.asked.withLock { $0.map(\.server) } == servers + [servers[1]])
        time.advance(.seconds(11))
        _ = try await forwarder.answer(to: question())
        #expect(upstreams.asked.withLock { $0.map(\.server) } == servers + [servers[1]] + servers)
    }

    @Test func troubleOfAServerIsNeitherBelievedNorRememberedWhileAnotherKnowsBetter() async throws {
        let first = servers[0]
        let upstreams = ScriptedUpstreams { server, query, _ in
            server == first ? negative(query, .serverFailure, minimum: 60) : reply(query)
        }
        #expect(try await forwarder(upstreams).answer(to: question()).0.responseCode == .noError)
        let hopeless = ScriptedUpstreams { _, query, _ in negative(query, .refused, minimum: 60) }
        let forwarder = forwarder(hopeless)
        #expect(try await forwarder.answer(to: question()).0.responseCode == .refused)
        #expect(await forwarder.remembered == 0)
    }

    @Test func anAnswerToSomethingElseIsNoAnswer() async throws {
        let guesses: [@Sendable (inout DNSMessage) -> Void] = [
            { $0.id &+= 1 }, { $0.isResponse = false }, { $0.questions[0].name = DNSName("evil.example.com") ?? .root },
            { $0.questions[0].type = .aaaa },
            { $0.questions = [] }, { $0.opcode = 2 },
        ]
        for guess in guesses {
            let upstreams = ScriptedUpstreams { _, query, _ in
                var answer = reply(query)
                guess(&answer)
                return answer
            }
            await #expect(throws: Forwarder.Failure.noAnswer) { try await forwarder(upstreams).answer(to: question()) }
        }
    }

    @Test func aTruncatedAnswerIsAskedForAgainByTCP() async throws {
        let upstreams = ScriptedUpstreams { _, query, stream in
            var answer = reply(query, stream ? (0..<100).map { .a([10, 0, 0, $0]) } : [])
            answer.isTruncated = !stream
            return answer
        }
        let forwarder = forwarder(upstreams)
        let (answer, _) = try await forwarder.answer(to: question())
        #expect(try answer.message().answers.count == 100)
        #expect(upstreams.asked.withLock { $0.map(\.stream) } == [false, true])
        // Who asked by UDP is told to come by TCP as well.
        let head = QueryHead(id: 7, flags: 0x0100, nameLength: 17, type: .a, recordClass: 1, edns: nil)
        let message = try DNSMessage(decoding: answer.bytes(for: head, question: [], age: 0, limit: 512))
        #expect(message.isTruncated && message.answers.isEmpty)
    }

    @Test func oneQuestionIsAskedOnceHoweverManyAskIt() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        let upstreams = ScriptedUpstreams { _, query, _ in
            for await _ in gate { break }
            return reply(query, ttl: 0)
        }
        let forwarder = forwarder(upstreams)
        let question = question()
        let found = try await withThrowingTaskGroup(of: ResponseCode.self) { group in
            for _ in 0..<50 { group.addTask { try await forwarder.answer(to: question).0.responseCode } }
            while await forwarder.waiting(for: question) < 49 { await Task.yield() }
            open.yield()
            var count = 0
            for try await code in group where code == .noError { count += 1 }
            return count
        }
        #expect(found == 50)
        #expect(upstreams.count == 1)
    }

    @Test func aStubDomainHasServersOfItsOwn() async throws {
        let own = try #require(UpstreamServer("203.0.113.7"))
        let upstreams = ScriptedUpstreams { _, query, _ in reply(query) }
        let forwarder = forwarder(upstreams, stubs: [DNSName("corp.example") ?? .root: [own]])
        _ = try await forwarder.answer(to: question("a.Corp.Example"))
        _ = try await forwarder.answer(to: question("acorp.example"))
        #expect(upstreams.asked.withLock { $0.map(\.server) } == [own, servers[0]])
    }

    @Test func withoutServersNobodyIsAsked() async throws {
        let upstreams = Upstreams(servers: servers).excluding { servers.contains($0) }
        let forwarder = Forwarder(
            Forwarder.Options(upstreams: upstreams), transport: ScriptedUpstreams { _, query, _ in reply(query) }, time: time,
            logger: Logger(label: "test"))
        await #expect(throws: Forwarder.Failure.noServer) { try await forwarder.answer(to: question()) }
    }

    @Test(arguments: [
        ("10.10.10.10", 53, "10.10.10.10", true), ("10.10.10.10", 53, "10.10.10.11", false),
        ("10.10.10.10", 53, "10.10.10.10:5353", false),
        ("0.0.0.0", 53, "127.0.0.53", true), ("0.0.0.0", 53, "192.0.2.1", false), ("::", 53, "[::1]:53", true),
        ("0.0.0.0", 5353, "127.0.0.1", false),
    ])
    func aServerKnowsItself(host: String, port: Int, text: String, isOwn: Bool) throws {
        #expect(DNSServer.listens((host, port), at: try #require(UpstreamServer(text))) == isOwn)
    }

    @Test func theCacheIsBounded() throws {
        var limits = AnswerCache.Limits()
        limits.entries = 100
        var cache = AnswerCache(limits)
        let now = ContinuousClock.now
        for number in 0..<1000 {
            let question = question("n\(number).example.com")
            let bytes = try reply(DNSMessage(asking: question, id: 1)).encoded()
            cache.store(try #require(UpstreamAnswer(bytes, to: question, id: 1)), for: question, at: now)
            #expect(cache.answer(to: self.question("n0.example.com"), at: now) != nil, "what is used stays")
        }
        #expect(cache.count <= 100)
        #expect(cache.answer(to: question("n999.example.com"), at: now) != nil)
        #expect(cache.answer(to: question("n1.example.com"), at: now) == nil)
    }

    @Test func resolvConfNamesTheServersToAsk() {
        let text =
            "# by hand\nsearch a b\nnameserver 10.0.0.2\nnameserver\t10.0.0.3\nnameserver fd00::1\nnameserver 10.0.0.4\noptions ndots:5\n"
        #expect(Upstreams.servers(resolvConf: text).map(\.description) == ["10.0.0.2:53", "10.0.0.3:53", "fd00::1:53"])
        #expect(Upstreams.servers(resolvConf: "nameserver nonsense\n") == [])
    }

    @Test(arguments: [
        ("10.0.0.2", "10.0.0.2", 53), ("10.0.0.2:5353", "10.0.0.2", 5353), ("fd00::2", "fd00::2", 53),
        ("[fd00::2]:5353", "fd00::2", 5353), ("[fd00::2]", "fd00::2", 53),
    ])
    func aServerIsAnAddressAndPerhapsAPort(text: String, host: String, port: Int) {
        #expect(UpstreamServer(text)?.address.ipAddress == host)
        #expect(UpstreamServer(text)?.address.port == port)
    }

    @Test(arguments: ["", "example.com", "10.0.0.2:", "10.0.0.2:0", "10.0.0.2:99999", "[fd00::2", "[fd00::2]x"])
    func anythingElseIsNoServer(text: String) { #expect(UpstreamServer(text) == nil) }

    @Test(arguments: [
        ("10.10.10.0/24", ["10.10.10.in-addr.arpa."]), ("10.244.0.0/16", ["244.10.in-addr.arpa."]),
        ("10.10.8.0/22", ["8.10.10.in-addr.arpa.", "9.10.10.in-addr.arpa.", "10.10.10.in-addr.arpa.", "11.10.10.in-addr.arpa."]),
        ("10.10.10.10/32", ["10.10.10.10.in-addr.arpa."]), ("fd00::/16", ["0.0.d.f.ip6.arpa."]),
        ("fd00::/18", ["0.0.0.d.f.ip6.arpa.", "1.0.0.d.f.ip6.arpa.", "2.0.0.d.f.ip6.arpa.", "3.0.0.d.f.ip6.arpa."]),
    ])
    func aRangeHasItsReverseZones(range: String, zones: [String]) { #expect(ReverseZones.of(range)?.map(\.description) == zones) }

    @Test(arguments: ["", "10.10.10.0", "10.10.10.0/33", "10.0.0.0/4", "x/24", "fd00::/129"])
    func anythingElseIsNoRange(range: String) { #expect(ReverseZones.of(range) == nil) }
}
