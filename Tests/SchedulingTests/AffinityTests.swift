import Core
import Scheduling
import Testing

private let fit = Fit(executorShare: .zero)

private func near(_ labels: [String: String], _ key: String) -> PodAffinityTerm {
    PodAffinityTerm(PodSelection(namespaces: NamespaceScope(["default"]), labels: LabelSelector(labels: labels)), topologyKey: key)
}
private func running(_ name: String, _ labels: [String: String], _ wish: (inout PodShape.Wishes) -> Void = { _ in }) -> PlacedPod {
    PlacedPod(pod(name, labels: labels, wish))
}

@Suite struct NodeAffinityTests {
    @Test(arguments: [
        (LabelSelector.Operator.in, ["ssd", "nvme"], ["n1"]), (.notIn, ["ssd"], ["n2", "n3"]), (.exists, [], ["n1", "n2"]),
        (.doesNotExist, [], ["n3"]), (.in, [], []),
    ])
    func labelsAreComparedAsKubernetesDoes(operator: LabelSelector.Operator, values: [String], fitting: [String]) {
        let agents = [agent("n1", labels: ["disk": "ssd"]), agent("n2", labels: ["disk": "hdd"]), agent("n3")]
        let term = NodeTerm(labels: LabelSelector([.init("disk", `operator`, values)]))
        let names = agents.filter { fit.complaints(of: pod("a") { $0.nodeAffinity = NodeAffinity(required: [term]) }, on: $0).isEmpty }.map(\.hostname)
        #expect(names == fitting)
    }

    @Test(arguments: [(LabelSelector.Operator.gt, "4", ["n2"]), (.lt, "5", ["n1"]), (.gt, "many", [])])
    func numbersAreCompared(operator: LabelSelector.Operator, bound: String, fitting: [String]) {
        let agents = [agent("n1", labels: ["cores": "4"]), agent("n2", labels: ["cores": "16"]), agent("n3", labels: ["cores": "few"]), agent("n4")]
        let term = NodeTerm(labels: LabelSelector([.init("cores", `operator`, [bound])]))
        let names = agents.filter { fit.complaints(of: pod("a") { $0.nodeAffinity = NodeAffinity(required: [term]) }, on: $0).isEmpty }.map(\.hostname)
        #expect(names == fitting)
    }

    @Test func oneTermIsEnoughAllOfATermMustHoldAndAnEmptyTermMeansNothing() {
        let agents = [agent("n1", labels: ["a": "1", "b": "1"]), agent("n2", labels: ["a": "1"]), agent("n3")]
        let both = NodeTerm(labels: LabelSelector([.init("a", .exists), .init("b", .exists)]))
        let third = NodeTerm(fields: LabelSelector([.init("metadata.name", .in, ["n3"])]))
        let demand = pod("p") { $0.nodeAffinity = NodeAffinity(required: [both, third]) }
        #expect(agents.map { fit.complaints(of: demand, on: $0) } == [[], ["node affinity"], []])
        let empty = pod("p") { $0.nodeAffinity = NodeAffinity(required: [NodeTerm()]) }
        #expect(agents.allSatisfy { fit.complaints(of: empty, on: $0) == ["node affinity"] })
    }

    @Test func aPreferredNodeIsTakenWhileItHasRoom() {
        let liked = NodeAffinity(preferred: [.init(weight: 10, NodeTerm(labels: LabelSelector(labels: ["disk": "ssd"])))])
        let pods = (1...3).map { pod("p\($0)", cpu: 900) { $0.nodeAffinity = liked } }
        #expect(fit.plan(pods, on: [agent("n1", cpu: 9000), agent("n2", labels: ["disk": "ssd"])]).nodes == ["p1": "n2", "p2": "n2", "p3": "n1"])
    }

    @Test func aTaintThatIsOnlyDislikedIsUsedLast() {
        let agents = [agent("n1", cpu: 9000, taints: [Taint(key: "busy", effect: .preferNoSchedule)]), agent("n2")]
        let pods = (1...3).map { pod("p\($0)", cpu: 900) }
        #expect(fit.plan(pods, on: agents).nodes == ["p1": "n2", "p2": "n2", "p3": "n1"])
    }

    @Test func aCordonCanBeToleratedAsATaint() {
        let demand = pod("a", tolerations: [Toleration(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)])
        #expect(fit.complaints(of: demand, on: agent("n1", unschedulable: true)) == [])
    }
}

@Suite struct PodAffinityTests {
    let zones = [
        agent("n1", labels: ["zone": "a"]), agent("n2", labels: ["zone": "a"]), agent("n3", labels: ["zone": "b"]), agent("n4"),
    ]

    @Test func aPodGoesWhereThePodsRunThatItWantsToBeNear() {
        let web = pod("web") { $0.podAffinity = PodAffinity(near: [near(["app": "cache"], "zone")]) }
        let plan = fit.plan([web], on: snapshot(zones, pods: ["n3": [running("cache", ["app": "cache"])]]))
        #expect(plan.nodes == ["web": "n3"])
        #expect(fit.plan([web], on: zones).why("web") == "0/4 agents fit: 4 pod affinity by zone")
    }

