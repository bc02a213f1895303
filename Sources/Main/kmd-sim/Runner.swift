import Core

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
            Again: kmd-sim --seed=\(seed)
            """
        }
    }

    let planted: PlantedFault?
    /// Faults happen for so long; then all heals, and the cluster has `calm` to come to rest.
    private let storm: Duration = .seconds(60)
    private let calm: Duration = .seconds(600)

    /// Several seeds, on all cores. The lowest one that fails, or `nil`.
    func run(seeds: Range<UInt64>) async -> Failure? {
        let lanes = 2 as UInt64
        let failed = await withTaskGroup(of: UInt64?.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var seed = seeds.lowerBound + lane
                    while seed < seeds.upperBound, !Task.isCancelled {
                        if run(seed, transcript: 0).violation != nil { return seed }
                        seed += lanes
                    }
                    return nil
                }
            }
            var lowest: UInt64?
            for await seed in group {
                guard let seed else { continue }
                lowest = min(lowest ?? seed, seed)
                group.cancelAll()
            }
            return lowest
        }
        return failed.flatMap(shrink)
    }

    /// One run; the same each time.
    func run(_ seed: UInt64, schedule: FaultSchedule? = nil, transcript limit: Int) -> Run {
        let transcript = Transcript(limit: limit)
        let schedule = schedule ?? FaultSchedule.drawn(for: seed, World.cast, until: storm)
        // The moment is only a beginning: what is drawn and told is relative to it.
        let start = ContinuousClock.now
        let world = World(seed: seed, planted: planted, transcript: transcript, start: start)
        let simulation = world.simulation
        simulation.after(.seconds(1)) { world.createPods(6) }
        for entry in schedule.entries { simulation.at(start + entry.at, on: nil) { world.suffer(entry.fault) } }
        let stop = { world.checks.violation != nil }
        simulation.run(until: start + storm, stop: stop)
        var rest = start + storm + .seconds(40)
        while world.checks.violation == nil, !world.isAtRest, rest < start + storm + calm {
            simulation.run(until: rest, stop: stop)
            rest += .seconds(20)
        }
        if world.checks.violation == nil { world.checkRest() }
        return Run(seed: seed, violation: world.checks.violation, schedule: schedule, transcript: transcript.text)
    }

    private func shrink(_ seed: UInt64) -> Failure? {
        let run = self.run(seed, transcript: 0)
        guard let violation = run.violation else { return nil }
        let shrunk = run.schedule.shrunk { schedule in
            self.run(seed, schedule: schedule, transcript: 0).violation?.promise == violation.promise
        }
        return Failure(
            seed: seed, violation: violation, original: run.schedule, shrunk: self.run(seed, schedule: shrunk, transcript: 400))
    }
}
