import EtcdProto
import GRPCCore
import GRPCKit
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Logging
import Store
import SwiftProtobuf
import Synchronization

/// The members of the cluster, and calls to whichever of them answers.
///
/// One member is preferred until a call to it fails; then the next one is. A call that may have had an effect is never repeated: what was
/// written onto a connection and not answered is `.outcomeUnknown`.
final class EtcdConnections: Sendable {
    typealias Client = GRPCClient<HTTP2ClientTransport.Posix>
    struct Member: Sendable {
        let endpoint: EtcdEndpoint
        let client: Client
    }
    /// A call may be repeated (it only reads), or not.
    enum Kind: Sendable { case read, write }

    let members: [Member]
    private let options: EtcdStoreOptions
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var preferred: Int
        var token: String?
        /// Raised with each token: who fails with an old one takes the new one first.
        var logins = 0
    }

    /// - Parameter first: which member to begin with, counted round.
    init(_ options: EtcdStoreOptions, first: Int, logger: Logger) throws(StoreError) {
        guard !options.endpoints.isEmpty else { throw .invalid("no member of etcd is named") }
        (self.options, self.logger) = (options, logger)
        do { members = try options.endpoints.map { Member(endpoint: $0, client: Client(transport: try $0.transport(options.tls))) } } catch {
            throw .denied("cannot prepare connections to etcd (are the certificate files readable, and PEM?): \(error)")
        }
        state = Mutex(State(preferred: Int(first.magnitude % UInt(options.endpoints.count))))
    }

    /// Holds the connections until `shutdown`.
    func run() async {
        await withDiscardingTaskGroup { group in
            for member in members {
                group.addTask { [logger] in
                    do { try await member.client.runConnections() } catch { logger.error("the connection to \(member.endpoint) ended: \(error)") }
                }
            }
        }
    }

    func shutdown() { for member in members { member.client.beginGracefulShutdown() } }

    /// The member to talk to.
    var preferred: Int { state.withLock { $0.preferred } }

    /// Another one is preferred from now on, unless that happened already.
    func avoid(_ member: Int, because: String) {
        let next = state.withLock { state -> Int? in
            guard state.preferred == member, members.count > 1 else { return nil }
            state.preferred = (member + 1) % members.count
            return state.preferred
        }
        if let next { logger.notice("etcd: going on with \(members[next].endpoint), as \(members[member].endpoint) failed: \(because)") }
    }

    // MARK: Calls

    func call<In: SwiftProtobuf.Message, Out: SwiftProtobuf.Message>(
        _ method: MethodDescriptor, _ request: In, _ kind: Kind, answer: Out.Type = Out.self
    ) async throws -> Out {
        let end = ContinuousClock.now + options.patience
        var failures = 0
        var login: Int?
        while true {
            let member = preferred
            let (token, logins) = try await token()
            do throws(Attempt.Failure) {
                return try await Attempt(member: members[member], token: token, limit: limit(kind, until: end)).run(method, request)
            } catch {
                let fault = EtcdFault(error.cause, wasSent: error.wasSent && kind == .write)
                switch fault {
                case .final(let refusal): throw refusal
                case .compacted, .future, .cancelled: throw fault.asError
                case .unknown(let why):
                    avoid(member, because: why)
                    throw StoreError.outcomeUnknown("\(members[member].endpoint): \(why)")
                case .loginNeeded(let why):
                    guard login == nil, options.user != nil else { throw StoreError.denied("etcd refuses our token: \(why)") }
                    login = logins
                    forgetToken(of: logins)
                case .elsewhere(let why):
                    failures += 1
                    avoid(member, because: why)
                    // Once round at full speed, then a breath, since all of them failed.
                    let pause = failures % members.count == 0 ? Duration.milliseconds(min(500, 25 * failures)) : .zero
                    guard ContinuousClock.now + pause < end else {
                        throw StoreError.unavailable("no member of etcd answers (\(members[member].endpoint): \(why))")
                    }
                    try await Task.sleep(for: pause)
                }
            }
        }
    }

    private func limit(_ kind: Kind, until end: ContinuousClock.Instant) -> Duration {
        let left = ContinuousClock.now.duration(to: end)
        return kind == .write ? options.writeAttempt : max(.milliseconds(100), min(left, options.readAttempt))
    }

    // MARK: Login

    /// The token of the user that the options name; `nil` without one.
    func token() async throws -> (String?, logins: Int) {
        let (known, logins) = state.withLock { ($0.token, $0.logins) }
        guard known == nil, let user = options.user else { return (known.flatMap { $0.isEmpty ? nil : $0 }, logins) }
        var request = Etcdserverpb_AuthenticateRequest()
        (request.name, request.password) = (user.name, user.password)
        let token = try await authenticate(request)
        return state.withLock { state in
            (state.token, state.logins) = (token, state.logins + 1)
            return (token.isEmpty ? nil : token, state.logins)
        }
    }

    /// The token of that login is used no more.
    func forgetToken(of logins: Int) { state.withLock { if $0.logins == logins { $0.token = nil } } }

    private func authenticate(_ request: Etcdserverpb_AuthenticateRequest) async throws -> String {
        var last = ""
        for _ in members {
            let member = preferred
            do throws(Attempt.Failure) {
                let answer: Etcdserverpb_AuthenticateResponse = try await Attempt(member: members[member], token: nil, limit: options.readAttempt)
                    .run(Etcdserverpb_Auth.Method.Authenticate.descriptor, request)
                return answer.token
            } catch {
                if let status = error.cause as? RPCError, status.message.contains("authentication is not enabled") { return "" }
                let fault = EtcdFault(error.cause, wasSent: false)
                if case .final(let refusal) = fault { throw refusal }
                if fault == .cancelled { throw CancellationError() }
                last = "\(members[member].endpoint): \(error.cause)"
                avoid(member, because: "\(error.cause)")
            }
        }
        throw StoreError.unavailable("no member of etcd lets us log in (\(last))")
    }
}

