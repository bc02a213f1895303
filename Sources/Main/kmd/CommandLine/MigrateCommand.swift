import ArgumentParser
import Logging
import Store
import StoreEtcd
import Telemetry

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// `kmd migrate`: everything that one store holds into another.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Copy all objects from one store to another, and prove that they are the same.",
        discussion: """
            kmd migrate --from=sqlite:/var/lib/kmd/store --to=etcd:http://10.0.0.1:2379,http://10.0.0.2:2379

            Stop the API servers first. The source is only read. Resource versions are the store's own, so all objects have new ones \
            afterwards; clients notice by themselves, and list again.
            """)

    @Option(help: "What to copy: sqlite:DIRECTORY (that of state.db), or etcd:SERVERS as in --etcd-servers.")
    var from: String

    @Option(help: "Where to: written as --from.")
    var to: String

    @Flag(help: "Remove what the target holds first. Without it a target that holds anything is refused.")
    var force = false

    @OptionGroup var etcd: EtcdFlags

    @Option(name: .customLong("v"), help: "How much to log on stderr.")
    var verbosity = 0

    func run() async throws {
        Verbosity.bootstrap(Verbosity.level(v: verbosity))
        try await move()
    }

    func move() async throws {
        guard from != to else { throw PlainFailure("--from and --to are the same.") }
        let (source, target) = (try place(from, flag: "--from"), try place(to, flag: "--to"))
        if case .sqlite(let directory, _) = source { try MigrateCommand.mustExist(directory) }
        do { try await copy(source, target) } catch let error as StoreError { throw PlainFailure("nothing was proven: \(error.words)") }
    }

    private func place(_ text: String, flag: String) throws -> StorePlace {
        if text.hasPrefix("sqlite:/") { return .sqlite(directory: String(text.dropFirst("sqlite:".count))) }
        if text.hasPrefix("etcd:") {
            var options = try etcd.options(for: String(text.dropFirst("etcd:".count)), flag: flag)
            options.compaction = nil
            return .etcd(options)
        }
        throw PlainFailure("\(flag)=\(text): write sqlite:/ABSOLUTE/DIRECTORY or etcd:http://host:2379.")
    }

    /// Opening makes what is missing; what is copied from must be there.
    private static func mustExist(_ directory: String) throws {
        guard access(directory + "/state.db", R_OK) == 0 else {
            throw PlainFailure("--from=sqlite:\(directory): there is no state.db that can be read. kmd keeps it in DATA_DIR/store.")
        }
    }

    private func copy(_ source: StorePlace, _ target: StorePlace) async throws {
        let logger = Logger(label: "migrate")
        let old = try await source.open(logger: logger)
        do {
            let new = try await target.open(logger: logger)
            do {
                let copier = StoreCopy(range: KeyRange(prefix: StorePlace.root), skipping: StorePlace.root + EtcdStore.ownPrefix)
                if try await !copier.isEmpty(new) {
                    guard force else {
                        throw PlainFailure("\(target.words) holds objects already. Say --force to remove them, or name another target.", .badData)
                    }
                    try await copier.clear(new)
                }
                let copied = try await copier.copy(from: old, to: new)
                let found = try await copier.sum(of: new, at: nil)
                guard found == copied else {
                    throw PlainFailure("the copy is not what was copied: \(copied) of \(source.words), \(found) in \(target.words). Is a kmd running on it?", .badData)
                }
                Console.say("\(copied) copied from \(source.words) to \(target.words), read again there, and the same")
            } catch {
                await new.close()
                throw error
            }
            await new.close()
        } catch {
            await old.close()
            throw error
        }
        await old.close()
    }
}

extension StoreError {
    /// For a person.
    var words: String {
        switch self {
        case .damaged(let words), .locked(let words), .unavailable(let words), .outcomeUnknown(let words), .denied(let words), .invalid(let words): words
        case .compacted, .futureRevision, .watcherTooSlow, .closed, .fenced: "\(self)"
        }
    }
}
