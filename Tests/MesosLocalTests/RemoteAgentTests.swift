import AsyncHTTPClient
import Core
import Foundation
import Mesos
import NIOCore
import Testing

@testable import MesosLocal

/// A master and agents that know each other by HTTP alone, as processes of their own do.
@Suite(.serialized, .timeLimit(.minutes(4))) struct RemoteAgentTests {
    @Test func agentsOfOtherProcessesRunTasks() async throws {
        try await RemoteCluster.run { cluster in
            try await cluster.startAgent("node-1", resources: "cpus:1;mem:512;disk:0;ports:[31000-31001]", attributes: "rack:r1;zone:z1")
            try await cluster.startAgent("node-2", resources: "cpus:3;mem:512;disk:0;ports:[31000-31001]", attributes: "rack:r2;zone:z1")
            let scheduler = try await cluster.subscribe()
            let first = try await scheduler.offer(on: "node-1")
            let second = try await scheduler.offer(on: "node-2")
            #expect(second.resources.cpus == 3)
            #expect(second.attributes == [MesosAttribute(name: "rack", text: "r2"), MesosAttribute(name: "zone", text: "z1")])
            for (offer, name) in [(first, "t1"), (second, "t2")] {
                let task = try await scheduler.launch("run", named: TaskID(name), on: offer)
                try await scheduler.expect(task, .starting)
                #expect(try await scheduler.expect(task, .running).agentID == offer.agentID)
            }
            try await scheduler.client.kill("t2")
            try await scheduler.expect("t2", .killed)
        }
    }

    @Test func anAgentThatComesBackInTimeLosesNothing() async throws {
        try await RemoteCluster.run { cluster in
            try await cluster.startAgent("node-1")
            let scheduler = try await cluster.subscribe()
            let offer = try await scheduler.offer(on: "node-1")
            let task = try await scheduler.launch("run", named: "t1", on: offer)
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            let rest = try await scheduler.offer(on: "node-1")
            await cluster.stopAgent("node-1")
            #expect(try await scheduler.rescinded() == rest.id)
            try await cluster.startAgent("node-1")
            #expect(try await scheduler.offer(on: "node-1").agentID == offer.agentID)
            try await scheduler.client.kill("t1")
            try await scheduler.waitFor("t1", .killed)
        }
    }

    @Test func anAgentThatStaysAwayIsUnreachableAndItsTasksComeBackWithIt() async throws {
        try await RemoteCluster.run { cluster in
            try await cluster.startAgent("node-1")
            let scheduler = try await cluster.subscribe()
            let offer = try await scheduler.offer(on: "node-1")
            let task = try await scheduler.launch("run", named: "t1", on: offer)
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            await cluster.stopAgent("node-1")
            let gone = try await scheduler.waitFor("t1", .unreachable)
            #expect(gone.reason == .agentRemoved)
            #expect(!gone.needsAcknowledgement)
            let (executor, _) = try await scheduler.failure()
            #expect(executor == nil)
            try await cluster.startAgent("node-1")
            let back = try await scheduler.waitFor("t1", .running)
            #expect(back.reason == "REASON_AGENT_REREGISTERED")
            #expect(!back.needsAcknowledgement)
        }
    }

    @Test func aMasterThatStartsAgainLearnsItsTasksFromTheAgents() async throws {
        try await RemoteCluster.run { cluster in
            try await cluster.startAgent("node-1")
            let scheduler = try await cluster.subscribe()
            let task = try await scheduler.launch("run", named: "t1", on: try await scheduler.offer(on: "node-1"))
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            try await cluster.restartMaster()
            try await scheduler.subscribed()
            #expect(try await scheduler.reconciled("t1").state == .running)
        }
    }

    @Test(arguments: [nil, LinkCredential(principal: "agent", secret: "wrong"), LinkCredential(principal: "agent", secret: "right")])
    func aMasterWithCredentialsTakesOnlyThoseWhoKnowThem(given: LinkCredential?) async throws {
        let gate = LinkGate(credentials: [LinkCredential(principal: "other", secret: "x"), LinkCredential(principal: "agent", secret: "right")])
        try await RemoteCluster.run(gate.credentials) { cluster in
            var request = HTTPClientRequest(url: "http://\(cluster.master)\(LinkPaths.open)")
            request.method = .POST
            if let given { request.headers.add(name: "Authorization", value: given.header) }
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            #expect(answer.status == (given == LinkCredential(principal: "agent", secret: "right") ? .ok : .unauthorized))
        }
    }

    @Test func withoutCredentialsOnlyThisMachinesAgentsAreTaken() {
        let gate = LinkGate()
        func refusal(_ address: String) -> HTTPAnswer? { gate.refusal(of: .init(method: .POST, uri: LinkPaths.open, remoteAddress: address)) }
        #expect(refusal("127.0.0.1:5000") == nil)
        #expect(refusal("::1:5000") == nil)
        #expect(refusal("10.0.0.7:5000")?.status == 403)
    }

    @Test func base64IsThatOfTheRFC() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy"]
        for (text, encoded) in vectors { #expect(Base64.encode(Array(text.utf8)) == encoded) }
    }
}

