import Core
import Mesos
import MesosProto

/// Starting executors, giving them tasks, ending them.
extension AgentState {
    mutating func run(
        _ framework: Mesos_V1_FrameworkInfo, _ info: Mesos_V1_ExecutorInfo, _ tasks: [Mesos_V1_TaskInfo], _ group: Bool
    ) {
        let id = FrameworkID(framework.id.value)
        if frameworks[id] != framework {
            frameworks[id] = framework
            checkpoint { $0.framework = framework }
        }
        if drain != nil { return drop(tasks, of: id, for: info.executorID) }
        var groupNumber: Int?
        if group {
            groupNumber = nextGroup
            nextGroup += 1
        }
        let fresh = tasks.map { AgentTask(info: $0, group: groupNumber) }
        if let executor = executor(id, ExecutorID(info.executorID.value)) {
            note(fresh, in: executor.containerID)
            deliver(executor.containerID)
        } else {
            let container = uuids.text()
            start(info, of: id, container: container)
            note(fresh, in: container)
            launch(container)
        }
    }

    private mutating func start(_ info: Mesos_V1_ExecutorInfo, of framework: FrameworkID, container: String) {
        let directory = settings.workDirectory
            + "/slaves/\(self.info.id.value)/frameworks/\(framework)/executors/\(info.executorID.value)/runs/\(container)"
        executors[container] = Executor(
            framework: framework, info: info, containerID: container, directory: directory,
            phase: .registering(until: clock.now + settings.registrationTimeout))
        checkpoint {
            $0.executor.frameworkID.value = framework.value
            $0.executor.info = info
            $0.executor.containerID = container
            $0.executor.directory = directory
        }
    }

    private mutating func note(_ tasks: [AgentTask], in container: String) {
        executors[container]?.tasks += tasks
        checkpoint {
            $0.launched.containerID = container
            $0.launched.tasks = tasks.map(\.info)
            $0.launched.group = tasks.first?.group != nil
        }
    }

    private mutating func launch(_ container: String) {
        guard let executor = executors[container] else { return }
        effects.append(
            .launch(
                ExecutorLaunch(
                    containerID: container, command: executor.info.command, environment: environment(of: executor), directory: executor.directory)))
    }

