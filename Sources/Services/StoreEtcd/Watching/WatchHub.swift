import GRPCCore
import Logging
import Store
import Synchronization

/// One watch on etcd for all watches of this store, so that etcd tells each change once to each process, and so that one number says how
/// far all of them have come.
///
/// It follows from the first watch on. After a lost connection it goes on at another member where it was; if etcd has forgotten what came
/// next, its watches end with `.compacted`. A watch that begins further back than the ring brings its past by a stream of its own
/// (`CatchUp`) and joins here.
final class WatchHub: Sendable {
    private let connections: EtcdConnections
    private let options: EtcdStoreOptions
    private let logger: Logger
    /// The store's present revision, from a quorum.
    private let present: @Sendable () async throws -> Revision
    /// Changes a key of the store's own, so that something is told that lies after all that has been.
    private let tick: @Sendable () async throws -> Void

    private let state: Mutex<HubState>
    private let tasks = Mutex(Tasks())
    private let started = Signal()
    private let waiting = Signal()

    private struct Tasks {
        var nextID = 0
        var catchUps: [Int: Task<Void, Never>] = [:]
        var stream: Task<Void, any Error>?
        var isClosed = false
    }

    init(
        _ connections: EtcdConnections, _ options: EtcdStoreOptions, logger: Logger,
        present: @escaping @Sendable () async throws -> Revision, tick: @escaping @Sendable () async throws -> Void
    ) {
        (self.connections, self.options, self.logger, self.present, self.tick) = (connections, options, logger, present, tick)
        state = Mutex(HubState(options))
    }

    // MARK: Watches

    func watch(_ range: KeyRange, from revision: Revision) async throws -> BufferedWatch {
        if !state.withLock({ $0.isStarted }) {
            let now = try await present()
            for waiter in state.withLock({ $0.isStarted ? [] : $0.start(at: now) }) { waiter.answer.resume(returning: true) }
            started.fire()
        }
        let from = max(1, revision)
        let id = tasks.withLock { tasks in
            tasks.nextID += 1
            return tasks.nextID
        }
        let buffer = WatchBuffer(range: range, from: from, limit: options.watchLimit, onEnd: { [weak self] in self?.remove(id) })
        let watch = BufferedWatch(buffer)
        let oldest = state.withLock { $0.oldest }
        guard from >= oldest else { throw StoreError.compacted(oldest: oldest) }
        if !state.withLock({ $0.join(id, buffer, after: from - 1) }) {
            let catchUp = CatchUp(hub: self, connections: connections, keys: options.keys, logger: logger, id: id, buffer: buffer)
            tasks.withLock { tasks in
                guard !tasks.isClosed else { return }
                tasks.catchUps[id] = Task { await catchUp.run() }
            }
        }
        if tasks.withLock({ $0.isClosed }) { throw StoreError.closed }
        return watch
    }

    private func remove(_ id: Int) {
        state.withLock { $0.remove(id) }
        tasks.withLock { $0.catchUps.removeValue(forKey: id) }?.cancel()
    }

    /// Whether `buffer` is told from here from now on.
    func join(_ id: Int, _ buffer: WatchBuffer, after revision: Revision) -> Bool {
        guard state.withLock({ $0.join(id, buffer, after: revision) }) else { return false }
        tasks.withLock { $0.catchUps[id] = nil }
        return true
    }

    var watchCount: Int { state.withLock { $0.live.count } + tasks.withLock { $0.catchUps.count } }

    func forgotten(before revision: Revision) { state.withLock { $0.forgotten(before: revision) } }
    var oldest: Revision { state.withLock { $0.oldest } }

    // MARK: How far it has come

