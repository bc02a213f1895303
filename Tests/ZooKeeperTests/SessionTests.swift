import Testing
import ZooKeeper
import ZooKeeperEnsemble

/// One server for the tests that break nothing; each works below a node of its own.
private let server = SharedServer()

/// Starts at the first use, and ends with the process' tests.
actor SharedServer {
    private var ensemble: ZooKeeperEnsemble?
    private var users = 0

    func enter() async throws -> ZooKeeperEnsemble {
        users += 1
        if let ensemble { return ensemble }
        let made = try ZooKeeperEnsemble(size: 1)
        ensemble = made
        try await made.start()
        return made
    }

    func leave() async {
        users -= 1
        guard users == 0, let ended = ensemble else { return }
        ensemble = nil
        await ended.end()
    }
}

/// A session of its own for the length of `body`, on any ensemble.
func withSession<Result: Sendable>(
    _ connectString: String, path: String = "/", digest: String? = nil, timeout: Duration = .seconds(4),
    _ body: (ZooKeeperSession) async throws -> Result
) async throws -> Result {
    var configuration = SessionConfiguration(address: try ZooKeeperAddress("zk://\(digest.map { "\($0)@" } ?? "")\(connectString)\(path)"))
    configuration.timeout = timeout
    let session = try await ZooKeeperSession.open(configuration)
    do {
        try await session.connected(within: .seconds(30))
        let result = try await body(session)
        await session.close()
        return result
    } catch {
        await session.close()
        throw error
    }
}

/// What a call throws.
func failure(_ call: () async throws(ZooKeeperError) -> Void) async -> ZooKeeperError? {
    do throws(ZooKeeperError) {
        try await call()
        return nil
    } catch { return error }
}

