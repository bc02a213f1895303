import Core
import Scheduling
import Testing

private let fit = Fit(executorShare: .zero)

private func running(_ name: String, cpu: Int64, priority: Int32 = 0, started: Int64 = 0, ports: [Int] = [], terminating: Bool = false) -> PlacedPod {
    PlacedPod(pod(name, cpu: cpu, priority: priority), ports: ports, started: started, isTerminating: terminating)
}

@Suite struct PreemptionTests {
    func victims(_ demand: PodDemand, _ pods: [String: [PlacedPod]], cpu: Int64 = 100) -> (node: String?, victims: [String]) {
        let agents = pods.keys.sorted().map { agent($0, cpu: cpu) }
        let plan = fit.plan([demand], on: snapshot(agents, pods: pods))
        return (plan.preemptions.first?.hostname, plan.preemptions.first?.victims.map(\.key.name) ?? [])
    }

    @Test func onlyPodsOfLowerPriorityLeave() {
        let equal = victims(pod("vip", cpu: 500, priority: 5), ["n1": [running("a", cpu: 900, priority: 5)]])
        #expect(equal.victims == [])
        #expect(victims(pod("vip", cpu: 500, priority: 6), ["n1": [running("a", cpu: 900, priority: 5)]]).victims == ["a"])
    }

    @Test func theLeastImportantTheFewestAndTheLatestStartedLeave() {
        let vip = pod("vip", cpu: 1000, priority: 10)
        let byPriority = victims(vip, ["n1": [running("a", cpu: 1000, priority: 3)], "n2": [running("b", cpu: 500, priority: 2), running("c", cpu: 500)]])
        #expect(byPriority.node == "n2")
        #expect(Set(byPriority.victims) == ["b", "c"])
        let byNumber = victims(vip, ["n1": [running("a", cpu: 500), running("b", cpu: 500)], "n2": [running("c", cpu: 1000)]])
        #expect(byNumber.victims == ["c"])
        let byAge = victims(vip, ["n1": [running("a", cpu: 1000, started: 50)], "n2": [running("b", cpu: 1000, started: 90)]])
        #expect(byAge.victims == ["b"])
    }

    @Test func whoCanStayStays() {
        let pods = [running("a", cpu: 300, priority: 1), running("b", cpu: 300), running("c", cpu: 300, started: 7)]
        #expect(victims(pod("vip", cpu: 400, priority: 10), ["n1": pods]).victims == ["c"])
        #expect(victims(pod("vip", cpu: 600, priority: 10), ["n1": pods]).victims == ["b", "c"])
    }

    @Test func nobodyLeavesWhereThatDoesNotHelp() {
        #expect(victims(pod("vip", cpu: 5000, priority: 10), ["n1": [running("a", cpu: 900)]]).node == nil)
        let choosy = pod("vip", cpu: 500, selector: ["disk": "ssd"], priority: 10)
        #expect(victims(choosy, ["n1": [running("a", cpu: 900)]]).node == nil)
        var meek = pod("vip", cpu: 500, priority: 10)
        meek.mayPreempt = false
        #expect(victims(meek, ["n1": [running("a", cpu: 900)]]).node == nil)
    }

    @Test func aPodThatLeavesAnywayIsWaitedFor() {
        let answer = victims(pod("vip", cpu: 500, priority: 10), ["n1": [running("a", cpu: 500, terminating: true), running("b", cpu: 500)]])
        #expect(answer.node == "n1")
        #expect(answer.victims == [])
    }

    @Test func ahostPortIsTakenOver() {
        let plan = fit.plan(
            [pod("vip", cpu: 10, ports: [31005], priority: 10)],
            on: snapshot([agent("n1", ports: 31000...31001)], pods: ["n1": [running("a", cpu: 10), running("b", cpu: 10, ports: [31005])]]))
        #expect(plan.preemptions.first?.victims.map(\.key.name) == ["b"])
    }

    @Test func whoMustNotBeNearLeaves() {
        let apart = PodAffinityTerm(
            PodSelection(namespaces: NamespaceScope(["default"]), labels: LabelSelector(labels: ["app": "x"])), topologyKey: "kubernetes.io/hostname")
        let vip = pod("vip", cpu: 10, priority: 10) { $0.podAffinity = PodAffinity(apart: [apart]) }
        let other = PlacedPod(pod("x", cpu: 10, labels: ["app": "x"]))
        let plan = fit.plan([vip], on: snapshot([agent("n1")], pods: ["n1": [other, running("y", cpu: 10)]]))
        #expect(plan.preemptions.first?.victims.map(\.key.name) == ["x"])
    }