    /// Returns true when all watches were offered what happened up to `revision`, false after `patience`.
    func reach(_ revision: Revision, patience: Duration, mayTick: Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let now = ContinuousClock.now
            let waiter = HubState.Waiter(revision: revision, since: now, deadline: now + patience, mayTick: mayTick, answer: continuation)
            if let answer = state.withLock({ $0.wait(waiter) }) { continuation.resume(returning: answer) } else { waiting.fire() }
        }
    }

    /// Tells the watches of `range` how far they have come.
    func tellProgress(_ range: KeyRange) {
        let (told, live) = state.withLock { ($0.told, $0.live) }
        for (_, buffer) in live where buffer.range.overlaps(range) { buffer.offerProgress(told) }
    }

    private func tell(_ batch: WatchBatch) {
        guard let buffers = state.withLock({ $0.take(batch) }) else { return }
        for buffer in buffers { if batch.events.isEmpty { buffer.offerProgress(batch.revision) } else { buffer.offerPart(of: batch) } }
        for waiter in state.withLock({ $0.finish(batch) }) { waiter.answer.resume(returning: true) }
    }

    // MARK: Following etcd

    /// Follows from the first watch on, until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.attendWaiters() }
            await self.follow()
            group.cancelAll()
        }
    }

    private func follow() async {
        guard await started.wait() else { return }
        var pause = Duration.milliseconds(20)
        while !Task.isCancelled {
            let member = connections.preferred
            let (wasCreated, end) = await stream(member)
            if Task.isCancelled { break }
            if case StoreError.compacted(let oldest) = end {
                await beginAnew(oldest)
            } else {
                connections.avoid(member, because: "\(end)")
                logger.notice("etcd: the watch was interrupted and goes on", metadata: ["because": "\(end)"])
            }
            pause = wasCreated ? .milliseconds(20) : min(pause * 2, .seconds(1))
            try? await Task.sleep(for: pause)
        }
    }

    /// Follows at one member, and says how that ended.
    private func stream(_ member: Int) async -> (wasCreated: Bool, end: any Error) {
        let created = Flag()
        do {
            let (token, logins) = try await connections.token()
            let stream = WatchStream(member: connections.members[member], token: token, keys: options.keys)
            let from = state.withLock { $0.reached } + 1
            let task = Task {
                try await stream.follow(from: from, created: { created.raise() }) { batch in
                    self.tell(batch)
                    return true
                }
            }
            tasks.withLock { $0.stream = task }
            do { try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() } } catch {
                // etcd answers a watch with an old token like one without permission.
                if !(error is StoreError) { connections.forgetToken(of: logins) }
                throw error
            }
            return (true, StoreError.closed)
        } catch { return (created.isRaised, error) }
    }

    /// Some changes were forgotten before we saw them: who was told of all until now must read anew.
    private func beginAnew(_ oldest: Revision) async {
        logger.warning("etcd has compacted what the watch was to bring; its readers list again", metadata: ["oldest": "\(oldest)"])
        guard let now = try? await present() else { return }
        let (live, waiters) = state.withLock { state in
            state.forgotten(before: oldest)
            return (state.live, state.start(at: now))
        }
        for (_, buffer) in live { buffer.end(.compacted(oldest: oldest), dropQueue: true) }
        for waiter in waiters { waiter.answer.resume(returning: true) }
    }

    // MARK: Waiters

    /// While somebody waits: after a breath, shows the way by a change of our own; after a second, tries another stream; at last says no.
    private func attendWaiters() async {
        while await waiting.wait() {
            var restarted = false
            let ticker = Ticker(tick)
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(10))
                let now = ContinuousClock.now
                let (waiters, overdue) = state.withLock { ($0.waiters, $0.takeOverdue(at: now)) }
                for waiter in overdue { waiter.answer.resume(returning: false) }
                guard let longest = waiters.map(\.since).min() else { break }
                if !restarted, now - longest > .seconds(1) {
                    restarted = true
                    tasks.withLock { $0.stream }?.cancel()
                }
                if waiters.contains(where: { $0.mayTick && now - $0.since > .milliseconds(10) }) { ticker.tick() }
            }
            await ticker.end()
        }
    }

    /// One change of our own, for a catch-up that hears nothing.
    func nudge() async { try? await tick() }

    /// Ends all watches, after what they had coming. To be called when `run` has ended.
    func close() async {
        let catchUps = tasks.withLock { tasks in
            tasks.isClosed = true
            return tasks.catchUps.values.map { $0 }
        }
        for task in catchUps { task.cancel() }
        for task in catchUps { await task.value }
        let (live, waiters) = state.withLock { ($0.live, $0.takeAllWaiters()) }
        for (_, buffer) in live { buffer.end(.closed) }
        for waiter in waiters { waiter.answer.resume(returning: false) }
    }
}

/// Ticks, one at a time.
private final class Ticker: Sendable {
    private let action: @Sendable () async throws -> Void
    private let running = Mutex<(task: Task<Void, Never>, done: Flag)?>(nil)

    init(_ action: @escaping @Sendable () async throws -> Void) { self.action = action }

    func tick() {
        running.withLock { running in
            if let running, !running.done.isRaised { return }
            let done = Flag()
            let task = Task { [action] in
                try? await action()
                done.raise()
            }
            running = (task, done)
        }
    }

    func end() async {
        let task = running.withLock { $0?.task }
        task?.cancel()
        await task?.value
    }
}
