import Core
import LeaderElector

/// What ZooKeeper promises an election, and no more: writes in one order, reads that may be as old as what the session has already seen, sessions that
/// end a timeout after their last sign of life. The servers' part alone: network, connections and watches are those of the simulation around it. All
/// times are milliseconds since its beginning.
public struct SimulatedZooKeeper {
    private struct Session { let timeout: Int; var touched: Int; var isAlive = true }
    private struct Past { let names: [String]; let term: UInt64; let version: Int32 }

    private var sessions: [Session] = []
    /// Candidates' nodes and the sessions that they belong to, oldest first.
    public private(set) var nodes: [(name: String, session: Int)] = []
    private var sequence = 0
    private var term: UInt64 = 0
    private var version: Int32 = 0
    private var history: [Past] = [Past(names: [], term: 0, version: 0)]
    public var isUp = true

    public init() {}

    /// The number of the last write.
    public var written: Int { history.count - 1 }

    public mutating func begin(timeout: Int, now: Int) -> Int {
        sessions.append(Session(timeout: timeout, touched: now))
        return sessions.count - 1
    }

    public func isAlive(_ session: Int) -> Bool { sessions[session].isAlive }

    public mutating func touch(_ session: Int, now: Int) { sessions[session].touched = max(sessions[session].touched, now) }

    /// When a session ends, unless it is heard of.
    public func end(of session: Int) -> Int { sessions[session].touched + sessions[session].timeout }

    /// A new leader among the servers gives every session its whole time.
    public mutating func restart(now: Int, forgettingTerms: Bool) {
        isUp = true
        for index in sessions.indices where sessions[index].isAlive { sessions[index].touched = now }
        if forgettingTerms { (term, version) = (0, 0) }
    }

    /// Ends a session with its nodes, whose names are returned.
    public mutating func expire(_ session: Int) -> [String] {
        guard sessions[session].isAlive else { return [] }
        sessions[session].isAlive = false
        let gone = nodes.filter { $0.session == session }.map(\.name)
        nodes.removeAll { $0.session == session }
        if !gone.isEmpty { write() }
        return gone
    }

    /// - Parameter age: how many writes ago the answer of a read may be, at most back to what the session has seen.
    public mutating func perform(_ request: ElectionRequest, session: Int, seen: Int, age: Int) -> (answer: ElectionAnswer, gone: [String]) {
        let past = history[max(seen, written - age)]
        switch request {
        case .prepare: return (.prepared, [])
        case .enroll(let guid):
            let digits = String(sequence)
            let name = "candidate-\(guid)-\(String(repeating: "0", count: 10 - digits.count))\(digits)"
            sequence += 1
            nodes.append((name, session))
            write()
            return (.enrolled(name), [])
        case .find: return (.candidates(nodes.map(\.name)), [])
        case .look: return (.candidates(past.names), [])
        case .watch(let name): return (.watching(exists: nodes.contains { $0.name == name }), [])
        case .readTerm: return (.term(past.term, version: past.version), [])
        case .raiseTerm(let own, let to, let wanted):
            guard nodes.contains(where: { $0.name == own }) else { return (.failed(.ownNodeGone), []) }
            guard wanted == version else { return (.failed(.termChanged), []) }
            (term, version) = (to, version + 1)
            write()
            return (.raised(version: version), [])
        case .confirm(let own, let wanted):
            guard nodes.contains(where: { $0.name == own }) else { return (.failed(.ownNodeGone), []) }
            return (wanted == version ? .confirmed : .failed(.termChanged), [])
        case .withdraw(let name):
            guard nodes.contains(where: { $0.name == name }) else { return (.failed(.ownNodeGone), []) }
            nodes.removeAll { $0.name == name }
            write()
            return (.withdrawn, [name])
        }
    }

    private mutating func write() { history.append(Past(names: nodes.map(\.name), term: term, version: version)) }
}
