import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
import NIOSSL
import SwiftProtobuf

/// The HTTP that Mesos' clients have in common: protobuf bodies, no automatic redirects, answers of bounded size in bounded time.
struct MesosHTTP: Sendable {
    static let protobufType = "application/x-protobuf"
    static let streamIDHeader = "Mesos-Stream-Id"
    /// The longest answer that is read, in bytes: lists of agents are the long ones, of a thousand bytes or two each.
    static let answerLimit = 64 * 1024 * 1024
    /// The longest error text that is read, in bytes.
    static let errorLimit = 64 * 1024

    struct Answer: Sendable {
        var status: Int
        var location: String?
        var body: ByteBuffer
        var text: String { String(buffer: body) }
    }

    private let access: MesosAccess
    private let time: any TimeSource

    init(access: MesosAccess = .anonymous, time: any TimeSource = SystemTime()) { (self.access, self.time) = (access, time) }

    /// Sends a request and reads its answer to the end, both within `timeout`.
    func call(_ url: String, body: [UInt8], streamID: String? = nil, timeout: Duration) async throws(MesosCallError) -> Answer {
        let deadline = time.now + timeout
        do {
            let response = try await send(url, body: body, streamID: streamID, timeout: timeout)
            let answer = Answer(status: Int(response.status.code), location: response.headers.first(name: "Location"), body: ByteBuffer())
            // So are nearly all calls of a scheduler answered. The end is there with the head; reading it gives the connection back.
            if response.headers.first(name: "Content-Length") == "0" {
                _ = try await response.body.collect(upTo: 0)
                return answer
            }
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask {
                    var answer = answer
                    answer.body = try await response.body.collect(upTo: MesosHTTP.answerLimit)
                    return answer
                }
                group.addTask { [time] in
                    try await time.sleep(until: deadline)
                    throw MesosCallError.unreachable("no answer within \(timeout)")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else { throw CancellationError() }
                return answer
            }
        } catch let error as MesosCallError {
            throw error
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
        if let credential = access.credential { request.headers.add(name: "Authorization", value: credential.header) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await HTTPClients.client(trusting: access.trustedCertificates).execute(request, timeout: .nanoseconds(Int64(timeout.inSeconds * 1e9)))
    }
}

/// The process's HTTP clients: one, and one for each set of certificates that is trusted. They are never shut down; their connections close
/// when they are idle, streams when their task ends.
private enum HTTPClients {
    private static let plain = make(tls: nil)
    private static let trusting = MutexBox<[[UInt8]: HTTPClient]>([:])

    static func client(trusting certificates: [UInt8]?) throws -> HTTPClient {
        guard let certificates else { return plain }
        if let known = trusting.withLock({ $0[certificates] }) { return known }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(certificates))
        return trusting.withLock { clients in
            let client = clients[certificates] ?? make(tls: tls)
            clients[certificates] = client
            return client
        }
    }

    private static func make(tls: TLSConfiguration?) -> HTTPClient {
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5), read: nil)
        configuration.connectionPool = .init(idleTimeout: .seconds(5), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
