import Foundation
import Testing
import ZooKeeper
import ZooKeeperEnsemble

/// Three real servers, and real kills.
@Suite(.enabled(if: ZooKeeperEnsemble.isPossible), .serialized, .timeLimit(.minutes(5))) struct EnsembleTests {
    func run(size: Int = 3, _ body: (ZooKeeperEnsemble) async throws -> Void) async throws {
        let ensemble = try ZooKeeperEnsemble(size: size)
        do {
            try await ensemble.start()
            try await body(ensemble)
        } catch {
            await ensemble.end()
            throw error
        }
        await ensemble.end()
        #expect(!FileManager.default.fileExists(atPath: ensemble.folder))
    }

    /// Until a call gets an answer that is not "try again".
    func persist<Result>(_ call: () async throws(ZooKeeperError) -> Result) async throws -> Result {
        while true {
            do throws(ZooKeeperError) { return try await call() } catch {
                guard error.isRetriable else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test func aSessionItsNodesAndItsWatchesOutliveTheLossOfAnyOneServer() async throws {
        try await run { ensemble in
            try await withSession(ensemble.connectString) { session in
                guard case .connected(let identity, _) = session.state else { throw ZooKeeperError(.closed, operation: "state") }
                try await session.create("/counter", Array("0".utf8))
                try await session.create("/mine", mode: .ephemeral)
                let last = 200
                let watcher = Task { () throws -> [Int] in
                    var seen: [Int] = []
                    for try await data in session.watchData("/counter") {
                        seen.append(data.flatMap { Int($0.text) } ?? -1)
                        if seen.last == last { break }
                    }
                    return seen
                }
                var unknown = 0
                for value in 1...last {
                    if value == 50 { await ensemble.kill(try await ensemble.leader()) }
                    if value == 100 {
                        for index in 0..<3 where ensemble.mode(of: index) == nil { try ensemble.start(index) }
                        for index in 0..<3 { try await ensemble.serves(index) }
                        let leader = try await ensemble.leader()
                        await ensemble.kill((0..<3).first { $0 != leader } ?? 0)
                    }
                    // A versioned write that ended unknown is looked for before it is tried again.
                    while true {
                        do throws(ZooKeeperError) {
                            try await session.set("/counter", Array("\(value)".utf8), version: Int32(value - 1))
                            break
                        } catch {
                            if error.isOutcomeUnknown { unknown += 1 }
                            guard error.isRetriable || error.code == .badVersion else { throw error }
                            let now = try await persist { () async throws(ZooKeeperError) in try await session.get("/counter") }
                            if now.stat.version == Int32(value) { break }
                            #expect(now.stat.version == Int32(value - 1))
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                }
                let seen = try await watcher.value
                #expect(seen == seen.sorted())
                #expect(seen.last == last)
                #expect(try await session.exists("/mine")?.owner == identity.id)
                guard case .connected(let now, _) = session.state else { throw ZooKeeperError(.closed, operation: "state") }
                #expect(now.id == identity.id)
            }
        }
    }

    @Test func disconnectedIsNotExpired() async throws {
        try await run { ensemble in
            // The whole ensemble goes and comes back: the session goes on, for its time begins again with the new leader.
            try await withSession(ensemble.connectString) { session in
                try await session.create("/mine", mode: .ephemeral)
                let states = session.states()
                for index in 0..<3 { await ensemble.kill(index) }
                for await state in states where state == .connecting { break }
                let lost = await failure { () async throws(ZooKeeperError) in _ = try await session.set("/mine", [1]) }
                #expect(lost?.code == .connectionLost)
                #expect(lost?.isOutcomeUnknown == true)
                #expect(await failure { () async throws(ZooKeeperError) in _ = try await session.exists("/mine") }?.isOutcomeUnknown == false)
                try await ensemble.start()
                try await session.connected(within: .seconds(30))
                #expect(try await persist { () async throws(ZooKeeperError) in try await session.exists("/mine") } != nil)
            }
        }
    }

    @Test func aSessionThatIsNotHeardOfExpiresAndOnlyThenDoItsNodesGo() async throws {
        try await run { ensemble in
            let alone = try ZooKeeperAddress("zk://\(ensemble.connectString(of: try await follower(ensemble)))")
            var configuration = SessionConfiguration(address: alone)
            configuration.timeout = .seconds(1)
            let session = try await ZooKeeperSession.open(configuration)
            try await session.connected(within: .seconds(10))
            try await session.create("/mine", mode: .ephemeral)
            var follow = session.watchExists("/mine").makeAsyncIterator()
            _ = try await follow.next()
            // It can reach only the one server that is frozen.
            let states = session.states()
            let frozen = (0..<3).first { alone.connectString == ensemble.connectString(of: $0) } ?? 0
            ensemble.freeze(frozen)
            try await withSession((0..<3).filter { $0 != frozen }.map { ensemble.connectString(of: $0) }.joined(separator: ",")) { other in
                for try await stat in other.watchExists("/mine") where stat == nil { break }
            }
            ensemble.thaw(frozen)
            var last = SessionState.connecting
            for await state in states { last = state }
            #expect(last == .expired)
            #expect(await failure { () async throws(ZooKeeperError) in while try await follow.next() != nil {} }?.code == .sessionExpired)
            await session.close()
        }
    }

    func follower(_ ensemble: ZooKeeperEnsemble) async throws -> Int {
        let leader = try await ensemble.leader()
        return (0..<ensemble.size).first { $0 != leader } ?? leader
    }

    @Test func aCloseOvertakesCallsAndAnswersThemAll() async throws {
        try await run(size: 1) { ensemble in
            for _ in 0..<20 {
                var configuration = SessionConfiguration(address: try ZooKeeperAddress("zk://\(ensemble.connectString)"))
                configuration.timeout = .seconds(4)
                let session = try await ZooKeeperSession.open(configuration)
                try await session.connected(within: .seconds(10))
                let answered = await withTaskGroup(of: Int.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let end = await failure { () async throws(ZooKeeperError) in try await session.create("/n\(number)-", mode: .ephemeralSequential) }
                            #expect(end == nil || [.closed, .sessionExpired, .connectionLost].contains(end?.code))
                            return 1
                        }
                    }
                    group.addTask {
                        await session.close()
                        return 0
                    }
                    return await group.reduce(0, +)
                }
                #expect(answered == 200)
            }
        }
    }

    @Test func nothingIsLeftOfThousandsOfSessionsAndWatches() async throws {
        try await run(size: 1) { ensemble in
            let address = try ZooKeeperAddress("zk://\(ensemble.connectString)")
            func round(_ sessions: Int) async throws {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for worker in 0..<8 {
                        group.addTask {
                            for number in 0..<sessions / 8 {
                                var configuration = SessionConfiguration(address: address)
                                configuration.timeout = .seconds(4)
                                let session = try await ZooKeeperSession.open(configuration)
                                // Every seventh is closed before it is connected.
                                if number % 7 != 0 {
                                    try await session.connected(within: .seconds(20))
                                    try await session.create("/n-\(worker)-", [UInt8](repeating: 1, count: 2000), mode: .ephemeralSequential)
                                    var follow = session.watchChildren("/").makeAsyncIterator()
                                    _ = try await follow.next()
                                    for try await data in session.watchData("/none-\(worker)") { if data == nil { break } }
                                    try await session.multi([.check("/"), .create("/m-\(worker)-", [1], mode: .ephemeralSequential)])
                                }
                                await session.close()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try await round(160)
            let before = Footprint.now()
            try await round(2400)
            let after = Footprint.now()
            #expect(after.files <= before.files + 2)
            #expect(after.threads <= before.threads + 4)
            // 2400 sessions with 2 KB each, and some 20 KB of the library's: a leak of any of them would be many megabytes.
            #expect(after.residentKilobytes < before.residentKilobytes + 16 * 1024, "\(before) \(after)")
            // One session, many watches that come and go.
            try await withSession(ensemble.connectString) { session in
                for number in 0..<4000 {
                    let path = "/watched-\(number % 10)"
                    for try await stat in session.watchExists(path) { if stat == nil { break } }
                }
                #expect(ensemble.counter("zk_watch_count", of: 0).map { $0 <= 20 } == true)
            }
            let last = Footprint.now()
            #expect(last.residentKilobytes < after.residentKilobytes + 4 * 1024, "\(after) \(last)")
        }
    }
}

/// What this process holds of the system.
private struct Footprint {
    let files: Int, threads: Int, residentKilobytes: Int

    static func now() -> Footprint {
        func count(_ folder: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0 }
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let resident = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }?.split(separator: " ").compactMap { Int($0) }.first
        return Footprint(files: count("/proc/self/fd"), threads: count("/proc/self/task"), residentKilobytes: resident ?? 0)
    }
}
