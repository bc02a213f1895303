import ActorKit
import Core
import Scheduling

/// One node object per Mesos agent, named as its host.
///
/// An agent's attributes become labels, its totals the capacity; what the executor takes is not allocatable. A node is Ready from the
/// start, since its executor only starts with its first pod; from then on the executor has the word, and who misses its heartbeat. The
/// registrar speaks again for a node that nothing runs on. When an agent that it speaks for is gone, the node is Unknown, and any node
/// without an agent is deleted after a while. One effect per node is under way at a time; a failed one is repeated.
///
/// A fact about one node costs what that node costs; a list of agents or nodes is a look at each.
public struct NodeRegistrarState: ComponentState {
    public struct Times: Sendable, Hashable {
        /// A node whose agent the master does not list is deleted after this.
        public var delete: Duration = .seconds(600)
        public var retry: Duration = .seconds(2)
        public init() {}
    }

    private var agents: [String: AgentDescription] = [:]
    private var nodes: [String: NodeStanding] = [:]
    private var missingSince: [String: Instant] = [:]
    private var inUse: Set<String> = []
    private var busy: Set<String> = []
    /// When a node is looked at again after something was done for it.
    private var retries = Deadlines<String>()
    /// When a node without an agent has been so for long enough.
    private var absences = Deadlines<String>()
    /// What may need something now.
    private var changed: Set<String> = []
    private var (agentsKnown, nodesKnown) = (false, false)
    private var now: Instant
    private let executorShare: Amounts
    private let times: Times

    public init(executorShare: Amounts, times: Times = Times(), startingAt now: Instant) {
        (self.executorShare, self.times, self.now) = (executorShare, times, now)
    }

    public var nextDeadline: Instant? { [retries.first?.rank, absences.first?.rank].compactMap(\.self).min() }

    public mutating func handle(_ input: NodeFact) -> [NodeEffect] {
        switch input {
        case .agents(let listed, let at):
            now = max(now, at)
            agentsKnown = true
            // Of two agents of one host, the active one, and then the later id, is the one that lives.
            agents = Dictionary(listed.map { ($0.hostname, $0) }) { one, other in
                one.isActive != other.isActive ? (one.isActive ? one : other) : (one.id < other.id ? other : one)
            }
            for name in missingSince.keys where agents[name] != nil { isBack(name) }
            lookAtAll()
        case .nodesSynced(let standings, let at):
            now = max(now, at)
            nodesKnown = true
            nodes = Dictionary(standings.map { ($0.name, $0) }) { _, last in last }
            lookAtAll()
        case .nodeChanged(let standing, let at):
            now = max(now, at)
            nodes[standing.name] = standing
            changed.insert(standing.name)
        case .nodeGone(let name, let at):
            now = max(now, at)
            nodes[name] = nil
            isBack(name)
            changed.insert(name)
        case .inUse(let names):
            changed.formUnion(inUse.symmetricDifference(names))
            inUse = names
        case .done(let name, let at, _):
            now = max(now, at)
            busy.remove(name)
            // What was done shows in the node itself, a moment later; until then nothing is repeated.
            retries.put(name, now + times.retry)
        case .timePassed(let to): now = max(now, to)
        }
        changed.formUnion(retries.takeDue(by: now))
        changed.formUnion(absences.takeDue(by: now))
        guard agentsKnown, nodesKnown else { return [] }
        defer { changed = [] }
        return changed.sorted().compactMap { name in
            // What is busy is looked at again a moment after it is done.
            guard !busy.contains(name), retries[name] == nil, let effect = need(of: name) else { return nil }
            busy.insert(name)
            return effect
        }
    }

    private mutating func lookAtAll() {
        changed.formUnion(agents.keys)
        changed.formUnion(nodes.keys)
        guard agentsKnown else { return }
        for name in nodes.keys where agents[name] == nil && missingSince[name] == nil {
            missingSince[name] = now
            absences.put(name, now + times.delete)
        }
    }

    /// Its agent is there, or the node itself is gone.
    private mutating func isBack(_ name: String) {
        missingSince[name] = nil
        absences.remove(name)
    }

    /// The next thing that this node needs.
    private func need(of name: String) -> NodeEffect? {
        guard let agent = agents[name] else {
            guard let node = nodes[name], node.agent != nil else { return nil }
            if let since = missingSince[name], since + times.delete <= now { return .delete(name) }
            if node.speaksForItself { return nil }
            return node.ready == .unknown ? nil : unknown(name, "MesosAgentGone", "the Mesos master does not list the agent any more")
        }
        let wish = wish(for: agent)
        guard let node = nodes[name] else { return .create(wish) }
        let labelsMissing = wish.labels.contains { node.labels[$0.key] != $0.value }
        let labelsLeft = node.labels.keys.contains { $0.hasPrefix(NodeRegistrarState.attributePrefix) && wish.labels[$0] == nil }
        let amountsDiffer = !wish.capacity.isShown(in: node.capacity) || !wish.allocatable.isShown(in: node.allocatable)
        if node.agent != wish.agent || labelsMissing || labelsLeft || amountsDiffer { return .update(wish) }
        if !agent.isActive {
            // An executor that still reports runs its pods, whether its agent is connected or not.
            if node.speaksForItself || node.ready == .unknown { return nil }
            return unknown(name, "MesosAgentDisconnected", "the Mesos agent is not connected to its master")
        }
        guard node.ready == .unknown || node.ready == nil else { return nil }
        // Its executor fell silent while pods run there: only an executor can say more.
        if node.speaksForItself, inUse.contains(name) { return nil }
        return .setReady(name, .yes, reason: "MesosAgentActive", message: "the Mesos agent is connected")
    }

    private func unknown(_ name: String, _ reason: String, _ message: String) -> NodeEffect {
        .setReady(name, .unknown, reason: reason, message: message)
    }

    private func wish(for agent: AgentDescription) -> NodeWish {
        var labels = ["kubernetes.io/hostname": agent.hostname]
        for attribute in agent.attributes {
            guard let text = attribute.text, let label = NodeRegistrarState.label(for: attribute.name), NodeRegistrarState.isLabelValue(text)
            else { continue }
            labels[label] = text
        }
        for (label, text) in agent.labels where NodeRegistrarState.isLabelValue(text) { labels[label] = text }
        let share = executorShare.limited(to: agent.total)
        return NodeWish(
            name: agent.hostname, agent: agent.id, address: agent.address, labels: labels, capacity: agent.total,
            allocatable: agent.total - share)
    }

    static let attributePrefix = "k8s.mesosphere.io/attribute-"

    /// `k8s.mesosphere.io/attribute-<name>`; `nil` for a name that no label can have.
    static func label(for attribute: String) -> String? {
        let name = "attribute-" + attribute
        return isLabelValue(name) ? "k8s.mesosphere.io/" + name : nil
    }

    /// At most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends; or empty.
    static func isLabelValue(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        }
        guard let first = bytes.first, let last = bytes.last else { return true }
        guard bytes.count <= 63, isAlphanumeric(first), isAlphanumeric(last) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0) }
    }
}

extension Amounts {
    /// Whether a node says the same. What else it counts (`example.com/dongle`) is its administrator's own.
    fileprivate func isShown(in node: Amounts) -> Bool {
        milliCPU == node.milliCPU && memory == node.memory && disk == node.disk && named.allSatisfy { node[.named($0.name)] == $0.thousandths }
    }
}