/// A master in its own folder and agents in theirs; all end with the test.
actor RemoteCluster {
    private let directory: TemporaryDirectory
    private let credentials: [LinkCredential]
    private var masterTask: Task<Void, any Error>?
    private var agents: [String: Task<Void, any Error>] = [:]
    private var schedulers: [TestScheduler] = []
    private(set) var master = MesosEndpoint(host: "127.0.0.1", port: 0)

    private init(_ credentials: [LinkCredential]) throws {
        directory = try TemporaryDirectory()
        self.credentials = credentials
    }

    static func run(_ credentials: [LinkCredential] = [], _ body: (isolated RemoteCluster) async throws -> Void) async throws {
        let cluster = try RemoteCluster(credentials)
        try await cluster.startMaster()
        var failure: (any Error)?
        do { try await body(cluster) } catch { failure = error }
        await cluster.stop()
        if let failure { throw failure }
    }

    private func started(
        _ what: String, _ body: @escaping @Sendable (@escaping @Sendable (MesosEndpoint) -> Void) async throws -> Void
    ) async throws -> (Task<Void, any Error>, MesosEndpoint) {
        let (stream, found) = AsyncStream.makeStream(of: MesosEndpoint.self, bufferingPolicy: .bufferingOldest(1))
        let task = Task {
            defer { found.finish() }
            try await body { found.yield($0) }
        }
        for await endpoint in stream { return (task, endpoint) }
        try await task.value
        throw Timeout(description: "\(what) did not start")
    }

    private func startMaster() async throws {
        var configuration = MesosMasterServer.Configuration(directory: directory.path + "/master")
        configuration.port = master.port
        (configuration.agentPingTimeout, configuration.maxAgentPingTimeouts) = (.milliseconds(200), 5)
        configuration.allocationInterval = .milliseconds(100)
        configuration.credentials = credentials
        let server = MesosMasterServer(configuration)
        (masterTask, master) = try await started("the master") { ready in try await server.run { ready($0) } }
    }

    func restartMaster() async throws {
        masterTask?.cancel()
        try? await masterTask?.value
        try await startMaster()
    }

    func startAgent(_ name: String, resources: String = "cpus:2;mem:1024;disk:0;ports:[31000-31001]", attributes: String = "") async throws {
        var configuration = MesosAgentServer.Configuration(directory: directory.path + "/" + name)
        (configuration.port, configuration.hostname) = (0, name)
        configuration.resources = try MachineResources.parse(resources)
        configuration.attributes = try MachineResources.parseAttributes(attributes)
        configuration.stopsExecutors = false
        let master = master
        let server = MesosAgentServer(configuration, masters: { [master] })
        (agents[name], _) = try await started(name) { ready in try await server.run { ready($0) } }
    }

    /// As a crash does: executors run on.
    func stopAgent(_ name: String) async {
        agents[name]?.cancel()
        try? await agents.removeValue(forKey: name)?.value
    }

    func subscribe() async throws -> TestScheduler {
        let scheduler = TestScheduler(master: master, id: nil)
        schedulers.append(scheduler)
        try await scheduler.subscribed()
        return scheduler
    }

    private func stop() async {
        for scheduler in schedulers {
            // A framework that goes takes its executors with it.
            try? await scheduler.client.teardown()
            await scheduler.stop()
        }
        try? await Task.sleep(for: .milliseconds(300))
        for name in agents.keys.sorted() { await stopAgent(name) }
        masterTask?.cancel()
        try? await masterTask?.value
    }
}