/// One call to one member.
private struct Attempt {
    struct Failure: Error {
        let cause: any Error
        /// Whether the request may have left this process.
        let wasSent: Bool
    }

    let member: EtcdConnections.Member
    let token: String?
    let limit: Duration

    func run<In: SwiftProtobuf.Message, Out: SwiftProtobuf.Message>(
        _ method: MethodDescriptor, _ message: In
    ) async throws(Failure) -> Out {
        let sent = Flag()
        var options = CallOptions.defaults
        options.timeout = limit
        options.waitForReady = false
        options.maxResponseMessageBytes = 512 << 20
        // As a stream of one message, which is the same on the wire: so we see the moment before it is sent.
        let request = StreamingClientRequest<In>(metadata: Metadata(token: token)) { writer in
            sent.raise()
            try await writer.write(message)
        }
        do {
            return try await member.client.clientStreaming(
                request: request, descriptor: method, serializer: ProtobufSerializer<In>(), deserializer: ProtobufDeserializer<Out>(),
                options: options
            ) { response in try response.message }
        } catch {
            throw Failure(cause: Task.isCancelled ? CancellationError() : error, wasSent: sent.isRaised)
        }
    }
}

extension Metadata {
    /// etcd reads a call's token under this name.
    init(token: String?) {
        self.init()
        if let token { addString(token, forKey: "token") }
    }
}

extension EtcdFault {
    /// For those that `EtcdStore` explains, since it knows what was asked for.
    fileprivate var asError: any Error { self == .cancelled ? CancellationError() : HistoryFault(isCompacted: self == .compacted) }
}

/// A revision that etcd has forgotten, or has not reached.
struct HistoryFault: Error { let isCompacted: Bool }

extension EtcdEndpoint {
    fileprivate func transport(_ tls: EtcdStoreOptions.TLS) throws -> HTTP2ClientTransport.Posix {
        try .http2NIOPosix(
            target: target, transportSecurity: isSecure ? security(tls) : .plaintext,
            config: .defaults { config in
                config.backoff.initial = .milliseconds(50)
                config.backoff.max = .seconds(1)
                config.connection.maxIdleTime = nil
                // etcd closes connections that ask more often than every five seconds.
                config.connection.keepalive = .init(time: .seconds(10), timeout: .seconds(4), allowWithoutCalls: true)
                config.channelDebuggingCallbacks = .answeringPings
            })
    }

    private var target: any ResolvableTarget {
        if host.contains(":") { return .ipv6(address: host, port: port) }
        let isAddress = host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { UInt8($0) != nil }
        return isAddress ? .ipv4(address: host, port: port) : .dns(host: host, port: port)
    }

    private func security(_ tls: EtcdStoreOptions.TLS) -> HTTP2ClientTransport.Posix.TransportSecurity {
        .tls(
            .defaults { config in
                if let authorities = tls.authorities { config.trustRoots = .certificates([.file(path: authorities, format: .pem)]) }
                if let certificate = tls.certificate { config.certificateChain = [.file(path: certificate, format: .pem)] }
                if let key = tls.key { config.privateKey = .file(path: key, format: .pem) }
            })
    }
}
