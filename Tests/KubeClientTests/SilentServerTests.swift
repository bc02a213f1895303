import HTTPKit
import JSON
import KubeClient
import Logging
import NIOCore
import Synchronization
import Testing

/// One of a cluster's API servers, which may be frozen: it takes requests and says nothing.
private final class Replica: HTTPService {
    enum Health { case serves, unwell, frozen }
    let name: String
    let asked = Mutex<[String]>([])
    let health = Mutex<Health>(.serves)
    /// Calls that wait until it has been asked so often whether it lives.
    let slowUntil = Mutex(0)
    private let waiting = Mutex<[HTTPExchange]>([])
    private let streams = Mutex<[HTTPBodyStream]>([])
    init(_ name: String) { self.name = name }

    var questions: Int { asked.withLock { $0.count { $0.hasPrefix("HEAD") } } }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let health = health.withLock { $0 }
        if health != .frozen { asked.withLock { $0.append("\(request.method) \(request.path)") } }
        switch (health, request.method, request.path) {
        case (.frozen, _, _): waiting.withLock { $0.append(exchange) }
        case (_, .HEAD, _):
            exchange.respond(health == .serves ? .ok : .serviceUnavailable, contentType: "text/plain", text: "")
            if questions >= slowUntil.withLock({ $0 }) { answerAll() }
        case (_, _, "/slow"): waiting.withLock { $0.append(exchange) }
        case (_, _, "/watched"):
            let stream = exchange.stream(.ok)
            streams.withLock { $0.append(stream) }
            let line = #"{"type":"ADDED","object":{"metadata":{"name":"\#(name)","resourceVersion":"7"}}}"# + "\n"
            exchange.perform(handsOn: true) { try? await stream.write(ByteBuffer(string: line)) }
        default: answer(exchange)
        }
    }

    private func answerAll() {
        for exchange in waiting.withLock({ waiting in
            defer { waiting = [] }
            return waiting
        }) { answer(exchange) }
    }

    private func answer(_ exchange: HTTPExchange) {
        exchange.respond(.ok, contentType: "application/json", bytes: JSONValue.object(["name": .string(name)]).encoded())
    }
}

/// Two replicas and a client that knows both, `first` first. It would wait an hour for an answer; what must be left is left before.
private func withTwo(_ body: (_ client: KubeClient, _ first: Replica, _ second: Replica) async throws -> Void) async throws {
    let (first, second) = (Replica("first"), Replica("second"))
    let (one, two) = (HTTPServer(service: first, logger: Logger(label: "test")), HTTPServer(service: second, logger: Logger(label: "test")))
    let (portOne, portTwo) = (try await one.start(), try await two.start())
    var limits = KubeClient.Limits()
    (limits.answer, limits.patience, limits.silence) = (.seconds(3600), .milliseconds(400), .milliseconds(400))
    let client = KubeClient(server: "127.0.0.1:\(portOne),127.0.0.1:\(portTwo)", limits: limits)
    let result: Result<Void, any Error>
    do { result = .success(try await body(client, first, second)) } catch { result = .failure(error) }
    await client.shutdown()
    await one.shutdown(grace: .zero)
    await two.shutdown(grace: .zero)
    try result.get()
}

@Suite(.timeLimit(.minutes(2))) struct SilentServerTests {
    @Test func aReadThatAFrozenServerHasIsAnsweredByTheNext() async throws {
        try await withTwo { client, first, _ in
            first.health.withLock { $0 = .frozen }
            let answer = try await client.get("/x")
            #expect(answer["name"]?.string == "second")
        }
    }

    @Test func ofAWriteThatAFrozenServerHasNobodyKnowsWhetherItWasDone() async throws {
        try await withTwo { client, first, second in
            first.health.withLock { $0 = .frozen }
            let error = await #expect(throws: KubeClientError.self) { try await client.create("/x", [:]) }
            #expect(error?.kind == .timedOut)
            #expect(error?.mayHaveArrived == true)
            #expect(error?.isRetriable == true)
            #expect(second.asked.withLock { $0 } == ["HEAD /"])
            // The next call goes where it is answered.
            let answer = try await client.create("/x", [:])
            #expect(answer["name"]?.string == "second")
        }
    }

    @Test func aServerThatIsOnlySlowIsNotLeft() async throws {
        try await withTwo { client, first, second in
            first.slowUntil.withLock { $0 = 3 }
            let answer = try await client.get("/slow")
            #expect(answer["name"]?.string == "first")
            #expect(first.questions >= 3)
            #expect(second.asked.withLock { $0 }.isEmpty)
        }
    }

    @Test func aServerThatCannotServeIsLeftWhereAnotherOneCan() async throws {
        try await withTwo { client, first, second in
            first.health.withLock { $0 = .unwell }
            first.slowUntil.withLock { $0 = .max }
            second.slowUntil.withLock { $0 = 0 }
            await #expect(throws: KubeClientError.self) { try await client.create("/slow", [:]) }
            let answer = try await client.create("/x", [:])
            #expect(answer["name"]?.string == "second")
        }
    }

    @Test func whereAllAreUnwellAlikeTheAnswerIsAwaited() async throws {
        try await withTwo { client, first, second in
            for replica in [first, second] { replica.health.withLock { $0 = .unwell } }
            first.slowUntil.withLock { $0 = 3 }
            let answer = try await client.create("/slow", [:])
            #expect(answer["name"]?.string == "first")
            #expect(second.questions > 0)
        }
    }

    @Test func aWatchOfAServerThatFreezesGoesOnElsewhere() async throws {
        try await withTwo { client, first, _ in
            var told: [String] = []
            func follow() async throws {
                try await client.watch("/watched", from: "7") { event in
                    guard case .added(let object) = event else { return true }
                    told.append(object.at("metadata", "name")?.string ?? "")
                    first.health.withLock { $0 = .frozen }
                    return told.last == "first"
                }
            }
            await #expect(throws: KubeClientError.self) { try await follow() }
            try await follow()
            #expect(told == ["first", "second"])
        }
    }

    @Test func aQuietWatchOfAServerThatLivesGoesOn() async throws {
        try await withTwo { client, first, second in
            let task = Task { try await client.watch("/watched", from: "7") { _ in true } }
            while first.questions < 3 { try await Task.sleep(for: .milliseconds(20)) }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(second.asked.withLock { $0 }.isEmpty)
        }
    }
}