    @Test func theFirstOfPodsThatWantToBeTogetherMayGoAnywhereTheOthersFollow() {
        let pods = (1...3).map { pod("p\($0)", cpu: 900, labels: ["app": "x"]) { $0.podAffinity = PodAffinity(near: [near(["app": "x"], "zone")]) } }
        let nodes = fit.plan(pods, on: zones).nodes
        #expect(nodes.count == 3)
        #expect(Set(nodes.values).isSubset(of: ["n1", "n2"]))
    }

    @Test func allTermsAreMetByTheSamePods() {
        let terms = [near(["app": "x"], "zone"), near(["tier": "1"], "zone")]
        let demand = pod("p") { $0.podAffinity = PodAffinity(near: terms) }
        #expect(fit.plan([demand], on: snapshot(zones, pods: ["n1": [running("x", ["app": "x"]), running("y", ["tier": "1"])]])).nodes == [:])
        #expect(fit.plan([demand], on: snapshot(zones, pods: ["n3": [running("x", ["app": "x", "tier": "1"])]])).nodes == ["p": "n3"])
    }

    @Test func podsThatWantToBeApartAreEvenWithinOnePlan() {
        let pods = (1...4).map { pod("p\($0)", labels: ["app": "x"]) { $0.podAffinity = PodAffinity(apart: [near(["app": "x"], "zone")]) } }
        let plan = fit.plan(pods, on: zones)
        // The node without the label is in no zone: there, nobody is near anybody.
        #expect(plan.nodes == ["p1": "n1", "p2": "n3", "p3": "n4", "p4": "n4"])
        let zoned = fit.plan(pods, on: Array(zones[0...2]))
        #expect(zoned.nodes == ["p1": "n1", "p2": "n3"])
        #expect(zoned.why("p3") == "0/3 agents fit: 3 pod anti-affinity by zone")
    }

    @Test func whoWantsToBeAloneIsLeftAlone() {
        let loner = running("loner", ["app": "loner"]) { $0.podAffinity = PodAffinity(apart: [near(["app": "x"], "kubernetes.io/hostname")]) }
        let plan = fit.plan([pod("p", labels: ["app": "x"])], on: snapshot([agent("n1")], pods: ["n1": [loner]]))
        #expect(plan.why("p") == "0/1 agents fit: 1 anti-affinity of pods there by kubernetes.io/hostname")
        #expect(fit.plan([pod("p", labels: ["app": "y"])], on: snapshot([agent("n1")], pods: ["n1": [loner]])).nodes == ["p": "n1"])
    }

    @Test func whatStoodInTheWayMayLeave() {
        var planner = Planner(fit: fit)
        let demand = pod("p", labels: ["app": "x"]) { $0.podAffinity = PodAffinity(apart: [near(["app": "x"], "zone")]) }
        let other = running("x", ["app": "x"])
        #expect(planner.plan([demand], on: snapshot([zones[0], zones[1]], pods: ["n1": [other]]), at: start).nodes == [:])
        #expect(planner.plan([demand], on: snapshot([zones[0], zones[1]]), at: start).nodes.count == 1)
    }

    @Test func otherNamespacesAreMeantByNameOrByTheirLabels() {
        let elsewhere = PlacedPod(
            PodDemand(
                key: PodKey(namespace: "other", name: "x"), uid: "x",
                shape: PodShape({
                    var wishes = PodShape.Wishes(namespace: "other")
                    wishes.labels = ["app": "x"]
                    return wishes
                }())))
        func plan(_ scope: NamespaceScope, _ facts: NamespaceFacts = NamespaceFacts()) -> [String: String] {
            let term = PodAffinityTerm(PodSelection(namespaces: scope, labels: LabelSelector(labels: ["app": "x"])), topologyKey: "zone")
            return fit.plan(
                [pod("p") { $0.podAffinity = PodAffinity(near: [term]) }],
                on: snapshot(zones, pods: ["n3": [elsewhere]], namespaces: ["other": facts])).nodes
        }
        #expect(plan(NamespaceScope(["default"])) == [:])
        #expect(plan(NamespaceScope(["other"])) == ["p": "n3"])
        #expect(plan(NamespaceScope([], selector: LabelSelector(labels: ["team": "a"]))) == [:])
        #expect(plan(NamespaceScope([], selector: LabelSelector(labels: ["team": "a"])), NamespaceFacts(labels: ["team": "a"])) == ["p": "n3"])
        #expect(plan(NamespaceScope([], selector: LabelSelector())) == ["p": "n3"])
    }

    @Test func preferencesChooseAmongThoseThatFit() {
        let liked = PodAffinity(preferred: [.init(weight: 50, near(["app": "x"], "zone"))])
        let disliked = PodAffinity(preferred: [.init(weight: -50, near(["app": "x"], "zone"))])
        let cluster = snapshot([zones[0], zones[2]], pods: ["n3": [running("x", ["app": "x"])]])
        #expect(fit.plan([pod("p") { $0.podAffinity = liked }], on: cluster).nodes == ["p": "n3"])
        #expect(fit.plan([pod("p") { $0.podAffinity = disliked }], on: cluster).nodes == ["p": "n1"])
    }
}

