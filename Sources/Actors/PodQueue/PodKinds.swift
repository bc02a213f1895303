import ActorKit
import Core
import Scheduling

/// Pods that back off because no agent fitted, by what they ask for: a new offer is tried against each kind once, not against each pod.
struct PodKinds: Sendable {
    private struct Kind: Sendable {
        let number: KindNumber
        let demand: PodDemand
        var sleepers = RankedKeys<PodUID, QueueRank>()
    }

    private var kinds: [PodDemand: Kind] = [:]
    private var demands: [KindNumber: PodDemand] = [:]
    /// Kinds in the order in which they are to be judged.
    private var turns = RankedKeys<KindNumber, UInt64>()
    private var nextNumber: KindNumber = 0
    private var nextTurn: UInt64 = 0

    var isEmpty: Bool { kinds.isEmpty }
    var count: Int { kinds.count }

    mutating func sleep(_ pod: WaitingPod) {
        let what = PodKinds.what(pod.demand)
        if kinds[what] == nil {
            nextNumber += 1
            nextTurn += 1
            kinds[what] = Kind(number: nextNumber, demand: pod.demand)
            demands[nextNumber] = what
            turns.put(nextNumber, nextTurn)
        }
        kinds[what]?.sleepers.put(pod.uid, pod.rank)
    }

    mutating func wake(_ pod: WaitingPod) {
        let what = PodKinds.what(pod.demand)
        guard kinds[what] != nil else { return }
        kinds[what]?.sleepers.remove(pod.uid)
        guard let kind = kinds[what], kind.sleepers.isEmpty else { return }
        kinds[what] = nil
        demands[kind.number] = nil
        turns.remove(kind.number)
    }

    /// Up to `limit` kinds, those that were not judged for the longest time first.
    mutating func toJudge(limit: Int) -> [PodKind] {
        var result: [PodKind] = []
        while result.count < min(limit, turns.count), let (number, _) = turns.first {
            nextTurn += 1
            turns.put(number, nextTurn)
            if let what = demands[number], let kind = kinds[what] { result.append(PodKind(number: number, demand: kind.demand)) }
        }
        return result
    }

    /// The first `limit` sleepers of a kind; none when it has none any more.
    func first(_ limit: Int, of number: KindNumber) -> [PodUID] { demands[number].map { first(limit, of: $0) } ?? [] }

    /// The first sleepers of the kind of `pod`.
    func first(_ limit: Int, like pod: WaitingPod) -> [PodUID] { first(limit, of: PodKinds.what(pod.demand)) }

    private func first(_ limit: Int, of what: PodDemand) -> [PodUID] { kinds[what]?.sleepers.first(limit) ?? [] }

    /// What a pod asks for, without who it is. Its namespace counts: what it wants near or far is looked for there.
    private static func what(_ demand: PodDemand) -> PodDemand {
        var what = demand
        (what.key, what.uid) = (PodKey(namespace: demand.key.namespace, name: ""), "")
        return what
    }
}
