import AsyncHTTPClient
import Core
import Foundation
import JSON
import Logging
import Mesos
import MesosLocal
import NIOCore
import Testing

/// A folder that goes with its owner.
final class TemporaryDirectory: Sendable {
    let path: String
    init() throws {
        path = NSTemporaryDirectory() + "mesos-local-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct Timeout: Error, CustomStringConvertible { let description: String }

/// Runs `body`, and fails when it takes longer than `limit`.
func within<Value: Sendable>(
    _ what: String, limit: Duration = .seconds(20), _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw Timeout(description: "waited \(limit) for \(what)")
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw Timeout(description: what) }
        return value
    }
}

/// One master and one agent on free ports.
struct Cluster: Sendable {
    let addresses: MesosLocal.Addresses
    let schedulers: Schedulers

    actor Schedulers {
        var all: [TestScheduler] = []
        func add(_ scheduler: TestScheduler) { all.append(scheduler) }
    }

    func subscribe(_ id: FrameworkID? = nil) async throws -> TestScheduler {
        let scheduler = TestScheduler(master: addresses.master, id: id)
        await schedulers.add(scheduler)
        try await scheduler.subscribed()
        return scheduler
    }

    /// The pids that the agent's state page shows.
    func executorPIDs() async throws -> [String] {
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: "http://\(addresses.agent)/state"), timeout: .seconds(5))
        let page = try JSONValue(parsing: Array(try await answer.body.collect(upTo: 1 << 20).readableBytesView))
        return (page["executors"]?.array ?? []).compactMap { $0["pid"]?.integer.map { String($0) } }
    }
}

/// - Parameter leavingExecutors: end as a crash does: the executors run on.
func withCluster(
    in directory: TemporaryDirectory? = nil, leavingExecutors: Bool = false, _ body: (Cluster) async throws -> Void
) async throws {
    let directory = try directory ?? TemporaryDirectory()
    var configuration = MesosLocal.Configuration(directory: directory.path)
    (configuration.master.port, configuration.agent.port) = (0, 0)
    configuration.agent.hostname = "node-1"
    configuration.agent.resources = try MachineResources.parse("cpus:4;mem:2048;disk:1000;ports:[31000-31100]")
    configuration.agent.attributes = try MachineResources.parseAttributes("rack:r1")
    configuration.agent.stopLimit = leavingExecutors ? .zero : .seconds(5)
    configuration.agent.stopsExecutors = !leavingExecutors
    let local = MesosLocal(configuration)
    let (stream, found) = AsyncStream.makeStream(of: MesosLocal.Addresses.self, bufferingPolicy: .bufferingOldest(1))
    let running = Task { try await local.run { found.yield($0) } }
    var iterator = stream.makeAsyncIterator()
    let watch = Task { _ = await running.result; found.finish() }
    guard let addresses = await iterator.next() else {
        try await running.value
        throw Timeout(description: "the cluster did not start")
    }
    let cluster = Cluster(addresses: addresses, schedulers: Cluster.Schedulers())
    var failure: (any Error)?
    do { try await body(cluster) } catch { failure = error }
    for scheduler in await cluster.schedulers.all { await scheduler.stop() }
    running.cancel()
    try await running.value
    await watch.value
    if let failure { throw failure }
}

