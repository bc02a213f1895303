import Core

/// The cluster as a planner sees it at one moment. Taking one costs next to nothing, and it never changes.
public struct ClusterSnapshot: Sendable {
    /// In the order of their agents.
    public let agents: [AgentRecord]
    /// Another number: other agents than before. Between snapshots of equal number, rows mean the same agents.
    public let structure: UInt64
    public let namespaces: [String: NamespaceFacts]
    /// Another number: something about namespaces changed.
    public let namespacesVersion: UInt64

    public init(agents: [AgentRecord], structure: UInt64 = 0, namespaces: [String: NamespaceFacts] = [:], namespacesVersion: UInt64 = 0) {
        (self.agents, self.structure) = (agents, structure)
        (self.namespaces, self.namespacesVersion) = (namespaces, namespacesVersion)
    }
}

/// The cluster, kept up to date fact by fact: agents and offers from Mesos; nodes, pods and namespaces from the API server.
///
/// A fact costs what it changes. Records are made anew, for the agents that changed, when a snapshot is taken.
public struct ClusterPicture: Sendable {
    private struct Agent {
        var hostname: String
        /// Listed by the master as active; else only its offers show that it is there.
        var isListed = false
        var offers: [Offer] = []
        var runsOurExecutor = false
    }

    private let executor: ExecutorID
    private var agents: [AgentID: Agent] = [:]
    private var hosts: [String: [AgentID]] = [:]
    private var nodes: [String: NodeFacts] = [:]
    private var namespaces: [String: NamespaceFacts] = [:]
    private var namespacesVersion: UInt64 = 0
    private var offers: [OfferID: AgentID] = [:]
    /// The moment of the broker that the offers are of; `nil`: of none.
    public private(set) var offersSeen: Int?
    private var podsByHost: [String: [PlacedPod]] = [:]
    private var hostOfPod: [PodUID: String] = [:]

    private var records: [AgentRecord] = []
    private var rows: [AgentID: Int] = [:]
    private var structure: UInt64 = 0
    private var changedAgents: Set<AgentID> = []
    private var changedStructure = false

    /// - Parameter executor: the id of our executor, by which an offer tells whether it runs.
    public init(executor: ExecutorID) { self.executor = executor }

    // MARK: Mesos

    /// The active agents, as the master lists them. Others are forgotten, unless they have live offers.
    public mutating func setAgents(_ listed: [(id: AgentID, hostname: String)]) {
        let present = Set(listed.map(\.id))
        for (id, hostname) in listed {
            touch(id, hostname: hostname)
            agents[id]?.isListed = true
        }
        for id in agents.keys.filter({ !present.contains($0) }) {
            agents[id]?.isListed = false
            removeIfUnknown(id)
        }
    }

    /// Brings the offers up to what a broker tells. `false`: something in between is missing, and the broker has to be asked from `offersSeen` on.
    public mutating func apply(_ changes: OfferChanges) -> Bool {
        if let since = changes.since {
            // Who asked at the same time may have brought it further already.
            if let seen = offersSeen, changes.now <= seen { return true }
            guard since == offersSeen else { return false }
            for id in changes.gone { remove(id) }
            for offer in changes.live { add(offer) }
        } else {
            if let seen = offersSeen, changes.now < seen { return true }
            setOffers(changes.live)
        }
        offersSeen = changes.now
        return true
    }

    /// All live offers, oldest first.
    public mutating func setOffers(_ live: [Offer]) {
        let present = Set(live.map(\.id))
        for id in offers.keys.filter({ !present.contains($0) }) { remove(id) }
        for offer in live { add(offer) }
    }

    private mutating func add(_ offer: Offer) {
        guard offers.updateValue(offer.agent, forKey: offer.id) == nil else { return }
        touch(offer.agent, hostname: offer.hostname)
        agents[offer.agent]?.offers.append(offer)
        agents[offer.agent]?.runsOurExecutor = offer.executors.contains(executor)
        changedAgents.insert(offer.agent)
    }

    private mutating func remove(_ id: OfferID) {
        guard let agent = offers.removeValue(forKey: id) else { return }
        agents[agent]?.offers.removeAll { $0.id == id }
        changedAgents.insert(agent)
        removeIfUnknown(agent)
    }

