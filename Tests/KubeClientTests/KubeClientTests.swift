import Core
import HTTPKit
import JSON
import Logging
import NIOCore
import Synchronization
import Testing

@testable import KubeClient

/// Answers each request by a closure; the requests are kept.
private final class FakeServer: HTTPService {
    private let answer: @Sendable (HTTPRequest, HTTPExchange) -> Void
    let seen = Mutex<[String]>([])
    init(_ answer: @escaping @Sendable (HTTPRequest, HTTPExchange) -> Void) { self.answer = answer }
    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        seen.withLock { $0.append("\(request.method) \(request.uri)") }
        answer(request, exchange)
    }

    /// Runs `body` with a client of this server.
    func serve(_ body: (KubeClient) async throws -> Void) async throws {
        let server = HTTPServer(service: self, logger: Logger(label: "test"))
        let port = try await server.start()
        let client = KubeClient(server: "127.0.0.1:\(port)")
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await client.shutdown()
        await server.shutdown(grace: .milliseconds(100))
        try result.get()
    }
}

/// What several tasks note, in the order in which they do.
private final class Notes<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    /// How many there are with this one.
    @discardableResult func add(_ element: Element) -> Int {
        elements.withLock { $0.append(element); return $0.count }
    }
    var all: [Element] { elements.withLock { $0 } }
}

private func json(_ exchange: HTTPExchange, _ value: JSONValue, _ status: HTTPResponseStatus = .ok) {
    exchange.respond(status, contentType: "application/json", bytes: value.encoded())
}

@Suite struct KubeClientTests {
    @Test func aStatusBecomesATypedError() async throws {
        let server = FakeServer { _, exchange in
            json(
                exchange, ["kind": "Status", "reason": "NotFound", "message": "pods \"x\" not found", "code": 404], .notFound)
        }
        try await server.serve { client in
            do throws(KubeClientError) {
                _ = try await client.get("/api/v1/namespaces/default/pods/x")
                Issue.record("it was found")
            } catch {
                #expect(error.isNotFound)
                #expect(!error.isRetriable)
                #expect(error.message == "pods \"x\" not found")
            }
        }
    }

    @Test func aServerThatIsNotThereIsRetriable() async {
        let client = KubeClient(server: "http://127.0.0.1:1")
        do throws(KubeClientError) {
            _ = try await client.get("/api")
            Issue.record("somebody answered")
        } catch {
            #expect(error.kind == .unreachable)
            #expect(error.isRetriable)
        }
        await client.shutdown()
    }

    @Test func anAnswerThatIsTooLargeIsRefused() async throws {
        let server = FakeServer { _, exchange in exchange.respond(.ok, contentType: "application/json", text: String(repeating: "1", count: 5000)) }
        try await server.serve { client in
            var limits = KubeClient.Limits()
            limits.answerBytes = 1000
            let small = KubeClient(server: client.server, limits: limits)
            await #expect(throws: KubeClientError(kind: .malformed, message: "the answer is larger than 1000 bytes")) {
                _ = try await small.get("/x")
            }
            await small.shutdown()
        }
    }

    @Test func anAnswerThatNeverComesTimesOut() async throws {
        let server = FakeServer { _, _ in }
        try await server.serve { client in
            var limits = KubeClient.Limits()
            limits.answer = .milliseconds(50)
            let hasty = KubeClient(server: client.server, limits: limits)
            do throws(KubeClientError) {
                _ = try await hasty.get("/x")
                Issue.record("it answered")
            } catch { #expect(error.kind == .timedOut) }
            await hasty.shutdown()
        }
    }

    @Test func aListIsReadPageByPage() async throws {
        let server = FakeServer { request, exchange in
            let more = request.query.first("continue") != nil
            json(exchange, ["items": [["n": more ? 2 : 1]], "metadata": ["resourceVersion": "5", "continue": more ? "" : "next page"]])
        }
        try await server.serve { client in
            let (items, version) = try await client.list("/api/v1/pods", query: [("limit", "1")])
            #expect(items == [["n": 1], ["n": 2]])
            #expect(version == "5")
        }
        #expect(server.seen.withLock { $0 } == ["GET /api/v1/pods?limit=1", "GET /api/v1/pods?limit=1&continue=next%20page"])
    }

    @Test func aPatchNamesItsType() async throws {
        let server = FakeServer { request, exchange in json(exchange, ["type": .string(request.headers.first(name: "Content-Type") ?? "")]) }
        try await server.serve { client in
            let answer = try await client.patch("/x", [:], type: .strategic)
            #expect(answer["type"] == "application/strategic-merge-patch+json")
        }
    }
}

@Suite struct LineSplitterTests {
    @Test func linesMayComeInAnyPieces() throws {
        var splitter = LineSplitter(limit: 100)
        var lines: [String] = []
        for byte in "one\ntwo\r\n\n{\"a\":1}\nrest".utf8 { lines += try splitter.feed([byte]).map { String(decoding: $0, as: UTF8.self) } }
        #expect(lines == ["one", "two\r", "{\"a\":1}"])
    }

    @Test func aLineWithoutEndIsRefused() {
        #expect(throws: KubeClientError.self) {
            var splitter = LineSplitter(limit: 4)
            _ = try splitter.feed(Array("12345".utf8))
        }
    }
}

private func pod(_ version: Int) -> JSONValue { ["metadata": ["name": "a", "resourceVersion": .string(String(version))]] }

