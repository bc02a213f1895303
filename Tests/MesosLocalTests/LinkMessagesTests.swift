import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite struct LinkMessagesTests {
    static let framework = Mesos_V1_FrameworkInfo.with { $0.user = "root"; $0.name = "k"; $0.id.value = "f" }
    static let executor = Mesos_V1_ExecutorInfo.with { $0.executorID.value = "e"; $0.frameworkID.value = "f"; $0.command.value = "run" }
    static let task = Mesos_V1_TaskInfo.with { $0.name = "t"; $0.taskID.value = "t"; $0.agentID.value = "S0"; $0.data = .init([1, 2]) }

    @Test(arguments: [
        .registered("S0"), .run(framework: framework, executor: executor, tasks: [task], group: true),
        .kill("f", "t", .with { $0.gracePeriod.nanoseconds = 7 }), .kill("f", "t", nil), .shutdownExecutor("f", "e"), .shutdownFramework("f"),
        .updateFramework(framework), .acknowledge("f", "t", uuid: [1, 2, 3]), .message("f", "e", [4]), .exitNoted("f", "e", containerID: "c"), .ping,
        .drain(maxGrace: .seconds(3), markGone: true), .drain(maxGrace: nil, markGone: false), .resources([.scalar("cpus", 2)]), .shutdown("gone"),
    ] as [MasterToAgent])
    func whatAMasterSaysArrivesAsItWasSaid(message: MasterToAgent) throws {
        let bytes: [UInt8] = try message.wire.serializedBytes()
        #expect(MasterToAgent(try KMD_ToAgent(serializedBytes: bytes)) == message)
    }

    @Test func whatAnAgentSaysArrivesAsItWasSaid() throws {
        var registration = AgentRegistration(info: .with { $0.hostname = "n" }, endpoint: MesosEndpoint(host: "10.0.0.1", port: 5051))
        registration.frameworks = [Self.framework]
        registration.executors = [Self.executor]
        registration.tasks = [.with {
            $0.name = "t"
            $0.taskID.value = "t"
            $0.frameworkID.value = "f"
            $0.agentID.value = "S0"
            $0.state = .taskRunning
        }]
        registration.resources = [.scalar("cpus", 2)]
        registration.isPinged = true
        let status = Mesos_V1_TaskStatus.with { $0.taskID.value = "t"; $0.state = .taskRunning }
        let messages: [AgentToMaster] = [
            .register(registration), .update("f", status), .exited("f", "e", containerID: "c", status: 256), .message("f", "e", [1]), .unregister, .pong,
        ]
        for message in messages {
            let bytes: [UInt8] = try message.wire.serializedBytes()
            #expect(AgentToMaster(try KMD_ToMaster(serializedBytes: bytes)) == message)
        }
    }
}
