import Core

/// Which pods go where: first come, first served, each pod on the best of the agents that have all that it asks for.
///
/// Pure and repeatable: the same pods, snapshot and moment give the same plan, whatever was planned before. What a planner keeps
/// from plan to plan only saves work: its view of agents that did not change, counts of pods, and per shape of pod the agents
/// that suit it (`Inquiry`). docs/placement.md has the design.
public struct Planner: Sendable {
    /// What of a row is looked at for every pod, apart from the rest, so that a look over all rows stays in the cache.
    struct Column: Sendable {
        /// The most that any lot has of each.
        var cpu: Int64 = 0
        var memory: Int64 = 0
        var disk: Int64 = 0
        /// 0...100, the better the higher, by the policy.
        var policy: Int32 = 0
        /// There are offers and it may run more pods.
        var isOpen = false
        /// One lot of a usual role: the numbers above are all there is to know.
        var isPlain = false
    }

    public let fit: Fit
    var agents: [AgentRecord] = []
    var namespaces: [String: NamespaceFacts] = [:]
    private var structure: UInt64?
    private var namespacesVersion: UInt64 = 0

    var rooms: [Room] = []
    var columns: [Column] = []
    /// What CPU and memory of each row are measured against.
    private var capacities: [(cpu: Int64, memory: Int64)] = []
    var census = Census(agents: [], namespaces: [:])
    /// Rows in the order in which they changed.
    var journal = Journal<Int32>()
    var inquiries = InquiryTable()
    var holds: [Hold] = []

    /// What this plan placed, which the next snapshot does not know or knows better.
    private var placed: [(pod: PlacedPod, row: Int)] = []
    private var touched: Set<Int> = []

    public init(fit: Fit) { self.fit = fit }

    /// Plans `pods`, in the order of the queue. Neither an offer nor a port is used beyond what it holds.
    ///
    /// - Parameter now: what deadlines of held room are measured against.
    public mutating func plan(_ pods: [PodDemand], on snapshot: ClusterSnapshot, at now: Instant) -> Plan {
        adopt(snapshot, at: now)
        var refusals: [Plan.Refusal] = []
        var preemptions: [Plan.Preemption] = []
        var groups = PodGroups(pods)
        for pod in pods {
            if let group = pod.group {
                guard let members = groups.take(group) else { continue }
                refusals += place(members, of: group)
            } else if place(pod) == nil {
                refusals.append(refuse(pod, at: now, &preemptions))
            }
        }
        let launches = touched.sorted().flatMap { rooms[$0].launches(on: agents[$0]) }
        return Plan(launches: launches, refusals: refusals, preemptions: preemptions)
    }

    /// Whether an agent has room for `pod` at the moment.
    public mutating func fits(_ pod: PodDemand, on snapshot: ClusterSnapshot, at now: Instant) -> Bool {
        adopt(snapshot, at: now)
        return pod.shape.wishes.fault == nil && bestRow(for: pod, inquiry(of: pod.shape)) != nil
    }

    /// Why `pod` has no agent at the moment; `nil`: it has.
    public mutating func explain(_ pod: PodDemand, on snapshot: ClusterSnapshot, at now: Instant) -> Explanation? {
        adopt(snapshot, at: now)
        let number = inquiry(of: pod.shape)
        return pod.shape.wishes.fault == nil && bestRow(for: pod, number) != nil ? nil : explanation(number, for: pod)
    }

    /// The pod is gone: no room is held for it any more.
    public mutating func forget(_ uid: PodUID) {
        for hold in holds where hold.pod.uid == uid { noteHold(changed: hold) }
        holds.removeAll { $0.pod.uid == uid }
    }

    // MARK: One pod, or several together

