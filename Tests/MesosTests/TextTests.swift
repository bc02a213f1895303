import Core
import Mesos
import MesosProto
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        ("127.0.0.1:5050", "127.0.0.1:5050"), ("//10.0.0.1:5051/master/api/v1/scheduler", "10.0.0.1:5051"), ("http://m1/x", "m1:5050"),
        ("[::1]:5052", "[::1]:5052"),
    ]) func anEndpointIsReadOutOfWhatMastersSay(text: String, endpoint: String) {
        #expect(MesosEndpoint(text, defaultPort: 5050)?.description == endpoint)
    }

    @Test(arguments: ["", ":5050", "h:x", "h:0", "h:70000", "[::1:50"]) func whatIsNoEndpointIsRefused(text: String) {
        #expect(MesosEndpoint(text, defaultPort: 5050) == nil)
    }

    @Test func aListOfMastersIsAllOrNothing() {
        #expect(MesosEndpoint.list("a:1, b")?.map(\.description) == ["a:1", "b:5050"])
        #expect(MesosEndpoint.list("a:1,:2") == nil)
        #expect(MesosEndpoint.list("") == nil)
    }

    @Test func reasonsAndStatesHaveTheirWireNames() {
        #expect(MesosReason(.executorTerminated).name == "REASON_EXECUTOR_TERMINATED")
        #expect(MesosReason(.gcError).name == "REASON_GC_ERROR")
        #expect(MesosReason(.ioSwitchboardExited).name == "REASON_IO_SWITCHBOARD_EXITED")
        for state in MesosTaskState.allCases { #expect(MesosTaskState(state.proto) == state) }
    }

    @Test func durationsAreReadAsMesosWritesThem() {
        #expect(Duration(mesos: "15mins") == .seconds(900))
        #expect(Duration(mesos: "2secs") == .seconds(2))
        #expect(Duration(mesos: "100ms") == .milliseconds(100))
        #expect(Duration(mesos: "5") == nil)
        #expect(Duration.seconds(900).mesosText == "15mins")
        #expect(Duration.seconds(5).mesosText == "5secs")
    }

    @Test func anExecutorsEnvironmentIsTheRecordedOne() throws {
        let environment = try ExecutorEnvironment(environment: [
            "MESOS_AGENT_ENDPOINT": "127.0.0.1:5051", "MESOS_FRAMEWORK_ID": "f-0000", "MESOS_EXECUTOR_ID": "ex1", "MESOS_SLAVE_ID": "a-S1",
            "MESOS_CHECKPOINT": "1", "MESOS_RECOVERY_TIMEOUT": "15mins", "MESOS_SUBSCRIPTION_BACKOFF_MAX": "2secs",
            "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD": "5secs", "MESOS_SANDBOX": "/sandbox",
        ])
        #expect(environment.agent.port == 5051)
        #expect(environment.checkpoint)
        #expect(environment.recoveryTimeout == .seconds(900))
        #expect(environment.directory == "/sandbox")
    }

    @Test func aMissingVariableIsNamed() {
        #expect(throws: ExecutorEnvironment.Problem(variable: "MESOS_FRAMEWORK_ID", value: nil)) {
            try ExecutorEnvironment(environment: ["MESOS_AGENT_ENDPOINT": "h:1"])
        }
    }
}
