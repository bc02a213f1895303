import HTTPKit
import JSON
import KubeClient
import Logging
import Synchronization
import Testing

/// One of a cluster's API servers: says its name, or that it cannot serve.
private final class Replica: HTTPService {
    enum Health { case ok, unavailable }
    let name: String
    let asked = Mutex<[String]>([])
    let health = Mutex<Health>(.ok)
    init(_ name: String) { self.name = name }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        asked.withLock { $0.append("\(request.method) \(request.path)") }
        let body: JSONValue = ["name": .string(name)]
        exchange.respond(health.withLock { $0 == .ok } ? .ok : .serviceUnavailable, contentType: "application/json", bytes: body.encoded())
    }
}

/// Two replicas and a client that knows both, `first` first.
private func withTwo(_ body: (_ client: KubeClient, _ first: Replica, _ second: Replica, _ stopFirst: () async -> Void) async throws -> Void) async throws {
    let (first, second) = (Replica("first"), Replica("second"))
    let (one, two) = (HTTPServer(service: first, logger: Logger(label: "test")), HTTPServer(service: second, logger: Logger(label: "test")))
    let (portOne, portTwo) = (try await one.start(), try await two.start())
    let client = KubeClient(server: "127.0.0.1:\(portOne),http://127.0.0.1:\(portTwo)/")
    let result: Result<Void, any Error>
    do { result = .success(try await body(client, first, second) { await one.shutdown(grace: .zero) }) } catch { result = .failure(error) }
    await client.shutdown()
    await one.shutdown(grace: .milliseconds(100))
    await two.shutdown(grace: .milliseconds(100))
    try result.get()
}

/// Who answered, or the code of the refusal.
private func answer(_ call: () async throws -> JSONValue) async -> String {
    do { return try await call()["name"]?.string ?? "" } catch { return (error as? KubeClientError).map { "\($0.code)" } ?? "\(error)" }
}

@Suite struct ServerListTests {
    @Test func oneServerIsAskedAsLongAsItServes() async throws {
        try await withTwo { client, first, second, _ in
            for _ in 0..<3 { #expect(await answer { try await client.get("/x") } == "first") }
            #expect(second.asked.withLock { $0 }.isEmpty)
        }
    }

    @Test func aServerThatIsGoneLeavesItsCallsToTheNext() async throws {
        try await withTwo { client, first, second, stopFirst in
            await stopFirst()
            // No connection: even a write cannot have arrived.
            #expect(await answer { try await client.create("/x", [:]) } == "second")
            #expect(await answer { try await client.get("/y") } == "second")
            #expect(second.asked.withLock { $0 } == ["POST /x", "GET /y"])
        }
    }

    @Test func aReadIsRepeatedWhereTheServerCannotServeAndAWriteIsNot() async throws {
        try await withTwo { client, first, second, _ in
            first.health.withLock { $0 = .unavailable }
            #expect(await answer { try await client.create("/x", [:]) } == "503")
            #expect(second.asked.withLock { $0 }.isEmpty)
            // That one does not serve is known now.
            #expect(await answer { try await client.create("/x", [:]) } == "second")
            second.health.withLock { $0 = .unavailable }
            first.health.withLock { $0 = .ok }
            #expect(await answer { try await client.get("/y") } == "first")
        }
    }

    @Test func whenNoneServesEachIsAskedOnce() async throws {
        try await withTwo { client, first, second, _ in
            first.health.withLock { $0 = .unavailable }
            second.health.withLock { $0 = .unavailable }
            #expect(await answer { try await client.get("/x") } == "503")
            #expect(first.asked.withLock { $0 } == ["GET /x"])
            #expect(second.asked.withLock { $0 } == ["GET /x"])
        }
    }
}
