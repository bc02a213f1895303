import Core
import FoundationEssentials
import Logging
import MesosProto
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// The scheduler's side of Mesos' v1 scheduler API.
///
/// One `run()` keeps the framework subscribed: it finds the leading master (307), opens the event stream, watches the heartbeats, and after a
/// loss subscribes again with exponential back-off and full jitter. It ends when its task is cancelled, or when the master says that the
/// framework failed over or was removed: then the caller decides, since taking the framework id back could fence off the rightful leader.
/// Events come in order through `events`; calls use connections of their own and the stream id of the current subscription.
public actor MesosSchedulerClient {
    public struct Configuration: Sendable {
        /// `host:port` of every master.
        public var masters: [MesosEndpoint]
        public var framework: FrameworkDescription
        /// The id that an earlier subscription got; `nil` asks the master for a new one.
        public var frameworkID: FrameworkID?
        /// How long a call, or the head of the stream, may take.
        public var callTimeout: Duration = .seconds(30)
        public var firstBackoff: Duration = .milliseconds(250)
        public var longestBackoff: Duration = .seconds(15)
        /// How many heartbeats in a row may be missing.
        public var missedHeartbeats = 5
        /// Asked just before each subscription and each call: `false`, and nothing is sent. A subscription takes the framework from whoever has it,
        /// so a leader whose term is over must not make one.
        public var mayAct: @Sendable () -> Bool = { true }
        /// Writes each call and event as JSON to the debug log.
        public var logsMessages = false
        /// Events that may wait for the consumer before the socket is no longer read.
        public var eventCapacity = 64

        public init(masters: [MesosEndpoint], framework: FrameworkDescription, frameworkID: FrameworkID? = nil) {
            (self.masters, self.framework, self.frameworkID) = (masters, framework, frameworkID)
        }
    }

    private struct Subscription: Sendable {
        var master: MesosEndpoint
        var streamID: String
    }

    public nonisolated let events: EventChannel<SchedulerEvent>
    /// The id of the framework, once there is one.
    public private(set) var frameworkID: FrameworkID?

    private let configuration: Configuration
    private let time: any TimeSource
    private let random: @Sendable () -> Double
    private let log: Logger
    private let http = MesosHTTP()
    private var subscription: Subscription?

    /// - Parameter random: numbers in 0..<1 for the jitter.
    public init(
        _ configuration: Configuration, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos"),
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        (self.configuration, self.time, self.log, self.random) = (configuration, time, logger, random)
        frameworkID = configuration.frameworkID
        events = EventChannel(capacity: configuration.eventCapacity)
    }

    // MARK: The subscription

    /// Keeps the framework subscribed until the task is cancelled (returns `nil`) or the master ends it for good.
    @discardableResult public func run() async -> SchedulerStreamError? {
        defer { events.finish() }
        var attempt = 0
        var candidates = Candidates(configuration.masters)
        while !Task.isCancelled {
            let outcome = await subscribeOnce(to: candidates.current)
            subscription = nil
            switch outcome {
            case .ended(let error):
                log.error("Mesos ended the subscription: \(error)")
                await events.send(.error(error))
                return error
            case .redirected(let leader):
                if candidates.follow(leader) {
                    log.debug("redirected to the leading master \(leader)")
                    continue
                }
                await events.send(.disconnected(because: "\(leader) does not lead either"))
            case .lost(let reason, let wasSubscribed):
                if Task.isCancelled { return nil }
                if wasSubscribed { attempt = 0 }
                log.info("not subscribed to Mesos", metadata: ["master": "\(candidates.current)", "because": "\(reason)"])
                await events.send(.disconnected(because: reason))
                candidates.advance()
            }
            let wait = backoff(attempt)
            attempt += 1
            try? await time.sleep(for: wait)
        }
        return nil
    }

    private enum Outcome {
        case ended(SchedulerStreamError)
        case redirected(MesosEndpoint)
        case lost(String, wasSubscribed: Bool)
    }

    /// Which master to try next: the list in turn, and a leader that one of them named.
    private struct Candidates {
        let masters: [MesosEndpoint]
        var index = 0
        var named: MesosEndpoint?
        var redirects = 0
        init(_ masters: [MesosEndpoint]) { self.masters = masters.isEmpty ? [MesosEndpoint(host: "127.0.0.1", port: 5050)] : masters }
        var current: MesosEndpoint { named ?? masters[index % masters.count] }
        /// `false` when the masters send us in circles: then it is time to wait.
        mutating func follow(_ leader: MesosEndpoint) -> Bool {
            redirects += 1
            let circle = redirects > masters.count + 1 || leader == current
            named = circle ? nil : leader
            return !circle
        }
        mutating func advance() {
            if named == nil { index = (index + 1) % masters.count }
            named = nil
            redirects = 0
        }
    }

    private func backoff(_ attempt: Int) -> Duration {
        let limit = min(configuration.longestBackoff.inSeconds, configuration.firstBackoff.inSeconds * Double(1 << min(attempt, 16)))
        return .seconds(limit * random())
    }

    private func subscribeOnce(to master: MesosEndpoint) async -> Outcome {
        let call = Mesos_V1_Scheduler_Call.with {
            if let frameworkID { $0.frameworkID.value = frameworkID.value }
            $0.type = .subscribe
            $0.subscribe.frameworkInfo = configuration.framework.info(id: frameworkID)
        }
        guard configuration.mayAct() else { return .lost("this leader's term is over or not confirmed", wasSubscribed: false) }
        do {
            let response = try await http.open(master.url(MesosSchedulerClient.path), body: bytes(of: call), timeout: configuration.callTimeout)
            guard response.status == .ok else {
                let text = String(buffer: try await response.body.collect(upTo: MesosHTTP.answerLimit))
                return refusal(status: Int(response.status.code), location: response.headers.first(name: "Location"), text: text)
            }
            guard let streamID = response.headers.first(name: MesosHTTP.streamIDHeader) else {
                return .lost("\(master) answered SUBSCRIBE without a \(MesosHTTP.streamIDHeader) header", wasSubscribed: false)
            }
            subscription = Subscription(master: master, streamID: streamID)
            return await follow(response.body.makeAsyncIterator(), ofStream: streamID)
        } catch {
            return .lost("\(master): \(error)", wasSubscribed: false)
        }
    }

    private static let path = "/api/v1/scheduler"

    private func refusal(status: Int, location: String?, text: String) -> Outcome {
        switch status {
        case 307, 302:
            guard let location, let leader = MesosEndpoint(location, defaultPort: 5050) else {
                return .lost("a redirect without a usable Location: '\(location ?? "")'", wasSubscribed: false)
            }
            return .redirected(leader)
        case 400, 401, 403, 406, 415: return .ended(.rejected("\(status): \(text)"))
        default: return .lost("HTTP status \(status): \(text)", wasSubscribed: false)
        }
    }

    /// Reads the stream to its end, with the heartbeat's absence as another end.
    private func follow<Body: AsyncIteratorProtocol & SendableMetatype>(_ body: sending Body, ofStream streamID: String) async -> Outcome
    where Body.Element == ByteBuffer {
        let watch = SilenceWatch(time: time)
        let interval = MutexBox(Duration.seconds(15))
        let missed = configuration.missedHeartbeats
        let box = IteratorBox(body)
        return await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await self.read(box, watch: watch, interval: interval) }
            group.addTask {
                do {
                    try await watch.silence { interval.withLock { $0 } * missed }
                    return .lost("no heartbeat", wasSubscribed: true)
                } catch { return nil }
            }
            var outcome: Outcome?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome ?? .lost("cancelled", wasSubscribed: true)
        }
    }

    private func read<Body: AsyncIteratorProtocol>(_ box: IteratorBox<Body>, watch: SilenceWatch, interval: MutexBox<Duration>) async -> Outcome
    where Body.Element == ByteBuffer {
        var decoder = RecordIODecoder()
        var subscribed = false
        do {
            while true {
                watch.startsWaiting()
                let chunk = try await box.next()
                watch.stopsWaiting()
                guard let chunk else { break }
                decoder.feed(chunk)
                while let record = try decoder.next() {
                    let event = try Mesos_V1_Scheduler_Event(serializedBytes: Array(record.readableBytesView))
                    if configuration.logsMessages { log.debug("event \(json(event))") }
                    if event.type == .error { return .ended(SchedulerStreamError(message: event.error.message)) }
                    if event.type == .subscribed {
                        subscribed = true
                        frameworkID = FrameworkID(event.subscribed.frameworkID.value)
                        if event.subscribed.heartbeatIntervalSeconds > 0 {
                            let seconds = min(max(event.subscribed.heartbeatIntervalSeconds, 0.01), 3600)
                            interval.withLock { $0 = .seconds(seconds) }
                        }
                    }
                    if let typed = SchedulerEvent(event, heartbeat: interval.withLock { $0 }) { await events.send(typed) }
                }
            }
            try decoder.finish()
            return .lost("the master closed the stream", wasSubscribed: subscribed)
        } catch {
            return .lost("\(error)", wasSubscribed: subscribed)
        }
    }

    // MARK: Calls

    /// Launches `tasks` on these offers (of one agent) and returns the rest, which is not offered again for `refuse` (5 s by default).
    public func accept(_ offers: [OfferID], launch tasks: [TaskLaunch], refuse: Duration? = nil) async throws(MesosCallError) {
        guard let framework = frameworkID else { throw .notSubscribed }
        try await send {
            $0.type = .accept
            $0.accept.offerIds = offers.map { id in .with { $0.value = id.value } }
            if !tasks.isEmpty {
                $0.accept.operations = [
                    .with {
                        $0.type = .launch
                        $0.launch.taskInfos = tasks.map { $0.info(framework: framework) }
                    }
                ]
            }
            if let refuse { $0.accept.filters.refuseSeconds = refuse.inSeconds }
        }
    }

    /// Gives offers back; the same resources are not offered again for `refuse` (5 s by default).
    public func decline(_ offers: [OfferID], refuse: Duration? = nil) async throws(MesosCallError) {
        try await send {
            $0.type = .decline
            $0.decline.offerIds = offers.map { id in .with { $0.value = id.value } }
            if let refuse { $0.decline.filters.refuseSeconds = refuse.inSeconds }
        }
    }

    /// Forgets all refusals: offers come at once.
    public func revive() async throws(MesosCallError) { try await send { $0.type = .revive } }

    /// No offers until `revive`. Offers that are out stay valid.
    public func suppress() async throws(MesosCallError) { try await send { $0.type = .suppress } }

    public func kill(_ task: TaskID, on agent: AgentID? = nil, gracePeriod: Duration? = nil) async throws(MesosCallError) {
        try await send {
            $0.type = .kill
            $0.kill.taskID.value = task.value
            if let agent { $0.kill.agentID.value = agent.value }
            if let gracePeriod { $0.kill.killPolicy.gracePeriod.nanoseconds = Int64(gracePeriod.inSeconds * 1e9) }
        }
    }

    /// Ends an executor with all its tasks.
    public func shutdown(_ executor: ExecutorID, on agent: AgentID) async throws(MesosCallError) {
        try await send {
            $0.type = .shutdown
            $0.shutdown.executorID.value = executor.value
            $0.shutdown.agentID.value = agent.value
        }
    }

    /// Tells that `update` is durable; only then comes the task's next one. Does nothing for an update without uuid.
    public func acknowledge(_ update: TaskStatusUpdate) async throws(MesosCallError) {
        guard let uuid = update.uuid, let agent = update.agentID else { return }
        try await send {
            $0.type = .acknowledge
            $0.acknowledge.agentID.value = agent.value
            $0.acknowledge.taskID.value = update.taskID.value
            $0.acknowledge.uuid = Data(uuid)
        }
    }

    /// Asks for the states of these tasks; of all known tasks when empty. Answers are updates without uuid.
    /// Just after a change of the leading master there may be no answer: ask again.
    public func reconcile(_ tasks: [(task: TaskID, agent: AgentID?)]) async throws(MesosCallError) {
        try await send {
            $0.type = .reconcile
            $0.reconcile.tasks = tasks.map { entry in
                .with {
                    $0.taskID.value = entry.task.value
                    if let agent = entry.agent { $0.agentID.value = agent.value }
                }
            }
        }
    }

    /// Sends bytes to an executor; delivery is not guaranteed.
    public func message(_ data: [UInt8], to executor: ExecutorID, on agent: AgentID) async throws(MesosCallError) {
        try await send {
            $0.type = .message
            $0.message.agentID.value = agent.value
            $0.message.executorID.value = executor.value
            $0.message.data = Data(data)
        }
    }

    /// Removes the framework: all its tasks and executors are killed, and the id is dead for ever.
    public func teardown() async throws(MesosCallError) { try await send { $0.type = .teardown } }

    private func send(_ fill: (inout Mesos_V1_Scheduler_Call) -> Void) async throws(MesosCallError) {
        guard let subscription, let frameworkID, configuration.mayAct() else { throw .notSubscribed }
        var call = Mesos_V1_Scheduler_Call()
        call.frameworkID.value = frameworkID.value
        fill(&call)
        if configuration.logsMessages { log.debug("call \(json(call))") }
        let url = subscription.master.url(MesosSchedulerClient.path)
        let answer = try await http.call(url, body: bytes(of: call), streamID: subscription.streamID, timeout: configuration.callTimeout)
        guard (200..<300).contains(answer.status) else { throw .refused(status: answer.status, message: answer.text) }
    }
}

