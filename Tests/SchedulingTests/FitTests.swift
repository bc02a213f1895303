import Core
import Scheduling
import Testing

private let mega: Int64 = 1 << 20

private func pod(
    _ name: String, cpu: Int64 = 0, memory: Int64 = 0, ports: [Int?] = [], node: String? = nil, selector: [String: String] = [:],
    tolerations: [Toleration] = []
) -> PodDemand {
    PodDemand(
        key: PodKey(namespace: "default", name: name), uid: PodUID(name), amounts: Amounts(milliCPU: cpu, memory: memory * mega),
        hostPorts: ports.map { .init(containerPort: 80, fixed: $0) }, nodeName: node, nodeSelector: selector, tolerations: tolerations)
}

private func agent(
    _ name: String, cpu: Int64 = 2000, memory: Int64 = 1024, ports: ClosedRange<Int>? = 31000...31009, labels: [String: String] = [:],
    taints: [Taint] = [], unschedulable: Bool = false, executor: Bool = true
) -> AgentOffers {
    let resources = Resources(milliCPU: cpu, memory: memory * mega, ports: PortSet(ports.map { [$0] } ?? []))
    return AgentOffers(
        agent: AgentID(name), hostname: name, offers: [Offer(id: OfferID("o-\(name)"), agent: AgentID(name), hostname: name, resources: resources)],
        labels: labels, taints: taints, unschedulable: unschedulable, runsOurExecutor: executor)
}

private let fit = Fit(executorShare: Amounts(milliCPU: 250, memory: 128 * mega))

@Suite struct FitTests {
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
        #expect(fit.plan([pod("a", node: "n3")], on: agents).refusals.first?.explanation.summary() == "0/3 agents fit: 2 not the wanted node n3, 1 cordoned")
    }

    @Test func rolesAreUsedInTheirOrderReservationsFirstAndMixed() {
        let reserved = Origin(role: "dev", reservation: [1])
        let resources = Resources([
            .init(origin: Origin(role: "*"), amounts: Amounts(milliCPU: 1000)), .init(origin: Origin(role: "dev"), amounts: Amounts(milliCPU: 300)),
            .init(origin: reserved, amounts: Amounts(milliCPU: 200)), .init(origin: Origin(role: "other"), amounts: Amounts(milliCPU: 9000)),
        ])
        let view = AgentOffers(
            agent: "n1", hostname: "n1", offers: [Offer(id: "o", agent: "n1", hostname: "n1", resources: resources)], runsOurExecutor: true)
        let fit = Fit(executorShare: .zero, roles: ["dev", "*"])
        let taken = fit.plan([pod("a", cpu: 600)], on: [view]).launches.first?.placements.first?.resources
        #expect(taken?.parts.map(\.origin) == [reserved, Origin(role: "dev"), Origin(role: "*")])
        #expect(taken?.parts.map(\.amounts.milliCPU) == [200, 300, 100])
        #expect(fit.plan([pod("b", cpu: 1501)], on: [view]).launches.isEmpty)
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
