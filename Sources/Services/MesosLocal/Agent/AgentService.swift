import Core
import HTTPKit
import JSON
import Mesos
import MesosProto
import NIOCore
import NIOHTTP1

/// The agent's HTTP: the executor API, and its state for people and tools.
struct AgentService: HTTPService {
    let queue: ItemQueue<LocalAgent.Item>

    var bodyLimit: Int { 64 << 20 }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        var path = request.path
        for prefix in ["/slave(1)/", "/slave%281%29/"] where path.hasPrefix(prefix) { path = "/" + path.dropFirst(prefix.count) }
        switch path {
        case "/api/v1/executor":
            guard request.method == .POST else { return exchange.answerMethodNotAllowed(request.method) }
            do throws(RequestProblem) { try executor(request, exchange) } catch { exchange.answer(error) }
        case "/health": exchange.respond(.ok)
        case "/version": exchange.respond(.ok, contentType: "application/json", bytes: MasterPages.versionPage.encoded())
        case "/state":
            put(.ask { exchange.respond(.ok, contentType: "application/json", bytes: AgentService.page($0).encoded()) }, exchange)
        default: exchange.answer(HTTPAnswer(status: 404, text: "404 Not Found."))
        }
    }

    private func put(_ item: LocalAgent.Item, _ exchange: HTTPExchange) {
        if !queue.put(item) { exchange.answer(HTTPAnswer(status: 503, text: "The agent is overloaded or stops")) }
    }

    private func executor(_ request: HTTPRequest, _ exchange: HTTPExchange) throws(RequestProblem) {
        let call = try MesosRequest.decode(Mesos_V1_Executor_Call.self, request, as: MesosRequest.format(of: request))
        if let problem = AgentState.problem(of: call) {
            throw RequestProblem(status: 400, text: "Failed to validate Executor::Call: \(problem)")
        }
        if call.type == .subscribe {
            put(.subscribe(call, exchange, try MesosRequest.acceptedFormat(of: request)), exchange)
        } else {
            put(.input(.call(call), reply: { exchange.answer($0) }), exchange)
        }
    }

    static func page(_ state: AgentState) -> JSONValue {
        let executors = state.executors.values.sorted { $0.containerID < $1.containerID }.map { executor -> JSONValue in
            [
                "id": .string(executor.id.value), "framework_id": .string(executor.framework.value), "container": .string(executor.containerID),
                "directory": .string(executor.directory), "state": .string("\(executor.phase)"), "pid": .integer(Int64(executor.process?.pid ?? 0)),
                "tasks": .array(
                    executor.tasks.map { task in
                        [
                            "id": .string(task.info.taskID.value), "name": .string(task.info.name),
                            "state": .string(MesosTaskState(task.latest?.state ?? .taskStaging).rawValue),
                        ]
                    }),
            ]
        }
        return [
            "id": .string(state.info.id.value), "hostname": .string(state.info.hostname), "version": .string(MasterPages.version),
            "pid": .string("slave(1)@\(state.settings.endpoint)"), "executors": .array(executors),
        ]
    }
}
