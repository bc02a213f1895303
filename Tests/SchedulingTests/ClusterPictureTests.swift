import Core
import Scheduling
import Testing

private func offer(_ id: String, _ agent: String, executors: [ExecutorID] = []) -> Offer {
    Offer(id: OfferID(id), agent: AgentID(agent), hostname: "h-" + agent, resources: Resources(milliCPU: 1000), executors: executors)
}

@Suite struct ClusterPictureTests {
    @Test func anAgentIsThereWhileItIsListedOrOffers() {
        var picture = ClusterPicture(executor: "e")
        picture.setOffers([offer("o1", "b"), offer("o2", "a")])
        #expect(picture.snapshot().agents.map(\.agent) == ["a", "b"])
        picture.setAgents([("b", "h-b"), ("c", "h-c")])
        #expect(picture.snapshot().agents.map(\.agent) == ["a", "b", "c"])
        picture.setOffers([])
        #expect(picture.snapshot().agents.map(\.agent) == ["b", "c"])
        picture.setAgents([])
        #expect(picture.snapshot().agents.isEmpty)
    }

    @Test func onlyWhatChangedIsMadeAnew() {
        var picture = ClusterPicture(executor: "e")
        picture.setOffers([offer("o1", "a"), offer("o2", "b")])
        picture.put(node: NodeFacts(labels: ["x": "1"]), named: "h-a")
        let before = picture.snapshot()
        picture.put(pod: PlacedPod(pod("p")), on: "h-b")
        picture.put(node: NodeFacts(labels: ["x": "1"]), named: "h-a")
        let after = picture.snapshot()
        #expect(before.structure == after.structure)
        #expect(before.agents[0] === after.agents[0])
        #expect(before.agents[1] !== after.agents[1])
        #expect(after.agents[1].pods.map(\.demand.key.name) == ["p"])
        #expect(before.agents[1].pods.isEmpty)
    }

    @Test func aPodIsInOnePlace() {
        var picture = ClusterPicture(executor: "e")
        picture.setOffers([offer("o1", "a"), offer("o2", "b")])
        picture.put(pod: PlacedPod(pod("p"), isBound: false), on: "h-a")
        picture.put(pod: PlacedPod(pod("p")), on: "h-b")
        #expect(picture.snapshot().agents.map(\.pods.count) == [0, 1])
        #expect(picture.placed("p")?.hostname == "h-b")
        picture.removePod("p")
        #expect(picture.snapshot().agents.map(\.pods.count) == [0, 0])
    }

    @Test func aNodeMayBeKnownBeforeItsAgentAndPodsToo() {
        var picture = ClusterPicture(executor: "e")
        picture.put(node: NodeFacts(labels: ["x": "1"]), named: "h-a")
        picture.put(pod: PlacedPod(pod("p")), on: "h-a")
        picture.setOffers([offer("o1", "a", executors: ["e"])])
        let record = picture.snapshot().agents.first
        #expect(record?.node.labels == ["x": "1"])
        #expect(record?.pods.count == 1)
        #expect(record?.runsOurExecutor == true)
        #expect(record?.offers.map(\.id) == ["o1"])
    }

    @Test func usedOffersGoAndNewOnesTellWhetherTheExecutorRuns() {
        var picture = ClusterPicture(executor: "e")
        picture.setOffers([offer("o1", "a")])
        #expect(picture.snapshot().agents.first?.runsOurExecutor == false)
        picture.setOffers([offer("o2", "a", executors: ["e"])])
        #expect(picture.snapshot().agents.first?.offers.map(\.id) == ["o2"])
        #expect(picture.snapshot().agents.first?.runsOurExecutor == true)
    }

    @Test func changesOfOffersAreTakenInTheirOrderAndOnce() {
        var picture = ClusterPicture(executor: "e")
        func ids() -> [String] { picture.snapshot().agents.flatMap { $0.offers.map(\.id.value) } }
        #expect(picture.apply(OfferChanges(since: nil, now: 2, live: [offer("o1", "a"), offer("o2", "b")], liveCount: 2)) == true)
        // One that was never seen may have gone.
        let third = OfferChanges(since: 2, now: 5, live: [offer("o3", "c")], gone: ["o1", "o9"], liveCount: 2)
        let fourth = OfferChanges(since: 5, now: 6, live: [offer("o1", "a")], liveCount: 3)
        #expect(picture.apply(fourth) == false)
        #expect(ids() == ["o1", "o2"] && picture.offersSeen == 2)
        #expect(picture.apply(third) == true)
        #expect(ids() == ["o2", "o3"] && picture.offersSeen == 5)
        // Who asked at the same time, and is later.
        #expect(picture.apply(third) == true)
        #expect(picture.apply(OfferChanges(since: 2, now: 4, live: [], gone: ["o2"], liveCount: 1)) == true)
        #expect(ids() == ["o2", "o3"])
        #expect(picture.apply(fourth) == true)
        #expect(ids() == ["o1", "o2", "o3"])
        #expect(picture.apply(OfferChanges(since: nil, now: 9, live: [offer("o3", "c")], liveCount: 1)) == true)
        #expect(ids() == ["o3"] && picture.offersSeen == 9)
    }

    @Test func namespacesHaveAVersion() {
        var picture = ClusterPicture(executor: "e")
        picture.replaceNamespaces([("a", NamespaceFacts(labels: ["x": "1"])), ("b", NamespaceFacts())])
        let before = picture.snapshot().namespacesVersion
        picture.replaceNamespaces([("a", NamespaceFacts(labels: ["x": "1"])), ("b", NamespaceFacts())])
        #expect(picture.snapshot().namespacesVersion == before)
        picture.replaceNamespaces([("a", NamespaceFacts(labels: ["x": "1"]))])
        #expect(picture.snapshot().namespacesVersion != before)
        #expect(picture.snapshot().namespaces.keys.sorted() == ["a"])
    }
}
