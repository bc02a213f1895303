import ActorKit
import Core
import JSON
import KubeObjects

/// Runs one pod: feeds its state with what happens and performs what the state wants.
///
/// Steps run in the worker's own task group; their answers come back through its inbox. The status is written by one writer at a time,
/// which always sends the newest one and does not give up while the API server cannot be reached.
actor PodWorker {
    nonisolated let inbox = Inbox<PodWorkerState.Input>(capacity: 256)
    nonisolated let uid: PodUID
    let ports: NodePorts
    let node: NodeConfiguration
    let gate: Gate
    var state: PodWorkerState
    var task: TaskID?
    var volumePaths: [String: String] = [:]
    private var pendingStatus: JSONValue?
    private var pendingDelete = false
    private var isWriting = false
    private var terminationMessages: [String: String] = [:]
    private let taskEnded: @Sendable (TaskID) -> Void

    /// - Parameter taskEnded: told of each task whose end was reported.
    init(
        pod: Pod, task: TaskID?, node: NodeConfiguration, ports: NodePorts, gate: Gate, taskEnded: @escaping @Sendable (TaskID) -> Void
    ) {
        (self.uid, self.task, self.node, self.ports, self.gate) = (pod.uid, task, node, ports, gate)
        self.taskEnded = taskEnded
        let now = Moment(instant: ports.time.now, wall: ports.time.wallClock)
        state = PodWorkerState(pod: pod, hasTask: task != nil, nodeName: node.nodeName, hostIP: node.hostIP, at: now)
    }

    /// Runs until nothing is left of the pod, or until cancelled (the pod then runs on).
    func run() async {
        await withDiscardingTaskGroup { group in
            while !state.isFinished {
                guard let batch = await inbox.batch(until: state.nextDeadline, on: ports.time) else { break }
                for input in batch.isEmpty ? [.timePassed] : batch {
                    let now = Moment(instant: ports.time.now, wall: ports.time.wallClock)
                    let effects = state.handle(await withMessages(input), at: now)
                    for effect in effects { perform(effect, &group) }
                }
            }
            inbox.close()
            group.cancelAll()
        }
    }

    /// The pod has a new Mesos task.
    func give(_ task: TaskID) {
        self.task = task
        inbox.feed(.taskGiven)
    }

    /// A look at the runtime, with the messages that ended containers have left.
    private func withMessages(_ input: PodWorkerState.Input) async -> PodWorkerState.Input {
        guard case .observed(var snapshot, let since) = input else { return input }
        for index in snapshot.containers.indices {
            let one = snapshot.containers[index]
            guard one.condition == .exited, one.message.isEmpty else { continue }
            if terminationMessages[one.id] == nil {
                let path = "\(ports.volumes.podDirectory(uid))/\(SpecBuilder.terminationLog(one.name, one.attempt))"
                terminationMessages[one.id] = String(decoding: await ports.volumes.tail(path, limit: 4096), as: UTF8.self)
            }
            snapshot.containers[index].message = terminationMessages[one.id] ?? ""
        }
        return .observed(snapshot, since: since)
    }

    // MARK: Effects

    private func perform(_ effect: PodWorkerState.Effect, _ group: inout DiscardingTaskGroup) {
        switch effect {
        case .event(let event): ports.api.record(event, about: state.pod)
        case .reportTask(let taskState, let message):
            guard let task else { return }
            ports.reporter.report(task, taskState, message: message)
            if taskState.isTerminal { taskEnded(task) }
        case .writeStatus(let status):
            pendingStatus = status
            startWriting(&group)
        case .deleteObject:
            pendingDelete = true
            startWriting(&group)
        case .finished: break
        default: group.addTask { await self.step(effect) }
        }
    }

    private func step(_ effect: PodWorkerState.Effect) async {
        switch effect {
        case .prepareVolumes: await prepareVolumes()
        case .createSandbox(let attempt, let replacing): await createSandbox(attempt, replacing)
        case .pullImage(let name): await pullImage(name)
        case .createContainer(let name, let attempt, let imageID): await createContainer(name, attempt, imageID)
        case .startContainer(let name, let id): await startContainer(name, id)
        case .stopContainer(let name, let id, let grace, let preStop): await stopContainer(name, id, grace, preStop)
        case .removeContainer(let name, let id, let attempt): await removeContainer(name, id, attempt)
        case .awaitRelease(let address):
            await ports.services.released(address)
            inbox.feed(.released)
        case .removeSandbox(let id): await removeSandbox(id)
        case .stopSandbox(let id): try? await ports.runtime.stopSandbox(id)
        case .probe(let name, let kind, let id): await probe(name, kind, id)
        case .cleanUp: await cleanUp()
        default: break
        }
    }

    // MARK: Status

    private func startWriting(_ group: inout DiscardingTaskGroup) {
        guard !isWriting else { return }
        isWriting = true
        group.addTask { await self.write() }
    }

    private func write() async {
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(5), jitter: 0)
        while !Task.isCancelled {
            if let status = pendingStatus {
                pendingStatus = nil
                if await put(status) {
                    backoff.reset()
                } else {
                    if pendingStatus == nil { pendingStatus = status }
                    try? await ports.time.sleep(for: backoff.next(1))
                }
            } else if pendingDelete {
                if await deleteObject() {
                    pendingDelete = false
                } else {
                    try? await ports.time.sleep(for: backoff.next(1))
                }
            } else {
                isWriting = false
                return
            }
        }
    }

    /// True when there is nothing to retry.
    private func put(_ status: JSONValue) async -> Bool {
        do {
            try await ports.api.patchStatus(state.key, uid: uid, status: status)
            return true
        } catch {
            switch error.kind {
            case .notFound: inbox.feed(.objectGone)
            case .conflict:
                // Another object under this name, or only another writer at the same time.
                guard await isGone() else { return false }
                inbox.feed(.objectGone)
            case .invalid: return true
            case .unreachable: return false
            }
            return true
        }
    }

    private func deleteObject() async -> Bool {
        do {
            try await ports.api.deleteNow(state.key, uid: uid)
        } catch {
            switch error.kind {
            case .notFound: break
            case .conflict: guard await isGone() else { return false }
            case .invalid, .unreachable: return false
            }
        }
        inbox.feed(.objectDeleted)
        return true
    }

    private func isGone() async -> Bool {
        do { return try await ports.api.pod(state.key).uid != uid } catch { return error.kind == .notFound }
    }
}
