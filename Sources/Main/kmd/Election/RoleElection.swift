import ActorKit
import Core
import HTTPKit
import KubeClient
import LeaderElector
import Logging
import MesosLocal
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How a role is elected: what the election is, what guards its writes, and what its pages say.
final class RoleElection: Sendable {
    private struct Shown { var words = "standby"; var lastChange = SystemTime().wallClock }

    /// `scheduler`, `controller-manager`.
    let component: String
    let identity: String
    let fence = LeadershipFence()
    let election: any Election
    private let zookeeper: ZooKeeperElection?
    private let ensemble: ElectionEnsemble?
    /// The session of the campaign, to look at the others through it.
    private let session = SessionInUse()
    private let url: String
    private let board: ElectionBoard?
    private let guardian: SessionGuardian?
    private let lease: LeaseAdapter
    private let log: Logger
    private let stopLimit: Duration
    private let shown = Mutex(Shown())

    /// - Parameters:
    ///   - ensemble: `nil`: the only one of its kind in its cluster.
    ///   - identity: standalone: the same over restarts. With an ensemble each process has one of its own: host, process and chance.
    ///   - url: where this process' pages are.
    init(_ component: String, ensemble: ElectionEnsemble?, identity: String, url: String, kube: KubeClient, log: Logger) {
        (self.component, self.log, self.ensemble, self.url) = (component, log, ensemble, url)
        let lease = LeaseAdapter(kube: kube, name: "kmd-\(component)", countsTerms: ensemble == nil)
        self.lease = lease
        guard let ensemble else {
            (self.identity, zookeeper, guardian, board, stopLimit) = (identity, nil, nil, nil, .seconds(30))
            election = StandaloneElection(identity: identity, store: lease, fence: fence)
            return
        }
        let host = MachineResources.hostname().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "-" }.joined()
        let own = "\(host)-\(getpid())-\(SystemRandom().uuid().prefix(8))"
        self.identity = own
        let guardian = SessionGuardian()
        let paths = ElectionPaths(ensemble, component: component)
        let board = ElectionBoard(session: session, paths: paths, identity: own, url: url, fence: fence)
        let sessions = ZooKeeperElectionSessions(
            ensemble: ensemble, paths: paths, candidate: { board.record },
            lease: { await RoleElection.known(lease) },
            sessionBegan: { identity in
                if let identity { guardian.guardSession(GuardedSession(ensemble, identity)) } else { guardian.release() }
            },
            inUse: { [session] now in session.set(now) }, named: { [session] own in session.set(own: own) })
        let election = ZooKeeperElection(identity: own, sessions: sessions, fence: fence) { words in log.notice("\(words)") }
        board.whenResigning { why in election.resign(because: why) }
        (self.election, zookeeper, self.guardian, self.board, stopLimit) = (election, election, guardian, board, ensemble.timeout)
    }

    /// What the Lease remembers, if the API server answers soon: terms go on above it when the ensemble has lost its data, or was not used before.
    private static func known(_ lease: LeaseAdapter) async -> LeaseRecord? {
        await withTaskGroup(of: LeaseRecord?.self) { group in
            group.addTask { if case .success(let record) = await lease.read() { record } else { nil } }
            group.addTask {
                try? await SystemTime().sleep(for: .seconds(1))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// The client for all that `term`'s components write: nothing is sent once the term is over.
    func guarded(_ kube: KubeClient, _ term: Term) -> KubeClient { kube.permitted { [fence] in fence.allows(term) } }

    /// Runs what only the leader runs.
    func coordinator(_ components: @escaping @Sendable (Term) async -> [any Component]) -> LeaderCoordinator {
        LeaderCoordinator(
            election: election, stopLimit: stopLimit, told: { [self] event in note(event) }, stuck: { [component] name in RoleElection.end(component, name) },
            components: { [self] term in (zookeeper == nil ? [] : [keeper(term)]) + (await components(term)) })
    }

    /// What lets another one lead when this one cannot do its work; runs in every replica. `nil`: there is no other, or that is not wanted.
    func reach(_ needs: [LeaderNeed]) -> LeaderReach? {
        guard let board, let ensemble, ensemble.reach > .zero else { return nil }
        return LeaderReach(needs: needs, patience: ensemble.reach, board: board)
    }

    private func keeper(_ term: Term) -> LeaseKeeper {
        let guarded = LeaseAdapter(kube: guarded(lease.kube, term), name: lease.name)
        return LeaseKeeper(identity: identity, term: term, store: guarded) { [zookeeper] higher in zookeeper?.outranked(by: higher) }
    }

    /// Lets another one lead. `false`: there is no other, or this one does not lead.
    func resign(because why: String) -> Bool {
        guard let zookeeper, fence.term != nil else { return false }
        zookeeper.resign(because: why)
        return true
    }

    /// After the campaign: nothing is left to guard.
    func end() { guardian?.end() }

    /// Whether leadership can pass to another process at all.
    var isContested: Bool { zookeeper != nil }

    private func note(_ event: ElectionEvent) {
        log.notice("election", metadata: ["event": "\(event)"])
        shown.withLock { shown in
            shown.lastChange = SystemTime().wallClock
            switch event {
            case .elected(let term): shown.words = "leading, term \(term)"
            case .deposed(let why): shown.words = "standby: \(why)"
            }
        }
    }

    /// Another process may lead soon, and this one cannot stop what it runs: it must end.
    private static func end(_ component: String, _ name: String) {
        Console.say("\(component): '\(name)' does not stop although its term is over; ending the process")
        _exit(ExitReason.wouldNotStop.rawValue)
    }

    /// The election as this process sees it: through its own session, or by the Lease where there is no ensemble.
    func sight() async -> ElectionSight {
        var sight = ElectionSight(identity: identity, leads: fence.term != nil)
        if let ensemble { await sight.look(through: session.now, ElectionPaths(ensemble, component: component)) } else { await sight.look(lease, url: url) }
        return sight
    }

    /// For people: `leading, term 3`.
    var standing: String { shown.withLock { $0.words } }

    /// For `/leader`: who this is, whether it leads, its term.
    var page: String {
        let shown = shown.withLock { $0 }
        let term = fence.term.map { "\($0)" } ?? "-"
        let lacks = board?.lacks ?? ""
        return "\(shown.words)\nidentity: \(identity)\nterm: \(term)\nsince: \(shown.lastChange.rfc3339)\n" + (lacks.isEmpty ? "" : "lacks: \(lacks)\n")
    }
}
