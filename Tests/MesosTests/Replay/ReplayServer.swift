import HTTPKit
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// A server that holds each request until the replay answers it.
final class ReplayServer: HTTPService, Sendable {
    struct Arrival: Sendable {
        let order: Int
        let body: [UInt8]
        let streamID: String?
        let headers: HTTPHeaders
        let exchange: HTTPExchange
    }

    private let arrivals = Mutex<(list: [Arrival], count: Int)>(([], 0))

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        arrivals.withLock {
            $0.count += 1
            $0.list.append(
                Arrival(
                    order: $0.count, body: Array(request.body.readableBytesView), streamID: request.headers.first(name: "Mesos-Stream-Id"),
                    headers: request.headers, exchange: exchange))
        }
    }

    /// The first request that has come and is not taken yet, and that `isMeant`.
    func next(_ what: String, _ isMeant: (Arrival) -> Bool = { _ in true }) async throws -> Arrival {
        try await eventually(what) {
            arrivals.withLock { arrivals in
                guard let index = arrivals.list.firstIndex(where: isMeant) else { return nil }
                return arrivals.list.remove(at: index)
            }
        }
    }

    /// Requests that nobody has taken.
    var waiting: Int { arrivals.withLock { $0.list.count } }
}

/// Looks until there is something, for ten seconds.
func eventually<Value>(_ what: String, _ look: () async -> Value?) async throws -> Value {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
        if let value = await look() { return value }
        try await Task.sleep(for: .milliseconds(2))
    }
    throw ReplayFailure("waited in vain for \(what)")
}

/// A value behind a lock.
final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    @discardableResult func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { mutex.withLock { value in body(&value) } }
}
