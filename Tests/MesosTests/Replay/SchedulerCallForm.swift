import Core
import Foundation
import JSON
import Mesos
import MesosProto
import SwiftProtobuf

/// A recorded call of a scheduler, as our client would be asked to make it.
enum SchedulerCallForm {
    /// Reads a recorded call as the wire's message.
    static func message(_ json: JSONValue) throws -> Mesos_V1_Scheduler_Call {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try Mesos_V1_Scheduler_Call(jsonUTF8Bytes: json.encoded(), options: options)
    }

    /// Both sides without what means the same: explicit defaults, and the framework's id in an executor of its own.
    static func normal(_ call: Mesos_V1_Scheduler_Call) -> Mesos_V1_Scheduler_Call {
        var call = call
        if call.hasSubscribe { call.subscribe.frameworkInfo = normal(call.subscribe.frameworkInfo) }
        if call.hasUpdateFramework { call.updateFramework.frameworkInfo = normal(call.updateFramework.frameworkInfo) }
        // An empty list of tasks, or no list, asks for all.
        if call.type == .reconcile, call.reconcile.tasks.isEmpty { call.reconcile = .init() }
        if call.type == .revive { if call.revive.roles.isEmpty { call.clearRevive() } }
        if call.type == .suppress { if call.suppress.roles.isEmpty { call.clearSuppress() } }
        for operation in call.accept.operations.indices {
            for task in call.accept.operations[operation].launch.taskInfos.indices {
                var info = call.accept.operations[operation].launch.taskInfos[task]
                if info.hasExecutor {
                    info.executor.frameworkID = call.frameworkID
                    if info.executor.name.isEmpty { info.executor.clearName() }
                    if info.executor.source.isEmpty { info.executor.clearSource() }
                    if info.executor.type == .custom || info.executor.type == .unknown { info.executor.clearType() }
                    for index in info.executor.command.environment.variables.indices { info.executor.command.environment.variables[index].clearType() }
                    info.executor.command.environment.variables.sort { $0.name < $1.name }
                    if info.executor.command.environment.variables.isEmpty { info.executor.command.clearEnvironment() }
                    info.executor.command.shell = info.executor.command.shell
                    for index in info.executor.command.uris.indices {
                        let uri = info.executor.command.uris[index]
                        info.executor.command.uris[index].extract = uri.extract
                        info.executor.command.uris[index].executable = uri.executable
                        info.executor.command.uris[index].cache = uri.cache
                    }
                }
                call.accept.operations[operation].launch.taskInfos[task] = info
            }
        }
        return call
    }

    private static func normal(_ info: Mesos_V1_FrameworkInfo) -> Mesos_V1_FrameworkInfo {
        var info = info
        if info.role == "*" { info.clearRole() }
        info.failoverTimeout = info.failoverTimeout
        info.checkpoint = info.checkpoint
        info.capabilities.sort { $0.type.rawValue < $1.type.rawValue }
        return info
    }

    /// What the recorded framework says of itself; `nil` when no scheduler of ours could say that.
    static func framework(_ info: Mesos_V1_FrameworkInfo) -> FrameworkDescription? {
        var capabilities: Set<FrameworkCapability> = []
        for capability in info.capabilities {
            guard let known = FrameworkCapability.allCases.first(where: { name(of: $0) == "\(capability.type)" }) else { return nil }
            capabilities.insert(known)
        }
        let isMultiRole = capabilities.contains(.multiRole)
        guard !info.user.isEmpty, isMultiRole ? !info.hasRole && !info.roles.isEmpty : info.roles.isEmpty else { return nil }
        return FrameworkDescription(
            name: info.name, user: info.user, roles: isMultiRole ? info.roles : [info.role], checkpoint: info.checkpoint,
            failoverTimeout: .seconds(info.failoverTimeout), hostname: info.hasHostname ? info.hostname : nil,
            webUIURL: info.hasWebuiURL ? info.webuiURL : nil, principal: info.hasPrincipal ? info.principal : nil, capabilities: capabilities,
            labels: info.labels.dictionary)
    }

    private static func name(of capability: FrameworkCapability) -> String { "\(capability)" }

