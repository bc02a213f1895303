internal import CZooKeeper
import Dispatch
import Logging
import Synchronization

/// Which session: what another process needs to take it over. The password is a secret.
public struct SessionIdentity: Sendable, Hashable, CustomStringConvertible {
    public let id: Int64
    /// 16 bytes.
    public let password: [UInt8]
    public init(id: Int64, password: [UInt8]) { (self.id, self.password) = (id, password) }
    /// The id as the servers' logs write it, without the password.
    public var description: String { "0x\(String(UInt64(bitPattern: id), radix: 16))" }
}

/// Where a session stands. Disconnected is not expired: only the servers say that a session is over.
public enum SessionState: Sendable, Hashable {
    /// No server serves it just now; the library tries one after the other.
    case connecting
    /// - Parameter timeout: what was agreed with the servers, which bound what was asked for.
    case connected(SessionIdentity, timeout: Duration)
    /// The servers ended it, with its ephemeral nodes.
    case expired
    case authenticationFailed
    /// `close` was called.
    case closed

    public var isConnected: Bool { if case .connected = self { true } else { false } }
    /// No other state follows.
    public var isFinal: Bool { [.expired, .authenticationFailed, .closed].contains(self) }
}

/// How a session is set up.
public struct SessionConfiguration: Sendable {
    /// The path of the address becomes the root of all paths of the session (chroot); it must exist, or be created by `createRoot`.
    public var address: ZooKeeperAddress
    /// What is asked for; the servers bound it, by default to 2 to 20 of their ticks (4 to 40 s).
    public var timeout: Duration = .seconds(10)
    /// A session to go on with, of this or another process.
    public var identity: SessionIdentity?
    public var tls: TLS?

    /// PEM files, for a library that has TLS.
    public struct TLS: Sendable, Hashable {
        public var authority: String, certificate: String, key: String
        /// Of the key; empty: none.
        public var keyPassword: String
        public init(authority: String, certificate: String, key: String, keyPassword: String = "") {
            (self.authority, self.certificate, self.key, self.keyPassword) = (authority, certificate, key, keyPassword)
        }
    }

    public init(address: ZooKeeperAddress) { self.address = address }
}

/// One session with a ZooKeeper ensemble, over the C library and its two threads.
///
/// A session that is over stays so: whoever goes on opens a new one. Calls end with an answer, with `connectionLost` at the latest when a
/// connection attempt has failed, or with the session; they are not cancelled with their task. `close` must be called in the end, also after
/// the session has expired: it ends the threads.
public final class ZooKeeperSession: Sendable {
    let core = SessionCore()
    /// The address of the library's handle; `nil` before it was opened and after `close`. Calls hold the lock only while the library copies
    /// their arguments into its queue.
    private let handle = Mutex<Int?>(nil)

    /// Whether this build of the library can do TLS.
    public static var hasTLS: Bool { kmd_zookeeper_has_tls() != 0 }

