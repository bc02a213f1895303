import HTTPKit
import JSON
import KubeAPI
import NIOCore

/// Requests that a pod's node answers: logs, exec, attach, port forwarding.
extension APIService {
    func connect(_ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        let pod = try tree(try object(target).clientBytes)
        let connection = try NodeRequest(target, pod: pod, query: request.query)
        guard let nodeName = connection.nodeName else {
            // As in Kubernetes: a pod that has no node yet has no log, and nothing to run a command in.
            guard target.subresource == "log" else { throw .badRequest("pod \(target.name ?? "") does not have a host assigned") }
            return exchange.respond(.ok, contentType: "text/plain", text: "")
        }
        let address = try nodeAddress(nodeName)
        let isLog = target.subresource == "log"
        let url = "http://\(address.host):\(address.port)\(connection.path)"
        let answerRefusal: HTTPTunnel.Refused = { exchange, status, body in
            exchange.respond(nodeRefusal(status, String(buffer: body), target))
        }
        HTTPTunnel.forward(
            request, exchange, toHost: address.host, port: address.port, path: connection.path, connectTimeout: .seconds(5),
            refused: isLog ? answerRefusal : nil,
            failed: { exchange, error in
                let message = isLog ? "Get \(quoted(url)): \(error)" : "error dialing backend: \(error)"
                exchange.respond(APIStatus(code: 500, reason: "", message: message))
            })
    }

    /// Where the node's server listens: `status.daemonEndpoints.kubeletEndpoint.Port` at its internal address.
    private func nodeAddress(_ name: String) throws(APIStatus) -> (host: String, port: Int) {
        guard let nodes = registry.kind(group: "", version: "v1", plural: "nodes") else { throw .noSuchResource }
        guard let node = try cache(of: nodes).get(namespace: "", name: name) else { throw .notFound(nodes, name: name) }
        let json = try tree(node.clientBytes)
        let port = json.at("status", "daemonEndpoints", "kubeletEndpoint", "Port")?.integer ?? 10250
        let addresses = json.at("status", "addresses")?.array ?? []
        for type in ["InternalIP", "Hostname", "InternalDNS", "ExternalIP", "ExternalDNS"] {
            if let address = addresses.first(where: { $0["type"]?.string == type })?["address"]?.string, !address.isEmpty {
                guard let port = Int(exactly: port), (1...65535).contains(port) else { continue }
                return (address, port)
            }
        }
        throw APIStatus(code: 500, reason: "", message: "no preferred addresses found; known addresses: []")
    }
}

/// What a node said that is no log, in the form that Kubernetes hands it on.
func nodeRefusal(_ status: HTTPResponseStatus, _ text: String, _ target: ResourceTarget) -> APIStatus {
    var text = text
    while text.last?.isNewline == true { text.removeLast() }
    switch status.code {
    case 400: return .badRequest(text)
    case 404: return APIStatus(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource ( \(target.kind.plural) \(target.name ?? ""))",
        details: APIStatus.Details(
            name: target.name ?? "", kind: target.kind.plural, causes: [.init(reason: "UnexpectedServerResponse", message: text, field: "")]))
    case 500: return .internalError(text)
    default: return APIStatus(code: Int(status.code), reason: "", message: text)
    }
}

/// A connect request as the node's server takes it.
struct NodeRequest: Sendable, Equatable {
    /// `nil` for a pod without one.
    let nodeName: String?
    /// Percent-encoded, with its query.
    let path: String

