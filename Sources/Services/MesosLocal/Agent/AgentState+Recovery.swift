import Core
import Mesos
import MesosProto

/// From records to state, and back for a shorter log.
extension AgentState {
    /// Applies one record of the log, in the order of the log, before any input.
    mutating func replay(_ record: KMD_AgentRecord) {
        if record.hasAgent { info.id = record.agent.id }
        if record.hasFramework { frameworks[FrameworkID(record.framework.id.value)] = record.framework }
        if record.hasExecutor {
            let executor = record.executor
            executors[executor.containerID] = Executor(
                framework: FrameworkID(executor.frameworkID.value), info: executor.info, containerID: executor.containerID,
                directory: executor.directory, phase: .recovering(until: clock.now + settings.recoveryTimeout))
        }
        if record.hasForked {
            let forked = record.forked
            executors[forked.containerID]?.process = ProcessIdentity(pid: forked.pid, startTime: forked.startTime, bootID: forked.bootID)
        }
        if record.hasLaunched {
            var group: Int?
            if record.launched.group {
                group = nextGroup
                nextGroup += 1
            }
            executors[record.launched.containerID]?.tasks += record.launched.tasks.map { AgentTask(info: $0, group: group) }
        }
        if record.hasUpdate {
            let status = record.update.status
            take(status, Key(framework: FrameworkID(record.update.frameworkID.value), task: TaskID(status.taskID.value)), checkpointing: false)
        }
        if record.hasAcknowledged {
            let key = Key(framework: FrameworkID(record.acknowledged.frameworkID.value), task: TaskID(record.acknowledged.taskID.value))
            if updates[key]?.pending.first?.uuid == record.acknowledged.uuid { pop(key) }
        }
        if record.hasEnded { executors[record.ended.containerID]?.phase = .ended(status: record.ended.status) }
        if record.hasForgottenContainerID { executors[record.forgottenContainerID] = nil }
        if record.hasFrameworkGone {
            let id = FrameworkID(record.frameworkGone.value)
            frameworks[id] = nil
            dropUpdates(of: id)
            for container in executors.keys where executors[container]?.framework == id && executors[container]?.hasEnded == true {
                executors[container] = nil
            }
        }
        if record.hasDrain { drain = record.drain }
        if record.drainEnded { drain = nil }
        if record.hasResources { resources = record.resources.resources }
        effects = []
    }

    /// Records that give this state again: what a compacted log begins with.
    var snapshot: [KMD_AgentRecord] {
        var records: [KMD_AgentRecord] = []
        func add(_ fill: (inout KMD_AgentRecord) -> Void) {
            var record = KMD_AgentRecord()
            fill(&record)
            records.append(record)
        }
        if info.hasID { add { $0.agent = info } }
        if !resources.isEmpty { add { $0.resources.resources = resources } }
        if let drain { add { $0.drain = drain } }
        for framework in frameworks.values.sorted(by: { $0.id.value < $1.id.value }) { add { $0.framework = framework } }
        for executor in executors.values.sorted(by: { $0.containerID < $1.containerID }) {
            add {
                $0.executor.frameworkID.value = executor.framework.value
                $0.executor.info = executor.info
                $0.executor.containerID = executor.containerID
                $0.executor.directory = executor.directory
            }
            if let process = executor.process {
                add {
                    $0.forked.containerID = executor.containerID
                    $0.forked.pid = process.pid
                    $0.forked.startTime = process.startTime
                    $0.forked.bootID = process.bootID
                }
            }
            for task in executor.tasks {
                add {
                    $0.launched.containerID = executor.containerID
                    $0.launched.tasks = [task.info]
                }
                addUpdates(of: task, in: executor, add)
            }
            if case .ended(let status) = executor.phase {
                add {
                    $0.ended.containerID = executor.containerID
                    $0.ended.status = status
                }
            }
        }
        return records
    }

    /// The task's state as an acknowledged update, if it is, and what is not acknowledged yet.
    private func addUpdates(of task: AgentTask, in executor: Executor, _ add: ((inout KMD_AgentRecord) -> Void) -> Void) {
        let key = Key(framework: executor.framework, task: TaskID(task.info.taskID.value))
        let pending = updates[key]?.pending ?? []
        var statuses = pending
        if let latest = task.latest, !pending.contains(where: { $0.uuid == latest.uuid }) { statuses.insert(latest, at: 0) }
        for status in statuses {
            add {
                $0.update.frameworkID.value = executor.framework.value
                $0.update.status = status
            }
            guard !pending.contains(where: { $0.uuid == status.uuid }) else { continue }
            add {
                $0.acknowledged.frameworkID.value = executor.framework.value
                $0.acknowledged.taskID = task.info.taskID
                $0.acknowledged.uuid = status.uuid
            }
        }
    }
}
