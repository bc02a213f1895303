import Core
import Mesos
import MesosProto

typealias KMD_ToAgent = Kmd_MesosLocal_ToAgent
typealias KMD_ToMaster = Kmd_MesosLocal_ToMaster

/// The messages of master and agent in the form that crosses a network.
extension MasterToAgent {
    var wire: KMD_ToAgent {
        func ofExecutor(_ framework: FrameworkID, _ executor: ExecutorID) -> KMD_ToAgent.OfExecutor {
            .with {
                $0.frameworkID.value = framework.value
                $0.executorID.value = executor.value
            }
        }
        var wire = KMD_ToAgent()
        switch self {
        case .registered(let id): wire.registered.value = id.value
        case .run(let framework, let executor, let tasks, let group):
            (wire.run.framework, wire.run.executor, wire.run.tasks, wire.run.group) = (framework, executor, tasks, group)
        case .kill(let framework, let task, let policy):
            wire.kill.frameworkID.value = framework.value
            wire.kill.taskID.value = task.value
            if let policy { wire.kill.policy = policy }
        case .shutdownExecutor(let framework, let executor): wire.shutdownExecutor = ofExecutor(framework, executor)
        case .shutdownFramework(let framework): wire.shutdownFramework.value = framework.value
        case .updateFramework(let info): wire.updateFramework = info
        case .acknowledge(let framework, let task, let uuid):
            wire.acknowledge.frameworkID.value = framework.value
            wire.acknowledge.taskID.value = task.value
            wire.acknowledge.uuid = .init(uuid)
        case .message(let framework, let executor, let data):
            wire.messageToExecutor = ofExecutor(framework, executor)
            wire.messageToExecutor.data = .init(data)
        case .exitNoted(let framework, let executor, let container):
            wire.exitNoted = ofExecutor(framework, executor)
            wire.exitNoted.containerID = container
        case .ping: wire.ping = KMD_ToAgent.Ping()
        case .drain(let grace, let markGone):
            if let grace { wire.drain.maxGraceNanoseconds = grace.wholeNanoseconds }
            wire.drain.markGone = markGone
        case .resources(let resources): wire.resources.resources = resources
        case .shutdown(let reason): wire.shutdown = reason
        }
        return wire
    }

    /// `nil` for a message of a later kind, which this agent does not know.
    init?(_ wire: KMD_ToAgent) {
        func executor(_ message: KMD_ToAgent.OfExecutor) -> (FrameworkID, ExecutorID) {
            (FrameworkID(message.frameworkID.value), ExecutorID(message.executorID.value))
        }
        switch wire.message {
        case .registered(let id): self = .registered(AgentID(id.value))
        case .run(let run): self = .run(framework: run.framework, executor: run.executor, tasks: run.tasks, group: run.group)
        case .kill(let kill):
            self = .kill(FrameworkID(kill.frameworkID.value), TaskID(kill.taskID.value), kill.hasPolicy ? kill.policy : nil)
        case .shutdownExecutor(let message): self = .shutdownExecutor(executor(message).0, executor(message).1)
        case .shutdownFramework(let id): self = .shutdownFramework(FrameworkID(id.value))
        case .updateFramework(let info): self = .updateFramework(info)
        case .acknowledge(let note):
            self = .acknowledge(FrameworkID(note.frameworkID.value), TaskID(note.taskID.value), uuid: [UInt8](note.uuid))
        case .messageToExecutor(let message): self = .message(executor(message).0, executor(message).1, [UInt8](message.data))
        case .exitNoted(let note): self = .exitNoted(executor(note).0, executor(note).1, containerID: note.containerID)
        case .ping: self = .ping
        case .drain(let drain): self = .drain(maxGrace: drain.maxGrace, markGone: drain.markGone)
        case .resources(let resources): self = .resources(resources.resources)
        case .shutdown(let reason): self = .shutdown(reason)
        case nil: return nil
        }
    }
}

extension KMD_ToAgent.Drain {
    var maxGrace: Duration? { hasMaxGraceNanoseconds ? .nanoseconds(maxGraceNanoseconds) : nil }
}

extension Duration {
    /// Rounded towards zero; what does not fit is the largest.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product &+ attoseconds / 1_000_000_000
    }
}

extension AgentToMaster {
    var wire: KMD_ToMaster {
        var wire = KMD_ToMaster()
        switch self {
        case .register(let registration): wire.register = registration.wire
        case .update(let framework, let status):
            wire.update.frameworkID.value = framework.value
            wire.update.status = status
        case .exited(let framework, let executor, let container, let status):
            wire.exited.frameworkID.value = framework.value
            wire.exited.executorID.value = executor.value
            wire.exited.containerID = container
            wire.exited.status = status
        case .message(let framework, let executor, let data):
            wire.messageOfExecutor.frameworkID.value = framework.value
            wire.messageOfExecutor.executorID.value = executor.value
            wire.messageOfExecutor.data = .init(data)
        case .unregister: wire.unregister = KMD_ToMaster.Unregister()
        case .pong: wire.pong = KMD_ToMaster.Pong()
        }
        return wire
    }

    /// `nil` for a message of a later kind, which this master does not know.
    init?(_ wire: KMD_ToMaster) {
        switch wire.message {
        case .register(let registration): self = .register(AgentRegistration(registration))
        case .update(let update): self = .update(FrameworkID(update.frameworkID.value), update.status)
        case .exited(let exit):
            self = .exited(
                FrameworkID(exit.frameworkID.value), ExecutorID(exit.executorID.value), containerID: exit.containerID, status: exit.status)
        case .messageOfExecutor(let message):
            self = .message(FrameworkID(message.frameworkID.value), ExecutorID(message.executorID.value), [UInt8](message.data))
        case .unregister: self = .unregister
        case .pong: self = .pong
        case nil: return nil
        }
    }
}

extension AgentRegistration {
    var wire: Kmd_MesosLocal_Registration {
        .with {
            $0.info = info
            $0.host = endpoint.host
            $0.port = Int32(clamping: endpoint.port)
            ($0.frameworks, $0.executors, $0.tasks, $0.resources) = (frameworks, executors, tasks, resources)
        }
    }

    /// As it came over a network, where an end can vanish without a word.
    init(_ wire: Kmd_MesosLocal_Registration) {
        self.init(
            info: wire.info, endpoint: MesosEndpoint(host: wire.host, port: Int(wire.port)), frameworks: wire.frameworks,
            executors: wire.executors, tasks: wire.tasks, resources: wire.resources, isPinged: true)
    }
}