    init(_ target: ResourceTarget, pod: JSONValue, query: HTTPQuery) throws(APIStatus) {
        let name = target.name ?? ""
        let node = pod.at("spec", "nodeName")?.string ?? ""
        nodeName = node.isEmpty ? nil : node
        let place = "\(escaped(target.namespace ?? ""))/\(escaped(name))"
        switch target.subresource {
        case "log":
            let container = try NodeRequest.container(of: pod, name: name, asked: query.first("container"))
            path = "/containerLogs/\(place)/\(escaped(container))" + (try NodeRequest.logQuery(query))
        case "exec", "attach":
            let isExec = target.subresource == "exec"
            let streams = try NodeRequest.streamQuery(query, name, isExec: isExec)
            let container = try NodeRequest.container(of: pod, name: name, asked: query.first("container"))
            path = "/\(isExec ? "exec" : "attach")/\(place)/\(escaped(container))" + streams
        default:
            let ports = query.all("ports").map { "port=\(escaped($0))" }
            path = "/portForward/\(place)" + (ports.isEmpty ? "" : "?" + ports.joined(separator: "&"))
        }
    }

    /// The container that is meant: the one that is named, or the only one there is.
    static func container(of pod: JSONValue, name: String, asked: String?) throws(APIStatus) -> String {
        func names(_ list: String) -> [String] { (pod.at("spec", list)?.array ?? []).compactMap { $0["name"]?.string } }
        let containers = names("containers")
        let inits = names("initContainers")
        let ephemeral = names("ephemeralContainers")
        if let asked, !asked.isEmpty {
            guard (containers + inits + ephemeral).contains(asked) else { throw .badRequest("container \(asked) is not valid for pod \(name)") }
            return asked
        }
        if let annotated = pod.at("metadata", "annotations", "kubectl.kubernetes.io/default-container")?.string,
            containers.contains(annotated)
        {
            return annotated
        }
        if containers.count == 1 { return containers[0] }
        var text = "a container name must be specified for pod \(name)"
        if !containers.isEmpty { text += ", choose one of: [\(containers.joined(separator: " "))]" }
        if !inits.isEmpty { text += " or one of the init containers: [\(inits.joined(separator: " "))]" }
        throw .badRequest(text)
    }

    /// Alphabetical, as Go encodes a query.
    private static func logQuery(_ query: HTTPQuery) throws(APIStatus) -> String {
        var pairs: [String] = []
        var errors: [FieldError] = []
        for name in ["follow", "limitBytes", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps"] {
            guard let value = query.first(name), !value.isEmpty else { continue }
            switch name {
            case "follow", "previous", "timestamps":
                if isTrue(value) { pairs.append("\(name)=true") }
            case "sinceTime": pairs.append("sinceTime=\(escaped(value))")
            default:
                guard let number = Int64(value) else {
                    throw .badRequest("strconv.ParseInt: parsing \(quoted(value)): invalid syntax")
                }
                let least: Int64 = name == "tailLines" ? 0 : 1
                if number < least {
                    errors.append(.invalid(name, number, "must be greater than \(least == 0 ? "or equal to 0" : "0")"))
                }
                pairs.append("\(name)=\(number)")
            }
        }
        if query.first("sinceSeconds") != nil, query.first("sinceTime") != nil {
            errors.append(.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
        }
        guard errors.isEmpty else { throw .invalid(kindName: "PodLogOptions", group: "", name: "", errors) }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    private static func streamQuery(_ query: HTTPQuery, _ name: String, isExec: Bool) throws(APIStatus) -> String {
        var pairs = isExec ? query.all("command").map { "command=\(escaped($0))" } : []
        if isExec, pairs.isEmpty { throw .badRequest("you must specify at least one command for the container") }
        var streams = 0
        for (theirs, ours) in [("stderr", "error"), ("stdin", "input"), ("stdout", "output"), ("tty", "tty")] where isTrue(query.first(theirs)) {
            pairs.append("\(ours)=1")
            if theirs != "tty" { streams += 1 }
        }
        guard streams > 0 else { throw .badRequest("you must specify at least 1 of stdin, stdout, stderr") }
        return "?" + pairs.joined(separator: "&")
    }
}

/// Percent-encodes all but unreserved characters.
func escaped(_ text: String) -> String {
    var result: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"): result.append(byte)
        default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self)
}
