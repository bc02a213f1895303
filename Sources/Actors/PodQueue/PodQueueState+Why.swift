import Core
import Scheduling

// What users and pages are told.
extension PodQueueState {
    /// All that is queued, in its order; a sort, for pages that people read.
    public var queued: [QueuedPod] { entries.values.sorted { $0.rank < $1.rank }.map(page) }

    /// All that is known of a pod; `nil` when it is not here.
    public func account(of key: PodKey) -> PodAccount? {
        guard let uid = byKey[key], let entry = entries[uid] else { return nil }
        var explanation: Explanation?
        if case .vetoed(let vetoes) = entry.why { explanation = vetoes }
        return PodAccount(
            pod: page(entry), demand: entry.demand, since: entry.since, offersSeen: offersSeen - entry.offersBefore, lastOffer: lastOffer,
            ahead: entries.values.count { $0.phase == .ready && $0.rank < entry.rank }, history: entry.history, explanation: explanation)
    }

    private func page(_ entry: WaitingPod) -> QueuedPod {
        var nextTry: Instant?
        let phase: QueuedPod.Phase
        switch entry.phase {
        case .ready: phase = entry.group.map { groups.isIncomplete($0) } == true ? .waitingForGroup : .ready
        case .inFlight: phase = .inFlight
        case .launched: phase = .launched
        case .backingOff(let until, _): (phase, nextTry) = (.backingOff, until)
        }
        return QueuedPod(
            key: entry.demand.key, uid: entry.uid, phase: phase, priority: entry.demand.priority,
            attempts: entry.attempts, reason: reason(of: entry), isRelaunch: entry.isRelaunch, nextTry: nextTry)
    }

    private func reason(of entry: WaitingPod) -> String { entry.reason(lastOffer: lastOffer.map { $0.duration(to: now) }) }

    /// Notes that the user is to be told why a pod waits, if that is news, or if it was told long ago.
    mutating func tell(_ uid: PodUID) {
        guard let entry = entries[uid] else { return }
        guard let told = entry.told else { return explainer.add(uid, .never) }
        if told.substance != entry.substance { return explainer.add(uid, .changed) }
        // Its reason has come back to what was told.
        explainer.remove(uid)
        if told.at + times.explainAgain <= now { explainer.add(uid, .again) }
    }

    /// Tells those whose turn it is.
    mutating func explain() -> [PodQueueEffect] {
        explainer.take(at: now).compactMap { uid in
            guard let entry = entries[uid], entry.isWaiting else { return nil }
            entries[uid]?.told = (entry.substance, now)
            return .explain(entry.demand, reason(of: entry))
        }
    }
}
