import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite struct MasterStateTests {
    static let start = ContinuousClock.now
    static func moment(_ seconds: Double) -> Moment {
        Moment(now: start + .seconds(seconds), wall: Timestamp(secondsSinceEpoch: 1_700_000_000).advanced(by: .seconds(seconds)))
    }

    /// A master with one agent of 4 cpus and one subscribed framework.
    struct Scene {
        var master = MasterState(
            masterInfo: .with { $0.id = "m"; $0.ip = 0; $0.port = 5050 }, at: MasterStateTests.moment(0))
        var log: [MasterState.Effect] = []

        init(agent: Bool = true, subscribe: Bool = true) {
            if agent { register() }
            if subscribe { self.subscribe("s1") }
        }

        mutating func at(_ seconds: Double) { log = master.handle(.tick(MasterStateTests.moment(seconds))) }
        mutating func register(_ id: String? = nil, link: Int = 1, tasks: [Mesos_V1_Task] = []) {
            var info = Mesos_V1_AgentInfo.with {
                $0.hostname = "node"
                $0.resources = MesosResources.plain(cpus: 4, memory: 1024, disk: 0, ports: [31000...31009]).items
            }
            if let id { info.id.value = id }
            let registration = AgentRegistration(info: info, endpoint: MesosEndpoint(host: "127.0.0.1", port: 5051), tasks: tasks)
            log = master.handle(.agent(link, .register(registration)))
        }
        mutating func subscribe(_ stream: String, id: String? = nil, timeout: Double = 60, principal: String? = nil) {
            var call = Mesos_V1_Scheduler_Call()
            call.type = .subscribe
            call.subscribe.frameworkInfo = .with {
                $0.user = "root"
                $0.name = "k"
                $0.roles = ["*"]
                $0.failoverTimeout = timeout
                $0.checkpoint = true
                $0.capabilities = [.partitionAware, .multiRole, .reservationRefinement].map { type in .with { $0.type = type } }
                if let id { $0.id.value = id }
                if let principal { $0.principal = principal }
            }
            if let id { call.frameworkID.value = id }
            log = master.handle(.subscribe(call, stream: stream))
        }
        mutating func call(stream: String? = "s1", _ fill: (inout Mesos_V1_Scheduler_Call) -> Void) {
            var call = Mesos_V1_Scheduler_Call()
            call.frameworkID.value = "m-0000"
            fill(&call)
            log = master.handle(.call(call, streamID: stream))
        }
        mutating func launch(_ id: String, cpus: Double = 1, on offer: String, agent: String = "m-S0", refuse: Double = 5) {
            call {
                $0.type = .accept
                $0.accept.offerIds = [.with { $0.value = offer }]
                $0.accept.filters.refuseSeconds = refuse
                $0.accept.operations = [.with {
                    $0.type = .launch
                    $0.launch.taskInfos = [.with {
                        $0.name = id
                        $0.taskID.value = id
                        $0.agentID.value = agent
                        $0.resources = [.scalar("cpus", MesosScalar(cpus))]
                        $0.executor.executorID.value = "e"
                        $0.executor.command.value = "/bin/true"
                    }]
                }]
            }
        }
        mutating func update(_ id: String, _ state: Mesos_V1_TaskState, uuid: UInt8) {
            log = master.handle(.agent(1, .update("m-0000", .with {
                $0.taskID.value = id
                $0.state = state
                $0.agentID.value = "m-S0"
                $0.uuid = .init(repeating: uuid, count: 16)
            })))
        }

        var events: [Mesos_V1_Scheduler_Event] { log.compactMap { if case .send(_, let event) = $0 { event } else { nil } } }
        var offers: [Mesos_V1_Offer] { events.filter { $0.type == .offers }.flatMap(\.offers.offers) }
        var statuses: [Mesos_V1_TaskStatus] { events.filter { $0.type == .update }.map(\.update.status) }
        var answer: HTTPAnswer? { log.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }.first }
        func cpus(_ offer: Mesos_V1_Offer) -> MesosScalar { MesosResources(offer.resources).cpus }
    }

    @Test func aSubscriptionGetsItsIdAHeartbeatAndAllThatIsFree() {
        let scene = Scene()
        #expect(scene.events.map(\.type) == [.subscribed, .heartbeat, .offers])
        #expect(scene.events.first?.subscribed.frameworkID.value == "m-0000")
        #expect(scene.offers.map(scene.cpus) == [4])
        #expect(scene.offers.first?.resources.allSatisfy { $0.allocationInfo.role == "*" && !$0.hasRole } == true)
    }

    @Test func heartbeatsComeEveryFifteenSeconds() {
        var scene = Scene(agent: false)
        scene.at(14.9)
        #expect(scene.events.isEmpty)
        scene.at(15)
        #expect(scene.events.map(\.type) == [.heartbeat])
        #expect(scene.master.nextDeadline <= MasterStateTests.start + .seconds(30))
    }

    @Test func aDeclinedOfferComesBackAfterItsRefusal() {
        var scene = Scene()
        scene.call { $0.type = .decline; $0.decline.offerIds = [.with { $0.value = "m-O0" }]; $0.decline.filters.refuseSeconds = 3 }
        #expect(scene.answer == .accepted)
        scene.at(2)
        #expect(scene.offers.isEmpty)
        scene.at(3)
        #expect(scene.offers.map(\.id.value) == ["m-O1"])
    }

    @Test func reviveForgetsRefusalsAtOnceAndSuppressStopsOffers() {
        var scene = Scene()
        scene.call { $0.type = .decline; $0.decline.offerIds = [.with { $0.value = "m-O0" }]; $0.decline.filters.refuseSeconds = 3600 }
        scene.call { $0.type = .suppress }
        scene.at(10)
        #expect(scene.offers.isEmpty)
        scene.call { $0.type = .revive }
        #expect(scene.offers.count == 1)
    }

    @Test func aLaunchGoesToTheAgentAndTheRestIsOfferedAgain() {
        var scene = Scene()
        scene.launch("t1", on: "m-O0", refuse: 0)
        let runs = scene.log.compactMap { if case .tell(1, .run(_, let executor, let tasks, _)) = $0 { (executor, tasks) } else { nil } }
        #expect(runs.count == 1)
        #expect(runs.first?.0.type == .custom)
        #expect(runs.first?.1.first?.resources.first?.allocationInfo.role == "*")
        scene.at(1)
        #expect(scene.offers.map(scene.cpus) == [3])
        #expect(scene.offers.first?.executorIds.map(\.value) == ["e"])
    }

    @Test func whatATaskUsedIsOfferedAsSoonAsItIsOver() {
        var scene = Scene()
        scene.launch("t1", on: "m-O0", refuse: 100)
        scene.at(1)
        scene.update("t1", .taskFinished, uuid: 1)
        #expect(scene.statuses.map(\.state) == [.taskFinished])
        // With what else comes back meanwhile, long before the next allocation.
        scene.at(1.1)
        #expect(scene.offers.map(scene.cpus) == [4])
    }

    @Test(arguments: [
        ("t1", 9.0, "m-S0", "Total resources cpus(allocated: *):9 required by task and its executor is more than available cpus(allocated: *):4; mem(allocated: *):1024; ports(allocated: *):[31000-31009]"),
        ("t1", 0, "m-S0", "Task uses no resources"),
        ("t1", 1, "wrong", "Task uses invalid agent wrong while agent m-S0 is expected"),
        ("a/b", 1, "m-S0", "'a/b' contains invalid characters"),
    ]) func anInvalidTaskIsAnErrorInMesosWords(id: String, cpus: Double, agent: String, message: String) {
        var scene = Scene()
        scene.call {
            $0.type = .accept
            $0.accept.offerIds = [.with { $0.value = "m-O0" }]
            $0.accept.operations = [.with {
                $0.type = .launch
                $0.launch.taskInfos = [.with {
                    $0.name = id
                    $0.taskID.value = id
                    $0.agentID.value = agent
                    if cpus > 0 { $0.resources = [.scalar("cpus", MesosScalar(cpus))] }
                    $0.executor.executorID.value = "e"
                    $0.executor.command.value = "/bin/true"
                }]
            }]
        }
        #expect(scene.statuses.map(\.state) == [.taskError])
        #expect(scene.statuses.first?.message == message)
        #expect(scene.statuses.first?.hasUuid == false)
    }

    @Test func anExecutorIsTheSameInAnyOrderOfItsResources() {
        func executor(_ resources: [Mesos_V1_Resource], _ command: String = "/bin/true") -> Mesos_V1_ExecutorInfo {
            .with {
                $0.executorID.value = "e"
                $0.command.value = command
                $0.resources = resources
            }
        }
        let (cpus, memory) = (Mesos_V1_Resource.scalar("cpus", 0.1), Mesos_V1_Resource.scalar("mem", 32))
        #expect(MasterState.isSame(executor([cpus, memory]), executor([memory, cpus])))
        #expect(!MasterState.isSame(executor([cpus]), executor([memory, cpus])))
        #expect(!MasterState.isSame(executor([cpus]), executor([cpus], "/bin/false")))
    }

    @Test func aTaskOnAnOldOfferIsDropped() {
        var scene = Scene()
        scene.launch("t1", on: "m-O77")
        #expect(scene.statuses.map(\.state) == [.taskDropped])
        #expect(scene.statuses.first?.reason == .invalidOffers)
        #expect(scene.statuses.first?.message == "Task launched with invalid offers: Offer m-O77 is no longer valid")
    }

    @Test func aSecondSubscriptionEndsTheFirst() {
        var scene = Scene()
        scene.subscribe("s2", id: "m-0000")
        #expect(scene.events.first?.error.message == "Framework failed over")
        #expect(scene.log.contains(.close("s1")))
        scene.call(stream: "s1") { $0.type = .revive }
        #expect(scene.answer?.text.hasPrefix("The stream ID 's1' included") == true)
        scene.call(stream: "s2") { $0.type = .revive }
        #expect(scene.answer == .accepted)
    }

    @Test func aFrameworkWithoutSchedulerIsRemovedAfterItsTimeout() {
        var scene = Scene()
        _ = scene.master.handle(.streamClosed("s1"))
        scene.call { $0.type = .revive }
        #expect(scene.answer == .forbidden("Framework is not subscribed"))
        scene.at(59)
        #expect(scene.log.contains(.tell(1, .shutdownFramework("m-0000"))) == false)
        scene.at(60)
        #expect(scene.log.contains(.tell(1, .shutdownFramework("m-0000"))))
        scene.subscribe("s2", id: "m-0000")
        #expect(scene.events.map(\.error.message) == ["Framework has been removed"])
    }

    @Test func aRestartedMasterKnowsItsFrameworks() {
        var scene = Scene()
        let record = scene.master.record
        scene.master = MasterState(masterInfo: .with { $0.id = "m2"; $0.ip = 0; $0.port = 1 }, at: MasterStateTests.moment(0), record: record)
        scene.register("m-S0", tasks: [.with {
            $0.name = "t1"
            $0.taskID.value = "t1"
            $0.frameworkID.value = "m-0000"
            $0.agentID.value = "m-S0"
            $0.state = .taskRunning
            $0.resources = [.scalar("cpus", 1)]
        }])
        #expect(scene.log.contains(.tell(1, .registered("m-S0"))))
        scene.subscribe("s2", id: "m-0000")
        #expect(scene.offers.map(scene.cpus) == [3])
        scene.call(stream: "s2") { $0.type = .reconcile; $0.reconcile = .init() }
        #expect(scene.statuses.map(\.state) == [.taskRunning])
    }

    @Test func reconciliationTellsTheUnknownApart() {
        var scene = Scene()
        scene.call {
            $0.type = .reconcile
            $0.reconcile.tasks = [
                .with { $0.taskID.value = "a" }, .with { $0.taskID.value = "b"; $0.agentID.value = "m-S0" },
                .with { $0.taskID.value = "c"; $0.agentID.value = "no-such" },
            ]
        }
        #expect(scene.statuses.map(\.state) == [.taskUnknown, .taskGone, .taskUnknown])
        #expect(scene.statuses.allSatisfy { $0.reason == .reconciliation && !$0.hasUuid })
    }

    @Test func anAgentThatIsGoneTakesItsOffersAtOnceAndItsTasksLater() {
        var scene = Scene()
        scene.launch("t1", on: "m-O0", refuse: 0)
        scene.at(1)
        scene.log = scene.master.handle(.agentDisconnected(1))
        #expect(scene.events.map(\.type) == [.rescind])
        scene.at(76)
        #expect(scene.statuses.map(\.state) == [.taskUnreachable])
        #expect(scene.events.contains { $0.type == .failure && !$0.failure.hasExecutorID })
        scene.call { $0.type = .reconcile; $0.reconcile.tasks = [.with { $0.taskID.value = "t1"; $0.agentID.value = "m-S0" }] }
        #expect(scene.statuses.map(\.state) == [.taskUnreachable])
    }

    @Test func tearingDownEndsTheStreamWithoutAWord() {
        var scene = Scene()
        scene.call { $0.type = .teardown }
        #expect(scene.log.contains(.close("s1")))
        #expect(scene.events.isEmpty)
        scene.call { $0.type = .revive }
        #expect(scene.answer == .badRequest("Framework cannot be found"))
    }

    @Test func whatBecameOfARemovedFrameworkIsShownAndItsTasksCountAsKilled() throws {
        var scene = Scene()
        scene.launch("t1", on: "m-O0", refuse: 0)
        scene.call { $0.type = .teardown }
        let page = try #require(MasterPages.response(to: .getState, scene.master)).getState
        #expect(page.getFrameworks.frameworks.isEmpty)
        let completed = try #require(page.getFrameworks.completedFrameworks.first)
        #expect(completed.frameworkInfo.id.value == "m-0000")
        #expect(!completed.active && !completed.connected && completed.hasUnregisteredTime && completed.offers.isEmpty)
        #expect(page.getTasks.tasks.isEmpty)
        #expect(page.getTasks.completedTasks.map(\.state) == [.taskKilled])
        #expect(page.getTasks.completedTasks.first?.statuses.last?.message == "Framework m-0000 removed")
        #expect(MasterPages.state(scene.master)["completed_frameworks"]?.array?.first?["completed_tasks"]?.array?.count == 1)
    }

    @Test func onlyTheLastRemovedFrameworksAreShown() {
        var settings = MasterState.Settings()
        settings.completedFrameworks = 2
        var scene = MasterScene(settings)
        for number in 0..<4 {
            scene.subscribe("s\(number)", id: "f\(number)")
            scene.call("f\(number)", "s\(number)") { $0.type = .teardown }
        }
        #expect(scene.master.completed.map(\.id) == ["f2", "f3"])
        // The others are still known as removed.
        scene.subscribe("again", id: "f0")
        #expect(scene.events.map(\.error.message) == ["Framework has been removed"])
    }

    @Test func aChangedPrincipalIsRefused() {
        var scene = Scene()
        scene.subscribe("s2", id: "m-0000", principal: "other")
        #expect(scene.events.map(\.error.message) == ["Changing framework's principal is not allowed."])
        scene.call { $0.type = .revive }
        #expect(scene.answer == .accepted)
    }
}