    /// Begins to connect, and returns without waiting for a server. Names are looked up on a thread of their own.
    ///
    /// - Throws: when no name can be resolved, when the system has no room for threads, or TLS is asked for and not there.
    public static func open(_ configuration: SessionConfiguration) async throws(ZooKeeperError) -> ZooKeeperSession {
        let session = ZooKeeperSession()
        let result: Result<Void, ZooKeeperError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: session.begin(configuration)) }
        }
        try result.get()
        return session
    }

    private init() {}

    private func begin(_ configuration: SessionConfiguration) -> Result<Void, ZooKeeperError> {
        LibraryLog.begin()
        let (ensemble, timeout) = (configuration.address, configuration.timeout)
        let hosts = ensemble.connectString + (ensemble.path == "/" ? "" : ensemble.path)
        let milliseconds = Int32(clamping: timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000)
        let context = Unmanaged.passRetained(core)
        let opened: OpaquePointer? = withIdentity(configuration.identity) { identity in
            guard let tls = configuration.tls else {
                return zookeeper_init2(
                    hosts, SessionCore.watcher, milliseconds, identity, context.toOpaque(), ZOO_NO_LOG_CLIENTENV, LibraryLog.callback)
            }
            let files = [tls.authority, tls.certificate, tls.key, tls.keyPassword].joined(separator: ",")
            return kmd_zookeeper_init_tls(hosts, files, SessionCore.watcher, milliseconds, identity, context.toOpaque(), ZOO_NO_LOG_CLIENTENV)
        }
        guard let opened else {
            context.release()
            return .failure(ZooKeeperError(Self.refusal(configuration), operation: "connect", path: ensemble.description))
        }
        // Before any request: the library sends it at each connection. A refusal is a state of the session.
        if let digest = ensemble.digest { _ = zoo_add_auth(opened, "digest", digest, Int32(digest.utf8.count), nil, nil) }
        let address = Int(bitPattern: opened)
        handle.withLock { $0 = address }
        return .success(())
    }

    private static func refusal(_ configuration: SessionConfiguration) -> ZooKeeperError.Code {
        if configuration.tls != nil, !hasTLS { return .unsupported("this build of the ZooKeeper library has no TLS") }
        return .badArguments("none of these servers can be looked up: \(configuration.address.connectString)")
    }

    private func withIdentity<Result>(_ identity: SessionIdentity?, _ body: (UnsafePointer<clientid_t>?) -> Result) -> Result {
        guard let identity else { return body(nil) }
        var id = clientid_t()
        id.client_id = identity.id
        withUnsafeMutableBytes(of: &id.passwd) { $0.copyBytes(from: identity.password.prefix(16)) }
        return body(&id)
    }

    /// The present state.
    public var state: SessionState { core.state }

    /// The states, beginning with the present one; ends after the last. At most 16 wait for a slow reader, the newest.
    public func states() -> AsyncStream<SessionState> { core.states() }

    /// Returns when a server serves the session.
    ///
    /// - Throws: `connectionLost` after `limit`, or what ended the session.
    public func connected(within limit: Duration) async throws(ZooKeeperError) {
        let states = core.states()
        let reached = await withTaskGroup(of: SessionState?.self) { group in
            group.addTask {
                for await state in states where state.isConnected || state.isFinal { return state }
                return nil
            }
            group.addTask {
                try? await ContinuousClock().sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        switch reached {
        case .connected: return
        case .expired: throw ZooKeeperError(.sessionExpired, operation: "connect")
        case .authenticationFailed: throw ZooKeeperError(.authenticationFailed, operation: "connect")
        case .closed: throw ZooKeeperError(.closed, operation: "connect")
        case .connecting, nil: throw ZooKeeperError(.connectionLost, operation: "connect")
        }
    }

    /// Ends the session, with its ephemeral nodes, and the library's threads. Calls under way end with `closed`. May take some seconds when
    /// a server does not answer; without a connection the servers end the session after its timeout.
    public func close() async {
        guard let address = handle.withLock({ $0.take() }) else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                // Joins the library's threads: after it nothing calls back.
                _ = zookeeper_close(OpaquePointer(bitPattern: address))
                continuation.resume()
            }
        }
        core.become(.closed)
        core.calls.failAll(.closed)
        Unmanaged.passUnretained(core).release()
    }

    /// Sends one request and waits for its answer.
    func call(
        _ operation: String, _ path: String, isWrite: Bool = false, _ send: (OpaquePointer, UnsafeRawPointer) -> Int32
    ) async throws(ZooKeeperError) -> Reply {
        if let problem = ZooKeeperPath.problem(with: path) {
            throw ZooKeeperError(.badArguments("the path \(problem)"), operation: operation, path: path)
        }
        let answer = await withCheckedContinuation { continuation in
            let pending = core.calls.add(operation, path, isWrite: isWrite, continuation)
            let number = handle.withLock { handle in
                handle.flatMap { OpaquePointer(bitPattern: $0) }.map { send($0, pending.address) }
            }
            guard number != 0 else { return }
            // Not sent. Of a refusal before anything was queued the library has kept no address; of any other it may have.
            let code: ZooKeeperError.Code = number.map { ZooKeeperError.Code(library: $0) } ?? .closed
            pending.fail(code)
            if number.map({ [ZBADARGUMENTS.rawValue, ZINVALIDSTATE.rawValue].contains($0) }) ?? true { core.calls.forget(pending.id) }
        }
        return try answer.get()
    }
}

/// The library's own log, which is one for the process.
enum LibraryLog {
    static let log = Logger(label: "zookeeper")
    /// What it says at its level "warning" is mostly that a server cannot be reached, over and over: for us that is detail.
    static let callback: log_callback_fn = { message in
        guard let message else { return }
        LibraryLog.log.debug("\(String(cString: message))")
    }
    private static let once: Void = zoo_set_debug_level(LibraryLog.log.logLevel <= .debug ? ZOO_LOG_LEVEL_INFO : ZOO_LOG_LEVEL_ERROR)
    static func begin() { _ = once }
}
