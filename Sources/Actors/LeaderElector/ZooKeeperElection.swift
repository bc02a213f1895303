import ActorKit
import Core
import Synchronization

/// One candidate of an election through ZooKeeper: performs what `ZooKeeperElectionState` decides.
public actor ZooKeeperElection: Election {
    private var state: ZooKeeperElectionState
    private let sessions: any ElectionSessions
    private let fence: LeadershipFence
    private let time: any TimeSource
    private let report: @Sendable (String) -> Void
    /// Of a session's news, answers and presses from outside. News are few, answers one per request: the capacity is never reached in practice, and
    /// `feed` goes beyond it.
    private let inbox = Inbox<ZooKeeperElectionState.Input>(capacity: 256)
    private let events = Inbox<ElectionEvent>(capacity: 16)
    private struct Open {
        let number: UInt64
        /// `nil` while it is being opened.
        var session: (any ElectionSession)?
        /// Asked before it was there.
        var waiting: [(id: UInt64, request: ElectionRequest)] = []
    }
    private var open: Open?

    /// - Parameters:
    ///   - identity: see `ZooKeeperElectionState`.
    ///   - fence: opened and moved here; what acts for the leader asks it.
    ///   - report: for the log.
    public init(
        identity: String, sessions: any ElectionSessions, fence: LeadershipFence, time: any TimeSource = SystemTime(),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        state = ZooKeeperElectionState(identity: identity)
        (self.sessions, self.fence, self.time, self.report) = (sessions, fence, time, report)
    }

    /// Lets another candidate lead, if this one does.
    public nonisolated func resign(because why: String) { inbox.feed(.resign(why, at: time.now)) }

    /// Somebody has seen `term`, as high as this candidate's or higher: it resigns, and its next term is higher than that.
    public nonisolated func outranked(by term: Term) { inbox.feed(.outranked(by: term, at: time.now)) }

    public func campaign(_ handle: @escaping @Sendable (ElectionEvent) async -> Void) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tell(handle) }
            inbox.feed(.started(at: time.now))
            while let inputs = await inbox.batch(until: state.nextDeadline, on: time) {
                for input in inputs + [.timePassed(to: time.now)] {
                    for effect in state.handle(input) { perform(effect, &group) }
                }
            }
            fence.close()
            group.cancelAll()
        }
        // In order: what ran for the leader has stopped before the node goes, and with it the others' reason to wait.
        await handle(.deposed("this candidate leaves the election"))
        await open?.session?.close()
        open = nil
    }

    private func tell(_ handle: @Sendable (ElectionEvent) async -> Void) async {
        while let batch = await events.batch(on: time) {
            for event in batch {
                await handle(event)
                if case .deposed = event { inbox.feed(.stopped(at: time.now)) }
            }
        }
    }

    private func perform(_ effect: ZooKeeperElectionState.Effect, _ group: inout DiscardingTaskGroup) {
        switch effect {
        case .open(let number):
            open = Open(number: number)
            group.addTask { await self.begin(number) }
        case .close(let number):
            guard let open, open.number == number else { return }
            self.open = nil
            if let session = open.session { group.addTask { await session.close() } }
        case .ask(let id, let request, let number):
            guard let open, open.number == number else { return }
            guard let session = open.session else {
                self.open?.waiting.append((id, request))
                return
            }
            group.addTask { await self.ask(id, request, session) }
        case .permit(let term, let confirmed, let until): fence.permit(term, confirmed: confirmed, until: until)
        case .tell(let event):
            if case .deposed = event { fence.close() }
            events.feed(event)
        case .report(let words): report(words)
        }
    }

    private func begin(_ number: UInt64) async {
        let session = await sessions.open { [inbox, time] news in inbox.feed(.session(number, news, at: time.now)) }
        // It may be over, or the campaign, before it was handed to us.
        guard let open, open.number == number, !Task.isCancelled else {
            await session?.close()
            return
        }
        self.open?.session = session
        self.open?.waiting = []
        guard let session else { return }
        for (id, request) in open.waiting { await ask(id, request, session) }
    }

    private func ask(_ id: UInt64, _ request: ElectionRequest, _ session: any ElectionSession) async {
        guard case .watch(let name) = request else {
            inbox.feed(.answered(id, await session.perform(request), at: time.now))
            return
        }
        let isFirst = Mutex(true)
        await session.watch(name) { [inbox, time] exists in
            let first = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            // A candidate's data may change; only its end concerns the next one.
            if first { inbox.feed(.answered(id, .watching(exists: exists), at: time.now)) } else if !exists { inbox.feed(.watchFired(id, at: time.now)) }
        }
        if isFirst.withLock({ $0 }) { inbox.feed(.answered(id, .failed(.connectionLost), at: time.now)) }
    }
}
