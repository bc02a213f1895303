import ArgumentParser
import Core
import JSON
import KubeClient

/// Which executors run on the nodes, and the exchange of outdated ones.
struct ExecutorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executors", abstract: "List the executors of the nodes, and replace those of an older build; pods run on.",
        subcommands: [ListExecutors.self, UpgradeExecutors.self], defaultSubcommand: ListExecutors.self)
}

/// Where the leading scheduler's pages are.
struct SchedulerFlag: ParsableArguments {
    @Option(help: "The leading scheduler: host:port of its /debug pages; several with commas, of which the first that answers is asked.")
    var scheduler = "127.0.0.1:10251"

    /// Calls the scheduler and closes the connection.
    /// - Throws: `PlainFailure` that says who does not answer.
    func ask<Value: Sendable>(_ call: (KubeClient) async throws(KubeClientError) -> Value) async throws -> Value {
        let client = KubeClient(server: scheduler, userAgent: "kmd-executors")
        let answer: Result<Value, KubeClientError>
        do throws(KubeClientError) { answer = .success(try await call(client)) } catch { answer = .failure(error) }
        await client.shutdown()
        switch answer {
        case .success(let value): return value
        case .failure(let error): throw PlainFailure(ExplainCommand.plain(error, asked: scheduler))
        }
    }
}

/// One executor, as the scheduler's page tells it.
struct ListedExecutor: Sendable, Equatable {
    let agent: String
    let node: String
    let revision: String
    /// What has been given to it, and what of that it runs.
    let tasks, running: Int64
    let phase: String

    init?(_ json: JSONValue) {
        guard let agent = json["agent"]?.string, let node = json["node"]?.string, let phase = json["phase"]?.string else { return nil }
        (self.agent, self.node, self.phase) = (agent, node, phase)
        (revision, tasks, running) = (json["revision"]?.string ?? "", json["tasks"]?.integer ?? 0, json["running"]?.integer ?? 0)
    }

    /// Whether a node that was upgraded has its pods again; that they were given to the new executor is not enough: it may still be fetched. Pods may come
    /// and go meanwhile.
    ///
    /// - Parameters:
    ///   - now: the node's executor; `nil`: none runs, and a node without pods starts its new one with the next.
    ///   - page: where that was read.
    static func isDone(_ now: ListedExecutor?, on node: String, by page: JSONValue) -> Bool {
        let wanted = page["podsWanted"]?[node]?.integer ?? 0
        guard let now else { return wanted == 0 }
        return now.phase == "current" && now.running >= wanted
    }

    static func all(_ page: JSONValue) -> [ListedExecutor] { (page["executors"]?.array ?? []).compactMap(ListedExecutor.init) }

    /// A table for people, as kubectl writes them.
    static func table(_ executors: [ListedExecutor]) -> String {
        let rows = [["NODE", "REVISION", "PODS", "RUNNING", "STATE", "AGENT"]] + executors.map {
            [$0.node, $0.revision.isEmpty ? "-" : $0.revision, String($0.tasks), String($0.running), $0.phase, $0.agent]
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0.padding(to: $1 + 3) }.joined()
            return String(cells.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
}

struct ListExecutors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Each node's executor: its build, its pods, and whether a newer one is to be had.")
    @OptionGroup var flag: SchedulerFlag

    func run() async throws {
        let page = try await flag.ask { client throws(KubeClientError) in try await client.get("/debug/executors") }
        print(ListedExecutor.table(ListedExecutor.all(page)))
    }
}

struct UpgradeExecutors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Replace the executors of nodes by those that are started now. Containers run on and are taken over.",
        discussion: "kmd executors upgrade node-3, or kmd executors upgrade --all --one-at-a-time. Without this, a node changes when it is empty.")
    @OptionGroup var flag: SchedulerFlag

    @Argument(help: "The nodes.")
    var nodes: [String] = []

    @Flag(help: "All nodes whose executor is outdated.")
    var all = false

    @Flag(help: "One node after the other, each when the one before has its pods again.")
    var oneAtATime = false

    @Option(help: "How many seconds one node may take, with --one-at-a-time.")
    var timeout = 300

    func validate() throws {
        guard all != !nodes.isEmpty else { throw ValidationError("Say which nodes: kmd executors upgrade NODE …, or --all.") }
        guard timeout > 0 else { throw ValidationError("--timeout must be more than 0 seconds.") }
    }

    func run() async throws {
        let listed = ListedExecutor.all(try await page())
        for node in nodes where !listed.contains(where: { $0.node == node }) {
            throw PlainFailure("no executor runs on '\(node)': \(NearestWord.refusal("node", node, known: listed.map(\.node)))")
        }
        let chosen = all ? listed.filter { $0.phase != "current" }.map(\.node) : nodes
        guard !chosen.isEmpty else { return Console.say("every executor is current") }
        for node in chosen {
            try await flag.ask { client throws(KubeClientError) in
                _ = try await client.call(.POST, "/debug/actions/upgradeExecutor", query: [("node", node)])
            }
            Console.say("\(node): asked to make room")
            if oneAtATime { try await wait(for: node) }
        }
    }

    private func page() async throws -> JSONValue {
        try await flag.ask { client throws(KubeClientError) in try await client.get("/debug/executors") }
    }

    /// Until the node's new executor runs all pods of the node.
    private func wait(for node: String) async throws {
        let end = ContinuousClock.now + .seconds(timeout)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .seconds(1))
            let page = try await page()
            let now = ListedExecutor.all(page).first { $0.node == node }
            if ListedExecutor.isDone(now, on: node, by: page) {
                return Console.say(now.map { "\(node): \($0.revision) runs \($0.running) pods" } ?? "\(node): its executor has left")
            }
            if now?.phase == "stays" { throw PlainFailure("\(node): its executor does not leave; its build does not know how. Drain the node instead") }
        }
        throw PlainFailure("\(node): not done after \(timeout) s; the nodes after it were not touched")
    }
}
