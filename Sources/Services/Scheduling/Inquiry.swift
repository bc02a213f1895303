/// Which rows a pod's node rules allow, and how they are liked for what they are. Shared by all shapes that ask the same.
struct Eligible: Sendable {
    let rows: [Int32]
    let isAllowed: [Bool]
    /// By row; empty: all are liked the same.
    let likings: [Int32]

    init(_ wishes: PodShape.Wishes, _ agents: [AgentRecord]) {
        var isAllowed = [Bool](repeating: false, count: agents.count)
        var rows: [Int32] = []
        for row in agents.indices where NodeRules.allows(wishes, on: agents[row]) {
            isAllowed[row] = true
            rows.append(Int32(row))
        }
        let hasTaints = rows.contains { row in agents[Int(row)].node.taints.contains { $0.effect == .preferNoSchedule } }
        if wishes.nodeAffinity.preferred.isEmpty && !hasTaints {
            likings = []
        } else {
            likings = agents.map { Int32(NodeRules.liking(wishes, on: $0)) }
        }
        (self.rows, self.isAllowed) = (rows, isAllowed)
    }

    /// What of a pod it depends on.
    struct Key: Sendable, Hashable {
        let nodeName: String?
        let selector: [String: String]
        let affinity: NodeAffinity
        let tolerations: [Toleration]
        let constraints: [Constraint]
        init(_ wishes: PodShape.Wishes) {
            (nodeName, selector, affinity) = (wishes.nodeName, wishes.nodeSelector, wishes.nodeAffinity)
            (tolerations, constraints) = (wishes.tolerations, wishes.constraints)
        }
    }
}

/// What is known about one shape of pod: where it may go, what it asks about other pods, and the rows that have room, the best first.
///
/// It is brought up to date by the journal: a row costs something only when it has changed.
struct Inquiry: Sendable {
    /// A question about a crowd by the places of a topology.
    struct Question: Sendable {
        let crowd: Census.CrowdNumber
        let topology: Census.TopologyNumber
    }
    struct Spread: Sendable {
        let constraint: SpreadConstraint
        let question: Question
        /// The pod itself is one of those that are counted.
        let countsItself: Bool
        /// The rows whose places count; `nil`: all.
        let rows: [Bool]?
        /// The places that count.
        let places: [Bool]
        let placeCount: Int
    }
    struct Limit: Sendable {
        let constraint: Constraint
        let question: Question
        let placeCount: Int
    }
    struct Preference: Sendable {
        let weight: Int
        let question: Question
    }

    let shape: PodShape
    let roles: [String]
    /// Whether a plain column says all about a row's room.
    let isPlain: Bool
    let eligible: Eligible

    var near: [Question] = []
    /// The pod would itself be one of those that it wants to be near: then the first may go anywhere.
    var isNearItself = false
    var apart: [(question: Question, key: String)] = []
    var spreads: [Spread] = []
    var limits: [Limit] = []
    var preferences: [Preference] = []
    /// The pods of its own controller, which the policy `spread` keeps apart.
    var siblings: Census.CrowdNumber?

    var refusers: [Int] = []
    var refuserCount = -1

    /// A change elsewhere never makes a row better or fit again, unless pods leave: then the best row is found without looking at all.
    var isMonotone: Bool { near.isEmpty && spreads.isEmpty && preferences.isEmpty && !limits.contains { !$0.constraint.isMonotone } }
    /// Whether other pods make one row better than another.
    var hasWishes: Bool { !preferences.isEmpty || spreads.contains { !$0.constraint.isRequired } }
    /// Whether it asks about other pods at all, its siblings aside.
    var asksAboutPods: Bool { !(near.isEmpty && apart.isEmpty && refusers.isEmpty && spreads.isEmpty && limits.isEmpty) }

    // The rows with room, for monotone shapes.
    var heap = MaxHeap()
    /// How far of the journal is in the heap; -1: nothing is.
    var seen = -1
    /// Rows that have room, but other pods stand against them.
    var blocked: [Int32] = []
    var removalsSeen = 0

    // What is remembered of a vain search.
    var vainAt: (journal: Int, census: Int)?
    var vainPreemptionAt: (journal: Int, priority: Int32)?
    var explained: (answer: Explanation, journal: Int)?
}

extension Constraint {
    /// Pods that come only ever make it harder to satisfy.
    var isMonotone: Bool {
        switch `operator` {
        case .unique, .maxPer, .like, .unlike, .is, .cluster(.some): true
        case .groupBy, .cluster(nil): false
        }
    }
}

/// The inquiries of recent shapes.
struct InquiryTable: Sendable {
    private var numbers: [PodShape: Int] = [:]
    private var items: [Inquiry] = []
    private var eligibles: [Eligible.Key: Eligible] = [:]
    /// More than these, and all are forgotten.
    private static let most = 512

    subscript(number: Int) -> Inquiry {
        _read { yield items[number] }
        _modify { yield &items[number] }
    }

    func number(of shape: PodShape) -> Int? { numbers[shape] }

    mutating func add(_ inquiry: Inquiry) -> Int {
        items.append(inquiry)
        numbers[inquiry.shape] = items.count - 1
        return items.count - 1
    }

    mutating func eligible(_ wishes: PodShape.Wishes, _ agents: [AgentRecord]) -> Eligible {
        let key = Eligible.Key(wishes)
        if let known = eligibles[key] { return known }
        let new = Eligible(wishes, agents)
        if eligibles.count >= InquiryTable.most { eligibles = [:] }
        eligibles[key] = new
        return new
    }

    /// Between plans: numbers that were given out do not hold afterwards.
    mutating func trim() {
        guard items.count > InquiryTable.most else { return }
        (numbers, items) = ([:], [])
    }
}
