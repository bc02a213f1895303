import ActorKit
import Core

/// One candidate of an election through ZooKeeper (docs/election.md).
///
/// Each candidate has an ephemeral, sequential node and watches only the one before it. Who is first raises the counter of terms in one
/// transaction with the check of its own node, and leads. While it leads it has both confirmed by the majority, and stops acting two thirds of a
/// session timeout after it *sent* the last request that was confirmed: before the servers can have ended its session. One request is under
/// way at a time; the answer to any other is dropped.
public struct ZooKeeperElectionState: ComponentState {
    public enum Input: Sendable, Hashable {
        case started(at: Instant)
        case session(UInt64, ElectionSessionNews, at: Instant)
        case answered(UInt64, ElectionAnswer, at: Instant)
        /// What the request of this number watches is gone.
        case watchFired(UInt64, at: Instant)
        /// What ran in the last term has stopped.
        case stopped(at: Instant)
        /// The leader shall let another one lead.
        case resign(String, at: Instant)
        /// Somebody knows of a term as high as ours, or higher.
        case outranked(by: Term, at: Instant)
        case timePassed(to: Instant)
    }

    public enum Effect: Sendable, Hashable {
        case open(session: UInt64)
        case close(session: UInt64)
        case ask(UInt64, ElectionRequest, session: UInt64)
        /// The leader may act until then, for what was asked at `confirmed` was granted; before `elected` is told.
        case permit(Term, confirmed: Instant, until: Instant)
        case tell(ElectionEvent)
        /// Something an operator may want to know.
        case report(String)
    }

    /// How far this candidate is.
    private enum Step: Sendable, Hashable {
        case preparing, enrolling
        /// It may have enrolled: its node is looked for by its guid.
        case finding
        case looking
        case arming(String)
        case waiting(watch: UInt64)
        case readingTerm
        case raising(to: UInt64, version: Int32)
        case leading(Term, version: Int32)
        case withdrawing
    }
    private struct Request: Sendable { let id: UInt64; let sentAt: Instant }

    private let identity: String
    private var session: UInt64 = 0
    private var isConnected = false
    private var timeout: Duration = .seconds(10)
    private var step = Step.preparing
    private var own: String?
    private var enrolments = 0
    private var underWay: Request?
    private var requests: UInt64 = 0
    /// What ran in the last term is being stopped: nothing is asked meanwhile.
    private var isStopping = false
    private var isResigning = false
    /// A term that somebody else has had.
    private var floor: UInt64 = 0
    /// The end of the leadership, unless it is confirmed.
    private var fence: Instant?
    /// When to confirm, to try again, to look again although nothing happened, to open a session.
    private var confirmAt: Instant?
    private var retryAt: Instant?
    private var lookAt: Instant?
    private var reopenAt: Instant?
    private var retry = Backoff(base: .milliseconds(50), cap: .seconds(2), jitter: 0)
    private var reopen = Backoff(base: .milliseconds(100), cap: .seconds(5), jitter: 0)

    /// - Parameter identity: unique among all candidates that ever were: part of node names. Letters, digits, `-` and `.`.
    public init(identity: String) { self.identity = identity }

    /// The term of this process' leadership.
    public var term: Term? { if case .leading(let term, _) = step { term } else { nil } }
    /// The number of the session, for the actor and for tests.
    public var currentSession: UInt64 { session }

    public var nextDeadline: Instant? {
        let idle = isConnected && underWay == nil && !isStopping
        let waits: [Instant?] = [fence, reopenAt, idle ? retryAt ?? (term == nil ? nil : confirmAt) : nil, idle ? lookAt : nil]
        return waits.compactMap { $0 }.min()
    }

