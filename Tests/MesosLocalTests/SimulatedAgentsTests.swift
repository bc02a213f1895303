import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite(.timeLimit(.minutes(4))) struct SimulatedAgentsTests {
    /// A scripted world driven by hand, and what its last input led to.
    struct Scene {
        var state: SimulatedAgentsState
        var log: [SimulatedAgentsState.Effect] = []

        init(_ fill: (inout SimulatedAgentScript) -> Void = { _ in }) {
            var script = SimulatedAgentScript()
            script.agents = 3
            script.startDelay = .seconds(1)
            fill(&script)
            state = SimulatedAgentsState(script, at: MasterStateTests.moment(0))
            for index in 0..<3 {
                handle(.connected(index))
                handle(.heard(index, .registered(AgentID("S\(index)"))))
            }
        }

        mutating func handle(_ input: SimulatedAgentsState.Input) { log = state.handle(input) }
        mutating func at(_ seconds: Double) { handle(.tick(MasterStateTests.moment(seconds))) }
        mutating func run(_ tasks: [String], on index: Int = 1) {
            let infos = tasks.map { id in
                Mesos_V1_TaskInfo.with {
                    $0.name = id
                    $0.taskID.value = id
                    $0.agentID.value = "S\(index)"
                    $0.data = .init(Array("pod of \(id)".utf8))
                }
            }
            let framework = Mesos_V1_FrameworkInfo.with { $0.user = "root"; $0.name = "k"; $0.id.value = "f" }
            handle(.heard(index, .run(framework: framework, executor: .with { $0.executorID.value = "e" }, tasks: infos, group: false)))
        }
        var updates: [Mesos_V1_TaskStatus] {
            log.compactMap { if case .tell(_, .update(_, let status)) = $0 { status } else { nil } }
        }
        /// Acknowledges the updates of the last input, and gives what follows.
        mutating func acknowledge(on index: Int = 1) {
            var next: [SimulatedAgentsState.Effect] = []
            for update in updates {
                handle(.heard(index, .acknowledge("f", TaskID(update.taskID.value), uuid: [UInt8](update.uuid))))
                next += log
            }
            log = next
        }
    }

    @Test func theyRegisterAsAgentsDo() {
        var scene = Scene()
        scene.handle(.connected(2))
        guard case .tell(2, .register(let registration))? = scene.log.first else { return #expect(Bool(false), "no registration") }
        #expect(registration.info.hostname == "sim-2")
        #expect(registration.info.attributes.map { MesosAttribute($0).text } == ["r2"])
        #expect(MesosResources(registration.info.resources).cpus == 16)
    }

    @Test func aTaskStartsRunsAndIsKilledOneUpdateAtATime() {
        var scene = Scene()
        scene.run(["t1"])
        #expect(scene.updates.map(\.state) == [.taskStarting])
        let first = scene.updates
        scene.at(2)
        #expect(scene.updates.isEmpty)
        scene.log = first.map { .tell(1, .update("f", $0)) }
        scene.acknowledge()
        #expect(scene.updates.map(\.state) == [.taskRunning])
        #expect(scene.updates.first?.agentID.value == "S1")
        scene.acknowledge()
        scene.handle(.heard(1, .kill("f", "t1", nil)))
        #expect(scene.updates.map(\.state) == [.taskKilled])
        scene.acknowledge()
        #expect(scene.state.taskCount == 0)
    }

    @Test func anUpdateGoesAgainUntilItIsAcknowledged() {
        var scene = Scene()
        scene.run(["t1"])
        scene.at(10)
        #expect(scene.updates.map(\.state) == [.taskStarting])
        scene.handle(.heard(1, .updateFramework(.with { $0.user = ""; $0.name = ""; $0.id.value = "f" })))
        #expect(scene.updates.map(\.state) == [.taskStarting])
    }

    @Test func theSameSeedIsTheSameRun() {
        func story(_ seed: UInt64) -> [SimulatedAgentsState.Effect] {
            var scene = Scene {
                ($0.seed, $0.failures, $0.runTime) = (seed, 0.3, .seconds(3))
            }
            var story: [SimulatedAgentsState.Effect] = []
            scene.run((0..<20).map { "t\($0)" })
            for tenth in 0..<100 {
                story += scene.log
                let updates = scene.log
                scene.log = updates
                scene.acknowledge()
                story += scene.log
                scene.at(Double(tenth) / 10)
            }
            return story
        }
        #expect(story(5) == story(5))
        #expect(story(5) != story(6))
        let ends = story(5).compactMap { if case .tell(_, .update(_, let status)) = $0 { status.state } else { nil } }
        #expect(ends.contains(.taskFailed) && ends.contains(.taskFinished))
    }

    @Test func aBoundPodRunsAndAPodThatCannotBeBoundFails() {
        var scene = Scene { $0.binds = true }
        scene.run(["t1", "t2"])
        let bound = scene.log.compactMap { effect -> (SimulatedAgentsState.Key, SimulatedTask)? in
            if case .bind(let key, let task) = effect { (key, task) } else { nil }
        }
        #expect(bound.map(\.1.hostname) == ["sim-1", "sim-1"])
        #expect(bound.first.map { String(decoding: $0.1.data, as: UTF8.self) } == "pod of t1")
        scene.acknowledge()
        scene.handle(.bound(bound[0].0, true))
        scene.at(2)
        #expect(scene.updates.map(\.state) == [.taskRunning])
        scene.handle(.bound(bound[1].0, false))
        #expect(scene.updates.map(\.state) == [.taskFailed])
    }

    @Test func anExecutorThatIsShutDownTakesItsTasksAlong() {
        var scene = Scene()
        scene.run(["t1", "t2"])
        scene.acknowledge()
        scene.handle(.heard(1, .shutdownExecutor("f", "e")))
        #expect(scene.updates.map(\.state) == [.taskKilled, .taskKilled])
        #expect(scene.log.contains(.tell(1, .exited("f", "e", containerID: "sim", status: 0))))
    }

    /// Real HTTP to the scheduler, two hundred agents without a socket.
    @Test func aSchedulerCannotTellThemFromOthers() async throws {
        let directory = try TemporaryDirectory()
        var configuration = MesosMasterServer.Configuration(directory: directory.path)
        configuration.port = 0
        var script = SimulatedAgentScript()
        (script.agents, script.startDelay) = (200, .milliseconds(10))
        configuration.simulation = script
        let server = MesosMasterServer(configuration)
        let (stream, found) = AsyncStream.makeStream(of: MesosEndpoint.self, bufferingPolicy: .bufferingOldest(1))
        let running = Task {
            defer { found.finish() }
            try await server.run { found.yield($0) }
        }
        for await master in stream {
            let scheduler = TestScheduler(master: master, id: nil)
            do {
                try await scheduler.subscribed()
                for number in 0..<200 {
                    let offer = try await scheduler.offer()
                    let task = try await scheduler.launch("run", named: TaskID("t\(number)"), on: offer)
                    try await scheduler.waitFor(task, .running)
                    if number == 3 { break }
                }
                try await scheduler.client.kill("t0")
                try await scheduler.waitFor("t0", .killed)
            } catch { Issue.record(error) }
            await scheduler.stop()
            running.cancel()
        }
        try? await running.value
    }
}
