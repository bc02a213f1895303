import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite struct AgentStateTests {
    /// A registered agent that was told to run tasks, and the records that it made.
    struct Scene {
        var agent: AgentState
        var log: [AgentState.Effect] = []
        var records: [KMD_AgentRecord] = []

        static func fresh(at seconds: Double = 0) -> AgentState {
            var settings = AgentState.Settings()
            settings.workDirectory = "/data/agent"
            return AgentState(info: .with { $0.hostname = "node" }, settings: settings, at: MasterStateTests.moment(seconds), uuidSeed: 7)
        }

        init() {
            agent = Scene.fresh()
            handle(.masterConnected)
            handle(.master(.registered("a-S0")))
        }

        /// A new life from the records of an old one.
        init(replaying records: [KMD_AgentRecord], alive: Bool, at seconds: Double = 0) {
            agent = Scene.fresh(at: seconds)
            for record in records { agent.replay(record) }
            handle(.recovered(alive: alive ? Set(agent.executors.keys) : []))
            handle(.masterConnected)
            log += agent.handle(.master(.registered("a-S0")))
        }

        mutating func handle(_ input: AgentState.Input) {
            log = agent.handle(input)
            records += log.compactMap { if case .checkpoint(let record) = $0 { record } else { nil } }
        }
        mutating func at(_ seconds: Double) { handle(.tick(MasterStateTests.moment(seconds))) }

        static let framework = Mesos_V1_FrameworkInfo.with {
            $0.user = "root"
            $0.name = "k"
            $0.id.value = "f"
            $0.checkpoint = true
            $0.capabilities = [.with { $0.type = .partitionAware }]
        }
        static let executor = Mesos_V1_ExecutorInfo.with {
            $0.executorID.value = "e"
            $0.frameworkID.value = "f"
            $0.command.value = "/bin/true"
        }
        mutating func run(_ ids: String...) {
            let tasks = ids.map { id in
                Mesos_V1_TaskInfo.with {
                    $0.name = id
                    $0.taskID.value = id
                    $0.agentID.value = "a-S0"
                }
            }
            handle(.master(.run(framework: Scene.framework, executor: Scene.executor, tasks: tasks, group: false)))
        }
        /// The process has started and subscribes.
        mutating func subscribe(_ stream: String = "x1", unacknowledged tasks: [String] = [], _ updates: [Mesos_V1_TaskStatus] = []) {
            if let container = agent.executors.keys.first, agent.executors[container]?.process == nil {
                handle(.forked(containerID: container, ProcessIdentity(pid: 42, startTime: 1, bootID: "b")))
            }
            var call = Scene.envelope(.subscribe)
            call.subscribe.unacknowledgedTasks = tasks.map { id in
                .with {
                    $0.name = id
                    $0.taskID.value = id
                    $0.agentID.value = "a-S0"
                }
            }
            call.subscribe.unacknowledgedUpdates = updates.map { status in .with { $0.status = status } }
            handle(.subscribe(call, stream: stream))
        }
        static func envelope(_ type: Mesos_V1_Executor_Call.TypeEnum) -> Mesos_V1_Executor_Call {
            .with {
                $0.type = type
                $0.executorID.value = "e"
                $0.frameworkID.value = "f"
            }
        }
        static func status(_ task: String, _ state: Mesos_V1_TaskState, _ uuid: UInt8) -> Mesos_V1_TaskStatus {
            .with {
                $0.taskID.value = task
                $0.state = state
                $0.source = .executor
                $0.uuid = .init(repeating: uuid, count: 16)
            }
        }
        mutating func update(_ task: String, _ state: Mesos_V1_TaskState, _ uuid: UInt8) {
            var call = Scene.envelope(.update)
            call.update.status = Scene.status(task, state, uuid)
            handle(.call(call))
        }
        mutating func acknowledge(_ task: String, _ uuid: UInt8) {
            handle(.master(.acknowledge("f", TaskID(task), uuid: [UInt8](repeating: uuid, count: 16))))
        }
        var events: [Mesos_V1_Executor_Event] { log.compactMap { if case .send(_, let event) = $0 { event } else { nil } } }
        var launched: [String] { events.filter { $0.type == .launch }.map(\.launch.task.taskID.value) }
        var forwarded: [Mesos_V1_TaskStatus] { log.compactMap { if case .tell(.update(_, let status)) = $0 { status } else { nil } } }
        var exits: [Int32] { log.compactMap { if case .tell(.exited(_, _, _, let status)) = $0 { status } else { nil } } }
        var signals: [Int32] { log.compactMap { if case .signal(_, let number) = $0 { number } else { nil } } }
    }

    @Test func theFirstTaskStartsTheExecutorAfterItIsDurable() throws {
        var scene = Scene()
        scene.run("t1", "t2")
        let launch = try #require(scene.log.firstIndex { if case .launch = $0 { true } else { false } })
        let last = try #require(scene.log.lastIndex { if case .checkpoint = $0 { true } else { false } })
        #expect(last < launch)
        guard case .launch(let start) = scene.log[launch] else { return }
        #expect(start.environment["MESOS_SLAVE_ID"] == "a-S0")
        #expect(start.environment["MESOS_RECOVERY_TIMEOUT"] == "15mins")
        #expect(start.environment["MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"] == "5secs")
        #expect(start.directory.hasPrefix("/data/agent/slaves/a-S0/frameworks/f/executors/e/runs/"))
        scene.subscribe()
        #expect(scene.events.map(\.type) == [.subscribed, .launch, .launch])
        scene.run("t3")
        #expect(scene.launched == ["t3"])
    }

    @Test func anUpdateIsDurableBeforeItIsAcknowledgedAndForwarded() {
        var scene = Scene()
        scene.run("t1")
        scene.subscribe()
        scene.update("t1", .taskRunning, 1)
        let kinds = scene.log.map { effect in
            switch effect {
            case .checkpoint: "checkpoint"
            case .send: "send"
            case .tell: "tell"
            case .answer: "answer"
            default: "other"
            }
        }
        #expect(kinds == ["checkpoint", "tell", "send", "answer"])
        #expect(scene.forwarded.first?.agentID.value == "a-S0")
        #expect(scene.forwarded.first?.containerStatus.executorPid == 42)
    }

    @Test func updatesOfATaskGoOneByOneAndAgainUntilAcknowledged() {
        var scene = Scene()
        scene.run("t1")
        scene.subscribe()
        scene.update("t1", .taskStarting, 1)
        scene.update("t1", .taskRunning, 2)
        #expect(scene.forwarded.isEmpty)
        scene.at(10)
        #expect(scene.forwarded.map(\.state) == [.taskStarting])
        scene.at(20)
        #expect(scene.forwarded.isEmpty)
        scene.at(30)
        #expect(scene.forwarded.map(\.state) == [.taskStarting])
        scene.acknowledge("t1", 9)
        #expect(scene.forwarded.isEmpty)
        scene.acknowledge("t1", 1)
        #expect(scene.forwarded.map(\.state) == [.taskRunning])
        scene.update("t1", .taskRunning, 2)
        scene.acknowledge("t1", 2)
        #expect(scene.agent.updates.isEmpty)
    }

    @Test func aNewSubscriptionOfTheSchedulerGetsWhatIsNotAcknowledged() {
        var scene = Scene()
        scene.run("t1")
        scene.subscribe()
        scene.update("t1", .taskRunning, 1)
        scene.handle(.master(.updateFramework(Scene.framework)))
        #expect(scene.forwarded.map(\.state) == [.taskRunning])
    }

    @Test func aDeadExecutorFailsItsTasksUntilTheSchedulerKnows() throws {
        var scene = Scene()
        scene.run("t1", "t2")
        scene.subscribe()
        scene.update("t1", .taskFinished, 1)
        let container = try #require(scene.agent.executors.keys.first)
        scene.handle(.exited(containerID: container, status: 768))
        #expect(scene.exits == [768])
        #expect(scene.forwarded.map(\.taskID.value) == ["t2"])
        #expect(scene.forwarded.first?.reason == .executorTerminated)
        scene.handle(.master(.exitNoted("f", "e", containerID: container)))
        #expect(!scene.agent.executors.isEmpty)
        scene.acknowledge("t1", 1)
        let uuid = try #require(scene.agent.updates.values.first?.pending.first?.uuid)
        scene.handle(.master(.acknowledge("f", "t2", uuid: [UInt8](uuid))))
        #expect(scene.agent.executors.isEmpty)
    }

    @Test func aTaskThatIsKilledBeforeItsExecutorIsThereNeverRuns() {
        var scene = Scene()
        scene.run("t1")
        scene.handle(.master(.kill("f", "t1", nil)))
        #expect(scene.forwarded.map(\.reason) == [.taskKilledDuringLaunch])
        scene.subscribe()
        #expect(scene.events.map(\.type) == [.subscribed, .shutdown])
    }

    @Test func anExecutorThatDoesNotSubscribeInTimeIsKilled() throws {
        var scene = Scene()
        scene.run("t1")
        let container = try #require(scene.agent.executors.keys.first)
        scene.handle(.forked(containerID: container, ProcessIdentity(pid: 42, startTime: 1, bootID: "b")))
        scene.at(60)
        #expect(scene.signals == [9])
        scene.handle(.exited(containerID: container, status: 9))
        #expect(scene.forwarded.map(\.reason) == [.executorRegistrationTimeout])
        #expect(scene.forwarded.first?.message == "Executor did not register within 1mins")
    }

    @Test func anExecutorThatIgnoresShutdownIsKilledAfterItsGrace() {
        var scene = Scene()
        scene.run("t1")
        scene.subscribe()
        scene.handle(.master(.shutdownExecutor("f", "e")))
        #expect(scene.events.map(\.type) == [.shutdown])
        scene.at(4.9)
        #expect(scene.signals.isEmpty)
        scene.at(5)
        #expect(scene.signals == [9])
    }

    @Test func aRestartedAgentTakesItsExecutorBack() {
        var before = Scene()
        before.run("t1", "t2")
        before.subscribe()
        before.update("t1", .taskRunning, 1)
        before.acknowledge("t1", 1)
        var after = Scene(replaying: before.records, alive: true)
        #expect(after.agent.info.id.value == "a-S0")
        // The executor knows t1; t2 was on its way when the agent died. What happened meanwhile comes with the subscription.
        after.subscribe("x2", unacknowledged: [], [Scene.status("t1", .taskFinished, 2)])
        #expect(after.events.map(\.type) == [.subscribed, .acknowledged, .launch])
        #expect(after.launched == ["t2"])
        #expect(after.forwarded.map(\.state) == [.taskFinished])
    }

    @Test func aRestartedAgentReportsTheDeadAtOnce() {
        var before = Scene()
        before.run("t1")
        before.subscribe()
        before.update("t1", .taskRunning, 1)
        before.acknowledge("t1", 1)
        let after = Scene(replaying: before.records, alive: false)
        #expect(after.exits == [-1])
        #expect(after.forwarded.map(\.state) == [.taskFailed])
    }

    @Test func aSnapshotIsTheSameAsTheRecords() throws {
        var before = Scene()
        before.run("t1", "t2")
        before.subscribe()
        before.update("t1", .taskStarting, 1)
        before.acknowledge("t1", 1)
        before.update("t1", .taskRunning, 2)
        before.update("t2", .taskFinished, 3)
        before.acknowledge("t2", 3)
        let records = Scene(replaying: before.records, alive: true).agent
        let snapshot = Scene(replaying: before.agent.snapshot, alive: true).agent
        #expect(records.snapshot == snapshot.snapshot)
        #expect(snapshot.updates.values.map { $0.pending.map(\.state) } == [[.taskRunning]])
        #expect(snapshot.executors.values.first?.tasks.map(\.info.taskID.value) == ["t1"])
        #expect(snapshot.executors.values.first?.tasks.first?.latest?.state == .taskRunning)
    }

    @Test func aTornTailOfTheLogIsCutOff() {
        var scene = Scene()
        scene.run("t1")
        let bytes = scene.records.flatMap(AgentLog.encode)
        #expect(AgentLog.parse(bytes) == scene.records)
        #expect(AgentLog.parse(Array(bytes.dropLast(3))) == Array(scene.records.dropLast()))
        var flipped = bytes
        flipped[bytes.count - 1] ^= 1
        #expect(AgentLog.parse(flipped) == Array(scene.records.dropLast()))
    }

    @Test func stoppingAsksExecutorsToEnd() {
        var scene = Scene()
        scene.run("t1")
        scene.subscribe()
        scene.handle(.stop)
        #expect(scene.signals == [15])
    }

    @Test(arguments: [
        ("Machine_1.local", "machine-1.local"), ("-x-", "x"), ("", "localhost"), ("ÄB", "b"),
    ]) func aHostnameBecomesANodeName(given: String, name: String) {
        #expect(MachineResources.nodeName(given) == name)
    }

    @Test func resourcesAreReadAsMesosWritesThem() throws {
        let resources = try MachineResources.parse("cpus:4;mem:2048;ports:[31000-31001, 32000-32000];cpus(k8s):1")
        #expect(resources.cpus == 5)
        #expect(resources.ports == [31000...31001, 32000...32000])
        #expect(throws: MachineResources.Problem.self) { try MachineResources.parse("cpus=4") }
        #expect(throws: MachineResources.Problem.self) { try MachineResources.parse("ports:[5-1]") }
    }
}

extension AgentStateTests {
    /// The master has told its scheduler that it is lost, when the agent went.
    @Test(arguments: [true, false]) func whatHasNoCheckpointsEndsWithItsAgentWithoutAWord(isAlive: Bool) {
        var scene = Scene()
        var framework = Scene.framework
        framework.checkpoint = false
        let task = Mesos_V1_TaskInfo.with { $0.name = "t1"; $0.taskID.value = "t1"; $0.agentID.value = "a-S0" }
        scene.handle(.master(.run(framework: framework, executor: Scene.executor, tasks: [task], group: false)))
        scene.subscribe()
        let again = Scene(replaying: scene.records, alive: isAlive)
        #expect(again.agent.executors.isEmpty)
        let told = again.log.filter { if case .tell(.register(let registration)) = $0 { !registration.tasks.isEmpty } else if case .tell = $0 { true } else { false } }
        #expect(told == [])
        #expect(again.agent.updates.isEmpty)
    }
}
