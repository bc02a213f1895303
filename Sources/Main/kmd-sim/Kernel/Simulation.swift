import ActorKit
import Core

/// One run under virtual time: what is to happen is kept in the order of its moments, and happens one thing after the other.
///
/// Nothing in a run reads a clock, a thread or the system's random numbers, so a seed gives the same run each time. A class, and used from
/// one place only: all parts of a run hold on to it.
final class Simulation {
    /// What will happen, and to whom. It does not happen to a process that has died meanwhile, and waits for one that is frozen.
    private struct Event {
        let process: SimulatedProcess?
        let incarnation: Int
        let action: () -> Void
    }

    let seed: UInt64
    /// The run's own random numbers; each part draws from them in the order of events, which is fixed.
    let random: SeededRandom
    let transcript: Transcript
    /// The moment at which the run began.
    let start: Instant
    private(set) var now: Instant
    private var queue = RankedKeys<UInt64, Instant>()
    private var events: [UInt64: Event] = [:]
    private var nextEvent: UInt64 = 0
    private(set) var steps = 0

    init(seed: UInt64, start: Instant, transcript: Transcript) {
        (self.seed, self.start, self.transcript) = (seed, start, transcript)
        random = SeededRandom(seed: seed)
        now = start
    }

    /// The time of day that `process` reads: the run's, as far as its clock is right.
    func wallClock(of process: SimulatedProcess) -> Timestamp {
        Timestamp(secondsSinceEpoch: 1_750_000_000).advanced(by: start.duration(to: now) + process.clockError)
    }

    // MARK: What is to happen

    /// `action` happens after `delay`, unless `process` is dead by then; a frozen process does it when it goes on.
    func after(_ delay: Duration, on process: SimulatedProcess? = nil, _ action: @escaping () -> Void) {
        at(now + max(delay, .zero), on: process, action)
    }

    func at(_ moment: Instant, on process: SimulatedProcess? = nil, _ action: @escaping () -> Void) {
        nextEvent += 1
        events[nextEvent] = Event(process: process, incarnation: process?.incarnation ?? 0, action: action)
        queue.put(nextEvent, max(moment, now))
    }

    /// Goes on until `end`, or until `stop` says so after a step.
    func run(until end: Instant, stop: () -> Bool) {
        while let (key, moment) = queue.first, moment <= end {
            queue.remove(key)
            guard let event = events.removeValue(forKey: key) else { continue }
            now = moment
            perform(event)
            steps += 1
            if stop() { return }
        }
        now = max(now, end)
    }

    /// Forgets what was to happen: it holds on to all parts of the run.
    func end() { events = [:] }

    private func perform(_ event: Event) {
        guard let process = event.process else { return event.action() }
        guard process.isUp, process.incarnation == event.incarnation else { return }
        if process.isFrozen { return process.keep(event.action) }
        event.action()
    }

    // MARK: What happens to processes

    /// `kill -9`: what it knew is gone, and what it was about to do does not happen.
    func crash(_ process: SimulatedProcess) {
        guard process.isUp else { return }
        note("\(process.name) is killed")
        process.die()
    }

    func restart(_ process: SimulatedProcess) {
        guard !process.isUp else { return }
        note("\(process.name) starts")
        process.rise()
    }

    /// SIGSTOP: it does nothing, and knows nothing of it. Its peers keep the connections.
    func freeze(_ process: SimulatedProcess) {
        guard process.isUp, !process.isFrozen else { return }
        note("\(process.name) is frozen")
        process.isFrozen = true
    }

    /// SIGCONT: all that waited for it comes at once, in order.
    func thaw(_ process: SimulatedProcess) {
        guard process.isFrozen else { return }
        note("\(process.name) goes on")
        process.isFrozen = false
        let incarnation = process.incarnation
        for action in process.takeKept() where process.isUp && process.incarnation == incarnation { action() }
    }

    func note(_ text: @autoclosure () -> String) { transcript.add(text(), at: start.duration(to: now)) }

    // MARK: Chance

    /// Whether something of this probability happens.
    func chance(_ probability: Double) -> Bool { random.fraction() < probability }

    /// Anything from the shortest to the longest; mostly short, seldom long.
    func delay(_ range: ClosedRange<Duration>) -> Duration {
        let fraction = random.fraction()
        return range.lowerBound + (range.upperBound - range.lowerBound) * (fraction * fraction * fraction)
    }

    func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(random.next() % UInt64(elements.count))]
    }
}

/// A process of the simulated cluster. What it knows is lost with each incarnation; what it made durable is not its own.
final class SimulatedProcess {
    let name: String
    private(set) var isUp = false
    private(set) var incarnation = 0
    fileprivate(set) var isFrozen = false
    /// How far its time of day is off. Durations are not touched by it.
    var clockError: Duration = .zero
    private var kept: [() -> Void] = []
    private var began: (SimulatedProcess) -> Void
    private var ended: (SimulatedProcess) -> Void

    /// - Parameters:
    ///   - began: a new incarnation starts from nothing.
    ///   - ended: it is gone; its connections break.
    init(_ name: String, began: @escaping (SimulatedProcess) -> Void = { _ in }, ended: @escaping (SimulatedProcess) -> Void = { _ in }) {
        (self.name, self.began, self.ended) = (name, began, ended)
    }

    fileprivate func rise() {
        (isUp, isFrozen) = (true, false)
        incarnation += 1
        began(self)
    }

    fileprivate func die() {
        (isUp, isFrozen) = (false, false)
        incarnation += 1
        kept = []
        ended(self)
    }

    /// The run is over: lets go of what the process is part of.
    func forget() { (kept, began, ended) = ([], { _ in }, { _ in }) }

    fileprivate func keep(_ action: @escaping () -> Void) { kept.append(action) }
    fileprivate func takeKept() -> [() -> Void] {
        defer { kept = [] }
        return kept
    }
}
