internal import CZooKeeper
import Logging
import Synchronization

/// What the library's threads and ours share about one session: its state, who listens to it, and who waits for changes of which node.
///
/// The library holds one reference, from `zookeeper_init` until `zookeeper_close` has returned.
final class SessionCore: Sendable {
    private struct Contents {
        var state = SessionState.connecting
        var nextListener = 0
        var listeners: [Int: AsyncStream<SessionState>.Continuation] = [:]
        /// By path and kind; each signal says: it changed, look again.
        var watchers: [NodeChange: [Int: AsyncStream<Void>.Continuation]] = [:]
    }
    private let contents = Mutex(Contents())
    let calls = PendingCalls()

    /// Where to hear of changes: of the node's data, existence and children.
    struct NodeChange: Hashable {
        enum Kind { case node, children }
        let path: String
        let kind: Kind
    }

    var state: SessionState { contents.withLock { $0.state } }

    /// The states from now on, beginning with the present one; ends after the last.
    func states() -> AsyncStream<SessionState> {
        let (stream, continuation) = AsyncStream.makeStream(of: SessionState.self, bufferingPolicy: .bufferingNewest(16))
        contents.withLock { contents in
            continuation.yield(contents.state)
            if contents.state.isFinal { return continuation.finish() }
            contents.nextListener += 1
            let id = contents.nextListener
            contents.listeners[id] = continuation
            continuation.onTermination = { [weak self] _ in self?.remove(listener: id) }
        }
        return stream
    }

    private func remove(listener id: Int) { _ = contents.withLock { $0.listeners.removeValue(forKey: id) } }

    /// Signals for `change` from now on; at most one waits. Ends with the session.
    func signals(of change: NodeChange) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        contents.withLock { contents in
            if contents.state.isFinal { return continuation.finish() }
            contents.nextListener += 1
            let id = contents.nextListener
            contents.watchers[change, default: [:]][id] = continuation
            continuation.onTermination = { [weak self] _ in self?.remove(watcher: id, of: change) }
        }
        return stream
    }

    private func remove(watcher id: Int, of change: NodeChange) {
        contents.withLock { contents in
            contents.watchers[change]?.removeValue(forKey: id)
            if contents.watchers[change]?.isEmpty == true { contents.watchers.removeValue(forKey: change) }
        }
    }

    /// A final state ends all streams, and later states are not taken.
    func become(_ state: SessionState) {
        // Listeners are told outside the lock: finishing one calls `remove`.
        let (told, ended): ([AsyncStream<SessionState>.Continuation], [AsyncStream<Void>.Continuation]) = contents.withLock { contents in
            guard !contents.state.isFinal, contents.state != state else { return ([], []) }
            contents.state = state
            let listeners = contents.listeners.sorted { $0.key < $1.key }.map(\.value)
            guard state.isFinal else { return (listeners, []) }
            defer { (contents.listeners, contents.watchers) = ([:], [:]) }
            return (listeners, contents.watchers.values.flatMap(\.values))
        }
        for listener in told {
            listener.yield(state)
            if state.isFinal { listener.finish() }
        }
        for watcher in ended { watcher.finish() }
    }

    func changed(_ path: String, _ kinds: [NodeChange.Kind]) {
        let watchers = contents.withLock { contents in
            kinds.flatMap { contents.watchers[NodeChange(path: path, kind: $0)].map { Array($0.values) } ?? [] }
        }
        for watcher in watchers { watcher.yield() }
    }

    /// How many streams listen, for tests.
    var watcherCount: Int { contents.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }

    // MARK: On the library's completion thread

    /// The library's only watcher: session events, and the changes of every node that was read with a watch.
    static let watcher: watcher_fn = { handle, type, state, path, context in
        guard let context else { return }
        let core = Unmanaged<SessionCore>.fromOpaque(context).takeUnretainedValue()
        if type == ZOO_SESSION_EVENT {
            if let state = SessionCore.state(state, of: handle) { core.become(state) }
            return
        }
        guard let path = path.map({ String(cString: $0) }) else { return }
        if type == ZOO_CHILD_EVENT { core.changed(path, [.children]) } else if type == ZOO_DELETED_EVENT { core.changed(path, [.node, .children]) } else {
            // Created or changed; a created node has no children yet that anyone could have read.
            core.changed(path, [.node])
        }
    }

    private static func state(_ number: Int32, of handle: OpaquePointer?) -> SessionState? {
        if number == ZOO_CONNECTED_STATE {
            guard let handle, let id = zoo_client_id(handle)?.pointee else { return nil }
            let password = withUnsafeBytes(of: id.passwd) { [UInt8]($0) }
            return .connected(
                SessionIdentity(id: id.client_id, password: password), timeout: .milliseconds(Int64(zoo_recv_timeout(handle))))
        }
        if number == ZOO_EXPIRED_SESSION_STATE { return .expired }
        if number == ZOO_AUTH_FAILED_STATE { return .authenticationFailed }
        return .connecting
    }
}
