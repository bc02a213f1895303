import AsyncHTTPClient
import Core
import Logging
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// The HTTP that Mesos' clients have in common: protobuf bodies, no automatic redirects, answers of bounded size.
struct MesosHTTP: Sendable {
    /// One for the process, never shut down: its connections close when they are idle, streams when their task ends.
    private static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5), read: nil)
        configuration.connectionPool = .init(idleTimeout: .seconds(5), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    static let protobufType = "application/x-protobuf"
    static let streamIDHeader = "Mesos-Stream-Id"
    /// The longest error text and the longest operator answer that is read, in bytes.
    static let answerLimit = 64 * 1024 * 1024

    struct Answer: Sendable {
        var status: Int
        var location: String?
        var body: ByteBuffer
        var text: String { String(buffer: body) }
    }

    /// Sends a request and reads its answer to the end, within `timeout`.
    func call(_ url: String, body: [UInt8], streamID: String? = nil, timeout: Duration) async throws(MesosCallError) -> Answer {
        do {
            let response = try await send(url, body: body, streamID: streamID, timeout: timeout)
            let bytes = try await response.body.collect(upTo: MesosHTTP.answerLimit)
            return Answer(status: Int(response.status.code), location: response.headers.first(name: "Location"), body: bytes)
        } catch {
            throw .unreachable("\(url): \(error)")
        }
    }

    /// Sends a request and returns when the head of the answer is there; the body may last for ever.
    func open(_ url: String, body: [UInt8], timeout: Duration) async throws -> HTTPClientResponse {
        try await send(url, body: body, streamID: nil, timeout: timeout)
    }

    private func send(_ url: String, body: [UInt8], streamID: String?, timeout: Duration) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: MesosHTTP.protobufType)
        request.headers.add(name: "Accept", value: MesosHTTP.protobufType)
        if let streamID { request.headers.add(name: MesosHTTP.streamIDHeader, value: streamID) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await MesosHTTP.shared.execute(request, timeout: .nanoseconds(Int64(timeout.inSeconds * 1e9)))
    }
}

/// Notices a stream that has gone silent: only time spent waiting for the socket counts, not time that the consumer takes.
final class SilenceWatch: Sendable {
    private struct State { var waitingSince: Instant? }
    private let state: MutexBox<State>
    private let time: any TimeSource

    init(time: any TimeSource) {
        self.time = time
        state = MutexBox(State())
    }

    func startsWaiting() { state.withLock { $0.waitingSince = time.now } }
    func stopsWaiting() { state.withLock { $0.waitingSince = nil } }

    /// Returns when nothing came for `limit`; throws when cancelled.
    ///
    /// The limit may become known, or shorter, while this waits: it is asked again every second.
    func silence(of limit: @Sendable () -> Duration) async throws {
        while true {
            let deadline = (state.withLock { $0.waitingSince } ?? time.now) + limit()
            if deadline <= time.now { return }
            try await time.sleep(until: min(deadline, time.now + .seconds(1)))
        }
    }
}
