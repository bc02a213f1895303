import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOCore
import NIOPosix

/// An agent: an `AgentState`, its log, its executors' processes and streams, and its link to the master.
actor LocalAgent {
    enum Item: Sendable {
        case input(AgentState.Input, reply: (@Sendable (HTTPAnswer) -> Void)?)
        case subscribe(Mesos_V1_Executor_Call, HTTPExchange, MesosFormat)
        case ask(@Sendable (AgentState) -> Void)
    }

    private struct Stream {
        var body: HTTPBodyStream
        var format: MesosFormat
    }

    static let streamLimit = 64 << 20
    /// Bytes appended to the log before it is rewritten as a snapshot.
    static let journalLimit = 16 << 20
    /// How often processes that are not our children are looked after.
    static let lookInterval = Duration.milliseconds(250)

    nonisolated let queue = ItemQueue<Item>(capacity: 10_000)
    private var state: AgentState
    private var journal: AgentLog
    private var journalBytes = 0
    private let bootID: String
    private let tellMaster: @Sendable (AgentToMaster) -> Void
    private let time: any TimeSource
    private let log: Logger
    private var uuids: UUIDSource
    private var streams: [StreamID: Stream] = [:]
    /// Processes taken over from an earlier life, by container id.
    private var adopted: [String: ProcessIdentity] = [:]
    private var nextLook: Instant
    /// Executors that are being brought up, by container id.
    private var launches: [String: Task<Void, Never>] = [:]
    private let fetcher: Fetcher
    /// Called when the master does not want this agent any more.
    private let retired: @Sendable (String) -> Void

    init(
        state: AgentState, journal: AgentLog, fetcher: Fetcher, uuids: UUIDSource, time: any TimeSource, logger: Logger,
        tellMaster: @escaping @Sendable (AgentToMaster) -> Void, retired: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.state, self.journal, self.uuids, self.time, log, self.tellMaster) = (state, journal, uuids, time, logger, tellMaster)
        (self.fetcher, self.retired) = (fetcher, retired)
        bootID = ExecutorProcess.bootID()
        nextLook = time.now
    }

    /// Takes back what still runs, and works until the queue is closed or the task is cancelled.
    func run() async {
        let alive = state.executors.values.filter { !$0.hasEnded && ($0.process.map { ExecutorProcess.isAlive($0, bootID: bootID) } ?? false) }
        for executor in alive { adopted[executor.containerID] = executor.process }
        if !state.executors.isEmpty {
            log.info("recovering executors", metadata: ["known": "\(state.executors.count)", "alive": "\(alive.count)"])
        }
        await work([.input(.recovered(alive: Set(alive.map(\.containerID))), reply: nil)])
        while let items = await queue.batch(until: deadline, on: time) {
            lookAfterAdopted()
            await work(items)
        }
        for stream in streams.values { stream.body.abort() }
        streams = [:]
        for launch in launches.values { launch.cancel() }
        for launch in Array(launches.values) { await launch.value }
    }

    /// Tells all executors to end and waits for them, up to `limit`. Those that do not end run on and are taken back later.
    func stopExecutors(within limit: Duration) async {
        queue.feed(.input(.stop, reply: nil))
        let deadline = time.now + limit
        while time.now < deadline, state.executors.values.contains(where: { !$0.hasEnded }) {
            try? await time.sleep(for: .milliseconds(50))
        }
    }

    private var deadline: Instant? {
        let look = adopted.isEmpty ? nil : nextLook
        return [state.nextDeadline, look].compactMap { $0 }.min()
    }

    private func lookAfterAdopted() {
        guard !adopted.isEmpty, nextLook <= time.now else { return }
        nextLook = time.now + LocalAgent.lookInterval
        for (container, process) in adopted.sorted(by: { $0.key < $1.key }) where !ExecutorProcess.isAlive(process, bootID: bootID) {
            adopted[container] = nil
            queue.feed(.input(.exited(containerID: container, status: -1), reply: nil))
        }
    }

    // MARK: Inputs and effects

    private typealias Reply = @Sendable (HTTPAnswer) -> Void

    /// Handles a batch: all its records are synced at once, then its effects happen in order.
    private func work(_ items: [Item]) async {
        var effects: [(AgentState.Effect, Reply?)] = state.handle(.tick(Moment(now: time.now, wall: time.wallClock))).map { ($0, nil) }
        for item in items {
            switch item {
            case .input(let input, let reply): effects += state.handle(input).map { ($0, reply) }
            case .subscribe(let call, let exchange, let format): effects += subscribe(call, exchange, format).map { ($0, nil) }
            case .ask(let question): question(state)
            }
        }
        let records = effects.compactMap { if case .checkpoint(let record) = $0.0 { record } else { nil } }
        if !records.isEmpty {
            do {
                journalBytes += try await journal.append(records)
                if journalBytes > LocalAgent.journalLimit {
                    journal = try await AgentLog.start(journal.path, with: state.snapshot)
                    journalBytes = 0
                }
            } catch {
                // Acting without the record could lose a task or an update for good; the executors run on, and a restart takes them back.
                log.critical("the agent's log cannot be written, the agent stops: \(error)")
                queue.close()
                return
            }
        }
        for (effect, reply) in effects { perform(effect, reply) }
    }

    private func subscribe(_ call: Mesos_V1_Executor_Call, _ exchange: HTTPExchange, _ format: MesosFormat) -> [AgentState.Effect] {
        if let refusal = state.refusal(of: call) {
            exchange.answer(refusal)
            return []
        }
        let id = uuids.text()
        let body = exchange.stream(.ok, headers: ["Content-Type": format.contentType], limit: LocalAgent.streamLimit)
        streams[id] = Stream(body: body, format: format)
        let queue = queue
        body.onClose { queue.feed(.input(.streamClosed(id), reply: nil)) }
        return state.handle(.subscribe(call, stream: id))
    }

    private func perform(_ effect: AgentState.Effect, _ reply: Reply?) {
        switch effect {
        case .answer(let answer): reply?(answer)
        case .send(let id, let event):
            guard let stream = streams[id] else { return }
            if !stream.body.offer(stream.format.record(event)) {
                streams[id] = nil
                stream.body.abort()
                queue.feed(.input(.streamClosed(id), reply: nil))
            }
        case .close(let id): streams.removeValue(forKey: id)?.body.finish()
        case .tell(let message): tellMaster(message)
        case .checkpoint: break
        case .launch(let launch): start(launch)
        case .abandonLaunch(let container): launches[container]?.cancel()
        case .retire(let reason):
            log.critical("the master does not want this agent any more: \(reason)")
            retired(reason)
        case .signal(let process, let number): ExecutorProcess.signal(process, number, bootID: bootID)
        }
    }

    /// In a task of its own: files may take their time, and other executors must not wait for them.
    private func start(_ launch: AgentState.ExecutorLaunch) {
        let container = launch.containerID
        launches[container] = Task {
            await self.bringUp(launch)
            self.launches[container] = nil
        }
    }

    private func bringUp(_ launch: AgentState.ExecutorLaunch) async {
        let (queue, container, bootID) = (queue, launch.containerID, bootID)
        do {
            try await fetcher.fetch(launch.command.uris, into: launch.directory)
            try Task.checkCancellation()
        } catch {
            log.error("an executor's files could not be fetched: \(error)", metadata: ["sandbox": "\(launch.directory)"])
            let reason = "Failed to fetch all URIs for container '\(container)': \(error)"
            queue.feed(.input(.launchFailed(containerID: container, because: reason), reply: nil))
            return
        }
        do {
            let pid = try await NIOThreadPool.singleton.runIfActive { try ExecutorProcess.start(launch) }
            let started = ExecutorProcess.startTime(of: pid) ?? 0
            queue.feed(.input(.forked(containerID: container, ProcessIdentity(pid: pid, startTime: started, bootID: bootID)), reply: nil))
            log.info("executor started", metadata: ["pid": "\(pid)", "sandbox": "\(launch.directory)"])
            ExecutorProcess.reap(pid) { status in queue.feed(.input(.exited(containerID: container, status: status), reply: nil)) }
        } catch {
            log.error("an executor could not be started: \(error)", metadata: ["sandbox": "\(launch.directory)"])
            queue.feed(.input(.exited(containerID: container, status: 127 << 8), reply: nil))
        }
    }
}
