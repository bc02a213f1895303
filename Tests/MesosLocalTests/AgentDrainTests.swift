import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite struct AgentDrainTests {
    typealias Scene = AgentStateTests.Scene

    static func running() -> Scene {
        var scene = Scene()
        scene.run("t1", "t2")
        scene.subscribe()
        for (task, uuid) in [("t1", UInt8(1)), ("t2", 2)] {
            scene.update(task, .taskRunning, uuid)
            scene.acknowledge(task, uuid)
        }
        return scene
    }

    @Test func allTasksAreKilledWithinTheDrainsGrace() {
        var scene = Self.running()
        scene.handle(.master(.drain(maxGrace: .seconds(3), markGone: false)))
        let kills = scene.events.filter { $0.type == .kill }
        #expect(kills.map(\.kill.taskID.value) == ["t1", "t2"])
        #expect(kills.allSatisfy { $0.kill.killPolicy.gracePeriod.nanoseconds == 3_000_000_000 })
    }

    @Test(arguments: [(false, Mesos_V1_TaskState.taskKilled), (true, .taskGoneByOperator)])
    func whatIsKilledSaysThatTheAgentDrains(markGone: Bool, state: Mesos_V1_TaskState) {
        var scene = Self.running()
        scene.handle(.master(.drain(maxGrace: nil, markGone: markGone)))
        scene.update("t1", .taskKilled, 3)
        #expect(scene.forwarded.map(\.state) == [state])
        #expect(scene.forwarded.map(\.reason) == [.agentDraining])
        scene.update("t2", .taskFinished, 4)
        #expect(scene.forwarded.map(\.state) == [.taskFinished])
        #expect(scene.forwarded.first?.reason != .agentDraining)
    }

    @Test func aTaskThatArrivesMeanwhileIsDropped() {
        var scene = Self.running()
        scene.handle(.master(.drain(maxGrace: nil, markGone: false)))
        scene.run("t3")
        #expect(scene.forwarded.map(\.state) == [.taskDropped])
        #expect(scene.forwarded.first?.message == "Task was received while agent was already draining")
        #expect(scene.launched.isEmpty)
    }

    @Test func theDrainOutlastsTheAgentAndEndsWithItsLastTask() {
        var before = Self.running()
        before.handle(.master(.drain(maxGrace: nil, markGone: false)))
        var after = Scene(replaying: before.records, alive: true)
        #expect(after.agent.drain != nil)
        #expect(Scene(replaying: before.agent.snapshot, alive: true).agent.drain != nil)
        after.subscribe("x2")
        for (task, uuid) in [("t1", UInt8(3)), ("t2", 4)] {
            after.update(task, .taskKilled, uuid)
            after.acknowledge(task, uuid)
        }
        #expect(after.agent.drain == nil)
        after.run("t4")
        #expect(after.launched == ["t4"])
    }

    @Test func anAgentThatIsNotWantedEndsAfterItsExecutors() throws {
        var scene = Self.running()
        scene.handle(.master(.shutdown("Agent has been marked gone")))
        #expect(scene.events.map(\.type) == [.shutdown])
        #expect(!scene.log.contains(.retire(because: "Agent has been marked gone")))
        let container = try #require(scene.agent.executors.keys.first)
        scene.handle(.exited(containerID: container, status: 0))
        #expect(scene.log.contains(.retire(because: "Agent has been marked gone")))
    }

    @Test func reservationsOutlastTheAgent() {
        var scene = Scene()
        let reserved = OperatorTests.reserved(1, role: "db")
        scene.handle(.master(.resources([reserved])))
        var after = Scene(replaying: scene.records, alive: false)
        after.handle(.masterConnected)
        let told = after.log.compactMap { if case .tell(.register(let registration)) = $0 { registration.resources } else { nil } }
        #expect(told == [[reserved]])
    }
}