    @Test func theRoomIsHeldForItUntilItsTimeIsUp() {
        var planner = Planner(fit: fit)
        let vip = pod("vip", cpu: 800, priority: 10)
        let first = planner.plan([vip], on: snapshot([agent("n1", cpu: 100)], pods: ["n1": [running("a", cpu: 900)]]), at: start)
        #expect(first.why("vip")?.hasSuffix("; 1 pods of lower priority leave n1 for it") == true)
        // Its victim is gone, and its room is offered.
        let free = snapshot([agent("n1", cpu: 1000)])
        let late = planner.plan([pod("late", cpu: 500)], on: free, at: start + .seconds(1))
        #expect(late.why("late") == "0/1 agents fit: 1 room held for default/vip")
        #expect(planner.plan([pod("small", cpu: 200)], on: free, at: start + .seconds(1)).nodes == ["small": "n1"])
        #expect(planner.plan([pod("more", cpu: 800, priority: 11)], on: free, at: start + .seconds(1)).nodes == ["more": "n1"])
        #expect(planner.plan([vip], on: free, at: start + .seconds(1)).nodes == ["vip": "n1"])
        // It found its place: nothing is held any more.
        #expect(planner.plan([pod("late", cpu: 500)], on: free, at: start + .seconds(1)).nodes == ["late": "n1"])
    }

    @Test func aHoldEndsWithItsTimeOrItsPod() {
        let full = snapshot([agent("n1", cpu: 100)], pods: ["n1": [running("a", cpu: 900)]])
        let free = snapshot([agent("n1", cpu: 1000)])
        var planner = Planner(fit: fit)
        _ = planner.plan([pod("vip", cpu: 800, priority: 10)], on: full, at: start)
        var other = planner
        #expect(planner.plan([pod("late", cpu: 500)], on: free, at: start + fit.holdTime - .seconds(1)).nodes == [:])
        #expect(planner.plan([pod("late", cpu: 500)], on: free, at: start + fit.holdTime).nodes == ["late": "n1"])
        other.forget("vip")
        #expect(other.plan([pod("late", cpu: 500)], on: free, at: start).nodes == ["late": "n1"])
    }

    @Test func nobodyIsEvictedTwiceForOnePod() {
        var planner = Planner(fit: fit)
        let full = snapshot([agent("n1", cpu: 100), agent("n2", cpu: 100)], pods: ["n1": [running("a", cpu: 900)], "n2": [running("b", cpu: 900)]])
        let vips = [pod("vip1", cpu: 800, priority: 10), pod("vip2", cpu: 800, priority: 10)]
        #expect(planner.plan(vips, on: full, at: start).preemptions.flatMap { $0.victims.map(\.key.name) } == ["a", "b"])
        let again = planner.plan(vips, on: full, at: start + .seconds(1))
        #expect(again.preemptions == [])
        #expect(again.why("vip1")?.hasSuffix("; room is held on n1 until 1 pods have left it") == true)
    }
}

@Suite struct PodGroupTests {
    func members(_ count: Int, minimum: Int, cpu: Int64 = 900) -> [PodDemand] {
        (1...count).map { pod("m\($0)", cpu: cpu, group: PodGroup(namespace: "default", name: "g", minimum: minimum)) }
    }

    @Test func aGroupIsPlacedWholeOrNotAtAll() {
        let pods = members(3, minimum: 3)
        #expect(fit.plan(pods, on: [agent("n1"), agent("n2")]).nodes.count == 3)
        let plan = fit.plan(pods + [pod("other", cpu: 2000)], on: [agent("n1", cpu: 2000)])
        // What was tried for the group is given back to those behind it.
        #expect(plan.nodes == ["other": "n1"])
        #expect(plan.refusals.count == 3)
        #expect(plan.why("m1")?.hasSuffix("; group default/g has room for 2 of the 3 pods that start together") == true)
    }

    @Test func beyondItsMinimumMembersComeAsTheyCan() {
        let plan = fit.plan(members(4, minimum: 2), on: [agent("n1"), agent("n2", cpu: 1000)])
        #expect(plan.nodes.count == 3)
        #expect(plan.why("m4") == "0/2 agents fit: 2 insufficient cpu (nearest: n1 short by 0.7)")
    }

    @Test func membersThatRunCount() {
        let plan = fit.plan(members(1, minimum: 2), on: snapshot([agent("n1"), agent("n2")], pods: ["n2": [PlacedPod(members(2, minimum: 2)[1])]]))
        #expect(plan.nodes.count == 1)
        #expect(fit.plan(members(1, minimum: 2), on: [agent("n1")]).why("m1") == "0/0 agents fit: group default/g has 1 of the 2 pods that start together")
    }

    @Test func whatAGroupGaveBackIsWholeAgain() {
        var planner = Planner(fit: fit)
        let agents = [agent("n1", ports: 31000...31001)]
        let group = (1...3).map { pod("m\($0)", cpu: 100, ports: [nil], group: PodGroup(namespace: "default", name: "g", minimum: 3)) }
        let alone = (1...2).map { pod("a\($0)", cpu: 1000, ports: [nil]) }
        let plan = planner.plan(group + alone, on: snapshot(agents), at: start)
        #expect(plan == fit.plan(alone, on: agents).with(refusals: plan.refusals))
        #expect(plan.nodes.count == 2)
    }
}

extension Plan {
    func with(refusals: [Refusal]) -> Plan { Plan(launches: launches, refusals: refusals, preemptions: preemptions) }
}
