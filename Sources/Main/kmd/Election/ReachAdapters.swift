import ActorKit
import Core
import KubeClient
import LeaderElector
import Mesos
import Synchronization
import ZooKeeper

/// What a replica lacks, as its own candidate's node shows it to the others, and what theirs show.
final class ElectionBoard: ReachBoard {
    private let session: SessionInUse
    private let paths: ElectionPaths
    private let identity: String
    private let url: String
    private let fence: LeadershipFence
    private struct Contents { var lacks = ""; var resign: @Sendable (String) -> Void = { _ in } }
    private let contents = Mutex(Contents())

    init(session: SessionInUse, paths: ElectionPaths, identity: String, url: String, fence: LeadershipFence) {
        (self.session, self.paths, self.identity, self.url, self.fence) = (session, paths, identity, url, fence)
    }

    /// What the candidate's node shall say: a new one says it from its beginning.
    var record: CandidateRecord { CandidateRecord(identity: identity, url: url, lacks: lacks) }
    var lacks: String { contents.withLock { $0.lacks } }
    /// The election that this is the board of; set once, before anything is looked at.
    func whenResigning(_ resign: @escaping @Sendable (String) -> Void) { contents.withLock { $0.resign = resign } }

    var leads: Bool { fence.term != nil }
    func resign(because why: String) { contents.withLock { $0.resign }(why) }

    func show(_ lacks: String) async -> Bool {
        contents.withLock { $0.lacks = lacks }
        guard let session = session.now, let own = self.session.own else { return false }
        do throws(ZooKeeperError) {
            try await session.set(paths.candidate(own), record.bytes)
            return true
        } catch { return false }
    }

    func able() async -> [String]? {
        guard let session = session.now, let view = (try? await ElectionView.read(session, paths)) ?? nil else { return nil }
        return view.queue.map(\.record).filter { $0.lacks.isEmpty && $0.identity != identity }.map(\.identity)
    }
}

extension LeaderNeed {
    /// Some API server serves, which it says only while its store answers.
    ///
    /// - Parameter kube: with short limits, so that each server can be asked within one look.
    static func store(_ kube: KubeClient) -> LeaderNeed {
        LeaderNeed("the store") {
            do throws(KubeClientError) {
                _ = try await kube.call(.HEAD, "/")
                return nil
            } catch { return "\(error)" }
        }
    }

    /// Mesos' leading master answers.
    static func mesos(_ masters: any MasterDetector, _ access: MesosAccess) -> LeaderNeed {
        LeaderNeed("Mesos") {
            do throws(MesosCallError) {
                _ = try await MesosOperatorClient(masters: masters, access: access, timeout: .seconds(2)).leader()
                return nil
            } catch { return "\(error)" }
        }
    }

    /// The limits of what asks for the store.
    static var limits: KubeClient.Limits {
        var limits = KubeClient.Limits()
        (limits.answer, limits.connect) = (.milliseconds(900), .milliseconds(900))
        return limits
    }
}

extension KubeClient.Limits {
    /// Of a component that leads: news from a server that is frozen, or cut off from its store, must not be waited for long.
    static var ofALeader: KubeClient.Limits {
        var limits = KubeClient.Limits()
        limits.silence = .seconds(2)
        return limits
    }
}
