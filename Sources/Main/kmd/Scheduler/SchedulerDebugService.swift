import Core
import HTTPKit
import JSON
import KubeClient
import Reconciler

/// /healthz, /metrics and the debug pages of the original's scheduler; a standby answers 503 to what only a leader knows or can do.
struct SchedulerDebugService: HTTPService {
    let role: SchedulerRole

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        if ExecutorPages(role: role).handle(request, exchange) { return }
        let path = request.pathSegments
        if path.count == 3, path[0] == "debug", path[1] == "actions" { return act(path[2], request, exchange) }
        guard request.method == .GET || request.method == .HEAD else { return refuse(exchange, allowed: "GET, HEAD") }
        if path.count == 5, Array(path[..<3]) == ["debug", "scheduler", "explain"] {
            return explain(PodKey(namespace: path[3], name: path[4]), exchange)
        }
        switch request.path {
        case "/healthz", "/livez", "/readyz":
            let fault = role.fault
            let words = request.path == "/readyz" ? "ok\n\(role.standing)\n" : "ok"
            exchange.respond(fault == nil ? .ok : .internalServerError, contentType: "text/plain", text: fault ?? words)
        case "/leader": exchange.respond(.ok, contentType: "text/plain", text: role.leaderPage)
        case "/debug/status":
            exchange.perform {
                guard let report = await role.statusReport() else {
                    return exchange.respond(.serviceUnavailable, contentType: "text/plain", text: "starting\n")
                }
                exchange.respond(.ok, contentType: "application/json", bytes: report.json.encoded())
            }
        case "/metrics":
            exchange.perform { exchange.respond(.ok, contentType: "text/plain; version=0.0.4", text: await role.metricsText()) }
        case "/debug/scheduler/podqueue": answer(exchange) { await $0.queuedPods() }
        case "/debug/scheduler/podstore": answer(exchange) { $0.storedPods() }
        case "/debug/scheduler/offers": answer(exchange) { await $0.offers() }
        case "/debug/scheduler/mesos": answer(exchange) { $0.mesosStanding() }
        case "/debug/registry/tasks": answer(exchange) { await $0.knownTasks() }
        default: notFound(exchange)
        }
    }

    /// Something that is to be done. The original took any method for the first two.
    private func act(_ action: String, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        switch action {
        case "requestExplicit", "requestImplicit":
            guard [.GET, .HEAD, .POST].contains(request.method) else { return refuse(exchange, allowed: "GET, POST") }
            exchange.perform {
                guard let pages = role.pages else { return standby(exchange) }
                await pages.reconcile(action == "requestExplicit" ? .explicit : .implicit)
                exchange.respond(.ok, contentType: "text/plain", text: "OK\n")
            }
        case "retry":
            guard request.method == .POST else { return refuse(exchange, allowed: "POST") }
            let words = (request.query.first("pod") ?? "").split(separator: "/", omittingEmptySubsequences: false)
            guard words.count == 2, !words.contains("") else {
                return exchange.respond(.badRequest, contentType: "text/plain", text: "?pod=NAMESPACE/NAME says which pod to try again\n")
            }
            let pod = PodKey(namespace: String(words[0]), name: String(words[1]))
            exchange.perform {
                guard let pages = role.pages else { return standby(exchange) }
                guard await pages.retry(pod) else {
                    return exchange.respond(.notFound, contentType: "text/plain", text: "pod \(pod) does not wait for a node\n")
                }
                exchange.respond(.ok, contentType: "text/plain", text: "OK\n")
            }
        default: notFound(exchange)
        }
    }

    private func explain(_ pod: PodKey, _ exchange: HTTPExchange) {
        exchange.perform {
            switch await role.explainer.explain(pod) {
            case .page(let page): exchange.respond(.ok, contentType: "application/json", bytes: page.encoded())
            case .unknown: exchange.respond(.notFound, contentType: "text/plain", text: "there is no pod \(pod)\n")
            case .unavailable(let why): exchange.respond(.badGateway, contentType: "text/plain", text: "cannot be told: \(why)\n")
            }
        }
    }

    private func answer(_ exchange: HTTPExchange, _ page: @escaping @Sendable (SchedulerPages) async -> JSONValue) {
        exchange.perform {
            guard let pages = role.pages else { return standby(exchange) }
            exchange.respond(.ok, contentType: "application/json", bytes: await page(pages).encoded())
        }
    }

    private func standby(_ exchange: HTTPExchange) { exchange.respond(.serviceUnavailable, contentType: "text/plain", text: "not the leader\n") }
    private func notFound(_ exchange: HTTPExchange) { exchange.respond(.notFound, contentType: "text/plain", text: "404 page not found\n") }
    private func refuse(_ exchange: HTTPExchange, allowed: String) {
        var response = HTTPResponse(.methodNotAllowed, contentType: "text/plain", text: "method not allowed\n")
        response.headers.add(name: "Allow", value: allowed)
        exchange.respond(response)
    }
}
