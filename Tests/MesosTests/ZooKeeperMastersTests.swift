import Core
import Mesos
import Testing
import ZooKeeper
import ZooKeeperEnsemble

/// The leader, as a real ZooKeeper tells it.
@Suite(.serialized, .enabled(if: ZooKeeperEnsemble.isInstalled), .timeLimit(.minutes(3))) struct ZooKeeperMastersTests {
    static func info(_ port: Int) -> [UInt8] {
        Array(#"{"address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":\#(port)},"id":"m","ip":16777343,"port":\#(port),"version":"1.12.0"}"#.utf8)
    }

    /// A master's session, with its node.
    static func master(_ ensemble: ZooKeeperEnsemble, port: Int) async throws -> ZooKeeperSession {
        let session = try await ZooKeeperSession.open(SessionConfiguration(address: try ZooKeeperAddress("zk://\(ensemble.connectString)")))
        try await session.connected(within: .seconds(60))
        try await session.createPath("/mesos/log_replicas")
        try await session.create("/mesos/json.info_", info(port), mode: .ephemeralSequential)
        return session
    }

    @Test func theLeaderIsFollowedAndAnAbsentZooKeeperIsNoLostMaster() async throws {
        let ensemble = try ZooKeeperEnsemble(size: 1)
        try await ensemble.start()
        let result: Result<Void, any Error>
        do { result = .success(try await follow(ensemble)) } catch { result = .failure(error) }
        await ensemble.end()
        try result.get()
    }

    private func follow(_ ensemble: ZooKeeperEnsemble) async throws {
        let masters = ZooKeeperMasters(try ZooKeeperAddress("zk://\(ensemble.connectString)/mesos"))
        let running = Task { await masters.run() }
        // Before there is a folder, and before there is a master.
        async let first = masters.master(after: nil)
        let one = try await Self.master(ensemble, port: 5050)
        let sighting = try #require(await first)
        #expect(sighting.endpoint == MesosEndpoint(host: "127.0.0.1", port: 5050))
        // A standby is no news, the leader's end is.
        let two = try await Self.master(ensemble, port: 5060)
        #expect(await masters.master(after: sighting.endpoint) == sighting)
        await one.close()
        await masters.changed(after: sighting.generation)
        let second = try #require(await masters.master(after: nil))
        #expect(second.endpoint.port == 5060)
        #expect(second.generation > sighting.generation)
        // ZooKeeper dies: the leader is who it was. It comes back: still.
        await ensemble.kill(0)
        #expect(await masters.master(after: second.endpoint) == second)
        try ensemble.start(0)
        try await ensemble.serves(0)
        // The last master goes, too: that nobody leads is no reason to leave who answers.
        await two.close()
        let three = try await Self.master(ensemble, port: 5070)
        await masters.changed(after: second.generation)
        #expect(await masters.master(after: nil)?.endpoint.port == 5070)
        await three.close()
        running.cancel()
        await running.value
        #expect(await masters.master(after: nil)?.endpoint.port == 5070)
    }

    @Test func whoWaitsForAMasterCanBeCancelled() async throws {
        let masters = ZooKeeperMasters(try ZooKeeperAddress("zk://127.0.0.1:1/mesos"))
        let waiting = Task { await masters.master(after: nil) }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }
}
