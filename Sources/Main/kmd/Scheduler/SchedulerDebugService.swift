import ActorKit
import Binder
import Core
import HTTPKit
import JSON
import KubeClient
import LeaderElector
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import PodQueue
import Reconciler
import Scheduling
import Synchronization

/// /healthz, /metrics and the debug pages of the original's scheduler; a standby answers 503 to the latter.
struct SchedulerDebugService: HTTPService {
    let role: SchedulerRole

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.method == .GET || request.method == .HEAD else {
            return exchange.respond(.methodNotAllowed, contentType: "text/plain", text: "method not allowed\n")
        }
        switch request.path {
        case "/healthz", "/livez", "/readyz":
            let fault = role.fault
            exchange.respond(fault == nil ? .ok : .internalServerError, contentType: "text/plain", text: fault ?? "ok")
        case "/metrics": exchange.respond(.ok, contentType: "text/plain; version=0.0.4", text: role.metricsText)
        case "/debug/scheduler/podqueue": answer(exchange) { await role.queuedPods() }
        case "/debug/registry/tasks": answer(exchange) { await role.knownTasks() }
        default: exchange.respond(.notFound, contentType: "text/plain", text: "404 page not found\n")
        }
    }

    private func answer(_ exchange: HTTPExchange, _ page: @escaping @Sendable () async -> JSONValue?) {
        exchange.perform {
            guard let value = await page() else {
                return exchange.respond(.serviceUnavailable, contentType: "text/plain", text: "not the leader\n")
            }
            exchange.respond(.ok, contentType: "application/json", bytes: value.encoded())
        }
    }
}