/// The examples of Kubernetes' page on topology spread constraints.
@Suite struct TopologySpreadTests {
    let four = [
        agent("n1", labels: ["zone": "a", "node": "n1"]), agent("n2", labels: ["zone": "a", "node": "n2"]),
        agent("n3", labels: ["zone": "b", "node": "n3"]), agent("n4", labels: ["zone": "b", "node": "n4"]),
    ]
    func by(_ keys: String..., skew: Int = 1, required: Bool = true, minDomains: Int = 1) -> [SpreadConstraint] {
        keys.map {
            SpreadConstraint(topologyKey: $0, maxSkew: skew, labels: LabelSelector(labels: ["foo": "bar"]), minDomains: minDomains, isRequired: required)
        }
    }
    func incoming(_ spread: [SpreadConstraint], named name: String = "mypod", _ wish: (inout PodShape.Wishes) -> Void = { _ in }) -> PodDemand {
        pod(name, labels: ["foo": "bar"]) {
            $0.spread = spread
            wish(&$0)
        }
    }
    func pods(_ nodes: String...) -> [String: [PlacedPod]] {
        Dictionary(grouping: nodes.enumerated(), by: \.element).mapValues { $0.map { running("r\($0.offset)", ["foo": "bar"]) } }
    }

    @Test func oneConstraintEvensOutTheZones() {
        let plan = fit.plan([incoming(by("zone"))], on: snapshot(four, pods: pods("n1", "n2", "n3")))
        #expect(["n3", "n4"].contains(plan.nodes["mypod"]))
        let wider = fit.plan([incoming(by("zone", skew: 2), named: "a"), incoming(by("zone", skew: 2), named: "b")], on: snapshot(four, pods: pods("n1", "n2", "n3")))
        #expect(wider.nodes.count == 2)
    }

    @Test func twoConstraintsMustBothHold() {
        let plan = fit.plan([incoming(by("zone", "node"))], on: snapshot(four, pods: pods("n1", "n2", "n3")))
        #expect(plan.nodes == ["mypod": "n4"])
    }

    @Test func constraintsCanConflict() {
        let plan = fit.plan([incoming(by("zone", "node"))], on: snapshot(Array(four[0...2]), pods: pods("n1", "n1", "n2", "n3", "n3")))
        #expect(plan.nodes == [:])
        #expect(plan.why("mypod") == "0/3 agents fit: 2 topology spread by zone (nearest: n1 short by 1), 1 topology spread by node (nearest: n3 short by 1)")
    }

    @Test func aZoneThatAffinityExcludesDoesNotCount() {
        let five = four + [agent("n5", labels: ["zone": "c", "node": "n5"])]
        let notC = NodeAffinity(required: [NodeTerm(labels: LabelSelector([.init("zone", .notIn, ["c"])]))])
        let plan = fit.plan([incoming(by("zone")) { $0.nodeAffinity = notC }], on: snapshot(five, pods: pods("n1", "n2", "n3")))
        #expect(["n3", "n4"].contains(plan.nodes["mypod"]))
        let free = fit.plan([incoming(by("zone"))], on: snapshot(five, pods: pods("n1", "n2", "n3")))
        #expect(free.nodes == ["mypod": "n5"])
    }

    @Test func withTooFewDomainsTheEmptiestCountsAsEmpty() {
        let three = incoming(by("zone", minDomains: 3))
        #expect(fit.plan([three], on: snapshot(four, pods: pods("n1", "n3"))).nodes == [:])
        #expect(fit.plan([three], on: snapshot(four, pods: pods("n1"))).nodes.count == 1)
    }

    @Test func aNodeWithoutTheLabelIsNoPlace() {
        let plan = fit.plan([incoming(by("zone"))], on: snapshot([agent("n9")]))
        #expect(plan.why("mypod") == "0/1 agents fit: 1 no label zone to spread by")
    }

    @Test func aWishIsFollowedWhereItCanBe() {
        let plan = fit.plan([incoming(by("zone", required: false))], on: snapshot(Array(four[1...2]), pods: pods("n2", "n2")))
        #expect(plan.nodes == ["mypod": "n3"])
        #expect(fit.plan([incoming(by("zone", required: false))], on: snapshot([four[1]], pods: pods("n2", "n2"))).nodes == ["mypod": "n2"])
    }

    @Test func podsOnTheirWayOutDoNotCount() {
        let leaving = PlacedPod(pod("r", labels: ["foo": "bar"]), isTerminating: true)
        let plan = fit.plan([incoming(by("zone"), named: "a"), incoming(by("zone"), named: "b")], on: snapshot([four[0], four[2]], pods: ["n1": [leaving]]))
        #expect(Set(plan.nodes.values) == ["n1", "n3"])
    }
}
