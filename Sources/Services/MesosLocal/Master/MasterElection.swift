import Mesos
import Synchronization

/// Whether a master leads, as far as it knows.
public enum MasterStanding: Sendable, Hashable {
    case leads
    case follows(MesosEndpoint)
    /// Nobody is known to lead.
    case unknown
}

/// How one of several masters learns whether it leads.
public protocol MasterElection: Sendable {
    /// Stands until the task is cancelled, and tells who leads, at each change.
    ///
    /// - Parameter description: the master's MasterInfo as JSON, which the others and the agents read.
    /// - Throws: what makes it impossible to go on.
    func stand(_ description: [UInt8], tell: @escaping @Sendable (MasterStanding) -> Void) async throws
}

/// The present standing, for the threads that serve.
final class StandingNow: Sendable {
    private let standing: Mutex<MasterStanding>
    init(_ standing: MasterStanding) { self.standing = Mutex(standing) }

    var now: MasterStanding { standing.withLock { $0 } }

    /// Gives what it was.
    func become(_ new: MasterStanding) -> MasterStanding {
        standing.withLock { standing in
            defer { standing = new }
            return standing
        }
    }
}
