import ActorKit
import Core

/// Whether this replica reaches what its component needs to act, and whether it had better let another one lead.
///
/// Every replica looks for itself, leader or not, and says in the election what it does not reach. A leader that has lacked something for
/// `patience` resigns, but only if another replica has said for two thirds of that, without a gap, that it lacks nothing: what is out of reach for
/// all alike (an election of etcd, a failover of Mesos' master) moves nobody, and somebody always leads. Who resigned stands again, behind the others. All durations are
/// measured here, on one clock; the other replicas' clocks do not matter.
public struct LeaderReachState: ComponentState {
    public enum Input: Sendable, Hashable {
        /// A look at one of the needs; `because`: why it is out of reach, `nil`: it is reached.
        case looked(String, because: String?, leads: Bool, at: Instant)
        /// What this replica lacks now stands in the election, or does not.
        case declared(Bool)
        /// The other replicas that say that they lack nothing; `nil`: that could not be learnt.
        case able([String]?, leads: Bool, at: Instant)
        case timePassed(to: Instant)
    }

    public enum Effect: Sendable, Hashable {
        /// To be seen by the others: what this replica lacks; empty: nothing.
        case declare(String)
        /// Who of the others lacks nothing?
        case ask
        case resign(String)
    }

    /// `since`: when it was reached last.
    private struct Lack: Sendable { let need: String; let since: Instant; var because: String }

    private let patience: Duration
    /// In the order in which they were lost.
    private var lacks: [Lack] = []
    private var reached: [String: Instant] = [:]
    /// What stands in the election, as far as it is known.
    private var shown: String?
    private var isDeclaring = false
    /// Since when each other replica has been seen to lack nothing, without a gap.
    private var ableSince: [String: Instant] = [:]
    private var askAt: Instant?

    /// - Parameter patience: two thirds of it must be more than it takes two replicas to notice the same thing.
    public init(patience: Duration) { self.patience = patience }

    /// What this replica lacks, for people; empty: nothing.
    public var words: String { lacks.map(\.need).joined(separator: ", ") }
    public var nextDeadline: Instant? { askAt }

    public mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .looked(let need, let because, let leads, let at):
            note(need, because, at)
            if lacks.isEmpty || !leads { (ableSince, askAt) = ([:], nil) } else { askAt = askAt ?? at }
            return declaration() + question(at)
        case .declared(let isDone):
            isDeclaring = false
            if !isDone { shown = nil }
            return []
        case .able(let names, let leads, let at): return weigh(names ?? [], leads, at)
        case .timePassed(let to): return question(to)
        }
    }

    private mutating func note(_ need: String, _ because: String?, _ at: Instant) {
        if because == nil { reached[need] = at }
        let known = lacks.firstIndex { $0.need == need }
        switch (known, because) {
        case (let index?, let because?): lacks[index].because = because
        case (let index?, nil): lacks.remove(at: index)
        case (nil, let because?): lacks.append(Lack(need: need, since: reached[need] ?? at, because: because))
        case (nil, nil): break
        }
    }

    /// What failed to be shown is shown after the next look.
    private mutating func declaration() -> [Effect] {
        guard shown != words, !isDeclaring else { return [] }
        (shown, isDeclaring) = (words, true)
        return [.declare(words)]
    }

    private mutating func question(_ at: Instant) -> [Effect] {
        guard let due = askAt, due <= at else { return [] }
        askAt = at + .seconds(1)
        return [.ask]
    }

    private mutating func weigh(_ names: [String], _ leads: Bool, _ at: Instant) -> [Effect] {
        guard leads, let first = lacks.first else {
            ableSince = [:]
            return []
        }
        ableSince = ableSince.filter { names.contains($0.key) }
        for name in names where ableSince[name] == nil { ableSince[name] = at }
        guard first.since.duration(to: at) >= patience else { return [] }
        guard let other = ableSince.filter({ $0.value.duration(to: at) >= patience * 2 / 3 }).keys.min() else { return [] }
        ableSince = [:]
        return [.resign("\(first.need) has been out of reach for \(patience) (\(first.because)), and \(other) reaches it")]
    }
}