    public mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .started(let at): return openSession(at)
        case .session(let number, let news, let at): return number == session ? passTime(at) + absorb(news, at) : []
        case .answered(let id, let answer, let at):
            // First the clock: an answer that comes after the fence does not undo it.
            let effects = passTime(at)
            guard let request = underWay, request.id == id else { return effects }
            underWay = nil
            return effects + absorb(answer, to: request, at) + proceed(at)
        case .watchFired(let id, let at):
            let effects = passTime(at)
            guard step == .waiting(watch: id) else { return effects }
            step = .looking
            return effects + proceed(at)
        case .stopped(let at):
            isStopping = false
            return passTime(at) + proceed(at)
        case .resign(let why, let at): return passTime(at) + resign(why, at)
        case .outranked(let term, let at):
            floor = max(floor, term.number)
            return passTime(at) + resign("term \(term) is known", at)
        case .timePassed(let to): return passTime(to) + proceed(to)
        }
    }

    // MARK: Sessions and time

    private mutating func openSession(_ at: Instant) -> [Effect] {
        session += 1
        (isConnected, own, step, underWay, reopenAt, retryAt, lookAt) = (false, nil, .preparing, nil, nil, nil, nil)
        return [.open(session: session)]
    }

    private mutating func absorb(_ news: ElectionSessionNews, _ at: Instant) -> [Effect] {
        switch news {
        case .connected(let timeout):
            (self.timeout, isConnected, retryAt) = (timeout, true, nil)
            reopen.reset()
            return proceed(at)
        case .disconnected:
            isConnected = false
            return []
        case .ended(let why):
            let effects = depose(because: why)
            (isConnected, underWay, own, step, isResigning) = (false, nil, nil, .preparing, false)
            reopenAt = at + reopen.next(0)
            return effects + [.close(session: session), .report("the ZooKeeper session is over: \(why)")]
        case .resignationAsked(let who): return resign("asked by \(who)", at)
        }
    }

    private mutating func passTime(_ at: Instant) -> [Effect] {
        var effects: [Effect] = []
        if let end = fence, end <= at {
            effects += depose(because: "ZooKeeper has confirmed nothing for two thirds of the session's \(timeout)")
        }
        if let due = reopenAt, due <= at { effects += openSession(at) }
        if let due = retryAt, due <= at { retryAt = nil }
        if let due = lookAt, due <= at {
            lookAt = nil
            if case .waiting = step { step = .looking }
        }
        return effects
    }

    /// Ends the leadership. The node stays, and with it the place in the queue, unless the session is over or it resigns.
    private mutating func depose(because why: String) -> [Effect] {
        guard case .leading = step else { return [] }
        (step, fence, confirmAt, underWay, isStopping) = (.looking, nil, nil, nil, true)
        return [.tell(.deposed(why))]
    }

    private mutating func resign(_ why: String, _ at: Instant) -> [Effect] {
        guard case .leading = step else { return [] }
        isResigning = true
        return depose(because: why)
    }

    // MARK: Requests

    /// Asks what comes next, if anything can be asked now.
    private mutating func proceed(_ at: Instant) -> [Effect] {
        guard isConnected, underWay == nil, !isStopping, retryAt == nil else { return [] }
        if isResigning, own != nil { step = .withdrawing }
        switch step {
        case .preparing: return ask(.prepare, at)
        case .enrolling: return ask(.enroll(guid: guid), at)
        case .finding: return ask(.find, at)
        case .looking: return ask(.look, at)
        case .arming(let name): return ask(.watch(name), at)
        case .waiting: return []
        case .readingTerm: return ask(.readTerm, at)
        case .raising(let to, let version): return own.map { ask(.raiseTerm(own: $0, to: to, version: version), at) } ?? []
        case .leading(_, let version):
            guard let own, confirmAt.map({ $0 <= at }) ?? true else { return [] }
            return ask(.confirm(own: own, version: version), at)
        case .withdrawing: return own.map { ask(.withdraw($0), at) } ?? []
        }
    }

    /// In the name of this candidate's node: of this process, this session, this attempt.
    private var guid: String { "\(identity).\(session).\(enrolments)" }

    private mutating func ask(_ request: ElectionRequest, _ at: Instant) -> [Effect] {
        requests += 1
        underWay = Request(id: requests, sentAt: at)
        return [.ask(requests, request, session: session)]
    }

    private mutating func absorb(_ answer: ElectionAnswer, to request: Request, _ at: Instant) -> [Effect] {
        if case .failed(let failure) = answer { return absorb(failure, at) }
        retry.reset()
        switch (step, answer) {
        case (.preparing, .prepared): step = .enrolling
        case (.enrolling, .enrolled(let name)): (own, step) = (name, .looking)
        case (.finding, .candidates(let names)): return find(in: names)
        case (.looking, .candidates(let names)): look(at: names, at)
        case (.arming, .watching(let exists)):
            step = exists ? .waiting(watch: request.id) : .looking
            // Watches are not lost; if one were, this would bound it.
            lookAt = exists ? at + timeout * 3 : nil
        case (.readingTerm, .term(let known, let version)): step = .raising(to: max(known, floor) + 1, version: version)
        case (.raising(let to, _), .raised(let version)): return lead(Term(to), version, since: request.sentAt, at)
        case (.leading(let term, _), .confirmed): return confirmed(term, request.sentAt)
        case (.withdrawing, .withdrawn): enrolAnew()
        default: return fail("an answer of another kind: \(answer)", at)
        }
        return []
    }

    private mutating func absorb(_ failure: ElectionFailure, _ at: Instant) -> [Effect] {
        switch failure {
        case .connectionLost:
            retryAt = at + retry.next(0)
            switch step {
            // It may be done: found out before it is done again.
            case .enrolling: step = .finding
            case .arming, .readingTerm, .raising: step = .looking
            case .preparing, .finding, .looking, .waiting, .leading, .withdrawing: break
            }
            return []
        case .ownNodeGone:
            let effects = depose(because: "its election node is gone")
            enrolAnew()
            return effects
        case .termChanged:
            let effects = depose(because: "there is a higher term")
            step = .looking
            retryAt = at + retry.next(0)
            return effects
        case .other(let what): return fail(what, at)
        }
    }

    private mutating func fail(_ what: String, _ at: Instant) -> [Effect] {
        retryAt = at + retry.next(0)
        return [.report("the election goes on after a failure: \(what)")]
    }

    private mutating func enrolAnew() {
        enrolments += 1
        (own, step, isResigning, lookAt) = (nil, .enrolling, false, nil)
    }

    // MARK: The queue

    private mutating func find(in names: [String]) -> [Effect] {
        let mine = names.filter { $0.contains(guid + "-") }.sorted(by: Self.isBefore)
        guard let first = mine.first else {
            step = .enrolling
            return []
        }
        (own, step) = (first, .looking)
        // There should be one. A second would stand in everybody's way.
        return mine.dropFirst().map { extra in
            requests += 1
            return .ask(requests, .withdraw(extra), session: session)
        }
    }

    private mutating func look(at names: [String], _ at: Instant) {
        let queue = names.sorted(by: Self.isBefore)
        guard let own, let place = queue.firstIndex(of: own) else { return enrolAnew() }
        step = place == 0 ? .readingTerm : .arming(queue[place - 1])
    }

    /// By the number that ZooKeeper put at the end of a name, ten digits.
    private static func isBefore(_ left: String, _ right: String) -> Bool { (left.suffix(10), left) < (right.suffix(10), right) }

    // MARK: Leading

    private mutating func lead(_ term: Term, _ version: Int32, since sentAt: Instant, _ at: Instant) -> [Effect] {
        let end = sentAt + timeout * 2 / 3
        guard at < end else {
            // The answer was too slow to be of use; the number is spent.
            step = .looking
            return []
        }
        (step, fence, confirmAt) = (.leading(term, version: version), end, sentAt + timeout / 6)
        return [.permit(term, confirmed: sentAt, until: end), .tell(.elected(term))]
    }

    private mutating func confirmed(_ term: Term, _ sentAt: Instant) -> [Effect] {
        let end = sentAt + timeout * 2 / 3
        (fence, confirmAt) = (end, sentAt + timeout / 6)
        return [.permit(term, confirmed: sentAt, until: end)]
    }
}
