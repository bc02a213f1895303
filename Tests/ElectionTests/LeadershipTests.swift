import ClusterKit
import Foundation
import JSON
import Synchronization
import Testing
import ZooKeeperEnsemble

/// Three schedulers, one ensemble, and what happens to leaders.
@Suite(.enabled(if: ZooKeeperEnsemble.isPossible), .serialized, .timeLimit(.minutes(10))) struct LeadershipTests {
    func run(_ body: (ElectionCluster) async throws -> Void) async throws {
        let cluster = try ElectionCluster()
        do {
            try await cluster.start()
            // Beside all that happens: the term in the API only grows.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    var last = 0
                    while !Task.isCancelled {
                        if let term = await cluster.lease()?.term {
                            if term < last { throw ElectionFailure(description: "the term went from \(last) to \(term)") }
                            last = term
                        }
                        try? await Task.sleep(for: .milliseconds(10))
                    }
                }
                try await body(cluster)
                group.cancelAll()
                try await group.waitForAll()
            }
        } catch {
            await cluster.end()
            throw error
        }
        await cluster.end()
    }

    @Test func exactlyOneActsWhateverHappensToIt() async throws {
        try await run { cluster in
            let first = try await cluster.leader(above: 0)
            try await cluster.eventually("Mesos has the framework") { try await cluster.frameworks().connected == 1 }
            let framework = try await cluster.frameworks().ids

            let second = try await killed(cluster, first)
            let third = try await frozen(cluster, second)
            try await displaced(cluster, third, framework: framework.first ?? "")
            let fourth = try await resigned(cluster, third)
            let fifth = try await stopped(cluster, fourth)
            try await ensembleRestarted(cluster, fifth)

            // One framework for all of them.
            #expect(try await cluster.frameworks().ids == framework)
        }
    }

    typealias Leader = (number: Int, term: Int)

    /// kill -9: another one leads when the session has ended.
    func killed(_ cluster: ElectionCluster, _ leader: Leader) async throws -> Leader {
        let process = try cluster.replica(leader.number).process
        process.signal(SIGKILL)
        _ = await process.wait()
        let next = try await cluster.leader(above: leader.term, among: [0, 1, 2].filter { $0 != leader.number })
        #expect(next.number != leader.number)
        try cluster.startScheduler(leader.number)
        try await cluster.eventually("the killed one is a standby again") { await cluster.page(of: leader.number).contains("standby") }
        return next
    }

    /// SIGSTOP until another one leads, then SIGCONT: the old one never acts again in its old term.
    func frozen(_ cluster: ElectionCluster, _ leader: Leader) async throws -> Leader {
        let replica = try cluster.replica(leader.number)
        try await cluster.eventually("it is subscribed") { try cluster.subscriptions(of: leader.number) > 0 }
        let subscriptions = try cluster.subscriptions(of: leader.number)
        replica.process.signal(SIGSTOP)
        let next = try await cluster.leader(above: leader.term, among: [0, 1, 2].filter { $0 != leader.number })
        try await cluster.eventually("the new one is subscribed") { try cluster.subscriptions(of: next.number) > 0 }
        replica.process.signal(SIGCONT)
        try await cluster.eventually("the old one knows") { await cluster.page(of: leader.number).contains("standby: ") }
        try await Task.sleep(for: .seconds(1))
        #expect(try cluster.subscriptions(of: leader.number) == subscriptions)
        #expect(await cluster.leaders().map(\.number) == [next.number])
        #expect(await cluster.lease()?.term == next.term)
        #expect(replica.process.isRunning)
        return next
    }

    /// Somebody who was never elected subscribes as the framework: the leader has its term confirmed, and takes the framework back.
    func displaced(_ cluster: ElectionCluster, _ leader: Leader, framework: String) async throws {
        let before = try cluster.subscriptions(of: leader.number)
        let stranger = try await cluster.subscribe(as: framework)
        try await cluster.eventually("it takes the framework back") { try cluster.subscriptions(of: leader.number) > before }
        #expect(try cluster.log(of: leader.number).contains("displaced in Mesos although this term is the highest"))
        #expect(await cluster.leaders().map(\.term) == [leader.term])
        stranger.signal(SIGKILL)
        _ = await stranger.wait()
    }

    /// `kmd leader resign`.
    func resigned(_ cluster: ElectionCluster, _ leader: Leader) async throws -> Leader {
        let shown = try await cluster.kmd("leader", "show", "--zk=\(cluster.zk)")
        #expect(shown.output.contains("scheduler: term \(leader.term), won by"), "\(shown)")
        #expect(shown.output.split(separator: "\n").filter { $0.hasPrefix("  standby") }.count == 2, "\(shown)")
        #expect(shown.output.contains("controller-manager: no election"), "\(shown)")
        let former = try #require(await cluster.lease()?.holder)
        try await told(cluster, leader)
        let result = try await cluster.kmd("leader", "resign", "scheduler", "--zk=\(cluster.zk)")
        #expect(result.status == 0, "\(result)")
        let next = try await cluster.leader(above: leader.term)
        #expect(next.number != leader.number)
        try await told(cluster, next, after: former)
        #expect(await cluster.page(of: leader.number).contains("standby: asked by kmd leader resign"))
        return next
    }

    /// `kmd status`, asked of each of the three: all say the same, and who answers says whether it leads.
    func told(_ cluster: ElectionCluster, _ leader: Leader, after former: String? = nil) async throws {
        let holder = try #require(await cluster.lease()?.holder)
        for number in 0..<3 {
            var page = JSONValue.null
            // A replica may just have lost its server, and the framework its scheduler.
            try await cluster.eventually("all is well by the word of \(number)") {
                let result = try await cluster.kmd("status", "--scheduler=127.0.0.1:\(cluster.replica(number).port)", "-o", "json")
                page = (try? JSONValue(parsing: result.output)) ?? .null
                return result.status == 0
            }
            #expect(page["leader"]?.string == holder && page["term"]?.integer == Int64(leader.term), "\(page)")
            #expect(page.at("observer", "role")?.string == (number == leader.number ? "leader" : "standby"))
            #expect(page["replicas"]?.array?.compactMap { $0["standing"]?.string }.sorted() == ["leads", "standby", "standby"], "\(page)")
            #expect(page.at("session", "timeoutMilliseconds")?.integer == 1000 && page.at("mesos", "phase") == "Connected", "\(page)")
            if let former {
                #expect(page.at("lastFailover", "from")?.string == former && page.at("lastFailover", "to")?.string == holder, "\(page)")
                #expect(page.at("lastFailover", "durationMilliseconds")?.integer != nil, "\(page)")
            }
        }
    }

    /// SIGTERM: in order, and with an exit code that says so.
    func stopped(_ cluster: ElectionCluster, _ leader: Leader) async throws -> Leader {
        let process = try cluster.replica(leader.number).process
        process.signal(SIGTERM)
        let next = try await cluster.leader(above: leader.term, among: [0, 1, 2].filter { $0 != leader.number })
        #expect(await process.wait() == 0)
        try cluster.startScheduler(leader.number)
        return next
    }

    /// All ZooKeeper servers die and come back: nobody ends, and someone leads with a higher term or still with the same.
    func ensembleRestarted(_ cluster: ElectionCluster, _ leader: Leader) async throws {
        for index in 0..<3 { await cluster.ensemble.kill(index) }
        try await cluster.eventually("the leader has stopped acting") { await cluster.leaders().isEmpty }
        for index in 0..<3 { try cluster.ensemble.start(index) }
        let next = try await cluster.leader(above: leader.term)
        #expect(next.term > leader.term)
        for number in 0..<3 { #expect(try cluster.replica(number).process.isRunning) }
    }
}
