import ArgumentParser
import JSON
import LeaderElector
import ZooKeeper

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Looks at elections, and asks a leader to let another one lead.
struct LeaderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leader", abstract: "Show who leads, or let another one lead.", subcommands: [Show.self, Resign.self], defaultSubcommand: Show.self)

    /// What elects: the components that have elections.
    static let components = ["scheduler", "controller-manager"]

    struct Where: ParsableArguments {
        @Option(help: "The ZooKeeper ensemble that elects: zk://[user:password@]host:2181,…/kmd.")
        var zk: String

        func validate() throws { do { _ = try ZooKeeperAddress(zk) } catch { throw ValidationError("--zk: \(error)") } }

        /// Runs `body` with a session; what fails is said in plain words.
        func session(_ body: (ZooKeeperSession, ElectionEnsemble) async throws -> Void) async throws {
            let ensemble = ElectionEnsemble(address: try ZooKeeperAddress(zk), timeout: .seconds(10))
            let session: ZooKeeperSession
            do { session = try await ZooKeeperSession.open(ensemble.configuration) } catch { throw PlainFailure("\(error)") }
            do {
                try await session.connected(within: .seconds(10))
                try await body(session, ensemble)
            } catch {
                await session.close()
                if let error = error as? ZooKeeperError { throw PlainFailure("\(ensemble.address): \(error)") }
                throw error
            }
            await session.close()
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print leader, term and candidates of each election.")
        @OptionGroup var location: Where

        func run() async throws {
            try await location.session { session, ensemble in
                for component in LeaderCommand.components {
                    let election = try await ElectionView.read(session, ElectionPaths(ensemble, component: component))
                    print(election.map { $0.text(component) } ?? "\(component): no election was ever held here")
                }
            }
        }
    }

    struct Resign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask a leader to stop and let another one lead. Waits until that has happened.")
        @OptionGroup var location: Where
        @Argument(help: "Whose leader: scheduler or controller-manager.")
        var component: String

        func validate() throws {
            guard LeaderCommand.components.contains(component) else {
                throw ValidationError(NearestWord.refusal("component", component, known: LeaderCommand.components))
            }
        }

        func run() async throws {
            try await location.session { session, ensemble in
                let paths = ElectionPaths(ensemble, component: component)
                guard let before = try await ElectionView.read(session, paths), let leader = before.queue.first else {
                    throw PlainFailure("no \(component) takes part in the election at \(ensemble.address)")
                }
                guard before.queue.count > 1 else {
                    throw PlainFailure("\(leader.record.identity) is the only \(component): there is nobody to lead in its place")
                }
                let wish = JSONValue.object(["candidate": .string(leader.name), "by": .string("kmd leader resign, pid \(getpid())")]).encoded()
                do throws(ZooKeeperError) { try await session.set(paths.resign, wish) } catch {
                    guard error.code == .noNode else { throw error }
                    try await session.create(paths.resign, wish, access: ensemble.access)
                }
                let limit = ContinuousClock.now + .seconds(60)
                while ContinuousClock.now < limit {
                    if let now = try await ElectionView.read(session, paths), now.term.term > before.term.term { return print(now.text(component)) }
                    try await Task.sleep(for: .milliseconds(20))
                }
                throw PlainFailure("\(leader.record.identity) still leads after a minute; its log says why")
            }
        }
    }
}

/// An election as its nodes show it.
struct ElectionView: Sendable {
    struct Candidate: Sendable { let name: String; let record: CandidateRecord }
    let term: TermRecord
    /// The first leads, or is about to.
    let queue: [Candidate]

    /// `nil`: there is no such election.
    static func read(_ session: ZooKeeperSession, _ paths: ElectionPaths) async throws(ZooKeeperError) -> ElectionView? {
        do throws(ZooKeeperError) {
            let term = TermRecord(try await session.get(paths.term).bytes) ?? TermRecord(term: 0)
            var queue: [Candidate] = []
            for name in try await session.children(paths.candidates).names.sorted(by: { $0.suffix(10) < $1.suffix(10) }) {
                // It may go while we look.
                guard try await session.exists(paths.candidate(name)) != nil else { continue }
                let record = CandidateRecord(try await session.get(paths.candidate(name)).bytes)
                queue.append(Candidate(name: name, record: record ?? CandidateRecord(identity: name, url: "")))
            }
            return ElectionView(term: term, queue: queue)
        } catch {
            if error.code == .noNode { return nil }
            throw error
        }
    }

    /// For people, a line for each candidate.
    func text(_ component: String) -> String {
        var lines = ["\(component): term \(term.term)\(term.holder.isEmpty ? "" : ", won by \(term.holder) at \(term.since)")"]
        if queue.isEmpty { lines.append("  no candidate") }
        for (place, candidate) in queue.enumerated() {
            let standing = place == 0 ? (candidate.record.identity == term.holder ? "leads" : "is next") : "standby"
            let lacks = candidate.record.lacks.isEmpty ? "" : "  does not reach \(candidate.record.lacks)"
            lines.append("  \(standing)  \(candidate.record.identity)  \(candidate.record.url)\(lacks)")
        }
        return lines.joined(separator: "\n")
    }
}
