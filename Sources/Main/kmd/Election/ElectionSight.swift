import Core
import JSON
import LeaderElector
import Synchronization
import ZooKeeper

/// The session that a campaign uses now, and the candidate's own node in it.
final class SessionInUse: Sendable {
    private let contents = Mutex<(session: ZooKeeperSession?, own: String?)>((nil, nil))
    var now: ZooKeeperSession? { contents.withLock { $0.session } }
    var own: String? { contents.withLock { $0.own } }
    func set(_ session: ZooKeeperSession?) { contents.withLock { $0 = (session, nil) } }
    func set(own: String) { contents.withLock { $0.own = own } }
}

/// An election as one candidate sees it: who leads since when, who else is there, and how the last leader was followed.
struct ElectionSight: Sendable {
    struct Replica: Sendable, Equatable {
        enum Standing: String, Sendable { case leads, next, standby }
        let identity: String
        /// Where its pages are.
        let url: String
        let standing: Standing
        /// What it does not reach; empty: it reaches all that a leader needs.
        var lacks = ""
    }
    struct Session: Sendable, Equatable {
        let isConnected: Bool
        /// `0x…`; empty while no server serves it.
        var id = ""
        /// As agreed with the servers.
        var timeout: Duration?
    }

    /// Of the one who looks.
    let identity: String
    let leads: Bool
    var term: TermRecord?
    /// In the order in which they will lead; those whose session lives.
    var replicas: [Replica] = []
    /// `nil`: no ensemble elects, this process is the only one.
    var session: Session?
    /// What could not be learnt.
    var gap: String?

    init(identity: String, leads: Bool) { (self.identity, self.leads) = (identity, leads) }

    /// Who holds the present term and still is there; empty: nobody.
    var leader: String { replicas.first { $0.standing == .leads }?.identity ?? "" }

    mutating func look(through session: ZooKeeperSession?, _ paths: ElectionPaths) async {
        guard let session, case .connected(let id, let timeout) = session.state else {
            self.session = Session(isConnected: false)
            return gap = "the election: ZooKeeper does not serve this process just now"
        }
        self.session = Session(isConnected: true, id: "\(id)", timeout: timeout)
        do throws(ZooKeeperError) {
            if let view = try await ElectionView.read(session, paths) { take(view) } else { gap = "the election: none was ever held here" }
        } catch { gap = "the election: \(error)" }
    }

    mutating func take(_ view: ElectionView) {
        term = view.term
        replicas = view.queue.enumerated().map { place, candidate in
            let holds = place == 0 && candidate.record.identity == view.term.holder
            return Replica(
                identity: candidate.record.identity, url: candidate.record.url, standing: holds ? .leads : place == 0 ? .next : .standby,
                lacks: candidate.record.lacks)
        }
    }

    mutating func look(_ lease: LeaseAdapter, url: String) async {
        switch await lease.read() {
        case .success(let record?):
            term = TermRecord(term: record.transitions, holder: record.holder, since: record.acquired.rfc3339)
            // Others of its kind would stand by for the same lease, unseen.
            if leads { replicas = [Replica(identity: identity, url: url, standing: .leads)] } else {
                replicas = [Replica(identity: identity, url: url, standing: .standby)]
                if !record.holder.isEmpty, record.holder != identity { replicas.insert(Replica(identity: record.holder, url: "", standing: .leads), at: 0) }
            }
        case .success(nil): gap = "the election: nobody has led yet"
        case .failure(let error): gap = "the election: \(error.message)"
        }
    }
}
