/// The values that a node's data, existence or children take, one after the other.
///
/// ZooKeeper's watches fire once and do not say what the new value is. Here each value is read together with the next watch, by one request, and
/// the listener is in place before it is sent: between two values nothing is missed but values that were replaced in between. Nothing is
/// buffered beyond one "it changed"; a value is read when it is asked for. Lost connections are waited out, since the library sets its
/// watches again on the next server, which fires those that were missed. Ends with an error when the session ends, without one when the task is
/// cancelled.
public struct NodeWatch<Value: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Value
    public typealias Failure = ZooKeeperError

    let session: ZooKeeperSession
    let change: SessionCore.NodeChange
    let read: @Sendable (ZooKeeperSession) async throws(ZooKeeperError) -> Value

    public func makeAsyncIterator() -> Iterator { Iterator(watch: self, signals: session.core.signals(of: change).makeAsyncIterator()) }

    /// Until there is a server again, and at least a little.
    func pause() async throws(ZooKeeperError) {
        try? await ContinuousClock().sleep(for: .milliseconds(50))
        for await state in session.states() {
            if state.isConnected { return }
            if state.isFinal { throw session.endError("watch", change.path) }
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        let watch: NodeWatch
        var signals: AsyncStream<Void>.Iterator
        var isFirst = true

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ZooKeeperError) -> Value? {
            if !isFirst, await signals.next(isolation: actor) == nil {
                if Task.isCancelled { return nil }
                throw watch.session.endError("watch", watch.change.path)
            }
            isFirst = false
            while !Task.isCancelled {
                do throws(ZooKeeperError) { return try await watch.read(watch.session) } catch {
                    guard error.isRetriable else { throw error }
                    try await watch.pause()
                }
            }
            return nil
        }

        public mutating func next() async throws(ZooKeeperError) -> Value? { try await next(isolation: nil) }
    }
}

extension ZooKeeperSession {
    /// A node's data, as long as there is one; `nil`: there is none now.
    public func watchData(_ path: String) -> NodeWatch<NodeData?> {
        NodeWatch(session: self, change: SessionCore.NodeChange(path: path, kind: .node)) { session async throws(ZooKeeperError) in
            // A get of a missing node leaves no watch behind, an exists does. It may have come in between.
            while true {
                do throws(ZooKeeperError) { return try await session.get(path, watch: true) } catch {
                    guard error.code == .noNode else { throw error }
                    guard try await session.exists(path, watch: true) != nil else { return nil }
                }
            }
        }
    }

    /// Whether a node exists; `nil`: it does not. Tells of changed data too.
    public func watchExists(_ path: String) -> NodeWatch<NodeStat?> {
        NodeWatch(session: self, change: SessionCore.NodeChange(path: path, kind: .node)) { session async throws(ZooKeeperError) in
            try await session.exists(path, watch: true)
        }
    }

    /// The names of a node's children, in no order. The node must exist; ends with `noNode` when it goes.
    public func watchChildren(_ path: String) -> NodeWatch<[String]> {
        NodeWatch(session: self, change: SessionCore.NodeChange(path: path, kind: .children)) { session async throws(ZooKeeperError) in
            try await session.children(path, watch: true).names
        }
    }

    /// Why nothing comes any more.
    func endError(_ operation: String, _ path: String) -> ZooKeeperError {
        let code: ZooKeeperError.Code = switch state {
        case .expired: .sessionExpired
        case .authenticationFailed: .authenticationFailed
        case .closed, .connecting, .connected: .closed
        }
        return ZooKeeperError(code, operation: operation, path: path)
    }
}