    /// Places the pod if any agent has room.
    ///
    /// - Returns: the row.
    private mutating func place(_ pod: PodDemand) -> Int? {
        guard pod.shape.wishes.fault == nil else { return nil }
        let number = inquiry(of: pod.shape)
        guard let row = bestRow(for: pod, number), put(pod, row, roles: inquiries[number].roles) else { return nil }
        forget(pod.uid)
        return row
    }

    private mutating func put(_ pod: PodDemand, _ row: Int, roles: [String]) -> Bool {
        let held = self.held(on: row, against: pod)
        guard let lot = rooms[row].lot(for: pod.shape, roles: roles, held: held),
            let placement = rooms[row].place(pod, in: lot, held: held)
        else { return false }
        let resident = PlacedPod(pod, ports: placement.ports, isBound: false)
        census.add(resident, row: row)
        placed.append((resident, row))
        touched.insert(row)
        refresh(row)
        return true
    }

    /// All that have room, if they are enough; else none.
    private mutating func place(_ members: [PodDemand], of group: PodGroup) -> [Plan.Refusal] {
        let running = census.members(of: group)
        let before = placed.count
        var saved: [(row: Int, room: Room)] = []
        var refused: [PodDemand] = []
        for pod in members {
            let number = inquiry(of: pod.shape)
            guard pod.shape.wishes.fault == nil, let row = bestRow(for: pod, number) else {
                refused.append(pod)
                continue
            }
            let room = rooms[row]
            if put(pod, row, roles: inquiries[number].roles) { saved.append((row, room)) } else { refused.append(pod) }
        }
        let together = running + members.count - refused.count
        // Before anything is undone: why there is no room beside the others.
        let refusals = refused.map { Plan.Refusal(pod: $0, explanation: explanation(inquiry(of: $0.shape), for: $0)) }
        if together >= group.minimum { return refusals }
        for (row, room) in saved.reversed() {
            rooms[row] = room
            refresh(row)
        }
        for (pod, row) in placed[before...].reversed() { census.remove(pod, row: row) }
        placed.removeSubrange(before...)
        return PodGroups.notes(members, refusals, running: running, together: together, group)
    }

    private mutating func refuse(_ pod: PodDemand, at now: Instant, _ preemptions: inout [Plan.Preemption]) -> Plan.Refusal {
        let number = inquiry(of: pod.shape)
        var answer = explanation(number, for: pod)
        if let hold = holds.first(where: { $0.pod.uid == pod.uid }) {
            answer = answer.noting("room is held on \(hold.hostname) until \(hold.victims.count) pods have left it")
        } else if let preemption = preempt(for: pod, number, at: now) {
            preemptions.append(preemption)
            answer = answer.noting("\(preemption.victims.count) pods of lower priority leave \(preemption.hostname) for it")
        }
        return Plan.Refusal(pod: pod, explanation: answer)
    }

    // MARK: Taking over what is known now

    private mutating func adopt(_ snapshot: ClusterSnapshot, at now: Instant) {
        let isSame = structure == snapshot.structure && agents.count == snapshot.agents.count && namespacesVersion == snapshot.namespacesVersion
        if isSame, census.size <= Planner.longestCensus {
            adoptChanges(snapshot)
        } else {
            (agents, namespaces) = (snapshot.agents, snapshot.namespaces)
            (structure, namespacesVersion) = (snapshot.structure, snapshot.namespacesVersion)
            rebuild()
        }
        (placed, touched) = ([], [])
        journal.trim(to: 4 * agents.count)
        inquiries.trim()
        dropHolds(at: now)
    }

    /// A census that answered more questions than this is made anew: most of who asked are gone.
    private static let longestCensus = 8192

