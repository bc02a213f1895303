import Core
import Mesos
import MesosProto

/// What a scheduler is told when it asks what the master knows.
extension MasterState {
    mutating func reconcile(_ reconcile: Mesos_V1_Scheduler_Call.Reconcile, by id: FrameworkID) {
        if reconcile.tasks.isEmpty {
            for task in (tasks.live[id] ?? [:]).keys.sorted() { answerReconcile(task, on: nil, of: id) }
        } else {
            for task in reconcile.tasks {
                answerReconcile(TaskID(task.taskID.value), on: task.hasAgentID ? AgentID(task.agentID.value) : nil, of: id)
            }
        }
    }

    mutating func answerReconcile(_ task: TaskID, on agent: AgentID?, of id: FrameworkID) {
        guard let aware = frameworks[id]?.isPartitionAware else { return }
        var status = Mesos_V1_TaskStatus()
        status.taskID.value = task.value
        if let agent { status.agentID.value = agent.value }
        if let known = tasks[id, task], agent == nil || agent?.value == known.agentID.value {
            status.agentID = known.agentID
            if known.hasExecutorID { status.executorID = known.executorID }
            // The state that the scheduler has been told last, not what the agent may hold back behind it.
            status.state = known.hasStatusUpdateState ? known.statusUpdateState : known.state
            status.message = "Reconciliation: Latest task state"
            if let last = known.statuses.last {
                if last.hasHealthy { status.healthy = last.healthy }
                if last.hasContainerStatus { status.containerStatus = last.containerStatus }
            }
        } else if let agent, agents[agent] != nil {
            status.state = aware ? .taskGone : .taskLost
            status.message = "Reconciliation: Task is unknown to the agent"
        } else if let agent, let since = unreachableAgents[agent] {
            status.state = aware ? .taskUnreachable : .taskLost
            status.message = "Reconciliation: Task is unreachable"
            status.unreachableTime.nanoseconds = since.nanosecondsSinceEpoch
        } else if let agent, goneAgents[agent] != nil {
            status.state = aware ? .taskGoneByOperator : .taskLost
            status.message = "Reconciliation: Task is gone"
        } else {
            status.state = aware ? .taskUnknown : .taskLost
            status.message = "Reconciliation: Task is unknown"
        }
        status.source = .master
        status.reason = .reconciliation
        status.timestamp = clock.seconds
        sendStatus(id, status)
    }
}
