import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The connection pool behind the copies of one `KubeClient`.
final class Transport: Sendable {
    private let client: HTTPClient
    private let isShutDown = Mutex(false)

    init(connect: Duration) {
        var configuration = HTTPClient.Configuration()
        configuration.proxy = nil
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .nanoseconds(connect.wholeNanoseconds)
        configuration.timeout.read = nil
        // A refused connection is an answer: the caller decides when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Watches hold a connection each.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        configuration.connectionPool.idleTimeout = .seconds(30)
        // A watch never sends: if its server's host lost its power and is back, nothing else would tell that the connection is none any more.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            let options: [(ChannelOptions.Types.SocketOption, SocketOptionValue)] = [
                (ChannelOptions.socketOption(.so_keepalive), 1), (ChannelOptions.tcpOption(.init(rawValue: TCP_KEEPIDLE)), 10),
                (ChannelOptions.tcpOption(.init(rawValue: TCP_KEEPINTVL)), 5), (ChannelOptions.tcpOption(.init(rawValue: TCP_KEEPCNT)), 3),
            ]
            return .andAllSucceed(options.map { channel.setOption($0.0, value: $0.1) }, on: channel.eventLoop)
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        if !isShutDown.withLock({ $0 }) { client.shutdown { _ in } }
    }

    func shutdown() async {
        let first = isShutDown.withLock { done in
            defer { done = true }
            return !done
        }
        if first { try? await client.shutdown() }
    }

    /// Sends the request and waits up to `deadline` for the head of the answer.
    func execute(_ request: HTTPClientRequest, deadline: Duration) async throws(KubeClientError) -> HTTPClientResponse {
        do { return try await client.execute(request, timeout: .nanoseconds(deadline.wholeNanoseconds)) } catch {
            throw Transport.explain(error)
        }
    }

    /// Reads a whole body of at most `limit` bytes.
    func collect(_ body: HTTPClientResponse.Body, limit: Int) async throws(KubeClientError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else {
                    throw KubeClientError(kind: .malformed, message: "the answer is larger than \(limit) bytes")
                }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch { throw Transport.explain(error) }
        return bytes
    }

    static func explain(_ error: any Error) -> KubeClientError {
        switch error {
        case let error as KubeClientError: return error
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return KubeClientError(kind: .unreachable, message: "\(error)", mayHaveArrived: false)
        case is CancellationError: return KubeClientError(kind: .cancelled, message: "cancelled")
        case let error as HTTPClientError where error == .connectTimeout:
            return KubeClientError(kind: .timedOut, message: "\(error.shortDescription)", mayHaveArrived: false)
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return KubeClientError(kind: .timedOut, message: "\(error.shortDescription)")
        case let error as HTTPClientError where error == .cancelled:
            return KubeClientError(kind: .cancelled, message: "cancelled")
        case let error as NIOConnectionError:
            let reason = error.connectionErrors.first.map { "\($0.error)" } ?? "no address"
            return KubeClientError(kind: .unreachable, message: "\(error.host):\(error.port): \(reason)", mayHaveArrived: false)
        default: return KubeClientError(kind: .unreachable, message: "\(error)")
        }
    }
}

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1_000_000_000).overflow
            ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
