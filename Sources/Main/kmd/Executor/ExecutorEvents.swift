import Core
import JSON
import KubeObjects
import Logging
import Mesos
import NodeAgent

/// What Mesos tells this executor, and what follows from it.
struct ExecutorEvents: Sendable {
    /// Why an executor ends. Its containers run on, but for the first reason.
    enum Ending: Sendable, Equatable {
        /// Mesos wants it gone, and its pods with it.
        case shutDown
        /// The scheduler wants another in its place.
        case left
        case agentGone
        /// Nothing has run here for a while.
        case idle
        /// Asked to stop, by a signal.
        case cancelled
    }

    let agent: NodeAgent
    let mesos: MesosExecutorClient
    let reporter: MesosReporter
    let host: ExecutorAgent
    let fence: DurableTermFence
    let time: any TimeSource
    let logger: Logger

    /// Runs until Mesos or the scheduler has no use for this executor any more, nothing has run here for `idleTimeout` (`nil`: that is no
    /// reason), or the task is cancelled.
    func run(idleTimeout: Duration?) async -> Ending {
        await withTaskGroup(of: Ending.self) { group in
            group.addTask { await follow() }
            if let idleTimeout { group.addTask { await untilIdle(for: idleTimeout) } }
            let first = await group.next() ?? .cancelled
            group.cancelAll()
            return first
        }
    }

    private func follow() async -> Ending {
        for await event in mesos.events {
            switch event {
            case .launch(let task): await launch(task)
            case .launchGroup(let tasks): for task in tasks { await launch(task) }
            case .kill(let task, let grace): await agent.send(.kill(task, graceSeconds: grace.map { $0.components.seconds }))
            case .message(let bytes): if await leaves(bytes) { return .left }
            case .shutdown:
                logger.notice("Mesos asks this executor to end")
                await agent.send(.shutdown(graceSeconds: mesos.environment.shutdownGracePeriod.components.seconds))
                await untilEmpty()
                return .shutDown
            case .agentGone(let why):
                // Containers run on: the next executor adopts them.
                logger.error("the agent is gone; this executor ends", metadata: ["why": "\(why)"])
                return .agentGone
            case .error(let message): logger.error("the agent refused a call: \(message)")
            case .disconnected(let why): logger.info("lost the agent, looking for it", metadata: ["why": "\(why)"])
            case .subscribed, .acknowledged: break
            }
        }
        return .cancelled
    }

    // MARK: Launches

    private func launch(_ task: LaunchedTask) async {
        reporter.note(task.taskID, labels: TaskLabels.own(task.labels))
        if let why = await fence.refusal(of: Term(task.labels[TaskLabels.term].flatMap(UInt64.init) ?? 0)) {
            logger.warning("a launch is refused: \(why)", metadata: ["task": "\(task.taskID)"])
            return await refuse(task, why)
        }
        do throws(JSONError) {
            let pod = Pod(json: try JSONValue(parsing: task.data))
            // The ports that the scheduler chose stand in the pod that it sent; the API server's does not have them yet.
            let ports = pod.metadata.annotations.filter { $0.key.hasPrefix("k8s.mesosphere.io/port_") }
            let annotations = [
                "k8s.mesosphere.io/bindingHost": host.hostname, "k8s.mesosphere.io/taskId": task.taskID.value,
                "k8s.mesosphere.io/slaveId": task.agentID.value, "k8s.mesosphere.io/offerId": task.labels["kmd.dev/offer"] ?? "",
                "k8s.mesosphere.io/executorId": mesos.environment.executorID.value,
            ].filter { !$0.value.isEmpty }.merging(ports) { own, _ in own }
            await agent.send(.launch(PodLaunch(task: task.taskID, pod: pod, annotations: annotations)))
        } catch {
            await refuse(task, "the task's data is no pod: \(error)")
        }
    }

    /// An error of the launch, not an end of the pod: whoever leads may launch it again.
    private func refuse(_ task: LaunchedTask, _ why: String) async {
        var status = TaskStatusUpdate(taskID: task.taskID, state: .error, message: why)
        status.labels = TaskLabels.own(task.labels)
        do { try await mesos.update(status) } catch { logger.error("a task's error was not reported: \(error)") }
    }

    // MARK: Leaving

    /// Whether the message asks this executor to leave, and comes from who leads.
    private func leaves(_ bytes: [UInt8]) async -> Bool {
        guard let message = ExecutorMessage(bytes) else {
            logger.info("a message that this build does not understand is ignored", metadata: ["bytes": "\(bytes.count)"])
            return false
        }
        if let why = await fence.refusal(of: message.term) {
            logger.warning("a message is refused: \(why)", metadata: ["action": "\(message.action.rawValue)"])
            return false
        }
        switch message.action {
        case .leave:
            logger.notice("this executor leaves; its containers run on for the next one", metadata: ["because": "\(message.reason)"])
            return true
        }
    }

    /// Waits, within the grace that Mesos gives, until the pods have ended and the agent has their last states.
    private func untilEmpty() async {
        let deadline = time.now + mesos.environment.shutdownGracePeriod
        while !Task.isCancelled, time.now < deadline {
            if await agent.liveTasks == 0, await mesos.unacknowledgedUpdates == 0 { return }
            try? await time.sleep(for: .milliseconds(50))
        }
    }

    private func untilIdle(for timeout: Duration) async -> Ending {
        var since = time.now
        while !Task.isCancelled {
            let (isIdle, isHeard) = (await agent.isIdle, await mesos.unacknowledgedUpdates == 0)
            if !isIdle || !isHeard { since = time.now }
            if time.now - since >= timeout {
                logger.notice("nothing has run here for a while; this executor ends, the next pod starts another")
                return .idle
            }
            try? await time.sleep(for: min(timeout / 4, .seconds(1)))
        }
        return .cancelled
    }
}