@Suite struct InformerTests {
    @Test func listsThenWatchesAndTakesUpWhereItWas() async throws {
        let watches = Notes<Bool>()
        let server = FakeServer { request, exchange in
            guard request.query.first("watch") != nil else {
                return json(exchange, ["items": [pod(3)], "metadata": ["resourceVersion": "4"]])
            }
            let number = watches.add(true)
            let stream = exchange.stream(.ok)
            let event: JSONValue =
                number == 3
                ? ["type": "ERROR", "object": ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"]]
                : ["type": "MODIFIED", "object": pod(4 + number)]
            _ = stream.offer(ByteBuffer(bytes: event.encoded() + [10]))
            stream.finish()
        }
        let events = Notes<InformerEvent>()
        try await server.serve { client in
            await withTaskGroup(of: Void.self) { group in
                let informer = Informer(client, "/api/v1/pods", base: .milliseconds(1), fraction: { 0 })
                let (enough, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                group.addTask {
                    await informer.run { event in
                        if events.add(event) == 4 { signal.finish() }
                    }
                }
                for await _ in enough {}
                group.cancelAll()
            }
        }
        #expect(Array(events.all.prefix(4)) == [.synced([pod(3)]), .modified(pod(5)), .modified(pod(6)), .synced([pod(3)])])
        let versions = server.seen.withLock { $0 }.compactMap { $0.contains("watch") ? $0.split(separator: "&").first { $0.hasPrefix("resourceVersion") } : nil }
        #expect(versions.prefix(3) == ["resourceVersion=4", "resourceVersion=5", "resourceVersion=6"])
    }
}

@Suite struct EventRecorderTests {
    @Test func theSameNewsRaisesACount() async throws {
        let bodies = Notes<JSONValue>()
        let (done, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let server = FakeServer { request, exchange in
            let body = (try? JSONValue(parsing: Array(request.body.readableBytesView))) ?? .null
            json(exchange, body)
            if bodies.add(body) == 2 { signal.finish() }
        }
        try await server.serve { client in
            let recorder = EventRecorder(client: client, component: "kmd-scheduler")
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await recorder.run() }
                for _ in 0..<2 {
                    recorder.record(.pod(namespace: "default", name: "nginx", uid: "u"), .warning, reason: "FailedScheduling", message: "0/1 agents fit")
                }
                for await _ in done {}
                group.cancelAll()
            }
        }
        let sent = bodies.all
        #expect(sent.first?.at("involvedObject", "uid") == "u")
        #expect(sent.first?.at("source", "component") == "kmd-scheduler")
        #expect(sent.first?.at("metadata", "name")?.string?.hasPrefix("nginx.") == true)
        #expect(sent.last?["count"] == 2)
        #expect(server.seen.withLock { $0.map { $0.prefix(5) } } == ["POST ", "PATCH"])
    }

    private func sent(whereListsAre listsAreTaken: Bool) async throws -> [String] {
        let (done, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let bodies = Notes<JSONValue>()
        let server = FakeServer { request, exchange in
            let body = (try? JSONValue(parsing: Array(request.body.readableBytesView))) ?? .null
            bodies.add(body)
            let isList = body["kind"] == "EventList"
            if isList && !listsAreTaken { json(exchange, ["kind": "Status", "code": 400, "message": "of type Event"], .badRequest) } else { json(exchange, body, .created) }
            if bodies.all.flatMap({ $0["items"]?.array ?? [$0] }).contains(where: { $0["reason"] == "Last" }) { signal.finish() }
        }
        try await server.serve { client in
            let recorder = EventRecorder(client: client, component: "kmd-scheduler")
            for (name, namespace, reason) in [("a", "one", "New"), ("b", "one", "New"), ("a", "one", "New"), ("c", "two", "Last")] {
                recorder.record(.pod(namespace: namespace, name: name, uid: name), reason: reason, message: "")
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await recorder.run() }
                for await _ in done {}
                group.cancelAll()
            }
        }
        return bodies.all.map { body in
            let names = (body["items"]?.array ?? [body]).map { $0.at("involvedObject", "name")?.string ?? "count \($0["count"]?.integer ?? 0)" }
            return "\(body["kind"]?.string ?? "PATCH") \(names.joined(separator: " "))"
        }
    }

    @Test func newsThatWaitGoesTogetherUpToAnotherNamespaceOrTheSameNewsAgain() async throws {
        #expect(try await sent(whereListsAre: true) == ["EventList a b", "PATCH count 2", "Event c"])
    }

    @Test func aServerThatTakesNoListsGetsThemOneByOne() async throws {
        #expect(try await sent(whereListsAre: false) == ["EventList a b", "Event a", "Event b", "PATCH count 2", "Event c"])
    }

    @Test func ofTheNewsThatStandsTheOldestIsForgotten() {
        func news(_ number: Int) -> EventRecorder.News {
            EventRecorder.News(subject: EventSubject(kind: "Pod", name: "p\(number)"), component: "", severity: .normal, reason: "", message: "")
        }
        var standing = StandingEvents(limit: 10)
        for number in 0..<10 { standing.put(news(number), name: "n\(number)") }
        standing.raise(news(0))
        standing.put(news(10), name: "n10")
        #expect(standing.count == 5)
        #expect(standing[news(0)]?.count == 2 && standing[news(10)] != nil && standing[news(1)] == nil)
    }
}
