import ArgumentParser
import ContainerRuntime
import Core
import Store

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One process with its roles: from the first line on stderr to the exit code.
struct ServerProcess {
    let common: CommonFlags

    /// - Throws: `PlainFailure` with the reason to end with.
    func run(_ roles: [RunnableRole]) async throws {
        let began = ContinuousClock.now
        try DataFiles.prepare(common.dataDir)
        let lock = try DirectoryLock(common.dataDir, .shared)
        Console.say("\(KmdVersion.text), data in \(common.dataDir)")
        do {
            try await RoleRunner().run(roles) {
                Console.say("ready in \(ServerProcess.seconds(ContinuousClock.now - began)) s")
            } until: {
                guard let signal = await Signals.stopRequested() else { return }
                Console.say("stopping (\(signal == SIGINT ? "SIGINT" : "SIGTERM")); pods run on")
            }
        } catch let ended as RoleRunner.Ended {
            throw ServerProcess.failure(ended)
        }
        Console.say("stopped")
        _ = consume lock
    }

    /// The words and the exit code for a role's end.
    static func failure(_ ended: RoleRunner.Ended) -> PlainFailure {
        switch ended.cause {
        case let plain as PlainFailure: plain
        case StoreError.damaged(let words)?: PlainFailure(words, .badData)
        case StoreError.locked(let words)?: PlainFailure(words, .alreadyInUse)
        case StoreError.denied(let words)?: PlainFailure("\(ended.role): \(words)")
        case StoreError.unavailable(let words)?: PlainFailure("\(ended.role): \(words)")
        case let missing as ContainerdPrograms.Missing: PlainFailure("\(missing)", .missingRequirement)
        case let cause?:
            PlainFailure("\(ended.role): \(cause)", "\(cause)".contains("Address already in use") ? .alreadyInUse : .failed)
        case nil: PlainFailure("\(ended.role) ended although nobody asked it to; --v=2 shows what came before")
        }
    }

    static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }
}
