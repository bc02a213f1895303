import ArgumentParser
import Core

/// The cluster in one process, under virtual time, from seeds. docs/simulation.md says what it is and how to read it.
@main struct KmdSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kmd-sim", abstract: "Runs kmd's decisions against a simulated world, and checks what must hold.")

    @Option(help: "How many seeds to run.")
    var seeds = 1000

    @Option(help: "The first of them; a random one when not given.")
    var first: UInt64?

    @Option(help: "Runs this seed alone, and prints all that happened.")
    var seed: UInt64?

    @Flag(help: "Goes on after a failure, and lists all seeds that break a promise.")
    var survey = false

    @Flag(help: "Puts known faults in, one after the other, and says which seed, from 1 on, finds each.")
    var planted = false

    @Option(help: "Puts this fault in: \(PlantedFault.allCases.map(\.rawValue).joined(separator: ", ")).", transform: KmdSim.plantedFault)
    var fault: PlantedFault?

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds must be at least 1, not \(seeds).") }
    }

    func run() async throws {
        if let seed { return try show(seed) }
        let first = first ?? UInt64.random(in: 0..<1_000_000_000)
        if planted { return try await findPlanted() }
        if survey { return try await survey(from: first) }
        print("seeds \(first) to \(first + UInt64(seeds) - 1)")
        let began = ContinuousClock.now
        guard let failure = await Runner(planted: fault).run(seeds: first..<(first + UInt64(seeds))) else {
            return print("\(seeds) seeds, no promise broken, in \(began.duration(to: .now))")
        }
        print(failure.report)
        throw ExitCode(1)
    }

    private func show(_ seed: UInt64) throws {
        let run = Runner(planted: fault).run(seed, transcript: 100_000)
        print(run.transcript)
        print("\nthe schedule:\n\(run.schedule)")
        guard let violation = run.violation else { return print("\nno promise broken") }
        print("\nBROKEN: \(violation)")
        throw ExitCode(1)
    }

    private func survey(from first: UInt64) async throws {
        let violations = await Runner(planted: fault).violations(in: first..<(first + UInt64(seeds)), all: true)
        for (seed, violation) in violations { print("\(seed): \(violation)") }
        print("\(violations.count) of \(seeds) seeds break a promise")
        if !violations.isEmpty { throw ExitCode(1) }
    }

    private func findPlanted() async throws {
        var missed = 0
        for fault in PlantedFault.allCases {
            if let found = await Runner(planted: fault).violations(in: 1..<(1 + fault.seeds), all: false).min(by: { $0.seed < $1.seed }) {
                print("\(fault.rawValue): seed \(found.seed) of at most \(fault.seeds): \(found.violation.promise.rawValue)")
            } else {
                print("\(fault.rawValue): NOT found by \(fault.seeds) seeds")
                missed += 1
            }
        }
        if missed > 0 { throw ExitCode(1) }
    }

    private static func plantedFault(_ text: String) throws -> PlantedFault {
        guard let fault = PlantedFault(rawValue: text) else { throw ValidationError("there is no fault '\(text)' to put in.") }
        return fault
    }
}
