import Core
import Mesos
import MesosProto

/// What executors say, and the updates that come of it.
extension AgentState {
    /// Why a call cannot be handled whatever the state, in Mesos' words; `nil` if it can.
    static func problem(of call: Mesos_V1_Executor_Call) -> String? {
        func missing(_ field: String) -> String { "Expecting '\(field)' to be present" }
        guard call.hasType, call.type != .unknown else { return missing("type") }
        switch call.type {
        case .subscribe: return call.hasSubscribe ? nil : missing("subscribe")
        case .message: return call.hasMessage ? nil : missing("message")
        case .update:
            guard call.hasUpdate else { return missing("update") }
            let status = call.update.status
            let (executor, framework) = (call.executorID.value, call.frameworkID.value)
            guard status.hasUuid else { return missing("uuid") }
            guard status.uuid.count == 16 else { return "Not a valid UUID" }
            guard status.hasSource, status.source == .executor else {
                return "Received Call from executor \(executor) of framework \(framework) with invalid source, expecting 'SOURCE_EXECUTOR'"
            }
            if status.state == .taskStaging {
                return "Received TASK_STAGING from executor \(executor) of framework \(framework) which is not allowed"
            }
            return nil
        case .heartbeat, .unknown: return nil
        }
    }

    /// The refusal of a call for its sender's sake; `nil` if the sender is known.
    func refusal(of call: Mesos_V1_Executor_Call) -> HTTPAnswer? {
        let framework = FrameworkID(call.frameworkID.value)
        let known = executors.values.contains { $0.framework == framework } || frameworks[framework] != nil
        guard known else { return .badRequest("Framework cannot be found") }
        guard let executor = executor(framework, ExecutorID(call.executorID.value)) else { return .badRequest("Executor cannot be found") }
        if call.type != .subscribe && executor.stream == nil { return .forbidden("Executor is not subscribed") }
        return nil
    }

    mutating func subscribe(_ call: Mesos_V1_Executor_Call, stream: StreamID) {
        guard let executor = executor(FrameworkID(call.frameworkID.value), ExecutorID(call.executorID.value)) else {
            effects.append(.close(stream))
            return
        }
        let container = executor.containerID
        if let old = executor.stream { effects.append(.close(old)) }
        executors[container]?.stream = stream
        effects.append(.send(stream, .with {
            $0.type = .subscribed
            $0.subscribed.executorInfo = executor.info
            $0.subscribed.frameworkInfo = frameworks[executor.framework] ?? Mesos_V1_FrameworkInfo.with { $0.user = ""; $0.name = "" }
            $0.subscribed.agentInfo = info
            $0.subscribed.containerID.value = container
        }))
        for update in call.subscribe.unacknowledgedUpdates { take(update.status, from: executor, on: stream) }
        if case .terminating = executor.phase {
            effects.append(.send(stream, .with { $0.type = .shutdown }))
            return
        }
        let wasRegistering = if case .registering = executor.phase { true } else { false }
        executors[container]?.phase = .running
        let nothingLeft = executors[container]?.tasks.allSatisfy(\.isTerminal) ?? true
        if wasRegistering && nothingLeft {
            // All that it was started for was killed meanwhile.
            return shutDown(container)
        }
        let reported = Set(call.subscribe.unacknowledgedTasks.map(\.taskID.value))
        for index in (executors[container]?.tasks ?? []).indices {
            guard let task = executors[container]?.tasks[index] else { continue }
            executors[container]?.tasks[index].delivered = task.latest != nil || reported.contains(task.info.taskID.value)
        }
        deliver(container)
    }

    mutating func answer(_ call: Mesos_V1_Executor_Call) -> HTTPAnswer {
        if let refusal = refusal(of: call) { return refusal }
        let framework = FrameworkID(call.frameworkID.value)
        guard let executor = executor(framework, ExecutorID(call.executorID.value)), let stream = executor.stream else {
            return .forbidden("Executor is not subscribed")
        }
        switch call.type {
        case .update: take(call.update.status, from: executor, on: stream)
        case .message: effects.append(.tell(.message(framework, executor.id, [UInt8](call.message.data))))
        case .subscribe, .heartbeat, .unknown: break
        }
        return .accepted
    }

