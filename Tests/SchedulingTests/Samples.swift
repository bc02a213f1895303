import Core
import Scheduling

let mega: Int64 = 1 << 20
let start = ContinuousClock.now

/// A pod of namespace `default` that asks for what `wish` sets.
func pod(
    _ name: String, cpu: Int64 = 0, memory: Int64 = 0, ports: [Int?] = [], node: String? = nil, selector: [String: String] = [:],
    tolerations: [Toleration] = [], labels: [String: String] = [:], owner: String? = nil, priority: Int32 = 0, group: PodGroup? = nil,
    _ wish: (inout PodShape.Wishes) -> Void = { _ in }
) -> PodDemand {
    var wishes = PodShape.Wishes(namespace: "default")
    wishes.amounts = Amounts(milliCPU: cpu, memory: memory * mega)
    wishes.hostPorts = ports.map { .init(containerPort: 80, fixed: $0) }
    (wishes.nodeName, wishes.nodeSelector, wishes.tolerations) = (node, selector, tolerations)
    (wishes.labels, wishes.owner) = (labels, owner)
    wish(&wishes)
    var demand = PodDemand(key: PodKey(namespace: "default", name: name), uid: PodUID(name), shape: PodShape(wishes))
    (demand.priority, demand.group) = (priority, group)
    return demand
}

func agent(
    _ name: String, cpu: Int64 = 2000, memory: Int64 = 1024, ports: ClosedRange<Int>? = 31000...31009, labels: [String: String] = [:],
    taints: [Taint] = [], unschedulable: Bool = false, executor: Bool = true
) -> AgentOffers {
    let resources = Resources(milliCPU: cpu, memory: memory * mega, ports: PortSet(ports.map { [$0] } ?? []))
    return AgentOffers(
        agent: AgentID(name), hostname: name, offers: [Offer(id: OfferID("o-\(name)"), agent: AgentID(name), hostname: name, resources: resources)],
        labels: labels, taints: taints, unschedulable: unschedulable, runsOurExecutor: executor)
}

/// An agent with its offers, as tests write it down.
struct AgentOffers: Sendable {
    let agent: AgentID
    let hostname: String
    var offers: [Offer]
    var node: NodeFacts
    var runsOurExecutor: Bool

    init(
        agent: AgentID, hostname: String, offers: [Offer], labels: [String: String] = [:], taints: [Taint] = [],
        unschedulable: Bool = false, runsOurExecutor: Bool = false
    ) {
        (self.agent, self.hostname, self.offers, self.runsOurExecutor) = (agent, hostname, offers, runsOurExecutor)
        node = NodeFacts(labels: labels, taints: taints, isUnschedulable: unschedulable)
    }
}

/// Agents with the pods that run on them.
func snapshot(_ agents: [AgentOffers], pods: [String: [PlacedPod]] = [:], namespaces: [String: NamespaceFacts] = [:]) -> ClusterSnapshot {
    ClusterSnapshot(
        agents: agents.map { view in
            AgentRecord(
                agent: view.agent, hostname: view.hostname, offers: view.offers, node: view.node, pods: pods[view.hostname] ?? [],
                runsOurExecutor: view.runsOurExecutor)
        }.sorted { $0.agent < $1.agent }, namespaces: namespaces)
}

extension Fit {
    /// The plan of a planner that has planned nothing before.
    func plan(_ pods: [PodDemand], on agents: [AgentOffers]) -> Plan { plan(pods, on: snapshot(agents)) }
    func plan(_ pods: [PodDemand], on snapshot: ClusterSnapshot) -> Plan {
        var planner = Planner(fit: self)
        return planner.plan(pods, on: snapshot, at: start)
    }
}

extension Fit {
    /// All that the agent has against the pod, when nothing else runs anywhere.
    func complaints(of pod: PodDemand, on agent: AgentOffers) -> [String] {
        plan([pod], on: [agent]).refusals.first?.explanation.reasons.map(\.text) ?? []
    }
}

extension Plan {
    /// Pod by pod, where it goes.
    var nodes: [String: String] {
        Dictionary(uniqueKeysWithValues: launches.flatMap { launch in launch.placements.map { ($0.pod.key.name, launch.hostname) } })
    }
    func why(_ name: String) -> String? { refusals.first { $0.pod.key.name == name }?.explanation.summary() }
}

/// A repeatable stream of numbers: a failing case is named by its seed.
struct Dice: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
