import Core
import Scheduling

/// A cluster that takes plans as Mesos would: used offers go, and what is left of an agent is offered again.
struct Cluster {
    var picture = ClusterPicture(executor: "executor")
    var offers: [AgentID: Offer] = [:]
    var running: [(pod: PodDemand, agent: AgentID)] = []
    private var nextOffer = 0
    private var nextPod = 0
    private var dice = Numbers(state: 42)

    /// Agents of 32 CPUs and 128 GB each, in ten zones and two kinds.
    init(agents: Int) {
        for number in 0..<agents {
            let name = "agent-\(number)"
            picture.put(
                node: NodeFacts(
                    labels: ["zone": "z\(number % 10)", "kind": number % 4 == 0 ? "large" : "small", "kubernetes.io/hostname": name],
                    allocatable: Amounts(milliCPU: 32_000, memory: 128 << 30)), named: name)
            offer(AgentID(name), Resources(milliCPU: 32_000, memory: 128 << 30, ports: PortSet([31_000...32_000])), executors: [])
        }
        picture.setAgents((0..<agents).map { (AgentID("agent-\($0)"), "agent-\($0)") })
        picture.setOffers(live)
    }

    var live: [Offer] { offers.values.sorted { $0.id < $1.id } }

    private mutating func offer(_ agent: AgentID, _ resources: Resources, executors: [ExecutorID]) {
        nextOffer += 1
        let id = "offer-\(10_000_000 + nextOffer)"
        offers[agent] = Offer(id: OfferID(id), agent: agent, hostname: agent.value, resources: resources, executors: executors)
    }

    /// What a plan wants happens: its pods run, and the rest is offered anew.
    mutating func carryOut(_ plan: Plan) {
        for launch in plan.launches {
            guard let before = offers[launch.agent] else { continue }
            var used = launch.executor?.amounts ?? .zero
            for placement in launch.placements {
                used += placement.resources.amounts
                picture.put(pod: PlacedPod(placement.pod, ports: placement.ports), on: launch.hostname)
                running.append((placement.pod, launch.agent))
            }
            give(launch.agent, before.resources.amounts - used)
        }
        picture.setOffers(live)
    }

    private mutating func give(_ agent: AgentID, _ amounts: Amounts) {
        offer(agent, Resources([.init(amounts: amounts, ports: PortSet([31_000...32_000]))]), executors: ["executor"])
    }

    /// So many pods end, wherever they run.
    mutating func end(_ count: Int) {
        for _ in 0..<min(count, running.count) {
            let index = Int(dice.next() % UInt64(running.count))
            let (pod, agent) = running[index]
            running[index] = running[running.count - 1]
            running.removeLast()
            picture.removePod(pod.uid)
            if let offer = offers[agent] { give(agent, offer.resources.amounts + pod.amounts) }
        }
        picture.setOffers(live)
    }

    /// Pods of controllers that have a hundred each; `wish` sees the number of the controller.
    mutating func pods(_ count: Int, cpu: Int64 = 1500, _ wish: (Int, inout PodShape.Wishes) -> Void = { _, _ in }) -> [PodDemand] {
        (0..<count).map { _ in
            nextPod += 1
            let owner = nextPod / 100
            var wishes = PodShape.Wishes(namespace: "default")
            (wishes.owner, wishes.labels) = ("rs-\(owner)", ["app": "app-\(owner)", "pod-template-hash": "h\(owner)"])
            wishes.amounts = Amounts(milliCPU: cpu + Int64(owner % 10) * 100, memory: Int64(2 + owner % 4) << 30)
            wish(owner, &wishes)
            return PodDemand(
                key: PodKey(namespace: "default", name: "app-\(owner)-\(nextPod)"), uid: PodUID("uid-\(nextPod)"), shape: PodShape(wishes))
        }
    }
}

/// Numbers that look random, and are the same each time.
struct Numbers {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 17
    }
}

/// What many clusters run: most pods ask for room alone; some controllers want their pods apart, evenly spread, or on one kind of agent.
func mixed(_ owner: Int, _ wishes: inout PodShape.Wishes) {
    let own = LabelSelector(labels: ["app": "app-\(owner)"])
    switch owner % 10 {
    case 0:
        wishes.podAffinity.apart = [
            PodAffinityTerm(PodSelection(namespaces: NamespaceScope(["default"]), labels: own), topologyKey: "kubernetes.io/hostname")
        ]
    case 1: wishes.spread = [SpreadConstraint(topologyKey: "zone", maxSkew: 1, labels: own)]
    case 2: wishes.nodeSelector = ["kind": "large"]
    default: break
    }
}