    /// Takes over the records that changed.
    private mutating func adoptChanges(_ snapshot: ClusterSnapshot) {
        for (pod, row) in placed.reversed() { census.remove(pod, row: row) }
        var changed = touched
        var (areLabelsOther, areNodesOther) = (false, false)
        for row in agents.indices where agents[row] !== snapshot.agents[row] {
            let (before, after) = (agents[row], snapshot.agents[row])
            for pod in before.pods where !after.pods.contains(where: { $0 === pod }) { census.remove(pod, row: row) }
            for pod in after.pods where !before.pods.contains(where: { $0 === pod }) { census.add(pod, row: row) }
            if before.node.labels != after.node.labels || before.hostname != after.hostname { areLabelsOther = true }
            if before.node != after.node { areNodesOther = true }
            agents[row] = after
            changed.insert(row)
        }
        if areLabelsOther { return rebuild() }
        if areNodesOther { inquiries = InquiryTable() }
        for row in changed.sorted() {
            rooms[row] = Room(agents[row], fit)
            capacities[row] = Planner.capacity(of: agents[row])
            refresh(row)
        }
    }

    /// Agents, labels or namespaces are others: all that was derived from them is made anew.
    private mutating func rebuild() {
        census = Census(agents: agents, namespaces: namespaces)
        placed = []
        inquiries = InquiryTable()
        rooms = agents.map { Room($0, fit) }
        columns = [Column](repeating: Column(), count: agents.count)
        capacities = agents.map { Planner.capacity(of: $0) }
        journal.forgetAll()
        for row in agents.indices { refresh(row) }
    }

    private static func capacity(of agent: AgentRecord) -> (cpu: Int64, memory: Int64) {
        let offered = agent.offers.reduce(Amounts.zero) { $0 + $1.resources.amounts }
        let all = agent.node.allocatable ?? offered
        return (max(all.milliCPU, offered.milliCPU), max(all.memory, offered.memory))
    }

    /// The row's room has changed.
    mutating func refresh(_ row: Int) {
        let room = rooms[row]
        let most = room.most
        var column = Column(cpu: most.milliCPU, memory: most.memory, disk: most.disk)
        column.isOpen = room.podsLeft > 0 && !room.lots.isEmpty
        column.isPlain = room.lots.count == 1 && fit.roles.contains(room.lots[0].role) && room.lots[0].missing.isEmpty
        let (cpu, memory) = capacities[row]
        let free = (cpu > 0 ? max(0, most.milliCPU) * 50 / cpu : 0) + (memory > 0 ? Planner.half(of: most.memory, in: memory) : 0)
        column.policy = Int32(fit.policy == .spread ? free : 100 - free)
        columns[row] = column
        journal.note(Int32(row))
    }

    /// 0...50, without overflow for any number of bytes.
    private static func half(of free: Int64, in all: Int64) -> Int64 { Int64(max(0, Double(free)) / Double(all) * 50) }
}

/// The members of each group among the pods of a plan.
struct PodGroups {
    private var members: [String: [PodDemand]] = [:]

    init(_ pods: [PodDemand]) {
        for pod in pods { if let group = pod.group { members[PodGroups.name(group), default: []].append(pod) } }
    }

    /// The members, the first time; then `nil`.
    mutating func take(_ group: PodGroup) -> [PodDemand]? { members.removeValue(forKey: PodGroups.name(group)) }

    private static func name(_ group: PodGroup) -> String { "\(group.namespace)/\(group.name)" }

    /// What each member is told when there are too few of them.
    static func notes(_ members: [PodDemand], _ refusals: [Plan.Refusal], running: Int, together: Int, _ group: PodGroup) -> [Plan.Refusal] {
        let lacking = Dictionary(refusals.map { ($0.pod.uid, $0.explanation) }, uniquingKeysWith: { first, _ in first })
        let present = running + members.count
        let note = present < group.minimum
            ? "group \(name(group)) has \(present) of the \(group.minimum) pods that start together"
            : "group \(name(group)) has room for \(together) of the \(group.minimum) pods that start together"
        return members.map { pod in
            let why = lacking[pod.uid] ?? refusals.first?.explanation ?? Explanation()
            return Plan.Refusal(pod: pod, explanation: why.noting(note))
        }
    }
}
