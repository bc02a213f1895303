import Core
import Scheduling

/// A random cluster and random pods, of few enough names that their wishes meet.
struct Scene {
    var agents: [AgentOffers] = []
    var residents: [String: [PlacedPod]] = [:]
    var pods: [PodDemand] = []
    var fit = Fit(executorShare: Amounts(milliCPU: 250, memory: 128), roles: ["dev", "*"])

    init(seed: UInt64) {
        var dice = Dice(seed)
        fit.policy = dice.chance(50) ? .spread : .pack
        fit.maxPods = Int.random(in: 3...12, using: &dice)
        for number in 0..<Int.random(in: 0...6, using: &dice) { agents.append(Scene.agent(number, &dice)) }
        for number in 0..<Int.random(in: 0...40, using: &dice) { pods.append(Scene.pod("p\(number)", &dice)) }
        for agent in agents {
            for number in 0..<Int.random(in: 0...2, using: &dice) {
                residents[agent.hostname, default: []].append(
                    PlacedPod(Scene.pod("r-\(agent.hostname)-\(number)", &dice), isTerminating: dice.chance(20)))
            }
        }
    }

    var snapshot: ClusterSnapshot { SchedulingTests.snapshot(agents, pods: residents) }

    private static func agent(_ number: Int, _ dice: inout Dice) -> AgentOffers {
        let origins = [Origin(), Origin(role: "dev"), Origin(role: "dev", reservation: [7])]
        let offers = (0..<Int.random(in: 0...3, using: &dice)).map { part in
            let role = dice.chance(50) ? "dev" : "*"
            let first = 31_000 + 100 * part
            return Offer(
                id: OfferID("o\(number).\(part)"), agent: AgentID("a\(number)"), hostname: "h\(number)",
                resources: Resources(
                    origins.filter { $0.role == role }.map { origin in
                        .init(
                            origin: origin,
                            amounts: Amounts(milliCPU: .random(in: 0...2000, using: &dice), memory: .random(in: 0...4000, using: &dice)),
                            ports: origin.reservation.isEmpty ? PortSet([first...(first + .random(in: 0...5, using: &dice))]) : PortSet())
                    }))
        }
        var labels = dice.chance(80) ? ["zone": "z\(number % 2)", "k8s.mesosphere.io/attribute-rack": "r\(number % 3)"] : [:]
        if dice.chance(50) { labels["disk"] = dice.chance(50) ? "ssd" : "hdd" }
        let taints = dice.chance(25) ? [Taint(key: "t", effect: dice.chance(50) ? .noSchedule : .preferNoSchedule)] : []
        return AgentOffers(
            agent: AgentID("a\(number)"), hostname: "h\(number)", offers: offers, labels: labels, taints: taints, unschedulable: dice.chance(10),
            runsOurExecutor: dice.chance(60))
    }

    static func pod(_ name: String, _ dice: inout Dice) -> PodDemand {
        var wishes = PodShape.Wishes(namespace: "default")
        wishes.labels = ["app": ["a", "b", "c"].randomElement(using: &dice) ?? "a"]
        wishes.owner = dice.chance(70) ? "rs-\(wishes.labels["app"] ?? "")" : nil
        wishes.amounts = Amounts(milliCPU: .random(in: 0...9, using: &dice) * 100, memory: .random(in: 0...900, using: &dice))
        wishes.hostPorts = (0..<[0, 0, 0, 1, 2].randomElement(using: &dice)!).map { _ in
            .init(containerPort: 80, fixed: dice.chance(50) ? .random(in: 31_000...31_003, using: &dice) : nil)
        }
        if dice.chance(20) { wishes.nodeSelector = ["zone": "z0"] }
        if dice.chance(20) { wishes.tolerations = [Toleration(key: "t")] }
        if dice.chance(10) { wishes.roles = ["*"] }
        if dice.chance(15) {
            wishes.nodeAffinity = NodeAffinity(
                required: [NodeTerm(labels: LabelSelector([.init("disk", dice.chance(50) ? .in : .notIn, ["ssd"])]))],
                preferred: [.init(weight: 5, NodeTerm(labels: LabelSelector(labels: ["zone": "z1"])))])
        }
        let key = dice.chance(50) ? "zone" : "kubernetes.io/hostname"
        let target = LabelSelector(labels: ["app": ["a", "b", "c"].randomElement(using: &dice) ?? "a"])
        let term = PodAffinityTerm(PodSelection(namespaces: NamespaceScope(["default"]), labels: target), topologyKey: key)
        switch Int.random(in: 0..<10, using: &dice) {
        case 0: wishes.podAffinity.near = [term]
        case 1, 2: wishes.podAffinity.apart = [term]
        case 3: wishes.podAffinity.preferred = [.init(weight: dice.chance(50) ? 10 : -10, term)]
        case 4, 5:
            wishes.spread = [
                SpreadConstraint(
                    topologyKey: key, maxSkew: .random(in: 1...2, using: &dice), labels: target, minDomains: .random(in: 1...3, using: &dice),
                    isRequired: dice.chance(80), honorsAffinity: dice.chance(70), honorsTaints: dice.chance(30))
            ]
        case 6:
            let words = [["hostname", "UNIQUE"], ["rack", "GROUP_BY"], ["rack", "CLUSTER"], ["hostname", "MAX_PER", "2"], ["rack", "LIKE", "r[01]"]]
            if let constraint = try? Constraint(words: words.randomElement(using: &dice) ?? []) { wishes.constraints = [constraint] }
        default: break
        }
        return PodDemand(key: PodKey(namespace: "default", name: name), uid: PodUID(name), shape: PodShape(wishes))
    }
}

