import AsyncHTTPClient
import Core
import JSON
import Mesos
import NIOCore
import Synchronization
import Testing

@testable import MesosLocal

/// Who leads is what a test says.
final class TestElection: MasterElection {
    private let standings: AsyncStream<MasterStanding>
    private let told: AsyncStream<MasterStanding>.Continuation
    private let announced = Mutex<[UInt8]?>(nil)
    /// What the master says of itself.
    var description: [UInt8]? { announced.withLock { $0 } }
    init() { (standings, told) = AsyncStream.makeStream(of: MasterStanding.self, bufferingPolicy: .bufferingOldest(16)) }

    func say(_ standing: MasterStanding) { told.yield(standing) }

    func stand(_ description: [UInt8], tell: @escaping @Sendable (MasterStanding) -> Void) async throws {
        announced.withLock { $0 = description }
        for await standing in standings { tell(standing) }
    }
}

@Suite(.serialized, .timeLimit(.minutes(3))) struct ElectionTests {
    /// - Parameter endsByItself: whether the master is left to end; its error is given then.
    private func withMaster(_ election: TestElection, endsByItself: Bool = false, _ body: (MesosEndpoint) async throws -> Void) async throws -> (any Error)? {
        let directory = try TemporaryDirectory()
        var configuration = MesosMasterServer.Configuration(directory: directory.path)
        configuration.port = 0
        configuration.election = election
        let server = MesosMasterServer(configuration)
        let (stream, found) = AsyncStream.makeStream(of: MesosEndpoint.self, bufferingPolicy: .bufferingOldest(1))
        let running = Task {
            defer { found.finish() }
            try await server.run { found.yield($0) }
        }
        for await master in stream {
            do { try await body(master) } catch { Issue.record(error) }
            break
        }
        if !endsByItself { running.cancel() }
        if case .failure(let error) = await running.result { return error }
        return nil
    }

    private func ask(_ master: MesosEndpoint, _ path: String) async throws -> (status: UInt, location: String?, text: String) {
        let client = LinkHTTP.shared
        let answer = try await client.execute(HTTPClientRequest(url: "http://\(master)\(path)"), timeout: .seconds(5))
        return (answer.status.code, answer.headers.first(name: "Location"), String(buffer: try await answer.body.collect(upTo: 1 << 20)))
    }

    /// Waits for an answer, since a standing is told beside the requests.
    private func wait(_ master: MesosEndpoint, _ path: String, for status: UInt) async throws -> String? {
        try await within("status \(status)") {
            while true {
                let answer = try await self.ask(master, path)
                if answer.status == status { return answer.location }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    @Test func aMasterThatDoesNotLeadSendsCallersToTheOneThatDoes() async throws {
        let election = TestElection()
        _ = try await withMaster(election) { master in
            let before = try await ask(master, "/state")
            #expect(before.status == 503)
            #expect(before.text == "No leader elected")
            #expect(try await ask(master, "/health").status == 200)
            election.say(.follows(MesosEndpoint(host: "10.0.0.1", port: 5050)))
            #expect(try await wait(master, "/api/v1/scheduler", for: 307) == "//10.0.0.1:5050/master/api/v1/scheduler")
            election.say(.leads)
            #expect(try await wait(master, "/state", for: 200) == nil)
        }
    }

    /// What a Mesos master wrote into its node (recording 08); agents and schedulers of Mesos read it.
    static let recordedNode = """
        {"address":{"hostname":"127.0.0.1","ip":"127.0.0.1","port":5050},"capabilities":[{"type":"AGENT_UPDATE"},{"type":"AGENT_DRAINING"},\
        {"type":"QUOTA_V2"}],"hostname":"127.0.0.1","id":"6c3c3225-44ec-42e9-86ec-25ed85849a87","ip":16777343,"pid":"master@127.0.0.1:5050","port":5050,"version":"1.12.0"}
        """

    @Test func aMastersNodeSaysWhatThatOfAMesosMasterSays() async throws {
        let election = TestElection()
        _ = try await withMaster(election) { master in
            let bytes = try await within("its description") {
                while true {
                    if let bytes = election.description { return bytes }
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            var node = try JSONValue(parsing: bytes)
            #expect(node["id"]?.string?.isEmpty == false)
            #expect(node["pid"] == .string("master@\(master)") && node["port"]?.integer == Int64(master.port) && node.at("address", "port")?.integer == Int64(master.port))
            let recorded = try JSONValue(parsing: Self.recordedNode)
            // All else is as it was there, the address as a number in the order of a little machine's bytes included.
            for path in [["id"], ["pid"], ["port"], ["address", "port"], ["hostname"], ["address", "hostname"]] {
                node.set(recorded.at(path) ?? .null, at: path[...])
            }
            #expect(node == recorded)
        }
    }

    @Test func aMasterThatLostItsLeadershipEnds() async throws {
        let election = TestElection()
        let ended = try await withMaster(election, endsByItself: true) { master in
            election.say(.leads)
            _ = try await wait(master, "/state", for: 200)
            election.say(.unknown)
        }
        #expect((ended as? MesosStartProblem)?.description.contains("does not lead any more") == true)
    }
}
