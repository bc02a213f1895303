import Core
import ExecutorKeeper
import HTTPKit
import JSON

/// What the scheduler's server has of executors: the binary that agents fetch, which run, and the command to replace them.
struct ExecutorPages: Sendable {
    let role: SchedulerRole

    /// Whether the request was one for these pages; it has its answer then.
    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) -> Bool {
        switch request.path {
        case "/debug/executors" where request.method == .GET || request.method == .HEAD:
            exchange.perform {
                guard let keeper = role.pages?.actors.executors else { return standby(exchange) }
                let running = await self.running()
                var wanted: JSONValue = [:]
                for (node, count) in role.pages?.parts.pods.wantedByNode ?? [:] { wanted[node] = .integer(Int64(count)) }
                let page: JSONValue = [
                    "executors": .array(await keeper.standings().map { Self.json($0, running: running[$0.agent] ?? 0) }), "podsWanted": wanted,
                ]
                exchange.respond(.ok, contentType: "application/json", bytes: page.encoded())
            }
        case "/debug/actions/upgradeExecutor" where request.method == .POST: upgrade(request.query.first("node"), exchange)
        case let path where path.hasPrefix(ArtifactService.prefix) && (request.method == .GET || request.method == .HEAD):
            guard let artifact = role.artifact else { return false }
            ArtifactService(artifact: artifact).handle(request, exchange)
        default: return false
        }
        return true
    }

    /// - Parameter node: `nil`: all whose executor is outdated.
    private func upgrade(_ node: String?, _ exchange: HTTPExchange) {
        exchange.perform {
            guard let keeper = role.pages?.actors.executors else { return standby(exchange) }
            if let node, await !keeper.standings().contains(where: { $0.host == node }) {
                return exchange.respond(.notFound, contentType: "text/plain", text: "no executor runs on \(node)\n")
            }
            await keeper.upgrade(node)
            exchange.respond(.ok, contentType: "text/plain", text: "OK\n")
        }
    }

    /// How many tasks each agent's executor runs, by its own word. A task that was only sent there is not among them.
    private func running() async -> [AgentID: Int] {
        let tasks = await role.pages?.actors.reconciler.known() ?? []
        return tasks.reduce(into: [:]) { counts, task in if task.state == .running, let agent = task.agent { counts[agent, default: 0] += 1 } }
    }

    private func standby(_ exchange: HTTPExchange) { exchange.respond(.serviceUnavailable, contentType: "text/plain", text: "not the leader\n") }

    private static func json(_ one: ExecutorStanding, running: Int) -> JSONValue {
        [
            "agent": .string(one.agent.value), "node": .string(one.host), "revision": .string(one.revision), "tasks": .integer(Int64(one.tasks)),
            "running": .integer(Int64(running)), "phase": .string(one.phase.rawValue),
        ]
    }
}
