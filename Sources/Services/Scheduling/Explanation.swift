import Core

/// Why no agent takes a pod: how many agents gave which reason, who came nearest and what was short there, and what would help.
///
/// Counted, not collected: it is as small for 5,000 agents as for one.
public struct Explanation: Sendable, Hashable, Codable {
    /// One reason, and the agents that gave it. An agent may have several reasons.
    public struct Reason: Sendable, Hashable, Codable {
        /// `insufficient cpu`, `taint dedicated=gpu:NoSchedule`.
        public let text: String
        public let agents: Int
        /// The host that is short by the least, and by how much; where the reason can be measured.
        public let nearest: Shortage?
        /// What somebody can do about it.
        public let help: String
        /// Whether waiting alone may lift it.
        public let mayPass: Bool
    }

    /// How much one host is short by, as people write it.
    public struct Shortage: Sendable, Hashable, Codable {
        public let hostname: String
        public let by: String
    }

    /// An agent that came near, and all that it has against the pod.
    public struct NearMiss: Sendable, Hashable, Codable {
        public let agent: AgentID
        public let hostname: String
        /// 0...1; 1 fits.
        public let nearness: Double
        /// `insufficient cpu, short by 0.5`.
        public let lacks: [String]
    }

    /// The agents that were asked.
    public let agents: Int
    /// The most frequent first.
    public let reasons: [Reason]
    /// The nearest first, three at most.
    public let nearest: [NearMiss]
    /// What concerns no single agent: a group whose other members have no room, an annotation that cannot be read.
    public let note: String?

    /// Nobody was asked.
    public init(note: String? = nil) { (agents, reasons, nearest, self.note) = (0, [], [], note) }

    init(agents: Int, reasons: [Reason], nearest: [NearMiss], note: String?) {
        (self.agents, self.reasons, self.nearest, self.note) = (agents, reasons, nearest, note)
    }

    public init(_ vetoes: [AgentVeto], note: String? = nil) {
        var count = VetoCount()
        for veto in vetoes { count.add(veto) }
        self = count.explanation(note: note)
    }

    /// `0/500 agents fit: 320 insufficient cpu (nearest: agent-17 short by 0.5), 180 taint …; last offer 3 s ago`.
    ///
    /// - Parameter lastOffer: how long ago Mesos made the last offer; `nil`: it is not told.
    public func summary(lastOffer: Duration? = nil) -> String {
        var text = "0/\(agents) agents fit"
        let parts = reasons.map { reason in
            let nearest = reason.nearest.map { " (nearest: \($0.hostname) short by \($0.by))" } ?? ""
            return "\(reason.agents) \(reason.text)\(nearest)"
        }
        if !parts.isEmpty {
            text += ": " + parts.joined(separator: ", ")
        } else if note == nil {
            text += ": no Mesos agent is registered"
        }
        if let note { text += (parts.isEmpty ? ": " : "; ") + note }
        if let lastOffer { text += "; last offer \(max(0, lastOffer.components.seconds)) s ago" }
        return text
    }

    /// The reasons without their figures: equal as long as nothing of substance has changed.
    public var substance: String { (reasons.map(\.text).sorted() + [note ?? ""]).joined(separator: ", ") }

    /// The same with another note.
    public func noting(_ note: String) -> Explanation { Explanation(agents: agents, reasons: reasons, nearest: nearest, note: note) }
}

/// Counts vetoes as agents are asked one after the other.
struct VetoCount {
    private struct Tally {
        var agents = 0
        var last = -1
        var nearest: (hostname: String, nearness: Double, lack: String)?
        let veto: Veto
    }
    private var agents = 0
    private var tallies: [VetoGroup: Tally] = [:]
    private var best: [AgentVeto] = []
    private static let kept = 3

    mutating func add(_ veto: AgentVeto) {
        agents += 1
        for reason in veto.reasons {
            let group = VetoGroup(reason)
            var tally = tallies[group] ?? Tally(veto: reason)
            // An agent with two reasons of a kind counts once.
            if tally.last != agents { (tally.agents, tally.last) = (tally.agents + 1, agents) }
            let nearness = reason.nearness
            if let lack = reason.lack, tally.nearest.map({ $0.nearness < nearness }) ?? true {
                tally.nearest = (veto.hostname, nearness, lack.amount)
            }
            tallies[group] = tally
        }
        let nearness = veto.nearness
        let place = best.firstIndex { $0.nearness < nearness } ?? best.count
        guard place < VetoCount.kept else { return }
        best.insert(veto, at: place)
        if best.count > VetoCount.kept { best.removeLast() }
    }