/// Judges placements one after the other, by rules written down a second time, as plainly as can be.
struct Referee {
    struct Lot {
        var amounts: Amounts
        var ports: Set<Int>
        let hasExecutorRoom: Bool
    }
    let scene: Scene
    var lots: [String: [String: Lot]] = [:]
    var starter: [String: String] = [:]
    var running: [(pod: PodShape.Wishes, node: AgentOffers, isTerminating: Bool)] = []

    init(_ scene: Scene) {
        self.scene = scene
        for agent in scene.agents {
            for offer in agent.offers {
                guard let role = offer.resources.parts.first?.origin.role else { continue }
                var lot = lots[agent.hostname]?[role] ?? Lot(amounts: .zero, ports: [], hasExecutorRoom: true)
                lot.amounts += offer.resources.amounts
                lot.ports.formUnion(offer.resources.ports.ranges.flatMap { Array($0) })
                lots[agent.hostname, default: [:]][role] = lot
            }
            for (role, lot) in lots[agent.hostname] ?? [:] where !agent.runsOurExecutor {
                let unreserved = agent.offers.flatMap(\.resources.parts).filter { $0.origin == Origin(role: role) }
                    .reduce(Amounts.zero) { $0 + $1.amounts }
                let fits = scene.fit.executorShare.fits(in: unreserved)
                lots[agent.hostname]?[role] = Lot(
                    amounts: fits ? lot.amounts - scene.fit.executorShare : lot.amounts, ports: lot.ports, hasExecutorRoom: fits)
            }
            for resident in scene.residents[agent.hostname] ?? [] {
                running.append((resident.demand.shape.wishes, agent, resident.isTerminating))
            }
        }
    }

    /// The role whose lot would take the pod; `nil`: the agent must not have it.
    func role(for pod: PodShape.Wishes, on agent: AgentOffers) -> String? {
        guard allowsNode(pod, agent), allowsPods(pod, agent) else { return nil }
        guard running.filter({ $0.node.hostname == agent.hostname }).count < scene.fit.maxPods else { return nil }
        return (pod.roles ?? scene.fit.roles).first { role in
            guard let lot = lots[agent.hostname]?[role], lot.hasExecutorRoom else { return false }
            if let starter = starter[agent.hostname], starter != role { return false }
            let fixed = Set(pod.hostPorts.compactMap(\.fixed))
            return pod.amounts.fits(in: lot.amounts) && fixed.isSubset(of: lot.ports)
                && lot.ports.count - fixed.count >= pod.hostPorts.filter { $0.fixed == nil }.count
        }
    }

    mutating func place(_ placement: Plan.Placement, on agent: AgentOffers, role: String) {
        lots[agent.hostname]?[role]?.amounts -= placement.resources.amounts
        lots[agent.hostname]?[role]?.ports.subtract(placement.ports)
        if !agent.runsOurExecutor { starter[agent.hostname] = role }
        running.append((placement.pod.shape.wishes, agent, false))
    }