@Suite(.enabled(if: ZooKeeperEnsemble.isPossible), .serialized, .timeLimit(.minutes(3))) struct SessionTests {
    func run(_ body: (ZooKeeperEnsemble) async throws -> Void) async throws {
        let ensemble = try await server.enter()
        do { try await body(ensemble) } catch {
            await server.leave()
            throw error
        }
        await server.leave()
    }

    /// All that one server answers, in one start of it: a JVM costs more than the calls.
    @Test func aServerAnswersAsItsDocumentationSays() async throws {
        try await run { ensemble in
            try await nodesAreMadeReadChangedAndRemoved(ensemble)
            try await aMultiIsAllOrNothing(ensemble)
            try await rootAndCredentials(ensemble)
            try await watches(ensemble)
            try await sessions(ensemble)
            try await containersAndTimeToLive(ensemble)
        }
    }

    func nodesAreMadeReadChangedAndRemoved(_ ensemble: ZooKeeperEnsemble) async throws {
        try await withSession(ensemble.connectString) { session in
            let made = try await session.create("/a", [1, 2, 0, 3])
            #expect(made.path == "/a")
            #expect(made.stat.version == 0)
            #expect(try await session.get("/a").bytes == [1, 2, 0, 3])
            #expect(try await session.set("/a", [], version: 0).version == 1)
            #expect(try await session.get("/a").bytes == [])
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.set("/a", [9], version: 0) }?.code == .badVersion)
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.create("/a") }?.code == .nodeExists)
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.create("/none/b") }?.code == .noNode)
            #expect(try await session.exists("/none") == nil)
            #expect(try await session.exists("/a")?.version == 1)
            let first = try await session.create("/a/n-", [7], mode: .persistentSequential).path
            let second = try await session.create("/a/n-", [8], mode: .ephemeralSequential)
            #expect(first == "/a/n-0000000000")
            #expect(second.path == "/a/n-0000000001")
            #expect(second.stat.owner != 0)
            #expect(try await session.children("/a").names.sorted() == ["n-0000000000", "n-0000000001"])
            #expect(try await session.children("/a").stat.childCount == 2)
            #expect(await failure { () async throws(ZooKeeperError) in try await session.delete("/a") }?.code == .notEmpty)
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.create(second.path + "/c") }?.code == .noChildrenForEphemerals)
            try await session.delete(first)
            try await session.createPath("/p/q/r")
            try await session.createPath("/p/q/r")
            #expect(try await session.exists("/p/q/r") != nil)
            try await session.sync()
            let refused = await failure { () async throws(ZooKeeperError) in _ = try await session.get("a//b") }
            #expect(refused?.description == "get a//b: the path does not begin with '/'")
            let tooMuch = [UInt8](repeating: 0, count: ZooKeeperSession.dataLimit + 1)
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.set("/a", tooMuch) }?.description.contains("more than") == true)
        }
        try await withSession(ensemble.connectString) { session in
            // The ephemeral one went with its session, which was closed.
            let names = try await session.children("/a").names
            #expect(names == [])
        }
    }

    func aMultiIsAllOrNothing(_ ensemble: ZooKeeperEnsemble) async throws {
        try await withSession(ensemble.connectString) { session in
            try await session.create("/m", [1])
            let results = try await session.multi([
                .check("/m", version: 0), .create("/m/n-", [5], mode: .ephemeralSequential), .set("/m", [2], version: 0), .create("/m/gone", []), .delete("/m/gone"),
            ])
            #expect(results[0] == .checked)
            #expect(results[1] == .created("/m/n-0000000000"))
            guard case .set(let stat) = results[2] else { throw ZooKeeperError(.closed, operation: "\(results)") }
            #expect(stat.version == 1)
            #expect(results[4] == .deleted)
            let failed = await failure { () async throws(ZooKeeperError) in
                _ = try await session.multi([.set("/m", [3]), .check("/m/none"), .create("/m/x", [])])
            }
            #expect(failed?.code == .noNode)
            #expect(failed?.index == 1)
            #expect(failed?.path == "/m/none")
            #expect(try await session.get("/m").bytes == [2])
            #expect(try await session.exists("/m/x") == nil)
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.multi([.check("/m", version: 9)]) }?.code == .badVersion)
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.multi([.create("/c", [], mode: .container)]) }?.index == 0)
        }
    }

    func rootAndCredentials(_ ensemble: ZooKeeperEnsemble) async throws {
        try await withSession(ensemble.connectString) { try await $0.createPath("/root/of/mine") }
        try await withSession(ensemble.connectString, path: "/root/of/mine", digest: "me:secret") { session in
            #expect(try await session.create("/mine", [1], access: AccessRule.ownedByCreator).path == "/mine")
            #expect(try await session.create("/mine/n-", mode: .ephemeralSequential).path == "/mine/n-0000000000")
            let multi = try await session.multi([.create("/mine/m-", [], mode: .ephemeralSequential)])
            #expect(multi == [.created("/mine/m-0000000001")])
            let rules = try await session.access("/mine").rules
            #expect(rules.map(\.scheme) == ["digest", "world"])
            #expect(rules[0].identity.hasPrefix("me:"))
            #expect(!rules[0].identity.contains("secret"))
            let node = try #require(try await session.watchData("/mine").first { _ in true })
            #expect(node?.bytes == [1])
        }
        try await withSession(ensemble.connectString, path: "/root/of/mine", digest: "me:wrong") { session in
            let data = try await session.get("/mine")
            #expect(data.bytes == [1])
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.set("/mine", [2]) }?.code == .notAuthorized)
            #expect(await failure { () async throws(ZooKeeperError) in try await session.setAccess("/mine", AccessRule.open) }?.code == .notAuthorized)
        }
        try await withSession(ensemble.connectString, path: "/root/of/mine", digest: "me:secret") { session in
            try await session.setAccess("/mine", AccessRule.open)
            #expect(try await session.access("/mine").rules == AccessRule.open)
        }
    }

    func watches(_ ensemble: ZooKeeperEnsemble) async throws {
        try await withSession(ensemble.connectString) { session in
            try await session.create("/w")
            var children = session.watchChildren("/w").makeAsyncIterator()
            var data = session.watchData("/w/x").makeAsyncIterator()
            var existence = session.watchExists("/w/x").makeAsyncIterator()
            #expect(try await children.next() == [])
            #expect(try await data.next() == .some(nil))
            #expect(try await existence.next() == .some(nil))
            try await withSession(ensemble.connectString) { other in
                try await other.create("/w/x", [1])
                #expect(try await children.next() == ["x"])
                #expect(try await data.next()??.bytes == [1])
                #expect(try await existence.next()??.version == 0)
                // Many changes at once: the last one is never missed.
                for value in UInt8(2)...50 { try await other.set("/w/x", [value]) }
                var seen: [UInt8] = []
                while seen != [50], let next = try await data.next() { seen = next?.bytes ?? [] }
                #expect(seen == [50])
                try await other.delete("/w/x")
                #expect(try await children.next() == [])
                while let next = try await data.next(), next != nil {}
                while let next = try await existence.next(), next != nil {}
            }
            try await session.delete("/w")
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await children.next() }?.code == .noNode)
            let waiting = Task { () -> Bool in
                for try await _ in session.watchExists("/w/never") {}
                return true
            }
            try await Task.sleep(for: .milliseconds(50))
            waiting.cancel()
            #expect(try await waiting.value)
        }
    }

    func sessions(_ ensemble: ZooKeeperEnsemble) async throws {
        let address = try ZooKeeperAddress("zk://\(ensemble.connectString)")
        let first = try await ZooKeeperSession.open(SessionConfiguration(address: address))
        try await first.connected(within: .seconds(10))
        guard case .connected(let identity, let timeout) = first.state else { throw ZooKeeperError(.closed, operation: "state") }
        #expect(identity.password.count == 16)
        #expect(!"\(identity)".contains("password"))
        // Asked for 10 s; the server allows 20 ticks of 200 ms.
        #expect(timeout == .seconds(4))
        try await first.create("/mine-alone", mode: .ephemeral)
        var follow = first.watchExists("/mine-alone").makeAsyncIterator()
        _ = try await follow.next()

        // Another process that has id and password can go on with the session, and end it. Here the first one is alive and takes it back, so
        // that it may need several attempts.
        var again = SessionConfiguration(address: address)
        again.identity = identity
        while !first.state.isFinal {
            let second = try await ZooKeeperSession.open(again)
            let isConnected = await failure { () async throws(ZooKeeperError) in try await second.connected(within: .seconds(10)) } == nil
            if isConnected, case .connected(let taken, _) = second.state { #expect(taken.id == identity.id) }
            await second.close()
            #expect(await failure { () async throws(ZooKeeperError) in _ = try await second.exists("/") }?.code == .closed)
            try await Task.sleep(for: .milliseconds(20))
        }
        for await state in first.states() where state.isFinal { #expect(state == .expired) }
        #expect(await failure { () async throws(ZooKeeperError) in _ = try await first.exists("/") }?.endsSession == true)
        #expect(await failure { () async throws(ZooKeeperError) in while try await follow.next() != nil {} }?.code == .sessionExpired)
        await first.close()
        await first.close()
        let left = try await withSession(ensemble.connectString) { try await $0.exists("/mine-alone") }
        #expect(left == nil)

        var impossible = SessionConfiguration(address: address)
        impossible.tls = SessionConfiguration.TLS(authority: "a", certificate: "b", key: "c")
        if !ZooKeeperSession.hasTLS {
            let configuration = impossible
            let refused = await failure { () async throws(ZooKeeperError) in _ = try await ZooKeeperSession.open(configuration) }
            #expect(refused?.description.contains("has no TLS") == true)
        }
    }

    func containersAndTimeToLive(_ ensemble: ZooKeeperEnsemble) async throws {
        try await withSession(ensemble.connectString) { session in
            try await session.create("/box", mode: .container)
            try await session.create("/box/child")
            try await session.create("/brief", mode: .timeToLive(.milliseconds(100)))
            let numbered = try await session.create("/brief-", mode: .timeToLiveSequential(.milliseconds(100))).path
            #expect(ZooKeeperPath.sequence(of: numbered) != nil)
            try await session.delete("/box/child")
            for path in ["/box", "/brief", numbered] {
                for try await stat in session.watchExists(path) where stat == nil { break }
            }
        }
    }
}
