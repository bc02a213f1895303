import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite struct OperatorTests {
    static func machine(_ number: Int) -> Mesos_V1_MachineID {
        .with {
            $0.hostname = "node-\(number)"
            $0.ip = "10.0.0.\(number)"
        }
    }

    /// A master, an agent with a running task, and a second one that is empty.
    static func running() -> MasterScene {
        var scene = MasterScene()
        scene.register(1)
        scene.subscribe("s")
        scene.launch("t1", on: "m-O0", refuse: 0)
        scene.update("t1", .taskRunning)
        scene.acknowledge("t1")
        scene.at(1)
        scene.register(2)
        return scene
    }

    static func drain(_ scene: inout MasterScene, markGone: Bool = false, grace: Int64? = nil) {
        scene.operate {
            $0.type = .drainAgent
            $0.drainAgent.agentID.value = "m-S0"
            $0.drainAgent.markGone = markGone
            if let grace { $0.drainAgent.maxGracePeriod.seconds = grace }
        }
    }

    // MARK: Draining

    @Test func aDrainingAgentGetsNoOffersAndEndsItsTasks() throws {
        var scene = Self.running()
        let rest = try #require(scene.out.values.first { $0.hostname == "node-1" }?.id.value)
        Self.drain(&scene, grace: 3)
        #expect(scene.answer == .ok)
        #expect(scene.rescinded == [rest])
        #expect(scene.told(1) == [.drain(maxGrace: .seconds(3), markGone: false)])
        #expect(scene.log.contains(.persist))
        scene.update("t1", .taskKilled, uuid: 2)
        scene.at(5)
        #expect(scene.master.orders["m-S0"]?.drain?.state == .draining)
        scene.acknowledge("t1", uuid: 2)
        #expect(scene.master.orders["m-S0"]?.drain?.state == .drained)
        scene.at(10)
        #expect(!scene.offers.contains { $0.hostname == "node-1" })
    }

    @Test func aDrainedAgentComesBackWhenItIsReactivated() {
        var scene = MasterScene()
        scene.register(1)
        scene.subscribe("s")
        scene.operate { $0.type = .reactivateAgent; $0.reactivateAgent.agentID.value = "m-S0" }
        #expect(scene.answer == .badRequest("Agent is not deactivated"))
        Self.drain(&scene)
        scene.operate { $0.type = .reactivateAgent; $0.reactivateAgent.agentID.value = "m-S0" }
        #expect(scene.answer == .ok)
        #expect(scene.offers.map(\.hostname) == ["node-1"])
    }

    @Test func anAgentThatStillDrainsCannotBeReactivated() {
        var scene = Self.running()
        Self.drain(&scene)
        scene.operate { $0.type = .reactivateAgent; $0.reactivateAgent.agentID.value = "m-S0" }
        #expect(scene.answer == .badRequest("Agent is still in the DRAINING state"))
    }

    @Test func aDeactivatedAgentKeepsItsTasksAndGetsNoOffers() {
        var scene = Self.running()
        scene.operate { $0.type = .deactivateAgent; $0.deactivateAgent.agentID.value = "m-S0" }
        #expect(scene.told(1) == [])
        #expect(scene.rescinded.count == 1)
        scene.call { $0.type = .revive }
        #expect(!scene.offers.contains { $0.hostname == "node-1" })
        scene.operate { $0.type = .reactivateAgent; $0.reactivateAgent.agentID.value = "m-S0" }
        #expect(scene.offers.map(\.hostname) == ["node-1"])
    }

    @Test func adrainOutlastsTheAgentsAbsenceAndTheMastersRestart() {
        var scene = Self.running()
        Self.drain(&scene)
        var next = MasterScene(record: scene.master.record)
        next.register(1, id: "m-S0", tasks: [.with {
            $0.name = "t1"
            $0.taskID.value = "t1"
            $0.frameworkID.value = "m-0000"
            $0.agentID.value = "m-S0"
            $0.state = .taskRunning
        }])
        #expect(next.told(1).contains(.drain(maxGrace: nil, markGone: false)))
    }

    @Test func anAgentThatDrainsToBeGoneIsGoneWhenItIsEmpty() {
        var scene = Self.running()
        Self.drain(&scene, markGone: true)
        scene.update("t1", .taskGoneByOperator, uuid: 2)
        scene.acknowledge("t1", uuid: 2)
        #expect(scene.told(1).last == .shutdown("Agent has been marked gone"))
        #expect(scene.master.agents["m-S0"] == nil)
        #expect(scene.events.contains { $0.type == .failure && $0.failure.agentID.value == "m-S0" && !$0.failure.hasExecutorID })
    }

    @Test func aFrameworkWithoutCheckpointsLosesItsTasksWithTheLink() {
        var scene = MasterScene()
        scene.register(1)
        scene.subscribe("s", checkpoint: false)
        scene.launch("t1", on: "m-O0")
        scene.handle(.agentDisconnected(1))
        #expect(scene.statuses.map(\.state) == [.taskLost])
        #expect(scene.statuses.first?.reason == .agentDisconnected)
        #expect(scene.statuses.first?.message == "Agent node-1 disconnected")
    }

    // MARK: Gone

    @Test func anAgentMarkedGoneTakesItsTasksWithItForEver() {
        var scene = Self.running()
        scene.operate { $0.type = .markAgentGone; $0.markAgentGone.agentID.value = "m-S0" }
        #expect(scene.answer == .ok)
        #expect(scene.statuses.map(\.state) == [.taskGoneByOperator])
        #expect(scene.statuses.first?.reason == .agentRemovedByOperator)
        #expect(scene.statuses.first?.hasUuid == false)
        scene.call { $0.type = .reconcile; $0.reconcile.tasks = [.with { $0.taskID.value = "t1"; $0.agentID.value = "m-S0" }] }
        #expect(scene.statuses.map(\.state) == [.taskGoneByOperator])
        scene.register(3, id: "m-S0")
        #expect(scene.told(3) == [.shutdown("Agent has been marked gone")])
        #expect(scene.master.agents["m-S0"] == nil)
    }

    @Test func anUnreachableAgentCanBeDeclaredGone() {
        var scene = Self.running()
        scene.handle(.agentDisconnected(1))
        scene.at(80)
        #expect(scene.statuses.map(\.state) == [.taskUnreachable])
        scene.operate { $0.type = .markAgentGone; $0.markAgentGone.agentID.value = "m-S0" }
        #expect(scene.statuses.map(\.state) == [.taskGoneByOperator])
        scene.operate { $0.type = .markAgentGone; $0.markAgentGone.agentID.value = "no-such" }
        #expect(scene.answer?.status == 404)
    }

    // MARK: Maintenance

    static func schedule(_ scene: inout MasterScene, _ machines: [Int], at seconds: Int64 = 100) {
        scene.operate {
            $0.type = .updateMaintenanceSchedule
            $0.updateMaintenanceSchedule.schedule.windows = machines.isEmpty ? [] : [.with {
                $0.machineIds = machines.map(machine)
                $0.unavailability.start.nanoseconds = seconds
            }]
        }
    }

    @Test func aPlannedAbsenceIsSaidInOffersAndAskedForWhereSomethingRuns() {
        var scene = Self.running()
        Self.schedule(&scene, [1])
        #expect(scene.answer == .ok)
        #expect(scene.rescinded.count == 1)
        #expect(scene.offers.map(\.hasUnavailability) == [true])
        let asked = scene.events.filter { $0.type == .inverseOffers }.flatMap(\.inverseOffers.inverseOffers)
        #expect(asked.map(\.agentID.value) == ["m-S0"])
        #expect(asked.first?.unavailability.start.nanoseconds == 100)
        // Asked once until it answers.
        scene.at(10)
        #expect(!scene.events.contains { $0.type == .inverseOffers })
        scene.call { $0.type = .declineInverseOffers; $0.declineInverseOffers.inverseOfferIds = asked.map(\.id) }
        let status = MasterPages.maintenanceStatus(scene.master)
        #expect(status.drainingMachines.first?.statuses.map(\.status) == [.decline])
        // And again when its filter has run out.
        scene.at(14)
        #expect(!scene.events.contains { $0.type == .inverseOffers })
        scene.at(16)
        #expect(scene.events.contains { $0.type == .inverseOffers })
    }

    @Test func aScheduleThatIsCalledOffRescindsItsInverseOffers() {
        var scene = Self.running()
        Self.schedule(&scene, [1])
        Self.schedule(&scene, [])
        #expect(scene.events.contains { $0.type == .rescindInverseOffer })
        #expect(scene.offers.map(\.hasUnavailability) == [false])
    }

    @Test func aMachineThatGoesDownTakesItsAgentsAndComesBackWhenItIsUp() {
        var scene = Self.running()
        scene.operate { $0.type = .startMaintenance; $0.startMaintenance.machines = [Self.machine(1)] }
        #expect(scene.answer?.text == "Machine '{\"hostname\":\"node-1\",\"ip\":\"10.0.0.1\"}' is not part of a maintenance schedule")
        Self.schedule(&scene, [1])
        scene.operate { $0.type = .startMaintenance; $0.startMaintenance.machines = [Self.machine(1)] }
        #expect(scene.answer == .ok)
        #expect(scene.statuses.map(\.state) == [.taskLost])
        #expect(scene.told(1) == [.shutdown("Operator initiated 'Machine DOWN'")])
        scene.register(1, id: "m-S0")
        #expect(scene.told(1) == [.shutdown("Machine is `DOWN`")])
        #expect(MasterPages.maintenanceStatus(scene.master).downMachines == [Self.machine(1)])
        scene.operate { $0.type = .stopMaintenance; $0.stopMaintenance.machines = [Self.machine(1)] }
        #expect(scene.answer == .ok)
        scene.register(1, id: "m-S0")
        #expect(scene.offers.map(\.hostname) == ["node-1"])
        #expect(scene.offers.first?.hasUnavailability == false)
    }

    @Test(arguments: [
        ([[1, 1]], "appears more than once in the schedule"), ([[]], "List of machines in the maintenance window is empty"),
    ]) func aScheduleIsChecked(windows: [[Int]], problem: String) {
        var scene = MasterScene()
        scene.operate {
            $0.type = .updateMaintenanceSchedule
            $0.updateMaintenanceSchedule.schedule.windows = windows.map { machines in
                .with {
                    $0.machineIds = machines.map(Self.machine)
                    $0.unavailability.start.nanoseconds = 1
                }
            }
        }
        #expect(scene.answer?.status == 400)
        #expect(scene.answer?.text.contains(problem) == true)
    }

    // MARK: Reservations

    static func reserved(_ cpus: Double, role: String) -> Mesos_V1_Resource {
        var resource = Mesos_V1_Resource.scalar("cpus", MesosScalar(cpus))
        resource.reservations = [.with { $0.type = .dynamic; $0.role = role }]
        return resource
    }

    @Test func aFrameworkReservesWhatItIsOfferedAndGivesItBack() throws {
        var scene = MasterScene()
        scene.subscribe("s", roles: ["db"])
        scene.register(1)
        scene.call {
            $0.type = .accept
            $0.accept.offerIds = [.with { $0.value = "m-O0" }]
            $0.accept.filters.refuseSeconds = 0
            $0.accept.operations = [.with {
                $0.type = .reserve
                $0.id.value = "op1"
                $0.reserve.resources = [Self.reserved(1.5, role: "db")]
            }]
        }
        #expect(scene.events.map(\.updateOperationStatus.status.state) == [.operationFinished])
        guard case .resources(let kept)? = scene.told(1).last else { throw Timeout(description: "the agent was not told") }
        #expect(kept.contains { $0.reservations.last?.role == "db" && $0.scalar.value == 1.5 })
        scene.at(1)
        #expect(scene.offers.first?.resources.filter { !$0.reservations.isEmpty }.map(\.scalar.value) == [1.5])
        scene.operate {
            $0.type = .unreserveResources
            $0.unreserveResources.agentID.value = "m-S0"
            $0.unreserveResources.resources = [Self.reserved(1.5, role: "db")]
        }
        #expect(scene.answer == .accepted)
        scene.at(2)
        #expect(scene.offers.first?.resources.contains { !$0.reservations.isEmpty } == false)
    }

    @Test func aRoleReservesForItselfAlone() {
        var scene = MasterScene()
        scene.subscribe("s", roles: ["db"])
        scene.register(1)
        scene.call {
            $0.type = .accept
            $0.accept.offerIds = [.with { $0.value = "m-O0" }]
            $0.accept.operations = [.with {
                $0.type = .reserve
                $0.id.value = "op1"
                $0.reserve.resources = [Self.reserved(1, role: "web")]
            }]
        }
        #expect(scene.events.map(\.updateOperationStatus.status.state) == [.operationError])
        #expect(scene.told(1) == [])
    }
}
