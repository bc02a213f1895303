import ArgumentParser

/// Why the process ended, as a number that a supervisor can act on. docs/operations.md lists them.
enum ExitReason: Int32 {
    /// Asked to stop, and stopped in order.
    case stopped = 0
    /// A role could not start or failed for good; stderr says what to do.
    case failed = 1
    /// Something that kmd needs is not installed; stderr names the command that installs it.
    case missingRequirement = 3
    /// The data directory is damaged, of a newer version, or not ours. Nothing was changed in it.
    case badData = 4
    /// Another kmd holds the data directory, or a port is taken.
    case alreadyInUse = 5

    /// What ran for a leader did not stop after its term was over, and another process may lead: this one ended itself.
    case wouldNotStop = 6

    var code: ExitCode { ExitCode(rawValue) }
}

/// A failure to say in plain words before the process ends.
struct PlainFailure: Error, CustomStringConvertible {
    let description: String
    let reason: ExitReason
    init(_ description: String, _ reason: ExitReason = .failed) { (self.description, self.reason) = (description, reason) }
}