    func explanation(note: String? = nil) -> Explanation {
        let reasons = tallies.sorted { ($1.value.agents, $0.key) < ($0.value.agents, $1.key) }.map { group, tally in
            Explanation.Reason(
                text: group.text, agents: tally.agents, nearest: tally.nearest.map { .init(hostname: $0.hostname, by: $0.lack) },
                help: tally.veto.help, mayPass: tally.veto.mayPass)
        }
        let nearest = best.map { veto in
            Explanation.NearMiss(
                agent: veto.agent, hostname: veto.hostname, nearness: veto.nearness,
                lacks: veto.reasons.map { reason in VetoGroup(reason).text + (reason.lack.map { ", short by \($0.amount)" } ?? "") })
        }
        return Explanation(agents: agents, reasons: reasons, nearest: nearest, note: note)
    }
}

/// Vetoes that are told of together.
private struct VetoGroup: Hashable, Comparable {
    /// Among reasons of as many agents, in which order they are told.
    let order: Int
    let text: String

    init(_ veto: Veto) {
        switch veto {
        case .insufficient(let kind, _, _): (order, text) = (0, "insufficient \(kind)")
        case .executorShare(let kind, _, _): (order, text) = (1, "no room for the executor's \(kind)")
        case .hostPort(let port): (order, text) = (2, "host port \(port) not offered")
        case .ports: (order, text) = (3, "too few host ports")
        case .tooManyPods(let limit): (order, text) = (4, "too many pods (\(limit) may run)")
        case .heldFor(let pod): (order, text) = (5, "room held for \(pod)")
        case .roles(let roles): (order, text) = (6, "no offer for role \(roles.joined(separator: " or "))")
        case .nodeSelector(let key, let value): (order, text) = (7, "node selector \(key)=\(value)")
        case .nodeAffinity: (order, text) = (8, "node affinity")
        case .taint(let taint): (order, text) = (9, "taint \(taint)")
        case .unschedulable: (order, text) = (10, "cordoned")
        case .otherNode(let wanted): (order, text) = (11, "not the wanted node \(wanted)")
        case .podAffinity(let key): (order, text) = (12, "pod affinity by \(key)")
        case .podAntiAffinity(let key): (order, text) = (13, "pod anti-affinity by \(key)")
        case .unwelcome(let key): (order, text) = (14, "anti-affinity of pods there by \(key)")
        case .spread(let key, _, _): (order, text) = (15, "topology spread by \(key)")
        case .noTopology(let key): (order, text) = (16, "no label \(key) to spread by")
        case .constraint(let constraint): (order, text) = (17, "constraint \(constraint)")
        case .noOffer: (order, text) = (18, "nothing offered at the moment")
        }
    }

    static func < (left: Self, right: Self) -> Bool { (left.order, left.text) < (right.order, right.text) }
}

extension Veto {
    /// What somebody can do about it.
    var help: String {
        switch self {
        case .insufficient(let kind, _, _): "ask for less \(kind), free some, or add an agent"
        case .executorShare(let kind, _, _): "the executor needs \(kind) of its own on an agent where it does not run yet: free some, or add an agent"
        case .hostPort(let port): "use another host port than \(port), wait for its holder to end, or let agents offer it"
        case .ports: "ask for fewer host ports, or let agents offer more"
        case .tooManyPods: "remove pods, add an agent, or raise --max-pods-per-node"
        case .heldFor: "wait: a pod of higher priority comes first"
        case .roles: "let the pod use another role, or wait for offers to its roles"
        case .nodeSelector, .nodeAffinity: "label a node, or change what the pod selects"
        case .taint: "remove the taint, or let the pod tolerate it"
        case .unschedulable: "kubectl uncordon the node"
        case .otherNode: "the pod names its node: that node must have room"
        case .podAffinity: "start a pod that matches the affinity first, or relax it"
        case .podAntiAffinity, .unwelcome: "add a node in another topology domain, or relax the anti-affinity"
        case .spread: "add room in the emptiest domain, or raise maxSkew"
        case .noTopology(let key): "label the node with \(key)"
        case .constraint: "add an agent with another value of the field, or relax the constraint"
        case .noOffer: "wait for an offer: another framework may hold the agent's resources"
        }
    }
}
