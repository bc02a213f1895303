import Core
import Scheduling
import Testing

private let fit = Fit(executorShare: Amounts(milliCPU: 250, memory: 128 * mega))

@Suite struct PlannerTests {
    @Test func manyPodsShareAnOfferInTheOrderOfTheQueue() {
        let plan = fit.plan([pod("a", cpu: 1000), pod("b", cpu: 900), pod("c", cpu: 200), pod("d", cpu: 100)], on: [agent("n1")])
        #expect(plan.launches.map { $0.placements.map(\.pod.key.name) } == [["a", "b", "d"]])
        #expect(plan.refusals.map(\.pod.key.name) == ["c"])
    }

    @Test func allOffersOfAnAgentAreUsedTogether() {
        var view = agent("n1", cpu: 1000)
        view.offers.append(Offer(id: "o2", agent: "n1", hostname: "n1", resources: Resources(milliCPU: 1000)))
        let plan = fit.plan([pod("big", cpu: 1500)], on: [view])
        #expect(plan.launches.map(\.offers) == [["o-n1", "o2"]])
        #expect(plan.launches.first?.placements.first?.resources.amounts.milliCPU == 1500)
    }

    @Test func theExecutorsShareIsTakenOnceWhereItDoesNotRun() {
        let plan = fit.plan([pod("a", cpu: 800), pod("b", cpu: 950), pod("c", cpu: 1)], on: [agent("n1", executor: false)])
        #expect(plan.launches.first?.executor?.amounts == Amounts(milliCPU: 250, memory: 128 * mega))
        #expect(plan.launches.first?.placements.map(\.pod.key.name) == ["a", "b"])
        #expect(fit.plan([pod("a")], on: [agent("n1")]).launches.first?.executor == nil)
    }

    @Test func anAgentWithoutRoomForTheExecutorSaysSo() {
        let plan = fit.plan([pod("a")], on: [agent("n1", cpu: 100, executor: false)])
        #expect(plan.launches.isEmpty)
        #expect(plan.refusals.first?.explanation.summary() == "0/1 agents fit: 1 no room for the executor's cpu (nearest: n1 short by 0.15)")
    }

    @Test func aHostPortIsHeldOnceOnAnAgent() {
        let plan = fit.plan([pod("a", ports: [31000]), pod("b", ports: [31000]), pod("c", ports: [31000])], on: [agent("n1"), agent("n2")])
        #expect(plan.launches.map(\.agent) == ["n1", "n2"])
        #expect(plan.refusals.first?.explanation.summary() == "0/2 agents fit: 2 host port 31000 not offered")
    }

    @Test func aPodsTCPAndUDPPortOfOneNumberIsTakenOnce() {
        let dns = PodDemand(
            key: PodKey(namespace: "kube-system", name: "dns"), uid: "u",
            hostPorts: [.init(containerPort: 53, transport: .udp, fixed: 31005), .init(containerPort: 53, transport: .tcp, fixed: 31005)])
        let placement = fit.plan([dns], on: [agent("n1")]).launches.first?.placements.first
        #expect(placement?.ports == [31005, 31005])
        #expect(placement?.resources.ports.count == 1)
    }

    @Test func aWildcardGetsThePortThatNobodyAskedForByNumber() {
        let plan = fit.plan([pod("a", ports: [nil, 31000, nil])], on: [agent("n1", ports: 31000...31002)])
        #expect(plan.launches.first?.placements.first?.ports == [31001, 31000, 31002])
        let none = fit.plan([pod("a", ports: [nil, nil])], on: [agent("n1", ports: 31000...31000)])
        #expect(none.refusals.first?.explanation.reasons.map(\.text) == ["too few host ports"])
    }

    @Test func nodeNameSelectorTaintAndCordonDecideBeforeResources() {
        let agents = [
            agent("n1", taints: [Taint(key: "gpu", effect: .noSchedule)]), agent("n2", labels: ["disk": "ssd"]), agent("n3", unschedulable: true),
        ]
        #expect(fit.plan([pod("a", selector: ["disk": "ssd"])], on: agents).launches.map(\.agent) == ["n2"])
        #expect(fit.plan([pod("a", tolerations: [Toleration(key: "gpu")])], on: agents).launches.map(\.agent) == ["n1"])
        #expect(fit.plan([pod("a")], on: agents).launches.map(\.agent) == ["n2"])
        #expect(fit.plan([pod("a", selector: ["disk": "hdd"])], on: agents).why("a") == "0/3 agents fit: 3 node selector disk=hdd, 1 taint gpu:NoSchedule, 1 cordoned")
    }

    @Test func whatNamesItsNodeGoesThereAndNowhereElseWhateverIsSaidOfTheNode() {
        let agents = [agent("n1"), agent("n2", taints: [Taint(key: "gpu", effect: .noSchedule)], unschedulable: true), agent("n3", cpu: 10)]
        #expect(fit.plan([pod("a", node: "n2")], on: agents).nodes == ["a": "n2"])
        #expect(fit.plan([pod("a", cpu: 500, node: "n3")], on: agents).why("a") == "0/3 agents fit: 2 not the wanted node n3, 1 insufficient cpu (nearest: n3 short by 0.49)")
        let evicting = [agent("n2", taints: [Taint(key: "gone", effect: .noExecute)])]
        #expect(fit.plan([pod("a", node: "n2")], on: evicting).why("a") == "0/1 agents fit: 1 taint gone:NoExecute")
    }

