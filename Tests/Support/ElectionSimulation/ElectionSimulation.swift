import ActorKit
import Core
import LeaderElector
import SimulatedZooKeeper

/// Faults that are planted to show that the simulation finds them.
public enum ElectionFault: String, Sendable, CaseIterable {
    /// What the leader does is not checked against the fence.
    case noFence
    /// A server confirms from its memory, although it is cut off from the majority.
    case confirmedByOneServer
    /// The fence is longer than the session.
    case fenceTooLong
    /// The fence's clock does not count the time in which the process was frozen or the machine slept.
    case clockWithoutSleep
    /// The predecessor's node is watched without a look at whether it is still there.
    case watchSetTooLate
    /// After a lost answer the own node is not looked for.
    case ownNodeNotFound
    /// The election goes on before what ran for the leader has stopped.
    case notAwaited
    /// A raise of the term whose answer was lost is taken for done.
    case unknownTakenForDone
    /// The ensemble forgets the terms when it restarts.
    case termsForgotten
}

/// Candidates, one ensemble, and a network, in one process under virtual time, from a seed.
///
/// Processes are frozen, killed, stopped and started; links are cut and slow; answers are lost after the write; the ensemble restarts. At each step:
/// who acts has the highest term that anyone was elected with, and each term is higher than all before. In times without disturbance
/// somebody leads. A seed replays exactly.
public struct ElectionSimulation {
    public struct Outcome: Sendable {
        public var violations: [String] = []
        public var elections = 0
        public var acts = 0
        /// How long nobody acted, at most, in times without disturbance.
        public var longestGap: Duration = .zero
        /// What happened last, for a person to read.
        public var transcript: [String] = []
    }

    enum Event {
        case connect(Int, incarnation: Int, session: UInt64)
        case arrive(Int, incarnation: Int, session: UInt64, id: UInt64, ElectionRequest, link: Int)
        case deliver(Int, incarnation: Int, ZooKeeperElectionState.Input)
        case fire(Int, incarnation: Int, watch: UInt64)
        case wake(Int, incarnation: Int)
        case stopped(Int, incarnation: Int)
        case ping(Int)
        case act(Int)
        case expiry(Int)
        case disturb
        case thaw(Int), relink(Int), restart(Int), ensembleUp
    }

    let fault: ElectionFault?
    var random: SeededRandom
    let origin: Instant
    let timeout: Int
    var queue = EventQueue()
    var now = 0
    var servers = SimulatedZooKeeper()
    var candidates: [SimulatedCandidate]
    public private(set) var outcome = Outcome()
    private var highest: UInt64 = 0
    private var lastAct = 0
    /// Since when nothing has been disturbed; `nil`: something is.
    private var calmSince: Int? = 0
    /// Disturbances come until then.
    private let storm: Int
    private let end: Int

    /// - Parameter seconds: of virtual time with disturbances; some more without follow.
    public init(seed: UInt64, fault: ElectionFault? = nil, seconds: Int = 60) {
        self.fault = fault
        random = SeededRandom(seed: seed)
        origin = ContinuousClock.now
        timeout = [2000, 3000, 6000][Int(random.next() % 3)]
        let count = 2 + Int(random.next() % 4)
        candidates = (0..<count).map { SimulatedCandidate(index: $0) }
        storm = seconds * 1000
        end = storm + 4 * timeout + 5000
    }

    public mutating func run() -> Outcome {
        for index in candidates.indices {
            queue.add(.restart(index), at: chance(500))
            queue.add(.ping(index), at: chance(timeout / 3))
            queue.add(.act(index), at: chance(25))
        }
        queue.add(.disturb, at: 2000)
        while let (time, event) = queue.next(), time < end, outcome.violations.isEmpty {
            now = time
            happen(event)
            watchLiveness()
        }
        return outcome
    }

    // MARK: What a person reads

    mutating func say(_ words: @autoclosure () -> String) {
        outcome.transcript.append("\(now) ms: \(words())")
        if outcome.transcript.count > 120 { outcome.transcript.removeFirst(40) }
    }

    private mutating func violate(_ words: String) {
        say("VIOLATION \(words)")
        outcome.violations.append("at \(now) ms: \(words)")
    }

    // MARK: Invariants

    mutating func elected(_ index: Int, _ term: UInt64) {
        outcome.elections += 1
        if term <= highest { violate("candidate \(index) was elected with term \(term), and term \(highest) was there before") }
        highest = max(highest, term)
    }

    mutating func acts(_ index: Int, _ term: UInt64) {
        outcome.acts += 1
        lastAct = now
        if term < highest { violate("candidate \(index) acts with term \(term), and term \(highest) has been elected") }
    }

    private mutating func watchLiveness() {
        let isCalm = servers.isUp && candidates.allSatisfy { $0.isRunning && !$0.isFrozen && $0.isLinked }
        if !isCalm { calmSince = nil } else if calmSince == nil { calmSince = now }
        guard let calmSince else { return }
        let gap = now - max(calmSince, lastAct)
        outcome.longestGap = max(outcome.longestGap, .milliseconds(gap))
        if gap > 2 * timeout + 4000 { violate("nobody has acted for \(gap) ms, and nothing was disturbed") }
    }

    mutating func disturbed() { calmSince = nil }

    // MARK: Chance

    mutating func chance(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

    /// Mostly short, sometimes long enough to matter.
    mutating func latency(_ index: Int) -> Int {
        if now < candidates[index].slowUntil { return 1 + chance(timeout / 2) }
        return switch chance(1000) {
        case ..<6: 50 + chance(timeout)
        case ..<60: 20 + chance(300)
        default: 1 + chance(15)
        }
    }

    var stormIsOver: Bool { now >= storm }
}

/// Events by time, and by the order in which they were added.
struct EventQueue {
    private var heap: [(time: Int, order: Int, event: ElectionSimulation.Event)] = []
    private var added = 0

    mutating func add(_ event: ElectionSimulation.Event, at time: Int) {
        added += 1
        heap.append((time, added, event))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (Int, ElectionSimulation.Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) { least = child }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.time, first.event)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool { (heap[left].time, heap[left].order) < (heap[right].time, heap[right].order) }
}
