import Core
import HTTPKit
import JSON
import Mesos
import MesosProto
import NIOCore
import NIOHTTP1

/// The master's HTTP: scheduler API, operator API, and the pages that people and tools read.
struct MasterService: HTTPService {
    let queue: ItemQueue<LocalMaster.Item>
    var gate = LinkGate()
    var standing = StandingNow(.leads)

    var bodyLimit: Int { 64 << 20 }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        var path = request.path
        if path.hasPrefix("/master/") { path = String(path.dropFirst("/master".count)) }
        if path == "/health" { return exchange.respond(.ok) }
        switch standing.now {
        case .leads: serve(path, request, exchange)
        // Scheme-relative, and below /master: as Mesos writes it.
        case .follows(let leader): exchange.respond(.temporaryRedirect, headers: ["Location": "//\(leader)\(path.hasPrefix("/kmd/") ? "" : "/master")\(path)"])
        case .unknown: exchange.answer(HTTPAnswer(status: 503, text: "No leader elected"))
        }
    }

    private func serve(_ path: String, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        switch path {
        case "/api/v1/scheduler": post(request, exchange) { request throws(RequestProblem) in try scheduler(request, exchange) }
        case "/api/v1", "/api/v1/": post(request, exchange) { request throws(RequestProblem) in try operate(request, exchange) }
        case LinkPaths.open: link(request, exchange) { .open(exchange) }
        case LinkPaths.tell: link(request, exchange) { try told(request, exchange) }
        case "/", "/master", "/index.html": page(request, exchange)
        case "/version": exchange.respond(.ok, contentType: "application/json", bytes: MasterPages.versionPage.encoded())
        case "/state", "/state-summary": ask(exchange) { exchange.respond(.ok, contentType: "application/json", bytes: MasterPages.state($0).encoded()) }
        case "/slaves": ask(exchange) { exchange.respond(.ok, contentType: "application/json", bytes: MasterPages.slaves($0).encoded()) }
        case "/frameworks": ask(exchange) { exchange.respond(.ok, contentType: "application/json", bytes: MasterPages.frameworks($0).encoded()) }
        case "/metrics/snapshot": ask(exchange) { exchange.respond(.ok, contentType: "application/json", bytes: MasterPages.metrics($0).encoded()) }
        case "/teardown": teardown(request, exchange)
        case "/maintenance/schedule", "/maintenance/status", "/machine/down", "/machine/up": maintain(path, request, exchange)
        default: exchange.answer(HTTPAnswer(status: 404, text: "404 Not Found."))
        }
    }

    private func page(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.method == .GET || request.method == .HEAD else { return exchange.answerMethodNotAllowed(request.method) }
        ask(exchange) { state in
            var headers = HTTPHeaders([("Content-Type", "text/html; charset=utf-8")])
            for (name, value) in MasterHTML.headers.sorted(by: { $0.key < $1.key }) { headers.add(name: name, value: value) }
            exchange.respond(.ok, headers: headers, body: ByteBuffer(string: MasterHTML.page(MasterPages.state(state))))
        }
    }

    private func post(_ request: HTTPRequest, _ exchange: HTTPExchange, _ body: (HTTPRequest) throws(RequestProblem) -> Void) {
        guard request.method == .POST else { return exchange.answerMethodNotAllowed(request.method) }
        do throws(RequestProblem) { try body(request) } catch { exchange.answer(error) }
    }

    private func put(_ item: LocalMaster.Item, _ exchange: HTTPExchange) {
        if !queue.put(item) { exchange.answer(HTTPAnswer(status: 503, text: "The master is overloaded or stops")) }
    }

    private func ask(_ exchange: HTTPExchange, _ answer: @escaping @Sendable (MasterState) -> Void) { put(.ask(answer), exchange) }

    private func scheduler(_ request: HTTPRequest, _ exchange: HTTPExchange) throws(RequestProblem) {
        let call = try MesosRequest.decode(Mesos_V1_Scheduler_Call.self, request, as: MesosRequest.format(of: request))
        if let problem = MasterState.problem(of: call) {
            throw RequestProblem(status: 400, text: "Failed to validate scheduler::Call: \(problem)")
        }
        let streamID = request.headers.first(name: "Mesos-Stream-Id")
        guard call.type == .subscribe else {
            return put(.input(.call(call, streamID: streamID), reply: { exchange.answer($0) }), exchange)
        }
        let format = try MesosRequest.acceptedFormat(of: request)
        if streamID != nil { throw RequestProblem(status: 400, text: "Subscribe calls should not include the 'Mesos-Stream-Id' header") }
        put(.subscribe(call, exchange, format), exchange)
    }

    private func link(_ request: HTTPRequest, _ exchange: HTTPExchange, _ item: () throws -> LocalMaster.Item) {
        guard request.method == .POST else { return exchange.answerMethodNotAllowed(request.method) }
        if let refusal = gate.refusal(of: request) { return exchange.answer(refusal) }
        do { put(try item(), exchange) } catch { exchange.answer(.badRequest("this is no batch of an agent's messages: \(error)")) }
    }

    private func told(_ request: HTTPRequest, _ exchange: HTTPExchange) throws -> LocalMaster.Item {
        let batch = try Kmd_MesosLocal_ToMasterBatch(serializedBytes: Array(request.body.readableBytesView), partial: true)
        let name = request.headers.first(name: LinkPaths.header) ?? ""
        return .told(link: name, batch.messages.compactMap(AgentToMaster.init), reply: { exchange.answer($0) })
    }

    private func operate(_ request: HTTPRequest, _ exchange: HTTPExchange) throws(RequestProblem) {
        let call = try MesosRequest.decode(Mesos_V1_Master_Call.self, request, as: MesosRequest.format(of: request))
        guard call.hasType, call.type != .unknown else {
            throw RequestProblem(status: 400, text: "Failed to validate master::Call: Expecting 'type' to be present")
        }
        let format = try MesosRequest.acceptedFormat(of: request)
        if let missing = MasterPages.missing(in: call) {
            throw RequestProblem(status: 400, text: "Failed to validate master::Call: Expecting '\(missing)' to be present")
        }
        if MasterState.changes(call.type) { return put(.input(.operate(call), reply: { exchange.answer($0) }), exchange) }
        ask(exchange) { state in
            if let response = MasterPages.response(to: call.type, state) {
                exchange.respond(.ok, contentType: format.contentType, bytes: format.encode(response))
            } else {
                exchange.answer(HTTPAnswer(status: 501, text: "mesos-local does not answer this call"))
            }
        }
    }

    /// The older endpoints of maintenance: the same calls, their messages as bare JSON.
    private func maintain(_ path: String, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        if request.method == .GET, path.hasPrefix("/maintenance/") {
            return ask(exchange) { state in
                let bytes = path == "/maintenance/status"
                    ? MesosFormat.json.encode(MasterPages.maintenanceStatus(state)) : MesosFormat.json.encode(state.maintenance.schedule)
                exchange.respond(.ok, contentType: "application/json", bytes: bytes)
            }
        }
        guard request.method == .POST, path != "/maintenance/status" else { return exchange.answerMethodNotAllowed(request.method) }
        do {
            let body = Array(request.body.readableBytesView)
            let call = try MasterPages.maintenanceCall(path, body)
            put(.input(.operate(call), reply: { exchange.answer($0) }), exchange)
        } catch {
            exchange.answer(.badRequest("Failed to parse body into JSON: \(error)"))
        }
    }

    private func teardown(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.method == .POST else { return exchange.answerMethodNotAllowed(request.method) }
        guard let id = HTTPQuery(String(buffer: request.body)[...]).first("frameworkId") else {
            return exchange.answer(.badRequest("Missing 'frameworkId' query parameter in the request body"))
        }
        let call = Mesos_V1_Master_Call.with {
            $0.type = .teardown
            $0.teardown.frameworkID.value = id
        }
        put(.input(.operate(call), reply: { exchange.answer($0) }), exchange)
    }
}