    /// Makes the call through the client; `nil` when the client has no such call.
    static func making(_ call: Mesos_V1_Scheduler_Call) -> (@Sendable (MesosSchedulerClient) async throws(MesosCallError) -> Void)? {
        switch call.type {
        case .accept: return accept(call.accept)
        case .decline:
            let (ids, refuse) = (call.decline.offerIds.map { OfferID($0.value) }, refuse(call.decline.hasFilters ? call.decline.filters : nil))
            return { client throws(MesosCallError) in try await client.decline(ids, refuse: refuse) }
        case .revive: return { client throws(MesosCallError) in try await client.revive(roles: call.revive.roles) }
        case .suppress: return { client throws(MesosCallError) in try await client.suppress(roles: call.suppress.roles) }
        case .kill:
            guard call.hasKill else { return nil }
            let grace: Duration? = call.kill.hasKillPolicy ? .nanoseconds(call.kill.killPolicy.gracePeriod.nanoseconds) : nil
            let agent = call.kill.hasAgentID ? AgentID(call.kill.agentID.value) : nil
            return { client throws(MesosCallError) in try await client.kill(TaskID(call.kill.taskID.value), on: agent, gracePeriod: grace) }
        case .shutdown:
            return { client throws(MesosCallError) in
                try await client.shutdown(ExecutorID(call.shutdown.executorID.value), on: AgentID(call.shutdown.agentID.value))
            }
        case .acknowledge:
            let update = TaskStatusUpdate(
                taskID: TaskID(call.acknowledge.taskID.value), state: .running, agentID: AgentID(call.acknowledge.agentID.value),
                uuid: [UInt8](call.acknowledge.uuid))
            return { client throws(MesosCallError) in try await client.acknowledge(update) }
        case .reconcile:
            let tasks = call.reconcile.tasks.map { (task: TaskID($0.taskID.value), agent: $0.hasAgentID ? AgentID($0.agentID.value) : nil) }
            return { client throws(MesosCallError) in try await client.reconcile(tasks) }
        case .message:
            return { client throws(MesosCallError) in
                try await client.message(
                    [UInt8](call.message.data), to: ExecutorID(call.message.executorID.value), on: AgentID(call.message.agentID.value))
            }
        case .updateFramework:
            guard let description = framework(call.updateFramework.frameworkInfo) else { return nil }
            return { client throws(MesosCallError) in try await client.update(framework: description) }
        case .teardown: return { client throws(MesosCallError) in try await client.teardown() }
        default: return nil
        }
    }

    private static func refuse(_ filters: Mesos_V1_Filters?) -> Duration? { filters.map { .seconds($0.refuseSeconds) } }

    /// LAUNCH of tasks with an executor of their own; kmd has no other operation.
    private static func accept(_ accept: Mesos_V1_Scheduler_Call.Accept) -> (@Sendable (MesosSchedulerClient) async throws(MesosCallError) -> Void)? {
        guard accept.operations.count == 1, let operation = accept.operations.first, operation.type == .launch else { return nil }
        let tasks = operation.launch.taskInfos.compactMap(task)
        guard tasks.count == operation.launch.taskInfos.count else { return nil }
        let (ids, refuse) = (accept.offerIds.map { OfferID($0.value) }, refuse(accept.hasFilters ? accept.filters : nil))
        return { client throws(MesosCallError) in try await client.accept(ids, launch: tasks, refuse: refuse) }
    }

    private static func task(_ info: Mesos_V1_TaskInfo) -> TaskLaunch? {
        guard info.hasExecutor, !info.hasCommand, info.executor.type != .default else { return nil }
        let executor = info.executor
        let command: ExecutorDescription.Command =
            executor.command.shell ? .shell(executor.command.value) : .argv(file: executor.command.value, executor.command.arguments)
        let variables = executor.command.environment.variables.map { ($0.name, $0.value) }
        var task = TaskLaunch(
            taskID: TaskID(info.taskID.value), name: info.name, agentID: AgentID(info.agentID.value), resources: MesosResources(info.resources),
            executor: ExecutorDescription(
                id: ExecutorID(executor.executorID.value), name: executor.name, source: executor.source, command: command,
                environment: Dictionary(variables, uniquingKeysWith: { first, _ in first }), resources: MesosResources(executor.resources),
                data: [UInt8](executor.data),
                uris: executor.command.uris.map { .init($0.value, executable: $0.executable, extract: $0.extract, cache: $0.cache) },
                shutdownGracePeriod: executor.hasShutdownGracePeriod ? .nanoseconds(executor.shutdownGracePeriod.nanoseconds) : nil,
                user: executor.command.hasUser ? executor.command.user : nil),
            data: [UInt8](info.data), labels: info.labels.dictionary)
        if info.hasKillPolicy { task.killGracePeriod = .nanoseconds(info.killPolicy.gracePeriod.nanoseconds) }
        return task
    }
}