    private func environment(of executor: Executor) -> [String: String] {
        let grace = grace(of: executor)
        let checkpoint = frameworks[executor.framework]?.checkpoint ?? true
        var environment = [
            "LIBPROCESS_IP": settings.endpoint.host, "LIBPROCESS_PORT": "0",
            "MESOS_AGENT_ENDPOINT": settings.endpoint.description, "MESOS_CHECKPOINT": checkpoint ? "1" : "0",
            "MESOS_DIRECTORY": executor.directory, "MESOS_SANDBOX": executor.directory,
            "MESOS_EXECUTOR_ID": executor.id.value, "MESOS_FRAMEWORK_ID": executor.framework.value,
            "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD": grace.mesosText, "MESOS_HTTP_COMMAND_EXECUTOR": "0",
            "MESOS_SLAVE_ID": info.id.value, "MESOS_SLAVE_PID": "slave(1)@\(settings.endpoint)",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        if checkpoint {
            environment["MESOS_RECOVERY_TIMEOUT"] = settings.recoveryTimeout.mesosText
            environment["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = settings.subscriptionBackoffMax.mesosText
        }
        for variable in executor.info.command.environment.variables { environment[variable.name] = variable.value }
        return environment
    }

    private func grace(of executor: Executor) -> Duration {
        executor.info.hasShutdownGracePeriod ? .nanoseconds(executor.info.shutdownGracePeriod.nanoseconds) : settings.shutdownGracePeriod
    }

    /// Gives the executor what it has not got yet, if it is there to take it.
    mutating func deliver(_ container: String) {
        guard var executor = executors[container], let stream = executor.stream, executor.phase == .running else { return }
        var index = 0
        while index < executor.tasks.count {
            let task = executor.tasks[index]
            guard !task.delivered, !task.isTerminal else {
                index += 1
                continue
            }
            if let group = task.group {
                let members = executor.tasks.filter { $0.group == group }.map(\.info)
                effects.append(.send(stream, .with { $0.type = .launchGroup; $0.launchGroup.taskGroup.tasks = members }))
                for other in executor.tasks.indices where executor.tasks[other].group == group { executor.tasks[other].delivered = true }
            } else {
                effects.append(.send(stream, .with { $0.type = .launch; $0.launch.task = task.info }))
                executor.tasks[index].delivered = true
            }
            index += 1
        }
        for index in executor.tasks.indices where !executor.tasks[index].isTerminal {
            guard let policy = executor.tasks[index].killRequested else { continue }
            sendKill(executor.tasks[index].info.taskID, policy, to: stream)
            executor.tasks[index].killRequested = nil
        }
        executors[container] = executor
    }

    private mutating func sendKill(_ task: Mesos_V1_TaskID, _ policy: Mesos_V1_KillPolicy, to stream: StreamID) {
        effects.append(.send(stream, .with {
            $0.type = .kill
            $0.kill.taskID = task
            if policy.hasGracePeriod { $0.kill.killPolicy = policy }
        }))
    }

    mutating func kill(_ framework: FrameworkID, _ task: TaskID, _ policy: Mesos_V1_KillPolicy?) {
        let holder = executors.values.first { executor in
            executor.framework == framework && executor.tasks.contains { $0.info.taskID.value == task.value }
        }
        guard let executor = holder, let index = executor.tasks.firstIndex(where: { $0.info.taskID.value == task.value }) else {
            let aware = frameworks[framework]?.capabilities.contains { $0.type == .partitionAware } ?? true
            var status = agentStatus(task, aware ? .taskDropped : .taskLost, "Cannot find executor", .executorTerminated)
            status.clearExecutorID()
            take(status, Key(framework: framework, task: task), checkpointing: true)
            return
        }
        if executor.tasks[index].isTerminal { return }
        if case .registering = executor.phase, !executor.tasks[index].delivered {
            finish(executor.tasks[index], of: executor, .taskKilled, "Killed before delivery to the executor", .taskKilledDuringLaunch)
        } else if let stream = executor.stream {
            sendKill(executor.tasks[index].info.taskID, policy ?? Mesos_V1_KillPolicy(), to: stream)
        } else {
            executors[executor.containerID]?.tasks[index].killRequested = policy ?? Mesos_V1_KillPolicy()
        }
    }

    /// Asks the executor to end, and kills it when it takes too long.
    mutating func shutDown(_ container: String) {
        guard let executor = executors[container], !executor.hasEnded else { return }
        if case .terminating = executor.phase { return }
        let deadline = clock.now + grace(of: executor)
        executors[container]?.phase = .terminating(until: deadline)
        if let stream = executor.stream { effects.append(.send(stream, .with { $0.type = .shutdown })) }
    }

    mutating func forked(_ container: String, _ process: ProcessIdentity) {
        guard let executor = executors[container] else { return }
        executors[container]?.process = process
        checkpoint {
            $0.forked.containerID = container
            $0.forked.pid = process.pid
            $0.forked.startTime = process.startTime
            $0.forked.bootID = process.bootID
        }
        // Ended by the clock before its pid was known.
        if case .terminating(nil) = executor.phase { effects.append(.signal(process, 9)) }
    }

    /// The process is gone: what it ran has failed, and the scheduler hears of both.
    mutating func exited(_ container: String, _ status: Int32) {
        guard let executor = executors[container], !executor.hasEnded else { return }
        executors[container]?.phase = .ended(status: status)
        if let stream = executor.stream { effects.append(.close(stream)) }
        executors[container]?.stream = nil
        checkpoint {
            $0.ended.containerID = container
            $0.ended.status = status
        }
        guard frameworks[executor.framework] != nil else { return forget(container) }
        if isConnected {
            effects.append(.tell(.exited(executor.framework, executor.id, containerID: container, status: status)))
        }
        failTasks(of: container)
        forgetIfOver(container)
    }

    private mutating func failTasks(of container: String) {
        guard let executor = executors[container] else { return }
        let cause = executor.cause ?? (.executorTerminated, "Executor terminated")
        for task in executor.tasks where !task.isTerminal { finish(task, of: executor, .taskFailed, cause.message, cause.reason) }
    }

    private mutating func finish(
        _ task: AgentTask, of executor: Executor, _ state: Mesos_V1_TaskState, _ message: String, _ reason: Mesos_V1_TaskStatus.Reason
    ) {
        let id = TaskID(task.info.taskID.value)
        var status = agentStatus(id, state, message, reason)
        status.executorID = executor.info.executorID
        take(drained(status, of: executor.framework), Key(framework: executor.framework, task: id), checkpointing: true)
    }

    mutating func agentStatus(
        _ task: TaskID, _ state: Mesos_V1_TaskState, _ message: String, _ reason: Mesos_V1_TaskStatus.Reason
    ) -> Mesos_V1_TaskStatus {
        .with {
            $0.taskID.value = task.value
            $0.state = state
            $0.message = message
            $0.source = .agent
            $0.reason = reason
            $0.agentID = info.id
            $0.timestamp = clock.seconds
            $0.uuid = .init(uuids.bytes())
        }
    }

    mutating func recovered(_ alive: Set<String>) {
        for container in executors.keys.sorted() {
            guard let executor = executors[container] else { continue }
            if frameworks[executor.framework]?.checkpoint != true {
                abandon(executor, isAlive: alive.contains(container))
            } else if executor.hasEnded {
                failTasks(of: container)
                forgetIfOver(container)
            } else if !alive.contains(container) {
                exited(container, -1)
            } else {
                let deadline = clock.now + settings.recoveryTimeout
                executors[container]?.phase = .recovering(until: deadline)
            }
        }
    }

    /// An executor without checkpoints ends with its agent. The master told its scheduler so when the agent went; nothing more is said of it.
    private mutating func abandon(_ executor: Executor, isAlive: Bool) {
        if isAlive, let process = executor.process { effects.append(.signal(process, 9)) }
        for task in executor.tasks { updates[Key(framework: executor.framework, task: TaskID(task.info.taskID.value))] = nil }
        forget(executor.containerID)
    }

    mutating func forgetIfOver(_ container: String) {
        guard let executor = executors[container], executor.hasEnded, executor.masterKnowsEnd, executor.tasks.isEmpty else { return }
        forget(container)
    }

    mutating func forget(_ container: String) {
        guard let executor = executors.removeValue(forKey: container) else { return }
        for task in executor.tasks { taken[Key(framework: executor.framework, task: TaskID(task.info.taskID.value))] = nil }
        checkpoint { $0.forgottenContainerID = container }
    }
}
