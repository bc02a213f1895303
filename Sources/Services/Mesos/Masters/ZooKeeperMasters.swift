import Core
import Logging
import ZooKeeper

/// Finds the leading master in ZooKeeper, where masters are elected: `zk://host:port,…/mesos`.
///
/// `run` keeps a session, watches the masters' folder and reads the leader's node. What it saw last stays true until it sees another leader: a
/// lost connection or session, or an empty folder, is no reason to leave a master that answers.
public final class ZooKeeperMasters: MasterDetector {
    private let address: ZooKeeperAddress
    private let secure: Bool
    private let time: any TimeSource
    private let log: Logger
    private let leader = ChangingValue<MesosEndpoint?>(nil)

    /// - Parameters:
    ///   - address: with the masters' folder as its path.
    ///   - secure: masters speak TLS, which ZooKeeper does not tell.
    public init(_ address: ZooKeeperAddress, secure: Bool = false, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos-masters")) {
        (self.address, self.secure, self.time, self.log) = (address, secure, time, logger)
    }

    public var candidates: Int { 1 }
    public var description: String { address.description }

    public func master(after failed: MesosEndpoint?) async -> MasterSighting? {
        while !Task.isCancelled {
            let (endpoint, generation) = leader.current
            if let endpoint { return MasterSighting(endpoint: endpoint, generation: generation) }
            await leader.changed(after: generation)
        }
        return nil
    }

    public func changed(after generation: Int) async { await leader.changed(after: generation) }

    public func run() async {
        var wait = Duration.milliseconds(250)
        while !Task.isCancelled {
            do throws(ZooKeeperError) {
                let session = try await ZooKeeperSession.open(SessionConfiguration(address: address))
                let end = await follow(session) { wait = .milliseconds(250) }
                await session.close()
                if let end { throw end }
            } catch {
                log.info("masters cannot be looked up in ZooKeeper just now", metadata: ["address": "\(address)", "because": "\(error)"])
            }
            try? await time.sleep(for: wait)
            wait = min(wait * 2, .seconds(10))
        }
    }

    /// Follows the folder until the session ends (`nil`: until the task was cancelled).
    private func follow(_ session: ZooKeeperSession, seen: () -> Void) async -> ZooKeeperError? {
        do throws(ZooKeeperError) {
            // The address's path is the session's root.
            var folders = session.watchChildren("/").makeAsyncIterator()
            while let names = try await folders.next() {
                seen()
                guard let name = MasterContenders.leader(among: names) else { continue }
                do throws(ZooKeeperError) { note(try await session.get("/" + name).bytes, name) } catch {
                    // It has gone in between: the next list says who leads then.
                    guard error.code == .noNode else { throw error }
                }
            }
            return nil
        } catch { return error }
    }

    private func note(_ content: [UInt8], _ name: String) {
        do throws(MasterContenders.Unreadable) {
            let endpoint = try MasterContenders.endpoint(in: content, secure: secure)
            if endpoint != leader.current.value { log.notice("a master leads", metadata: ["master": "\(endpoint)", "node": "\(name)"]) }
            leader.set(endpoint)
        } catch {
            log.warning("the leader's node cannot be read", metadata: ["node": "\(name)", "because": "\(error)"])
        }
    }
}
