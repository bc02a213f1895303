import Core

/// Why a pod cannot go to an agent.
public enum Veto: Sendable, Hashable {
    case otherNode(wanted: String)
    case unschedulable
    case nodeSelector(key: String, value: String)
    case taint(Taint)
    /// The agent has made no offer.
    case noOffer
    case insufficient(ResourceKind, wanted: Int64, available: Int64)
    /// The agent does not run our executor, and has no room for it.
    case executorShare(ResourceKind, wanted: Int64, available: Int64)
    /// The agent does not offer this port: another pod holds it, or it was never Mesos' to offer.
    case hostPort(Int)
    case ports(wanted: Int, available: Int)

    /// How near the agent came, 0...1: 0 for what no waiting can change, close to 1 for a small lack.
    public var nearness: Double {
        switch self {
        case .otherNode, .nodeSelector: 0
        case .unschedulable, .taint: 0.25
        case .noOffer: 0.5
        case .hostPort: 0.5
        case .insufficient(_, let wanted, let available), .executorShare(_, let wanted, let available):
            wanted > 0 ? 0.5 + 0.5 * Double(max(0, available)) / Double(wanted) : 1
        case .ports(let wanted, let available): wanted > 0 ? 0.5 + 0.5 * Double(max(0, available)) / Double(wanted) : 1
        }
    }

    /// Whether offers of the agents that exist can lift it without anybody changing a node or a pod.
    public var mayPass: Bool {
        switch self {
        case .otherNode, .unschedulable, .nodeSelector, .taint: false
        case .noOffer, .insufficient, .executorShare, .hostPort, .ports: true
        }
    }
}

/// What one agent has against a pod.
public struct AgentVeto: Sendable, Hashable {
    public let agent: AgentID
    /// Never empty.
    public let reasons: [Veto]
    public init(agent: AgentID, reasons: [Veto]) { (self.agent, self.reasons) = (agent, reasons) }
    /// How near the agent came: as near as its worst reason.
    public var nearness: Double { reasons.map(\.nearness).min() ?? 1 }
}

/// The vetoes of all agents in one sentence: `0/1 agents fit: insufficient cpu (wants 4, most on one agent 2)`.
public struct VetoSummary: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    /// The agent that came nearest, and how near, 0...1.
    public let nearest: (agent: AgentID, nearness: Double)?

    public init(_ vetoes: [AgentVeto]) {
        nearest = vetoes.map { ($0.agent, $0.nearness) }.max { ($0.1, $1.0.value) < ($1.1, $0.0.value) }
        guard !vetoes.isEmpty else {
            description = "0/0 agents fit: no Mesos agent is registered"
            return
        }
        var groups: [(kind: Group, vetoes: [Veto], agents: Int)] = []
        for veto in vetoes {
            for kind in Set(veto.reasons.map(Group.init)).sorted() {
                let ofKind = veto.reasons.filter { Group($0) == kind }
                if let index = groups.firstIndex(where: { $0.kind == kind }) {
                    groups[index].vetoes += ofKind
                    groups[index].agents += 1
                } else {
                    groups.append((kind, ofKind, 1))
                }
            }
        }
        groups.sort { $0.kind < $1.kind }
        let parts = groups.map { group in group.kind.text(group.vetoes, on: vetoes.count > 1 ? group.agents : nil) }
        description = "0/\(vetoes.count) agents fit: " + parts.joined(separator: ", ")
    }

    public static func == (left: Self, right: Self) -> Bool { left.description == right.description }
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// Vetoes that are told of together, in the order in which they are told.
    private struct Group: Hashable, Comparable {
        let order: Int
        let detail: String

        init(_ veto: Veto) {
            switch veto {
            case .insufficient(let kind, _, _): (order, detail) = (0, kind.rawValue)
            case .executorShare(let kind, _, _): (order, detail) = (1, kind.rawValue)
            case .hostPort(let port): (order, detail) = (2, String(port))
            case .ports: (order, detail) = (3, "")
            case .nodeSelector(let key, let value): (order, detail) = (4, "\(key)=\(value)")
            case .taint(let taint): (order, detail) = (5, taint.description)
            case .unschedulable: (order, detail) = (6, "")
            case .otherNode(let wanted): (order, detail) = (7, wanted)
            case .noOffer: (order, detail) = (8, "")
            }
        }

        static func < (left: Self, right: Self) -> Bool { (left.order, left.detail) < (right.order, right.detail) }

        func text(_ vetoes: [Veto], on agents: Int?) -> String {
            let on = agents.map { " on \($0)" } ?? ""
            var (wanted, most): (Int64, Int64) = (0, 0)
            for veto in vetoes {
                switch veto {
                case .insufficient(_, let want, let have), .executorShare(_, let want, let have): (wanted, most) = (want, max(most, have))
                case .ports(let want, let have): (wanted, most) = (Int64(want), max(most, Int64(have)))
                default: break
                }
            }
            let kind = ResourceKind(rawValue: detail) ?? .cpu
            switch order {
            case 0: return "insufficient \(detail)\(on) (wants \(kind.text(wanted)), most on one agent \(kind.text(most)))"
            case 1:
                return "no room for the executor's \(detail)\(on) (wants \(kind.text(wanted)), most on one agent \(kind.text(most)))"
            case 2: return "host port \(detail) not offered\(on)"
            case 3: return "too few host ports\(on) (wants \(wanted), most on one agent \(most))"
            case 4: return "node selector \(detail) does not match\(on)"
            case 5: return "taint \(detail) not tolerated\(on)"
            case 6: return "unschedulable\(on)"
            case 7: return "not the wanted node \(detail)\(on)"
            default: return "nothing offered at the moment\(on)"
            }
        }
    }
}

extension ResourceKind {
    /// `4`, `0.25`; `512Mi`, `2Gi`: as people write quantities.
    public func text(_ amount: Int64) -> String {
        switch self {
        case .cpu: return ResourceKind.decimal(amount, unit: 1000)
        case .memory, .disk:
            for (suffix, size) in [("Gi", Int64(1) << 30), ("Mi", Int64(1) << 20), ("Ki", Int64(1) << 10)] where amount >= size {
                return ResourceKind.decimal(amount.multipliedReportingOverflow(by: 1000).overflow ? amount / size * 1000 : amount * 1000 / size, unit: 1000) + suffix
            }
            return String(amount)
        }
    }

    /// `thousandths` of one, in decimals without trailing zeros.
    private static func decimal(_ thousandths: Int64, unit: Int64) -> String {
        let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: unit)
        guard rest > 0 else { return String(whole) }
        var digits = String(rest)
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