    private func allowsNode(_ pod: PodShape.Wishes, _ agent: AgentOffers) -> Bool {
        if agent.node.isUnschedulable { return false }
        if agent.node.taints.contains(where: { taint in taint.effect == .noSchedule && !pod.tolerations.contains { $0.tolerates(taint) } }) { return false }
        return isSelected(pod, agent)
    }
    private func isSelected(_ pod: PodShape.Wishes, _ agent: AgentOffers) -> Bool {
        pod.nodeSelector.allSatisfy { agent.node.labels[$0] == $1 }
            && (pod.nodeAffinity.required ?? [NodeTerm(labels: LabelSelector([.init("", .doesNotExist)]))]).contains {
                $0.matches(name: agent.hostname, labels: agent.node.labels)
            }
    }

    private func value(_ key: String, _ agent: AgentOffers) -> String? {
        switch key {
        case "kubernetes.io/hostname", "hostname": agent.hostname
        case "rack": agent.node.labels["k8s.mesosphere.io/attribute-rack"]
        default: agent.node.labels[key]
        }
    }

    private func allowsPods(_ pod: PodShape.Wishes, _ agent: AgentOffers) -> Bool {
        for term in pod.podAffinity.near {
            guard let here = value(term.topologyKey, agent) else { return false }
            let meant = running.filter { term.selection.labels.matches($0.pod.labels) }
            if meant.isEmpty, term.selection.labels.matches(pod.labels) { continue }
            if !meant.contains(where: { value(term.topologyKey, $0.node) == here }) { return false }
        }
        for (one, other) in running.flatMap({ other in [(pod, other.pod), (other.pod, pod)].map { ($0, other.node) } }).map({ ($0.0, ($0.0.1, $0.1)) }) {
            for term in one.0.podAffinity.apart where term.selection.labels.matches(other.0.labels) {
                if let here = value(term.topologyKey, agent), value(term.topologyKey, other.1) == here { return false }
            }
        }
        return pod.spread.filter(\.isRequired).allSatisfy { allowsSpread($0, pod, agent) } && pod.constraints.allSatisfy { allowsConstraint($0, pod, agent) }
    }

    private func allowsSpread(_ spread: SpreadConstraint, _ pod: PodShape.Wishes, _ agent: AgentOffers) -> Bool {
        guard let here = value(spread.topologyKey, agent) else { return false }
        let nodes = scene.agents.filter { node in
            value(spread.topologyKey, node) != nil && (!spread.honorsAffinity || isSelected(pod, node))
                && (!spread.honorsTaints
                    || node.node.taints.allSatisfy { taint in taint.effect == .preferNoSchedule || pod.tolerations.contains { $0.tolerates(taint) } })
        }
        func count(_ place: String) -> Int {
            running.filter { other in
                !other.isTerminating && spread.labels.matches(other.pod.labels) && value(spread.topologyKey, other.node) == place
                    && nodes.contains { $0.hostname == other.node.hostname }
            }.count
        }
        let places = Set(nodes.compactMap { value(spread.topologyKey, $0) })
        let floor = places.count < spread.minDomains ? 0 : places.map(count).min() ?? 0
        return count(here) + (spread.labels.matches(pod.labels) ? 1 : 0) - floor <= spread.maxSkew
    }

    private func allowsConstraint(_ constraint: Constraint, _ pod: PodShape.Wishes, _ agent: AgentOffers) -> Bool {
        let here = value(constraint.field, agent)
        if case .like(let pattern) = constraint.operator { return here.map { pattern == "r[01]" && ["r0", "r1"].contains($0) } ?? false }
        guard let here else { return false }
        guard let owner = pod.owner else { return true }
        let siblings = running.filter { $0.pod.owner == owner }.compactMap { value(constraint.field, $0.node) }
        let all = running.filter { $0.pod.owner == owner }.count
        switch constraint.operator {
        case .unique: return !siblings.contains(here)
        case .cluster: return all == 0 || siblings.contains(here)
        case .maxPer(let most): return siblings.filter { $0 == here }.count < most
        case .groupBy:
            let places = Set(scene.agents.compactMap { value(constraint.field, $0) })
            return siblings.filter { $0 == here }.count <= places.map { place in siblings.filter { $0 == place }.count }.min() ?? 0
        default: return true
        }
    }
}