    @Test func reservationsOfOurRoleAreUsedBeforeTheUnreservedAndMixedWithIt() {
        let reserved = Origin(role: "dev", reservation: [1])
        let resources = Resources([
            .init(origin: Origin(role: "dev"), amounts: Amounts(milliCPU: 300)), .init(origin: reserved, amounts: Amounts(milliCPU: 200)),
        ])
        let view = AgentOffers(
            agent: "n1", hostname: "n1", offers: [Offer(id: "o", agent: "n1", hostname: "n1", resources: resources)], runsOurExecutor: true)
        let taken = Fit(executorShare: .zero, roles: ["dev", "*"]).plan([pod("a", cpu: 400)], on: [view]).launches.first?.placements.first?.resources
        #expect(taken?.parts.map(\.origin) == [reserved, Origin(role: "dev")])
        #expect(taken?.parts.map(\.amounts.milliCPU) == [200, 200])
    }

    /// Offers to two roles, as a framework with several roles gets them: Mesos takes no ACCEPT that mixes them.
    var twoRoles: AgentOffers {
        let offers = [("o1", "*", Int64(1000)), ("o2", "dev", 500), ("o3", "other", 9000)].map { id, role, cpu in
            Offer(
                id: OfferID(id), agent: "n1", hostname: "n1", resources: Resources([.init(origin: Origin(role: role), amounts: Amounts(milliCPU: cpu))]))
        }
        return AgentOffers(agent: "n1", hostname: "n1", offers: offers, runsOurExecutor: true)
    }

    @Test func rolesAreUsedInTheirOrderEachInALaunchOfItsOwn() {
        let plan = Fit(executorShare: .zero, roles: ["dev", "*"]).plan([pod("a", cpu: 400), pod("b", cpu: 400), pod("c", cpu: 700)], on: [twoRoles])
        #expect(plan.launches.map(\.role) == ["*", "dev"])
        #expect(plan.launches.map(\.offers) == [["o1"], ["o2"]])
        #expect(plan.launches.map { $0.placements.map(\.pod.key.name) } == [["b"], ["a"]])
        #expect(plan.why("c") == "0/1 agents fit: 1 insufficient cpu (nearest: n1 short by 0.1)")
    }

    @Test func aPodOrItsNamespaceChoosesItsRoles() {
        let fit = Fit(executorShare: .zero, roles: ["dev", "*"])
        let other = pod("a", cpu: 100) { $0.roles = ["other"] }
        #expect(fit.plan([other], on: [twoRoles]).launches.map(\.role) == ["other"])
        let snapshot = snapshot([twoRoles], namespaces: ["default": NamespaceFacts(roles: ["*", "other"])])
        #expect(fit.plan([pod("b", cpu: 800), pod("c", cpu: 800)], on: snapshot).launches.map(\.role) == ["*", "other"])
        let none = pod("d") { $0.roles = ["nobody", "else"] }
        #expect(fit.plan([none], on: [twoRoles]).why("d") == "0/1 agents fit: 1 no offer for role nobody or else")
    }

    @Test func whereTheExecutorHasToStartOneRoleIsUsedAtATime() {
        var view = twoRoles
        view.runsOurExecutor = false
        let fit = Fit(executorShare: Amounts(milliCPU: 250), roles: ["dev", "*"])
        let plan = fit.plan([pod("a", cpu: 100), pod("b", cpu: 700)], on: [view])
        #expect(plan.launches.map(\.role) == ["dev"])
        #expect(plan.launches.first?.executor?.parts.map(\.origin.role) == ["dev"])
        #expect(plan.refusals.map(\.pod.key.name) == ["b"])
    }

    @Test func anyScalarOfMesosCanBeAskedFor() {
        var resources = Resources(milliCPU: 1000)
        resources.add(.init(amounts: Amounts(named: ["gpus": 2000])))
        let view = AgentOffers(
            agent: "n1", hostname: "n1", offers: [Offer(id: "o", agent: "n1", hostname: "n1", resources: resources)], runsOurExecutor: true)
        let wantsOne = { (name: String, amount: Int64) in pod(name) { $0.amounts = Amounts(milliCPU: 10, named: ["gpus": amount]) } }
        let plan = fit.plan([wantsOne("a", 1000), wantsOne("b", 1500), wantsOne("c", 1000)], on: [view])
        #expect(plan.nodes.keys.sorted() == ["a", "c"])
        #expect(plan.launches.first?.placements.first?.resources.amounts == Amounts(milliCPU: 10, named: ["gpus": 1000]))
        #expect(plan.why("b") == "0/1 agents fit: 1 insufficient gpus (nearest: n1 short by 0.5)")
    }

