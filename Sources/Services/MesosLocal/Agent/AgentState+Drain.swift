import Core
import Mesos
import MesosProto

/// Draining: all tasks end, and what ends so says why.
extension AgentState {
    mutating func startDrain(_ maxGrace: Duration?, _ markGone: Bool) {
        guard !executors.isEmpty else { return }
        let order = KMD_ToAgent.Drain.with {
            if let maxGrace { $0.maxGraceNanoseconds = maxGrace.wholeNanoseconds }
            $0.markGone = markGone
        }
        if drain != order {
            drain = order
            checkpoint { $0.drain = order }
        }
        for container in executors.keys.sorted() {
            guard let executor = executors[container] else { continue }
            for task in executor.tasks where !task.isTerminal {
                kill(executor.framework, TaskID(task.info.taskID.value), policy(for: task, maxGrace))
            }
        }
        endDrainIfOver()
    }

    /// The task's own grace, unless the drain's is shorter.
    private func policy(for task: AgentTask, _ maxGrace: Duration?) -> Mesos_V1_KillPolicy? {
        guard let limit = maxGrace?.wholeNanoseconds else { return nil }
        let own = task.info.killPolicy.gracePeriod
        if task.info.hasKillPolicy, task.info.killPolicy.hasGracePeriod, own.nanoseconds <= limit { return nil }
        return .with { $0.gracePeriod.nanoseconds = limit }
    }

    /// What a draining agent's tasks are told to have died of, as Mesos does it: for KILLING and KILLED, whatever the executor said.
    func drained(_ status: Mesos_V1_TaskStatus, of framework: FrameworkID) -> Mesos_V1_TaskStatus {
        guard let drain, status.state == .taskKilled || status.state == .taskKilling else { return status }
        var status = status
        status.reason = .agentDraining
        let isAware = frameworks[framework]?.capabilities.contains { $0.type == .partitionAware } ?? false
        if drain.markGone, isAware { status.state = .taskGoneByOperator }
        return status
    }

    mutating func endDrainIfOver() {
        guard drain != nil, executors.values.allSatisfy({ $0.tasks.isEmpty }) else { return }
        drain = nil
        checkpoint { $0.drainEnded = true }
    }

    /// Tasks that arrive at a draining agent are dropped.
    mutating func drop(_ tasks: [Mesos_V1_TaskInfo], of framework: FrameworkID, for executor: Mesos_V1_ExecutorID) {
        let isAware = frameworks[framework]?.capabilities.contains { $0.type == .partitionAware } ?? true
        for task in tasks {
            let id = TaskID(task.taskID.value)
            var status = agentStatus(id, isAware ? .taskDropped : .taskLost, "Task was received while agent was already draining", .agentDraining)
            status.executorID = executor
            take(status, Key(framework: framework, task: id), checkpointing: true)
        }
    }
}