    private mutating func take(_ given: Mesos_V1_TaskStatus, from executor: Executor, on stream: StreamID) {
        // Of a framework that ends nobody wants to know more.
        guard frameworks[executor.framework] != nil else { return }
        var status = given
        status.agentID = info.id
        status.executorID = executor.info.executorID
        if !status.hasTimestamp { status.timestamp = clock.seconds }
        status.containerStatus.containerID.value = executor.containerID
        if let process = executor.process { status.containerStatus.executorPid = UInt32(bitPattern: process.pid) }
        if status.containerStatus.networkInfos.isEmpty {
            let host = settings.endpoint.host
            status.containerStatus.networkInfos = [.with { $0.ipAddresses = [.with { $0.ipAddress = host }] }]
        }
        status = drained(status, of: executor.framework)
        take(status, Key(framework: executor.framework, task: TaskID(status.taskID.value)), checkpointing: true)
        effects.append(.send(stream, .with {
            $0.type = .acknowledged
            $0.acknowledged.taskID = status.taskID
            $0.acknowledged.uuid = status.uuid
        }))
    }

    /// Makes a status durable and sends it on its way, unless it is known already.
    mutating func take(_ status: Mesos_V1_TaskStatus, _ key: Key, checkpointing: Bool) {
        guard taken[key, default: []].insert([UInt8](status.uuid)).inserted else { return }
        for container in executors.keys {
            guard executors[container]?.framework == key.framework,
                let index = executors[container]?.tasks.firstIndex(where: { $0.info.taskID == status.taskID }),
                executors[container]?.tasks[index].isTerminal == false
            else { continue }
            executors[container]?.tasks[index].latest = status
        }
        if checkpointing {
            checkpoint {
                $0.update.frameworkID.value = key.framework.value
                $0.update.status = status
            }
        }
        let isFirst = updates[key]?.pending.isEmpty ?? true
        var stream = updates[key] ?? UpdateStream(nextRetry: clock.now, retryAfter: .zero)
        stream.pending.append(status)
        updates[key] = stream
        if isFirst {
            restartRetries(key)
            if checkpointing && isConnected { effects.append(.tell(.update(key.framework, status))) }
        }
    }

    /// The first update of the task has just gone out; it goes again after a while.
    mutating func restartRetries(_ key: Key) {
        guard var stream = updates[key] else { return }
        stream.retryAfter = settings.firstRetry
        stream.nextRetry = clock.now + settings.firstRetry
        updates[key] = stream
    }

    /// The scheduler has this one for good: the next may go.
    mutating func acknowledged(_ framework: FrameworkID, _ task: TaskID, _ uuid: [UInt8]) {
        let key = Key(framework: framework, task: task)
        guard let first = updates[key]?.pending.first, [UInt8](first.uuid) == uuid else { return }
        checkpoint {
            $0.acknowledged.frameworkID.value = framework.value
            $0.acknowledged.taskID.value = task.value
            $0.acknowledged.uuid = first.uuid
        }
        pop(key)
        if let next = updates[key]?.pending.first {
            restartRetries(key)
            if isConnected { effects.append(.tell(.update(framework, next))) }
        }
    }

    /// Drops the acknowledged update; after a terminal one, the task with all that is known of it.
    mutating func pop(_ key: Key) {
        guard let first = updates[key]?.pending.first else { return }
        updates[key]?.pending.removeFirst()
        if updates[key]?.pending.isEmpty == true { updates[key] = nil }
        guard first.state.isTerminal else { return }
        updates[key] = nil
        taken[key] = nil
        for container in executors.keys.sorted() where executors[container]?.framework == key.framework {
            executors[container]?.tasks.removeAll { $0.info.taskID.value == key.task.value }
            forgetIfOver(container)
        }
        endDrainIfOver()
    }
}
