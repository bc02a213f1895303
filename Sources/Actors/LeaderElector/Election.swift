import Core

/// What an election tells its candidate.
public enum ElectionEvent: Sendable, Hashable {
    /// This process leads. The term is higher than that of any leader before.
    case elected(Term)
    /// It does not lead any more, and why. What was started for the term has to stop at once.
    case deposed(String)
}

/// How one of several processes becomes the leader. Standalone by a Lease, several by ZooKeeper.
public protocol Election: Sendable {
    /// Campaigns until the task is cancelled. Events come in order; the next one only after `handle` has returned.
    func campaign(_ handle: @escaping @Sendable (ElectionEvent) async -> Void) async
}

/// A Lease object of the API (`coordination.k8s.io/v1`).
public struct LeaseRecord: Sendable, Hashable {
    public var holder: String
    /// How often the lease changed hands or was taken anew: the source of the term.
    public var transitions: UInt64
    public var acquired: Timestamp
    public var renewed: Timestamp
    public var duration: Duration
    /// Of the object that this was read from; empty: there was none.
    public var resourceVersion: String
    public init(holder: String, transitions: UInt64, acquired: Timestamp, renewed: Timestamp, duration: Duration, resourceVersion: String = "") {
        (self.holder, self.transitions, self.acquired) = (holder, transitions, acquired)
        (self.renewed, self.duration, self.resourceVersion) = (renewed, duration, resourceVersion)
    }
}

/// How writing a lease ended.
public enum LeaseAnswer: Sendable, Hashable {
    case stored(LeaseRecord)
    /// It changed meanwhile: read it again.
    case conflict
    /// A leader of this higher term has written, whatever the lease says.
    case fenced(by: Term)
    /// It may or may not have been stored: read it again.
    case failed(String)
}

/// What the elector needs of the API server.
public protocol LeaseStore: Sendable {
    /// `nil` inside: there is no lease yet.
    func read() async -> Result<LeaseRecord?, LeaseError>
    /// Stores it if it is as `record.resourceVersion` says.
    func write(_ record: LeaseRecord) async -> LeaseAnswer
}

public struct LeaseError: Error, Sendable, Hashable {
    public let message: String
    public init(_ message: String) { self.message = message }
}
