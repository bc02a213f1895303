import Core
import Mesos
import MesosLocal
import ZooKeeper

/// Mesos masters in ZooKeeper: a node `json.info_NNNNNNNNNN` each, ephemeral and sequential, whose data is the MasterInfo. The lowest number leads.
enum MasterNodes {
    static let prefix = MasterContenders.prefix

    static func endpoint(_ data: NodeData) -> MesosEndpoint? { try? MasterContenders.endpoint(in: data.bytes) }

    static func open(_ address: ZooKeeperAddress, timeout: Duration = .seconds(10)) async throws(ZooKeeperError) -> ZooKeeperSession {
        // The path is walked from the root, since it may have to be made.
        var configuration = SessionConfiguration(address: ZooKeeperAddress(servers: address.servers, digest: address.digest))
        configuration.timeout = timeout
        return try await ZooKeeperSession.open(configuration)
    }
}

/// A master of ours among others, ours or Mesos' own.
struct ZooKeeperMasterElection: MasterElection {
    let address: ZooKeeperAddress
    /// How long a master that is gone holds the others up.
    let timeout: Duration

    func stand(_ description: [UInt8], tell: @escaping @Sendable (MasterStanding) -> Void) async throws {
        while !Task.isCancelled {
            let session = try await MasterNodes.open(address, timeout: timeout)
            do { try await stand(description, in: session, tell) } catch let error as ZooKeeperError {
                guard error.endsSession || error.isRetriable else {
                    await session.close()
                    throw error
                }
            }
            tell(.unknown)
            await session.close()
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Until the session ends, or must have ended.
    private func stand(_ description: [UInt8], in session: ZooKeeperSession, _ tell: @escaping @Sendable (MasterStanding) -> Void) async throws {
        try await session.connected(within: .seconds(30))
        try await session.createPath(address.path)
        let node = try await session.create(
            ZooKeeperPath.join(address.path, MasterNodes.prefix), description, mode: .ephemeralSequential)
        let own = ZooKeeperPath.name(of: node.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await follow(own, in: session, tell) }
            group.addTask { await silence(of: session) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func follow(_ own: String, in session: ZooKeeperSession, _ tell: @Sendable (MasterStanding) -> Void) async throws {
        for try await names in session.watchChildren(address.path) {
            guard let leader = MasterContenders.leader(among: names) else {
                tell(.unknown)
                continue
            }
            if leader == own {
                tell(.leads)
            } else if let data = try? await session.get(ZooKeeperPath.join(address.path, leader)), let endpoint = MasterNodes.endpoint(data) {
                tell(.follows(endpoint))
            }
        }
    }

    /// Returns when no server has served the session for as long as it lasts. Only a server can say that it is over, and none can be heard: another
    /// master leads by then, and the agents must come to it.
    private func silence(of session: ZooKeeperSession) async {
        var began: ContinuousClock.Instant?
        while !Task.isCancelled {
            let now = ContinuousClock.now
            began = session.state.isConnected ? nil : began ?? now
            if let began, now - began >= timeout { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// Where an agent finds the leading master: asked before each attempt, over one session as long as it lasts.
actor ZooKeeperMasterFinder {
    private let address: ZooKeeperAddress
    private var session: ZooKeeperSession?

    init(_ address: ZooKeeperAddress) { self.address = address }

    /// The leading master; none when nobody leads or ZooKeeper does not answer.
    func masters() async -> [MesosEndpoint] {
        do {
            let session = try await current()
            try await session.connected(within: .seconds(5))
            let names = try await session.children(address.path).names
            guard let leader = MasterContenders.leader(among: names) else { return [] }
            return MasterNodes.endpoint(try await session.get(ZooKeeperPath.join(address.path, leader))).map { [$0] } ?? []
        } catch {
            if (error as? ZooKeeperError)?.endsSession ?? false { await close() }
            return []
        }
    }

    func close() async {
        await session?.close()
        session = nil
    }

    private func current() async throws -> ZooKeeperSession {
        if let session, !session.state.isFinal { return session }
        await close()
        let new = try await MasterNodes.open(address)
        session = new
        return new
    }
}
