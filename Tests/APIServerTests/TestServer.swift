import APIServer
import Core
import JSON
import Logging
import NIOCore
import RawHTTP
import Store
import StoreContract
import Synchronization
import Testing

/// A clock that stands still until a test moves it.
final class ManualTime: TimeSource {
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var elapsed = Duration.zero
        var nextID = 0
        var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]

        mutating func id() -> Int {
            nextID += 1
            return nextID
        }
    }

    static let noon = Timestamp(secondsSinceEpoch: 1_795_262_400)

    var now: Instant { state.withLock { start + $0.elapsed } }
    var wallClock: Timestamp { state.withLock { ManualTime.noon.advanced(by: $0.elapsed) } }

    func sleep(until deadline: Instant) async throws {
        let id = state.withLock { $0.id() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || deadline <= start + state.elapsed { return true }
                    state.sleepers[id] = (deadline, continuation)
                    return false
                }
                if isOver { continuation.resume(with: Task.isCancelled ? .failure(CancellationError()) : .success(())) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.elapsed += duration
            let now = start + state.elapsed
            let due = state.sleepers.filter { $0.value.deadline <= now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }
}

/// Ids that count.
final class CountingIDs: IDGenerator {
    private let last = Mutex(0)
    private func next() -> String {
        let number = last.withLock { last in
            last += 1
            return last
        }
        return String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
    }
    func uuid() -> String { "00000000-0000-4000-8000-0000000" + next() }
    func nameSuffix() -> String { next() }
    func int64(in range: ClosedRange<Int64>) -> Int64 { range.lowerBound }
}

/// An answer, with its body as JSON where it is JSON.
struct Answer {
    let status: Int
    let headers: [String: String]
    let text: String
    let json: JSONValue

    init(_ raw: RawResponse) {
        (status, headers, text) = (raw.status, raw.headers, raw.body)
        json = (try? JSONValue(parsing: raw.body)) ?? .null
    }

    var message: String { json["message"]?.string ?? "" }
    var reason: String { json["reason"]?.string ?? "" }
    var revision: String { json.at("metadata", "resourceVersion")?.string ?? "" }
    var uid: String { json.at("metadata", "uid")?.string ?? "" }
    var names: [String] { (json["items"]?.array ?? []).map { $0.at("metadata", "name")?.string ?? "" } }
}

/// An API server over sockets, on a store in memory, with a clock and ids of the test's.
struct TestServer {
    let server: APIServer
    let port: Int
    let store: any Store
    let time: ManualTime

    static let configMaps = "/api/v1/namespaces/default/configmaps"
    static let pods = "/api/v1/namespaces/default/pods"

    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, text: String? = nil, type: String? = nil, accept: String? = nil
    ) async throws -> Answer {
        var headers: [(String, String)] = []
        if let type = type ?? (body == nil ? nil : "application/json") { headers.append(("Content-Type", type)) }
        if let accept { headers.append(("Accept", accept)) }
        return Answer(try await rawRequest(port: port, method, path, headers: headers, body: text ?? body?.text))
    }

    /// A configmap made as asked.
    @discardableResult func createConfigMap(
        _ name: String, labels: JSONValue = [:], data: JSONValue = [:], in namespace: String = "default"
    ) async throws -> Answer {
        let answer = try await call(
            "POST", "/api/v1/namespaces/\(namespace)/configmaps", ["metadata": ["name": .string(name), "labels": labels], "data": data])
        try #require(answer.status == 201, "\(answer.text)")
        return answer
    }

    @discardableResult func createPod(_ name: String, labels: JSONValue = [:]) async throws -> Answer {
        let answer = try await call(
            "POST", TestServer.pods,
            ["metadata": ["name": .string(name), "labels": labels], "spec": ["containers": [["name": "c", "image": "nginx:1.19"]]]])
        try #require(answer.status == 201, "\(answer.text)")
        return answer
    }

    func bind(_ pod: String, to node: String, uid: String = "") async throws -> Answer {
        try await call(
            "POST", TestServer.pods + "/\(pod)/binding",
            ["metadata": ["name": .string(pod), "uid": .string(uid)], "target": ["kind": "Node", "name": .string(node)]])
    }

    /// Opens a watch and hands its events to `body`.
    func watch<T>(_ path: String, accept: String = "application/json", _ body: (WatchEvents) async throws -> T) async throws -> T {
        try await RawConnection.open(port: port) { connection in
            try await connection.send("GET \(path) HTTP/1.1\r\nHost: test\r\nAccept: \(accept)\r\n\r\n")
            let head = try await connection.read(through: "\r\n\r\n")
            try #require(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
            return try await body(WatchEvents(connection))
        }
    }
}

/// The events of a watch, one at a time.
final class WatchEvents {
    private let connection: RawConnection
    private var text = ""
    init(_ connection: RawConnection) { self.connection = connection }

    /// `nil` when the watch has ended.
    func next() async throws -> JSONValue? {
        while true {
            if let end = text.utf8.firstIndex(of: 10) {
                let line = String(text[..<end])
                text = String(text[text.utf8.index(after: end)...])
                return try JSONValue(parsing: line)
            }
            guard let chunk = try await connection.readChunk() else { return nil }
            text += chunk
        }
    }

    /// Type and object's name of the next event: `ADDED a`.
    func nextLine() async throws -> String {
        guard let event = try await next() else { return "end" }
        return (event["type"]?.string ?? "?") + " " + (event.at("object", "metadata", "name")?.string ?? "?")
    }

    func expect(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let next = try await nextLine()
        #expect(next == line, sourceLocation: sourceLocation)
    }
}

func withTestServer<T>(store: any Store = MemoryStore(), _ body: (TestServer) async throws -> T) async throws -> T {
    var options = APIServerOptions()
    options.port = 0
    options.threads = 1
    options.shutdownGrace = .seconds(2)
    let time = ManualTime()
    let server = APIServer(options: options, store: store, logger: Logger(label: "test"), time: time, ids: CountingIDs())
    do {
        let port = try await server.start()
        let result = try await body(TestServer(server: server, port: port, store: store, time: time))
        await server.shutdown()
        return result
    } catch {
        await server.shutdown()
        throw error
    }
}
