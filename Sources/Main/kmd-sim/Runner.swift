import Core
import Foundation
import Synchronization

/// Runs seeds, and makes of one that fails what a person can read.
struct Runner: Sendable {
    /// How one run went.
    struct Run: Sendable {
        let seed: UInt64
        let violation: Violation?
        let schedule: FaultSchedule
        let transcript: String
    }

    /// The first seed that broke a promise, shrunk.
    struct Failure: Sendable {
        let seed: UInt64
        let planted: PlantedFault?
        let violation: Violation
        let original: FaultSchedule
        let shrunk: Run

        var report: String {
            """
            seed \(seed) breaks a promise: \(violation)

            \(shrunk.transcript)

            what it takes, of \(original.entries.count) faults:
            \(shrunk.schedule)

            BROKEN: \(shrunk.violation ?? violation)
            Again: kmd-sim --seed=\(seed)\(planted.map { " --fault=\($0.rawValue)" } ?? "")
            """
        }
    }

    let planted: PlantedFault?
    /// Faults happen for so long; then all heals, and the cluster has `calm` to come to rest.
    private let storm: Duration = .seconds(60)
    private let calm: Duration = .seconds(600)

    /// Several seeds, on all cores. The lowest one that fails, or `nil`.
    func run(seeds: Range<UInt64>) async -> Failure? {
        await violations(in: seeds, all: false).map(\.seed).min().flatMap(shrink)
    }

    /// Those that break a promise, and which. Unless `all` are wanted, what comes after the lowest one may be left out.
    func violations(in seeds: Range<UInt64>, all: Bool) async -> [(seed: UInt64, violation: Violation)] {
        let left = SeedsLeft(seeds, stopsAtFailure: !all)
        await withDiscardingTaskGroup { group in
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                group.addTask {
                    while let seed = left.take(), !Task.isCancelled {
                        if let violation = run(seed, transcript: 0).violation { left.fail(seed, violation) }
                    }
                }
            }
        }
        return left.failures
    }

    /// One run; the same each time.
    /// - Parameter observe: sees the world before anything happens in it.
    func run(_ seed: UInt64, schedule: FaultSchedule? = nil, transcript limit: Int, observe: (World) -> Void = { _ in }) -> Run {
        let transcript = Transcript(limit: limit)
        let schedule = schedule ?? FaultSchedule.drawn(for: seed, World.cast, until: storm)
        // The moment is only a beginning: what is drawn and told is relative to it.
        let start = ContinuousClock.now
        let world = World(seed: seed, planted: planted, transcript: transcript, start: start)
        let simulation = world.simulation
        observe(world)
        simulation.after(.seconds(1)) { world.createPods(6) }
        for entry in schedule.entries { simulation.at(start + entry.at, on: nil) { world.suffer(entry.fault) } }
        let stop = { world.checks.violation != nil }
        simulation.run(until: start + storm, stop: stop)
        func rest(until end: Instant) {
            repeat { simulation.run(until: simulation.now + .seconds(20), stop: stop) } while !stop() && !world.isAtRest && simulation.now < end
        }
        simulation.run(until: start + storm + .seconds(20), stop: stop)
        rest(until: start + storm + calm)
        if !stop() { world.createLastPods() }
        rest(until: simulation.now + calm)
        if !stop(), !world.isAtRest {
            // In the worst weather nobody leads for long. What then is still not done, never will be.
            world.network.calmDown()
            rest(until: simulation.now + .seconds(200))
        }
        if !stop() { world.checkRest() }
        world.end()
        return Run(seed: seed, violation: world.checks.violation, schedule: schedule, transcript: transcript.text)
    }

    private func shrink(_ seed: UInt64) -> Failure? {
        let run = self.run(seed, transcript: 0)
        guard let violation = run.violation else { return nil }
        let shrunk = run.schedule.shrunk { schedule in
            self.run(seed, schedule: schedule, transcript: 0).violation?.promise == violation.promise
        }
        return Failure(
            seed: seed, planted: planted, violation: violation, original: run.schedule,
            shrunk: self.run(seed, schedule: shrunk, transcript: 400))
    }
}

/// Seeds that several lanes take from, in order. After a failure only those below it may be of interest, so that the lowest one is found.
private final class SeedsLeft: Sendable {
    private struct State {
        var next: UInt64
        var end: UInt64
        var failures: [(seed: UInt64, violation: Violation)] = []
    }
    private let state: Mutex<State>
    private let stopsAtFailure: Bool

    init(_ seeds: Range<UInt64>, stopsAtFailure: Bool) {
        state = Mutex(State(next: seeds.lowerBound, end: seeds.upperBound))
        self.stopsAtFailure = stopsAtFailure
    }

    func take() -> UInt64? {
        state.withLock { state in
            guard state.next < state.end else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func fail(_ seed: UInt64, _ violation: Violation) {
        state.withLock { state in
            state.failures.append((seed, violation))
            if stopsAtFailure { state.end = min(state.end, seed) }
        }
    }

    var failures: [(seed: UInt64, violation: Violation)] { state.withLock { $0.failures.sorted { $0.seed < $1.seed } } }
}
