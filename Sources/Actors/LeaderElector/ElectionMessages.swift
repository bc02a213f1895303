import Core

/// What a candidate asks of ZooKeeper. Names are those of children of the election's node.
public enum ElectionRequest: Sendable, Hashable {
    /// Makes the election's nodes and the counter of terms where they are missing.
    case prepare
    /// Makes the candidate's own ephemeral, sequential node; `guid` in its name finds it again when the answer is lost.
    case enroll(guid: String)
    /// The candidates, with everything that was committed before: a read that no server answers from its past.
    case find
    /// The candidates, as the server at hand knows them.
    case look
    /// Whether `name` exists, and to be told when it goes.
    case watch(String)
    /// The counter of terms, and the highest term that anyone else is known to have had.
    case readTerm
    /// Sets the counter, if it has this version and `own` exists: both, or neither.
    case raiseTerm(own: String, to: UInt64, version: Int32)
    /// Whether `own` exists and the counter has this version: answered by the majority, not by one server from its memory.
    case confirm(own: String, version: Int32)
    /// Removes the candidate's own node.
    case withdraw(String)
}

/// What it is told.
public enum ElectionAnswer: Sendable, Hashable {
    case prepared
    case enrolled(String)
    case candidates([String])
    case watching(exists: Bool)
    case term(UInt64, version: Int32)
    /// With the counter's new version.
    case raised(version: Int32)
    case confirmed
    case withdrawn
    case failed(ElectionFailure)
}

/// Why a request was not done, or is not known to be.
public enum ElectionFailure: Sendable, Hashable {
    /// It may have been done. Whether the session is over is not known either.
    case connectionLost
    /// The candidate's own node does not exist any more.
    case ownNodeGone
    /// The counter has another version.
    case termChanged
    /// Tried again after a while; for the log.
    case other(String)
}

/// How a session fares.
public enum ElectionSessionNews: Sendable, Hashable {
    /// - Parameter timeout: after which the servers end a session that they do not hear of.
    case connected(timeout: Duration)
    case disconnected
    /// It is over, with its nodes, and why.
    case ended(String)
    /// Somebody asked this candidate to give up its leadership, and who.
    case resignationAsked(String)
}

/// One session with ZooKeeper, as the election needs it.
public protocol ElectionSession: Sendable {
    /// Never blocks a thread; ends with `connectionLost` when the session is over.
    func perform(_ request: ElectionRequest) async -> ElectionAnswer
    /// Tells whether a candidate's node exists: now, and after each change. Returns when it is gone, when the session is over, or when its task is
    /// cancelled.
    func watch(_ name: String, _ told: @escaping @Sendable (Bool) -> Void) async
    /// Ends the session with its nodes.
    func close() async
}

/// Where sessions come from.
public protocol ElectionSessions: Sendable {
    /// Begins a session without waiting for a server.
    ///
    /// - Parameter news: called in order, from any thread; must not block.
    /// - Returns: `nil` when it could not even begin; the reason was told as `ended`.
    func open(_ news: @escaping @Sendable (ElectionSessionNews) -> Void) async -> (any ElectionSession)?
}
