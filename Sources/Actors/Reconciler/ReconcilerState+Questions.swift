import ActorKit
import Core
import Scheduling

// What Mesos is asked, and when launching may begin.
extension ReconcilerState {
    mutating func subscribe() -> [ReconcilerEffect] {
        (connected, asked) = (true, false)
        open = Set(tasks.keys)
        return begin()
    }

    mutating func disconnect() -> [ReconcilerEffect] {
        (connected, asked) = (false, false)
        for alarm in [Alarm.ask, .giveUp, .implicit, .explicit, .unmentioned] { alarms.remove(alarm) }
        defer { isReady = false }
        return isReady ? [.notReady] : []
    }

    /// Asks about every known task, once all that is known is in the table and Mesos listens.
    mutating func begin() -> [ReconcilerEffect] {
        guard intentsLoaded, podsLoaded, connected, !asked else { return [] }
        asked = true
        questions.reset()
        alarms.put(.giveUp, now + times.giveUp)
        (open, awaited) = (Set(tasks.keys), Set(tasks.keys))
        let updates = early
        early = []
        let effects = ask()
        return effects + updates.flatMap { absorb($0) } + checkReady()
    }

    /// Asks about what is open, and again later while anything is.
    mutating func ask() -> [ReconcilerEffect] {
        guard !open.isEmpty else {
            alarms.remove(.ask)
            return []
        }
        alarms.put(.ask, now + questions.next(0))
        return questions(about: open.sorted())
    }

    private func questions(about ids: [TaskID]) -> [ReconcilerEffect] {
        stride(from: 0, to: ids.count, by: times.questionSize).map { first in
            .reconcile(ids[first..<min(first + times.questionSize, ids.count)].map { TaskQuestion(task: $0, agent: tasks[$0]?.agent) })
        }
    }

    /// A question about these is due soon; the sooner of two moments counts.
    mutating func askSoon(_ ids: some Sequence<TaskID>, after wait: Duration) {
        open.formUnion(ids)
        guard connected, asked, !open.isEmpty else { return }
        alarms.put(.ask, min(alarms[.ask] ?? now + wait, now + wait))
    }

    mutating func checkReady() -> [ReconcilerEffect] {
        guard asked, !isReady, awaited.isEmpty || alarms[.giveUp] == nil else { return [] }
        isReady = true
        alarms.remove(.giveUp)
        awaited = []
        let launched = tasks.values.filter { pods[$0.uid]?.isBound != true }.map(\.uid).sorted()
        var effects: [ReconcilerEffect] = launched.isEmpty ? [] : [.underWay(launched)]
        // What Mesos has of us that we do not know of, too.
        effects += askAll() + [.ready]
        alarms.put(.implicit, now + times.firstImplicit)
        let waiting = taskless.values.joined().compactMap { pods[$0] } + pods.values.filter { $0.isDeleting && !hasTask($0.uid) }
        for standing in waiting.sorted(by: { $0.key < $1.key }) { effects += relaunchIfLost(standing, because: "its task is gone") }
        for id in strangers.keys.sorted() { effects += judge(id) }
        return effects
    }

    // MARK: On a schedule, and on demand

    /// Asks about all that the master knows; what it does not mention is asked about by name, when it has had time to answer.
    mutating func askAll() -> [ReconcilerEffect] {
        guard connected, isReady else { return [] }
        askedAll = now
        alarms.put(.implicit, now + times.implicit)
        alarms.put(.unmentioned, now + times.cooldown)
        return [.reconcile([])]
    }

    mutating func askKnown() -> [ReconcilerEffect] {
        guard connected, isReady else { return [] }
        askedKnown = now
        open = Set(tasks.keys)
        questions.reset()
        return ask()
    }

    mutating func askUnmentioned() -> [ReconcilerEffect] {
        guard connected, isReady, let askedAll else { return [] }
        let silent = tasks.values.lazy.filter { $0.state != .unreachable && $0.heard.map { $0 < askedAll } ?? true }.map(\.id)
        guard !silent.isEmpty else { return [] }
        open.formUnion(silent)
        questions.reset()
        return ask()
    }

    mutating func want(_ kind: Reconciliation) -> [ReconcilerEffect] {
        guard connected, isReady else { return [] }
        let (last, alarm): (Instant?, Alarm) = kind == .implicit ? (askedAll, .implicit) : (askedKnown, .explicit)
        let due = last.map { $0 + times.cooldown } ?? now
        if due <= now { return kind == .implicit ? askAll() : askKnown() }
        alarms.put(alarm, min(alarms[alarm] ?? due, due))
        return []
    }
}