/// A scheduler that acknowledges what it looks at.
actor TestScheduler {
    nonisolated let client: MesosSchedulerClient
    private let run: Task<SchedulerStreamError?, Never>
    private var reader: Task<Void, Never>?
    private var seen: [SchedulerEvent] = []
    private var end: SchedulerStreamError?

    init(master: MesosEndpoint, id: FrameworkID?) {
        var configuration = MesosSchedulerClient.Configuration(
            masters: StaticMasters([master]), framework: FrameworkDescription(user: "root", failoverTimeout: .seconds(600)))
        configuration.longestBackoff = .milliseconds(200)
        let client = MesosSchedulerClient(configuration)
        self.client = client
        run = Task {
            defer { client.close() }
            return await client.run(as: id)
        }
    }

    private func start() {
        guard reader == nil else { return }
        reader = Task { for await event in client.events { self.keep(event) } }
    }

    /// Each offer by itself: who takes one leaves the others.
    private func keep(_ event: SchedulerEvent) {
        if case .offers(let offers) = event { seen += offers.map { .offers([$0]) } } else { seen.append(event) }
    }

    /// Takes the first event that `select` wants.
    private func take<Value: Sendable>(_ what: String, _ select: @escaping @Sendable (SchedulerEvent) -> Value?) async throws -> Value {
        start()
        return try await within(what) {
            while true {
                if let value = await self.pick(select) { return value }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private func pick<Value: Sendable>(_ select: @Sendable (SchedulerEvent) -> Value?) -> Value? {
        for (index, event) in seen.enumerated() {
            if let value = select(event) {
                seen.remove(at: index)
                return value
            }
        }
        return nil
    }

    func subscribed() async throws { try await take("SUBSCRIBED") { if case .subscribed = $0 { () } else { nil } } }
    func offer() async throws -> MesosOffer { try await take("OFFERS") { if case .offers(let offers) = $0 { offers.first } else { nil } } }
    func offer(on host: String) async throws -> MesosOffer {
        try await take("OFFERS of \(host)") { if case .offers(let offers) = $0 { offers.first { $0.hostname == host } } else { nil } }
    }
    func rescinded() async throws -> OfferID { try await take("RESCIND") { if case .rescind(let id) = $0 { id } else { nil } } }
    func failure() async throws -> (ExecutorID?, Int32?) {
        try await take("FAILURE") { if case .failure(_, let executor, let status) = $0 { (executor, status) } else { nil } }
    }

    @discardableResult func expect(_ task: TaskID, _ state: MesosTaskState) async throws -> TaskStatusUpdate {
        let update = try await take("\(task) \(state)") { event in
            if case .update(let update) = event, update.taskID == task { update } else { nil }
        }
        #expect(update.state == state)
        try await client.acknowledge(update)
        return update
    }

    /// Waits for one of these states, and acknowledges what comes before it.
    func firstOf(_ task: TaskID, _ states: Set<MesosTaskState>) async throws -> MesosTaskState {
        while true {
            let update = try await take("\(task)") { event in
                if case .update(let update) = event, update.taskID == task { update } else { nil }
            }
            try await client.acknowledge(update)
            if states.contains(update.state) { return update.state }
        }
    }

    /// Asks until the master, which may have to hear of the task itself first, knows it.
    func reconciled(_ task: TaskID) async throws -> TaskStatusUpdate {
        try await within("\(task) reconciled") {
            while true {
                try await self.client.reconcile([])
                try await Task.sleep(for: .milliseconds(100))
                let answer = await self.pick { event -> TaskStatusUpdate? in
                    if case .update(let update) = event, update.taskID == task, update.reason == .reconciliation { update } else { nil }
                }
                if let answer { return answer }
            }
        }
    }

    /// Waits for a state of the task, and acknowledges what comes before it: updates may come again.
    @discardableResult func waitFor(_ task: TaskID, _ state: MesosTaskState) async throws -> TaskStatusUpdate {
        while true {
            let update = try await take("\(task) \(state)") { event in
                if case .update(let update) = event, update.taskID == task { update } else { nil }
            }
            try await client.acknowledge(update)
            if update.state == state { return update }
        }
    }

    func launch(_ script: String, named id: TaskID, on offer: MesosOffer) async throws -> TaskID {
        var rest = offer.resources
        guard let own = rest.take(cpus: 0.1, memory: 32), let resources = rest.take(cpus: 0.5, memory: 64) else {
            throw Timeout(description: "the offer is too small: \(offer.resources)")
        }
        let binary = Bundle.main.executableURL?.deletingLastPathComponent().appendingPathComponent("ScriptedExecutor").path
            ?? "ScriptedExecutor"
        let found = [binary, ".build/debug/ScriptedExecutor"].first { FileManager.default.isExecutableFile(atPath: $0) } ?? binary
        let executor = ExecutorDescription(
            id: "executor", name: "scripted", command: .argv(file: URL(fileURLWithPath: found).path, ["scripted"]), resources: own)
        let task = TaskLaunch(taskID: id, name: id.value, agentID: offer.agentID, resources: resources, executor: executor, data: Array(script.utf8))
        try await client.accept([offer.id], launch: [task], refuse: .zero)
        return id
    }

    func ended() async -> SchedulerStreamError? {
        start()
        return await run.value
    }

    func stop() async {
        run.cancel()
        _ = await run.value
        reader?.cancel()
        await reader?.value
    }
}
