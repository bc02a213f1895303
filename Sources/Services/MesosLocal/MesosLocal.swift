import Core
import Logging
import Mesos

/// A Mesos master and an agent in this process: what `kmd --role=all` runs without anything installed, and what tests run against.
///
/// They speak Mesos' v1 HTTP APIs to schedulers and executors; between each other they pass messages. Agents of other processes may join.
public struct MesosLocal: Sendable {
    public struct Configuration: Sendable {
        public var master: MesosMasterServer.Configuration
        public var agent: MesosAgentServer.Configuration

        /// - Parameter directory: where everything durable is kept.
        public init(directory: String) {
            master = MesosMasterServer.Configuration(directory: directory + "/mesos/master")
            agent = MesosAgentServer.Configuration(directory: directory + "/mesos/agent")
        }
    }

    /// Where master and agent listen.
    public struct Addresses: Sendable, Hashable {
        public var master: MesosEndpoint
        public var agent: MesosEndpoint
    }

    private let configuration: Configuration
    private let time: any TimeSource
    private let log: Logger

    public init(_ configuration: Configuration, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos-local")) {
        (self.configuration, self.time, log) = (configuration, time, logger)
    }

    /// Starts both, calls `ready` with their addresses, and runs until the task is cancelled; then ends the executors and everything else in order.
    public func run(ready: @Sendable (Addresses) async -> Void) async throws {
        let seed = UInt64.random(in: .min ... .max)
        let links = Links()
        let agent = try await AgentParts(configuration.agent, seed: seed, time: time, logger: log, tellMaster: { links.tellMaster($0) })
        do {
            let master = try await MasterParts(configuration.master, seed: seed, time: time, logger: log)
            links.connect(master: master.master.queue, agent: agent.agent.queue)
            try await serve(master, agent, ready)
        } catch {
            await agent.stop()
            throw error
        }
    }

    private func serve(_ master: MasterParts, _ agent: AgentParts, _ ready: @Sendable (Addresses) async -> Void) async throws {
        // Cancellation ends `untilCancelled` only; the others end in order, each by its own means.
        let masterTask = master.start()
        let agentTask = Task { await agent.agent.run() }
        // The agent registers before the first scheduler can ask: a reconciliation right after a restart finds its tasks.
        await masterHasAgent(master.master)
        do {
            let endpoint = try await master.listen()
            await ready(Addresses(master: endpoint, agent: agent.endpoint))
            try await master.stand(time)
        } catch {
            await master.stopListening()
            await agent.end(agentTask)
            await master.end(masterTask)
            throw error
        }
        await agent.stop()
        await master.stopListening()
        await agent.end(agentTask)
        await master.end(masterTask)
    }

    private func masterHasAgent(_ master: LocalMaster) async {
        for _ in 0..<100 {
            let known = await withCheckedContinuation { continuation in
                let put = master.queue.put(.ask { continuation.resume(returning: !$0.agents.isEmpty) })
                if !put { continuation.resume(returning: true) }
            }
            if known { return }
            try? await time.sleep(for: .milliseconds(10))
        }
    }
}