    @Test func aNodeRunsNoMorePodsThanItMay() {
        var fit = fit
        fit.maxPods = 3
        let running = (1...2).map { PlacedPod(pod("r\($0)")) }
        let plan = fit.plan([pod("a"), pod("b")], on: snapshot([agent("n1")], pods: ["n1": running]))
        #expect(plan.nodes == ["a": "n1"])
        #expect(plan.why("b") == "0/1 agents fit: 1 too many pods (3 may run)")
        var own = agent("n1")
        own.node.maxPods = 1
        #expect(fit.plan([pod("a"), pod("b")], on: [own]).nodes.count == 1)
    }

    @Test func spreadPrefersTheEmptiestPackTheFullestAndEqualsGoByTheirNames() {
        let agents = [agent("n1", cpu: 2000), agent("n2", cpu: 1000), agent("n3", cpu: 2000)].map { view in
            var view = view
            view.node.allocatable = Amounts(milliCPU: 2000, memory: 1024 * mega)
            return view
        }
        let pods = [pod("a", cpu: 100), pod("b", cpu: 100), pod("c", cpu: 100)]
        #expect(fit.plan(pods, on: agents).nodes == ["a": "n1", "b": "n3", "c": "n1"])
        var packing = fit
        packing.policy = .pack
        #expect(packing.plan(pods, on: agents).nodes == ["a": "n2", "b": "n2", "c": "n2"])
    }

    @Test func podsOfOneControllerGoToDifferentNodesWhereTheyCan() {
        let agents = [agent("n1", cpu: 8000), agent("n2", cpu: 1000), agent("n3", cpu: 1000)]
        let pods = (1...4).map { pod("p\($0)", cpu: 100, owner: "rs") }
        #expect(fit.plan(pods, on: agents).nodes.values.sorted() == ["n1", "n1", "n2", "n3"])
    }

    @Test func aShapeThatFitsNowhereIsFoundToFitWhenAnAgentChanges() {
        var planner = Planner(fit: fit)
        let big = pod("big", cpu: 3000)
        #expect(planner.plan([big], on: snapshot([agent("n1"), agent("n2")]), at: start).refusals.count == 1)
        #expect(planner.plan([big], on: snapshot([agent("n1"), agent("n2")]), at: start).refusals.count == 1)
        #expect(planner.plan([big], on: snapshot([agent("n1"), agent("n2", cpu: 3000)]), at: start).nodes == ["big": "n2"])
        #expect(planner.plan([big], on: snapshot([agent("n1"), agent("n2", cpu: 3000)]), at: start).nodes == ["big": "n2"])
    }
}

@Suite struct ExplanationTests {
    @Test func namesTheReasonWhatIsWantedAndTheMostThereIs() {
        let plan = fit.plan([pod("a", cpu: 4000)], on: [agent("n1")])
        #expect(plan.refusals.first?.explanation.summary() == "0/1 agents fit: 1 insufficient cpu (nearest: n1 short by 2)")
    }

    @Test func countsAgentsPerReasonWhenThereAreSeveral() {
        let agents = [agent("n1"), agent("n2", cpu: 1500), agent("n3", cpu: 8000, memory: 64)]
        let why = fit.plan([pod("a", cpu: 4000, memory: 256)], on: agents).refusals.first?.explanation
        #expect(
            why?.summary(lastOffer: .seconds(3))
                == "0/3 agents fit: 2 insufficient cpu (nearest: n1 short by 2), 1 insufficient memory (nearest: n3 short by 192Mi); last offer 3 s ago")
        #expect(why?.nearest.map(\.hostname) == ["n1", "n2", "n3"])
        #expect(why?.substance == "insufficient cpu, insufficient memory, ")
    }

    @Test func saysWhenThereIsNobodyToAsk() {
        #expect(Explanation([]).summary() == "0/0 agents fit: no Mesos agent is registered")
        let silent = AgentOffers(agent: "n1", hostname: "n1", offers: [])
        #expect(fit.plan([pod("a")], on: [silent]).refusals.first?.explanation.summary() == "0/1 agents fit: 1 nothing offered at the moment")
    }

    @Test(arguments: [(250, "0.25"), (2000, "2"), (1001, "1.001"), (10, "0.01"), (0, "0")])
    func writesCPUAsPeopleDo(amount: Int64, text: String) { #expect(ResourceKind.cpu.text(amount) == text) }

    @Test(arguments: [(Int64(64) << 20, "64Mi"), (Int64(3) << 29, "1.5Gi"), (500, "500"), (Int64.max, "8589934591Gi")])
    func writesMemoryAsPeopleDo(amount: Int64, text: String) { #expect(ResourceKind.memory.text(amount) == text) }
}

@Suite struct PortSetTests {
    @Test func rangesThatTouchBecomeOne() {
        #expect(PortSet([5...6, 1...2, 3...4, 10...12]).ranges == [1...6, 10...12])
        #expect(PortSet([60_000...70_000]).ranges == [60_000...65_535])
    }

    @Test func aRemovedPortSplitsItsRange() {
        var ports = PortSet([1...5])
        let answers = [ports.remove(3), ports.remove(3)]
        #expect(answers == [true, false])
        #expect(ports.ranges == [1...2, 4...5])
        #expect(ports.description == "1-2,4-5")
    }
}
