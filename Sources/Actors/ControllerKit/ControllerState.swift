import ActorKit
import Core

/// Which keys of a controller wait, are worked on, or are to be looked at later. Pure.
///
/// A key that changes while it waits waits once; one that changes while it is worked on is looked at again afterwards. After its own
/// writes a key rests until the cache has seen them, at most `patience`. What fails comes again after a doubling, jittered wait.
public struct ControllerState<Key: Hashable & Comparable & Sendable>: ComponentState {
    public struct Limits: Sendable {
        /// How many keys are worked on at once.
        public var workers = 8
        /// How long a key waits for the cache to show its own writes before it is looked at anyhow.
        public var patience: Duration = .seconds(30)
        public var retryBase: Duration = .milliseconds(100)
        public var retryCap: Duration = .seconds(60)
        public init() {}
    }

    /// How the work on a key ended.
    public enum Outcome: Sendable, Hashable {
        /// All steps were done; these are to be seen before the next look.
        case done([OwnWrite], lookAgain: Duration?)
        case failed(StepFailure, [OwnWrite])
        /// Nothing was tried: the cache has not seen these kinds far enough.
        case waits(for: [ObjectKind])
    }

    public enum Input: Sendable {
        /// The caches are complete: work may begin.
        case ready(at: Instant)
        /// A kind was seen further; the change concerns these keys.
        case observed(ObjectKind, [Key], at: Instant)
        /// - Parameter fraction: a random number in 0..<1, for the jitter of a retry.
        case finished(Key, Outcome, at: Instant, fraction: Double)
        case timePassed(to: Instant)
    }

    public enum Effect: Sendable, Hashable {
        case work(Key, expecting: [OwnWrite], after: StepFailure?)
        /// The cache did not show the key's own writes in time.
        case patienceLost(Key)
    }

    private struct Standing {
        var expectations: [OwnWrite] = []
        var failure: StepFailure?
        var backoff: Backoff
        /// Set while it waits for the cache: the kinds, and until when.
        var parked: (kinds: [ObjectKind], until: Instant)?
        var expectedSince: Instant?
    }

    private let limits: Limits
    private var isReady = false
    private var waiting: [Key] = []
    private var waitingSet: Set<Key> = []
    /// With how often each kind had been observed when the work began.
    private var working: [Key: [ObjectKind: UInt64]] = [:]
    private var observations: [ObjectKind: UInt64] = [:]
    /// Changed while it was worked on.
    private var dirty: Set<Key> = []
    private var later: [Key: Instant] = [:]
    private var standings: [Key: Standing] = [:]

    public init(limits: Limits = Limits()) { self.limits = limits }

    public var nextDeadline: Instant? {
        let parked = standings.values.lazy.compactMap { $0.parked?.until }.min()
        return [later.values.min(), parked].compactMap { $0 }.min()
    }

    /// How many keys wait for a worker.
    public var depth: Int { waiting.count }
    /// Whether nothing is to be done, now or later, except by further changes.
    public var isIdle: Bool { waiting.isEmpty && working.isEmpty && later.isEmpty && !standings.values.contains { $0.parked != nil } }

    public mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .ready(let at):
            isReady = true
            return proceed(at)
        case .observed(let kind, let keys, let at):
            observations[kind, default: 0] += 1
            for key in keys { noteChange(of: key, at) }
            unpark { $0.kinds.contains(kind) }
            return proceed(at)
        case .finished(let key, let outcome, let at, let fraction):
            finish(key, outcome, at, fraction)
            return proceed(at)
        case .timePassed(let to):
            for (key, due) in later.sorted(by: { $0.key < $1.key }) where due <= to {
                later[key] = nil
                enqueue(key)
            }
            return losePatience(to) + proceed(to)
        }
    }

    /// What failed is looked at sooner when something changes, but not at once: the change may be the echo of its own steps.
    private mutating func noteChange(of key: Key, _ now: Instant) {
        if standings[key]?.failure != nil, let due = later[key] {
            later[key] = min(due, now + limits.retryBase * 10)
        } else {
            enqueue(key)
        }
    }

    private mutating func enqueue(_ key: Key) {
        if working[key] != nil {
            dirty.insert(key)
        } else if standings[key]?.parked == nil, waitingSet.insert(key).inserted {
            waiting.append(key)
        }
    }

    private mutating func unpark(_ matches: ((kinds: [ObjectKind], until: Instant)) -> Bool) {
        for key in standings.keys.sorted() {
            guard let parked = standings[key]?.parked, matches(parked) else { continue }
            standings[key]?.parked = nil
            enqueue(key)
        }
    }

    private mutating func losePatience(_ now: Instant) -> [Effect] {
        var effects: [Effect] = []
        for key in standings.keys.sorted() {
            guard let parked = standings[key]?.parked, parked.until <= now else { continue }
            standings[key]?.expectations = []
            standings[key]?.expectedSince = nil
            effects.append(.patienceLost(key))
        }
        unpark { $0.until <= now }
        return effects
    }

    private mutating func proceed(_ now: Instant) -> [Effect] {
        guard isReady else { return [] }
        var effects: [Effect] = []
        while working.count < limits.workers, !waiting.isEmpty {
            let key = waiting.removeFirst()
            waitingSet.remove(key)
            working[key] = observations
            later[key] = nil
            let standing = standings[key]
            effects.append(.work(key, expecting: standing?.expectations ?? [], after: standing?.failure))
        }
        return effects
    }

    private mutating func finish(_ key: Key, _ outcome: Outcome, _ now: Instant, _ fraction: Double) {
        let before = working.removeValue(forKey: key) ?? [:]
        let changed = dirty.remove(key) != nil
        var standing = standings[key] ?? Standing(backoff: Backoff(base: limits.retryBase, cap: limits.retryCap, jitter: 0.5))
        switch outcome {
        case .done(let expectations, let lookAgain):
            standing.failure = nil
            standing.backoff.reset()
            expect(expectations, &standing, now)
            if let lookAgain { later[key] = now + lookAgain }
        case .failed(let failure, let expectations):
            standing.failure = failure
            expect(expectations, &standing, now)
            later[key] = now + standing.backoff.next(fraction)
        case .waits(let kinds):
            let until = (standing.expectedSince ?? now) + limits.patience
            // What was observed while it looked may have been what it waits for.
            let seenMeanwhile = kinds.contains { observations[$0] != before[$0] }
            if !seenMeanwhile { standing.parked = (kinds, until) }
            standings[key] = standing
            if seenMeanwhile { enqueue(key) }
            return
        }
        let isEmpty = standing.expectations.isEmpty && standing.failure == nil
        standings[key] = isEmpty ? nil : standing
        if changed { noteChange(of: key, now) }
    }

    private func expect(_ expectations: [OwnWrite], _ standing: inout Standing, _ now: Instant) {
        standing.expectations = expectations
        standing.expectedSince = expectations.isEmpty ? nil : now
    }
}