/// Lends a body's iterator to the one task that reads it.
///
/// @unchecked Sendable: `next` is called by one task only (the reading child of `follow`), which ends before the box is dropped.
final class IteratorBox<Body: AsyncIteratorProtocol>: @unchecked Sendable where Body.Element == ByteBuffer {
    private var iterator: Body
    init(_ iterator: Body) { self.iterator = iterator }
    func next() async throws -> ByteBuffer? { try await iterator.next() }
}

/// The wire form. Our own messages always have their required fields, so encoding cannot fail; if it did, the peer would answer 400.
func bytes(of message: some Message) -> [UInt8] { (try? message.serializedBytes(partial: true)) ?? [] }

/// The readable form for debug logs.
func json(_ message: some Message) -> String {
    var options = JSONEncodingOptions()
    options.preserveProtoFieldNames = true
    options.alwaysPrintInt64sAsNumbers = true
    return (try? message.jsonString(options: options)) ?? "\(message)"
}

extension SchedulerEvent {
    /// The typed event; `nil` for a kind that we do not know, and for ERROR.
    init?(_ event: Mesos_V1_Scheduler_Event, heartbeat: Duration) {
        switch event.type {
        case .subscribed:
            let master = event.subscribed.hasMasterInfo ? MesosMasterDescription(event.subscribed.masterInfo) : nil
            self = .subscribed(FrameworkID(event.subscribed.frameworkID.value), master: master, heartbeat: heartbeat)
        case .offers: self = .offers(event.offers.offers.map(MesosOffer.init))
        case .inverseOffers: self = .inverseOffers(event.inverseOffers.inverseOffers.map(MesosInverseOffer.init))
        case .rescind: self = .rescind(OfferID(event.rescind.offerID.value))
        case .rescindInverseOffer: self = .rescindInverseOffer(OfferID(event.rescindInverseOffer.inverseOfferID.value))
        case .update: self = .update(TaskStatusUpdate(event.update.status))
        case .message:
            self = .message(AgentID(event.message.agentID.value), ExecutorID(event.message.executorID.value), [UInt8](event.message.data))
        case .failure:
            self = .failure(
                event.failure.hasAgentID ? AgentID(event.failure.agentID.value) : nil,
                event.failure.hasExecutorID ? ExecutorID(event.failure.executorID.value) : nil,
                status: event.failure.hasStatus ? event.failure.status : nil)
        case .heartbeat: self = .heartbeat
        case .error, .unknown, .updateOperationStatus: return nil
        }
    }
}
