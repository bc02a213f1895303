import GRPCCore
import Store

/// What a failed call means for the next step. etcd's errors are known by their words
/// (https://github.com/etcd-io/etcd/blob/release-3.4/etcdserver/api/v3rpc/rpctypes/error.go); their gRPC codes are too few.
enum EtcdFault: Sendable, Hashable {
    /// Nothing came of it and nothing will, whoever is asked.
    case final(StoreError)
    /// Nothing came of it: another member, or the same a little later, may do it.
    case elsewhere(String)
    /// The token has gone: nothing came of it, and a new token helps.
    case loginNeeded(String)
    /// It was on its way, and nobody said how it ended.
    case unknown(String)
    /// What is asked about has been forgotten, or is still to come.
    case compacted, future
    /// The caller's own task was cancelled.
    case cancelled

    /// - Parameter wasSent: whether the request may have left this process.
    init(_ error: any Error, wasSent: Bool) {
        if error is CancellationError {
            self = wasSent ? .unknown("the caller gave up") : .cancelled
            return
        }
        guard let status = error as? RPCError else {
            let words = "\(error)"
            self = wasSent ? .unknown(words) : .elsewhere(words)
            return
        }
        self = EtcdFault.known(status) ?? (wasSent ? .unknown(status.words) : .elsewhere(status.words))
    }

    /// What etcd says in words that leave no doubt.
    private static func known(_ status: RPCError) -> EtcdFault? {
        func says(_ words: String...) -> Bool { words.contains { status.message.contains($0) } }
        if says("required revision has been compacted") { return .compacted }
        if says("required revision is a future revision") { return .future }
        if says("invalid auth token", "revision of auth store is old") { return .loginNeeded(status.message) }
        if says("user name is empty") {
            return .final(.denied("etcd asks who we are (\(status.message)): give --etcd-username and --etcd-password-file, or a client certificate"))
        }
        if says("permission denied") {
            return .final(.denied("etcd's user may not do this (\(status.message)): grant its role readwrite on our keys (etcdctl role grant-permission --prefix)"))
        }
        if says("authentication failed") { return .final(.denied("etcd does not know this user and password: \(status.message)")) }
        if says("request is too large", "too many operations in txn request", "duplicate key given in txn", "received message larger than max") {
            return .final(.invalid(status.message))
        }
        if says("database space exceeded") {
            return .final(.unavailable("etcd's space is used up: compact and defragment it, then etcdctl alarm disarm (\(status.message))"))
        }
        // Refused before it was proposed, or dropped by a member that has no leader to hand it to.
        if says("no leader", "raft proposal dropped", "too many requests", "not capable", "not supported for learner", "unhealthy cluster") {
            return .elsewhere(status.message)
        }
        return nil
    }
}

extension RPCError {
    fileprivate var words: String { message.isEmpty ? "\(code)" : "\(code): \(message)" }
}