    private mutating func touch(_ id: AgentID, hostname: String) {
        if let known = agents[id] {
            if known.hostname == hostname { return }
            hosts[known.hostname]?.removeAll { $0 == id }
            agents[id]?.hostname = hostname
        } else {
            agents[id] = Agent(hostname: hostname)
            changedStructure = true
        }
        hosts[hostname, default: []].append(id)
        changedAgents.insert(id)
    }

    private mutating func removeIfUnknown(_ id: AgentID) {
        guard let agent = agents[id], !agent.isListed, agent.offers.isEmpty else { return }
        agents[id] = nil
        hosts[agent.hostname]?.removeAll { $0 == id }
        if hosts[agent.hostname]?.isEmpty == true { hosts[agent.hostname] = nil }
        changedStructure = true
    }

    // MARK: The API server

    public mutating func put(node: NodeFacts, named name: String) {
        guard nodes[name] != node else { return }
        nodes[name] = node
        changed(host: name)
    }

    public mutating func removeNode(_ name: String) {
        guard nodes.removeValue(forKey: name) != nil else { return }
        changed(host: name)
    }

    public mutating func replaceNodes(_ listed: [(name: String, facts: NodeFacts)]) {
        let present = Set(listed.map(\.name))
        for name in nodes.keys.filter({ !present.contains($0) }) { removeNode(name) }
        for (name, facts) in listed { put(node: facts, named: name) }
    }

    public mutating func put(namespace: NamespaceFacts, named name: String) {
        guard namespaces[name] != namespace else { return }
        namespaces[name] = namespace
        namespacesVersion += 1
    }

    /// The roles whose resources the pods of a namespace may use; `nil`: as the framework says.
    public func roles(ofNamespace name: String) -> [String]? { namespaces[name]?.roles }

    public mutating func removeNamespace(_ name: String) {
        if namespaces.removeValue(forKey: name) != nil { namespacesVersion += 1 }
    }

    public mutating func replaceNamespaces(_ listed: [(name: String, facts: NamespaceFacts)]) {
        let present = Set(listed.map(\.name))
        for name in namespaces.keys.filter({ !present.contains($0) }) { removeNamespace(name) }
        for (name, facts) in listed { put(namespace: facts, named: name) }
    }

    /// A pod has this node, or is on its way there.
    public mutating func put(pod: PlacedPod, on hostname: String) {
        let uid = pod.demand.uid
        if hostOfPod[uid] == hostname, let index = podsByHost[hostname]?.firstIndex(where: { $0.demand.uid == uid }) {
            podsByHost[hostname]?[index] = pod
        } else {
            removePod(uid)
            hostOfPod[uid] = hostname
            podsByHost[hostname, default: []].append(pod)
        }
        changed(host: hostname)
    }

    /// A pod has ended, is gone, or was not launched after all.
    public mutating func removePod(_ uid: PodUID) {
        guard let hostname = hostOfPod.removeValue(forKey: uid) else { return }
        podsByHost[hostname]?.removeAll { $0.demand.uid == uid }
        if podsByHost[hostname]?.isEmpty == true { podsByHost[hostname] = nil }
        changed(host: hostname)
    }

    /// The pod as it is counted, and where.
    public func placed(_ uid: PodUID) -> (pod: PlacedPod, hostname: String)? {
        guard let hostname = hostOfPod[uid], let pod = podsByHost[hostname]?.first(where: { $0.demand.uid == uid }) else { return nil }
        return (pod, hostname)
    }

    private mutating func changed(host: String) { changedAgents.formUnion(hosts[host] ?? []) }

    // MARK: What planners get

    public mutating func snapshot() -> ClusterSnapshot {
        if changedStructure {
            let order = agents.keys.sorted()
            let known = rows
            let before = records
            records = order.map { id in
                if let row = known[id], !changedAgents.contains(id) { before[row] } else { record(of: id) }
            }
            rows = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
            structure += 1
        } else {
            for id in changedAgents {
                if let row = rows[id] { records[row] = record(of: id) }
            }
        }
        (changedStructure, changedAgents) = (false, [])
        return ClusterSnapshot(agents: records, structure: structure, namespaces: namespaces, namespacesVersion: namespacesVersion)
    }

    private func record(of id: AgentID) -> AgentRecord {
        let agent = agents[id] ?? Agent(hostname: "")
        return AgentRecord(
            agent: id, hostname: agent.hostname, offers: agent.offers, node: nodes[agent.hostname] ?? NodeFacts(),
            pods: podsByHost[agent.hostname] ?? [], runsOurExecutor: agent.runsOurExecutor)
    }
}
