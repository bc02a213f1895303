import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite struct AllocatorTests {
    @Test func twoFrameworksOfARoleShareTheAgentsEvenly() {
        var scene = MasterScene()
        scene.subscribe("s")
        scene.subscribe("t")
        for link in 1...10 { scene.register(link) }
        let holders = Dictionary(grouping: scene.out.values, by: \.frameworkID.value).mapValues(\.count)
        #expect(holders == ["m-0000": 5, "m-0001": 5])
    }

    @Test func aRoleOfTwiceTheWeightGetsTwiceAsMuch() {
        var settings = MasterState.Settings()
        settings.weights = ["batch": 2]
        var scene = MasterScene(settings)
        scene.subscribe("s", roles: ["web"])
        scene.subscribe("t", roles: ["batch"])
        for link in 1...9 { scene.register(link) }
        let holders = Dictionary(grouping: scene.out.values, by: \.allocationInfo.role).mapValues(\.count)
        #expect(holders == ["web": 3, "batch": 6])
    }

    @Test func whatOneFrameworkRefusesIsOfferedToTheOther() {
        var scene = MasterScene()
        scene.register(1)
        scene.subscribe("s")
        scene.subscribe("t")
        #expect(scene.out.values.map(\.frameworkID.value) == ["m-0000"])
        scene.decline(Array(scene.out.keys), for: 100)
        scene.at(1)
        #expect(scene.out.values.map(\.frameworkID.value) == ["m-0001"])
    }

    @Test func aFilterIsOfOneAgentAndOneRole() {
        var scene = MasterScene()
        scene.subscribe("s", roles: ["a", "b"])
        scene.register(1)
        scene.register(2)
        let first = scene.out.values.first { $0.hostname == "node-1" }
        scene.decline([first?.id.value ?? ""], for: 100)
        scene.at(1)
        // The other role gets what this one does not want.
        #expect(scene.offers.map(\.hostname) == ["node-1"])
        #expect(scene.offers.first?.allocationInfo.role != first?.allocationInfo.role)
    }

    @Test func aFilterEndsWhenMoreIsThere() {
        var scene = MasterScene()
        scene.register(1)
        scene.subscribe("s")
        scene.launch("t1", cpus: 3, on: "m-O0", refuse: 1000)
        scene.at(1)
        #expect(scene.offers.isEmpty)
        scene.update("t1", .taskFinished)
        scene.at(1.1)
        #expect(scene.offers.map { MesosResources($0.resources).cpus } == [4])
    }

    @Test func suppressAndReviveAreByRole() {
        var scene = MasterScene()
        scene.subscribe("s", roles: ["a", "b"], suppressed: ["a", "b"])
        scene.register(1)
        #expect(scene.offers.isEmpty)
        scene.call { $0.type = .revive; $0.revive.roles = ["b"] }
        #expect(scene.offers.map(\.allocationInfo.role) == ["b"])
        scene.decline(Array(scene.out.keys), for: 0)
        scene.call { $0.type = .suppress; $0.suppress.roles = ["b"] }
        scene.at(1)
        #expect(scene.offers.isEmpty)
        scene.call { $0.type = .revive }
        #expect(scene.offers.map(\.allocationInfo.role) == ["a"])
    }

    @Test func aReservationIsForItsRoleAlone() {
        var scene = MasterScene()
        scene.subscribe("s", roles: ["web"])
        scene.subscribe("t", roles: ["db"])
        scene.register(1, "cpus(db):1;mem(db):64;cpus:2;mem:128")
        for offer in scene.offers {
            let reserved = offer.resources.filter { !$0.reservations.isEmpty }
            #expect(offer.allocationInfo.role == "db" ? reserved.count == 2 : reserved.isEmpty)
        }
        #expect(scene.offers.contains { $0.allocationInfo.role == "db" })
    }

    @Test func anOfferThatIsNotUsedInTimeIsRescindedAndMadeAgain() {
        var settings = MasterState.Settings()
        settings.offerTimeout = .seconds(30)
        var scene = MasterScene(settings)
        scene.register(1)
        scene.subscribe("s")
        for second in 1...29 { scene.at(Double(second)) }
        #expect(scene.out.count == 1)
        scene.at(30)
        #expect(scene.rescinded == ["m-O0"])
        scene.at(30.2)
        #expect(Array(scene.out.keys) == ["m-O1"])
    }

    @Test func agentsWithGPUsAreForThoseWhoKnowThem() {
        var scene = MasterScene()
        scene.subscribe("s")
        scene.register(1, "cpus:4;mem:1024;gpus:2")
        #expect(scene.offers.isEmpty)
        scene.subscribe("t", capabilities: [.partitionAware, .multiRole, .reservationRefinement, .gpuResources])
        #expect(scene.offers.map(\.frameworkID.value) == ["m-0001"])
    }

    /// Whatever happens, what is offered, used and free on an agent is what the agent has.
    @Test(arguments: 1...20) func nothingIsOfferedTwice(seed: UInt64) throws {
        var chance = UUIDSource(seed: seed)
        func roll(_ sides: Int) -> Int { Int(chance.bytes()[0]) % sides }
        var scene = MasterScene()
        var (clock, tasks, running) = (0.0, 0, Set<String>())
        scene.subscribe("s", roles: ["a", "b"])
        for link in 1...4 { scene.register(link, "cpus:8;mem:1024;cpus(a):2") }
        for _ in 0..<300 {
            switch roll(7) {
            case 0, 1:
                if let offer = scene.out.keys.sorted().first {
                    tasks += 1
                    scene.launch("t\(tasks)", cpus: Double(1 + roll(3)), on: offer, refuse: Double(roll(3)))
                    if scene.statuses.isEmpty { running.insert("t\(tasks)") }
                }
            case 2: if let offer = scene.out.keys.sorted().last { scene.decline([offer], for: Double(roll(4))) }
            case 3:
                if let task = running.sorted().first, let agent = scene.master.tasks["m-0000", TaskID(task)]?.agentID.value {
                    running.remove(task)
                    let link = (Int(agent.dropFirst(3)) ?? 0) + 1
                    scene.update(task, .taskFinished, from: link, agent: agent)
                    if roll(2) == 0 { scene.acknowledge(task, agent: agent) }
                }
            case 4: scene.call { $0.type = roll(2) == 0 ? .revive : .suppress }
            default:
                clock += Double(roll(10)) / 10
                scene.at(clock)
            }
            for agent in scene.master.agents.values {
                var sum = agent.free + agent.allocated
                for offer in agent.offers { sum.add(scene.master.offers[offer]?.resources ?? MesosResources()) }
                try #require(sum.contains(agent.total) && agent.total.contains(sum), "seed \(seed)")
            }
            try #require(Set(scene.out.keys) == Set(scene.master.offers.keys.map(\.value)), "seed \(seed)")
        }
        #expect(tasks > 20)
    }
}
