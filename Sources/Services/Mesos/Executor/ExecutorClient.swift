import Core
import FoundationEssentials
import Logging
import MesosProto
import NIOCore
import SwiftProtobuf

/// The executor's side of Mesos' v1 executor API.
///
/// One `run()` keeps the executor subscribed to its agent and delivers updates in the order in which they were given; each is kept until the
/// agent has acknowledged it. When the agent restarts, `run()` subscribes again, with all tasks and updates that are not acknowledged, for as
/// long as the recovery timeout allows; then `events` ends with `agentGone`.
public actor MesosExecutorClient {
    /// The most updates that may wait for the agent's acknowledgement.
    public static let mostUnacknowledged = 65_536

    public nonisolated let events: EventChannel<ExecutorEvent>
    public nonisolated let environment: ExecutorEnvironment

    private let time: any TimeSource
    private let random: @Sendable () -> Double
    private let newUUID: @Sendable () -> [UInt8]
    private let log: Logger
    private let http: MesosHTTP

    private struct Pending {
        var uuid: [UInt8]
        var call: Mesos_V1_Executor_Call.Update
        var sent = false
    }
    /// Oldest first.
    private var pending: [Pending] = []
    /// Tasks of which no update has been acknowledged yet, in the order of their launch.
    private var unacknowledgedTasks: [Mesos_V1_TaskInfo] = []
    private var isSubscribed = false
    /// The deliverer of updates, when it waits for one.
    private let sender = MutexBox<CheckedContinuation<Void, Never>?>(nil)

    /// - Parameters:
    ///   - random: numbers in 0..<1 for the back-off.
    ///   - newUUID: 16 random bytes for each update.
    public init(
        _ environment: ExecutorEnvironment, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos-executor"),
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }, newUUID: @escaping @Sendable () -> [UInt8] = randomUUID
    ) {
        (self.environment, self.time, self.log, self.random, self.newUUID) = (environment, time, logger, random, newUUID)
        http = MesosHTTP(access: environment.access, time: time)
        events = EventChannel(capacity: 256)
    }

    // MARK: The subscription

    /// Runs until the task is cancelled or the agent is gone for good; `events` ends then.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.deliverUpdates() }
            await stayConnected()
            group.cancelAll()
        }
        events.finish()
    }

    private func stayConnected() async {
        var deadline = time.now + environment.recoveryTimeout
        while !Task.isCancelled {
            let (reason, wasSubscribed, isFinal) = await subscribeOnce()
            isSubscribed = false
            for index in pending.indices { pending[index].sent = false }
            if Task.isCancelled { return }
            if wasSubscribed {
                deadline = time.now + environment.recoveryTimeout
                await events.send(.disconnected(because: reason))
            }
            if isFinal || (wasSubscribed && !environment.checkpoint) || time.now >= deadline {
                await events.send(.agentGone(because: reason))
                return
            }
            log.debug("not subscribed to the agent \(environment.agent): \(reason)")
            let wait = Duration.seconds(max(0.05, environment.subscriptionBackoffMax.inSeconds * random()))
            try? await time.sleep(until: min(time.now + wait, deadline))
        }
    }

    private func subscribeOnce() async -> (reason: String, wasSubscribed: Bool, isFinal: Bool) {
        var call = envelope(.subscribe)
        call.subscribe.unacknowledgedTasks = unacknowledgedTasks
        call.subscribe.unacknowledgedUpdates = pending.map(\.call)
        let given = Set(pending.map(\.uuid))
        var subscribed = false
        do {
            let response = try await http.open(url, body: bytes(of: call), timeout: .seconds(30))
            guard response.status == .ok else {
                let text = String(buffer: try await response.body.collect(upTo: MesosHTTP.errorLimit))
                // The agent knows neither this framework nor this executor: it will not take us back.
                let isFinal = (400..<500).contains(response.status.code) && text.hasSuffix("cannot be found")
                return ("\(response.status.code): \(text)", false, isFinal)
            }
            // By uuid: one may have been dropped while the call was under way.
            for index in pending.indices where given.contains(pending[index].uuid) { pending[index].sent = true }
            var decoder = RecordIODecoder()
            for try await chunk in response.body {
                decoder.feed(chunk)
                while let record = try decoder.next() {
                    let event = try Mesos_V1_Executor_Event(serializedBytes: Array(record.readableBytesView))
                    if event.type == .subscribed { subscribed = true }
                    await take(event)
                }
            }
            return ("the agent closed the stream", subscribed, false)
        } catch {
            return ("\(error)", subscribed, false)
        }
    }

    private func take(_ event: Mesos_V1_Executor_Event) async {
        switch event.type {
        case .subscribed:
            isSubscribed = true
            wakeSender()
            let info = event.subscribed
            await events.send(
                .subscribed(
                    agent: ExecutorAgent(info.agentInfo), frameworkName: info.frameworkInfo.name, data: [UInt8](info.executorInfo.data),
                    resources: MesosResources(info.executorInfo.resources), containerID: info.hasContainerID ? info.containerID.value : nil))
        case .launch:
            note([event.launch.task])
            await events.send(.launch(LaunchedTask(event.launch.task)))
        case .launchGroup:
            note(event.launchGroup.taskGroup.tasks)
            await events.send(.launchGroup(event.launchGroup.taskGroup.tasks.map(LaunchedTask.init)))
        case .kill:
            let kill = event.kill
            let grace: Duration? = kill.killPolicy.hasGracePeriod ? .nanoseconds(kill.killPolicy.gracePeriod.nanoseconds) : nil
            await events.send(.kill(TaskID(kill.taskID.value), gracePeriod: grace))
        case .acknowledged:
            let (task, uuid) = (event.acknowledged.taskID.value, [UInt8](event.acknowledged.uuid))
            pending.removeAll { $0.uuid == uuid }
            unacknowledgedTasks.removeAll { $0.taskID.value == task }
            await events.send(.acknowledged(TaskID(task), uuid: uuid))
        case .message: await events.send(.message([UInt8](event.message.data)))
        case .shutdown: await events.send(.shutdown)
        case .error: await events.send(.error(event.error.message))
        case .heartbeat: break
        case .unknown: log.notice("an event of a kind that is not known is left out")
        }
    }

    private func note(_ tasks: [Mesos_V1_TaskInfo]) {
        for task in tasks where !unacknowledgedTasks.contains(where: { $0.taskID == task.taskID }) { unacknowledgedTasks.append(task) }
    }

    // MARK: Updates

    /// Why an update was not taken.
    public enum UpdateRefused: Error, Sendable, Hashable { case tooManyUnacknowledged, stagingIsTheMastersState }

    /// Takes a status to deliver; source, executor id, time and uuid are filled in here. Returns its uuid at once.
    @discardableResult public func update(_ status: TaskStatusUpdate) throws(UpdateRefused) -> [UInt8] {
        guard status.state != .staging else { throw .stagingIsTheMastersState }
        guard pending.count < MesosExecutorClient.mostUnacknowledged else { throw .tooManyUnacknowledged }
        let uuid = newUUID()
        var proto = Mesos_V1_TaskStatus()
        proto.taskID.value = status.taskID.value
        proto.state = status.state.proto
        proto.source = .executor
        proto.executorID.value = environment.executorID.value
        proto.timestamp = Double(time.wallClock.nanosecondsSinceEpoch) / 1e9
        proto.uuid = Data(uuid)
        if !status.message.isEmpty { proto.message = status.message }
        if !status.data.isEmpty { proto.data = Data(status.data) }
        if let healthy = status.healthy { proto.healthy = healthy }
        if !status.labels.isEmpty { proto.labels = Mesos_V1_Labels(status.labels) }
        pending.append(Pending(uuid: uuid, call: .with { $0.status = proto }))
        wakeSender()
        return uuid
    }

    /// How many updates the agent has not acknowledged yet.
    public var unacknowledgedUpdates: Int { pending.count }

    /// Sends bytes to the scheduler; delivery is not guaranteed.
    public func message(_ data: [UInt8]) async throws(MesosCallError) {
        guard isSubscribed else { throw .notSubscribed }
        var call = envelope(.message)
        call.message.data = Data(data)
        let answer = try await http.call(url, body: bytes(of: call), timeout: .seconds(30))
        guard (200..<300).contains(answer.status) else { throw .refused(status: answer.status, message: answer.text) }
    }

    private func deliverUpdates() async {
        while !Task.isCancelled {
            guard isSubscribed, let index = pending.firstIndex(where: { !$0.sent }) else {
                await waitForWork()
                continue
            }
            let update = pending[index]
            var call = envelope(.update)
            call.update = update.call
            do {
                let answer = try await http.call(url, body: bytes(of: call), timeout: .seconds(30))
                if answer.status == 202 || answer.status == 200 {
                    if let index = pending.firstIndex(where: { $0.uuid == update.uuid }) { pending[index].sent = true }
                } else if answer.status == 400 {
                    // The agent will never take this one; without it the later ones of the task still can go.
                    log.error("the agent refused an update of \(update.call.status.taskID.value): \(answer.text)")
                    pending.removeAll { $0.uuid == update.uuid }
                } else {
                    try? await time.sleep(for: .milliseconds(200))
                }
            } catch {
                try? await time.sleep(for: .milliseconds(200))
            }
        }
    }

    private func waitForWork() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sender.withLock { $0 = continuation }
                if Task.isCancelled { wakeSender() }
            }
        } onCancel: {
            wakeSender()
        }
    }

    private nonisolated func wakeSender() {
        sender.withLock { $0.take() }?.resume()
    }

    private var url: String { environment.agent.url("/api/v1/executor") }

    private func envelope(_ type: Mesos_V1_Executor_Call.TypeEnum) -> Mesos_V1_Executor_Call {
        .with {
            $0.type = type
            $0.executorID.value = environment.executorID.value
            $0.frameworkID.value = environment.frameworkID.value
        }
    }
}

/// 16 random bytes, marked as a version 4 UUID.
public func randomUUID() -> [UInt8] {
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    return bytes
}
