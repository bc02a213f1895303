import Core
import HTTPKit

/// Reading the kubelet's paths and queries.
extension NodeServer {
    static func logRequest(_ segments: [String], _ query: HTTPQuery) throws(NodeRequestError) -> ContainerLogRequest {
        var request = ContainerLogRequest(containerName(segments))
        request.follow = try flag(query, "follow")
        request.previous = try flag(query, "previous")
        request.timestamps = try flag(query, "timestamps")
        request.tailLines = try number(query, "tailLines").map(Int.init)
        request.limitBytes = try number(query, "limitBytes").map(Int.init)
        request.sinceSeconds = try number(query, "sinceSeconds")
        if let text = query.first("sinceTime"), !text.isEmpty {
            guard let time = Timestamp(rfc3339: text) else { throw .badRequest("sinceTime: '\(text)' is no RFC 3339 time") }
            request.since = time
        }
        return request
    }

    static func streamRequest(_ segments: [String], _ query: HTTPQuery) throws(NodeRequestError) -> ContainerStreamRequest {
        let purpose: ContainerStreamRequest.Purpose
        switch segments[0] {
        case "exec":
            let command = query.all("command")
            guard !command.isEmpty else { throw .badRequest("you must specify at least 1 command word") }
            purpose = .exec(command: command)
        case "portForward":
            var ports: [Int] = []
            for text in query.all("port") + query.all("ports") {
                guard let port = Int(text), (1...65535).contains(port) else { throw .badRequest("port: '\(text)' is not between 1 and 65535") }
                ports.append(port)
            }
            purpose = .portForward(ports: ports)
        default: purpose = .attach
        }
        let isPortForward = segments[0] == "portForward"
        let request = ContainerStreamRequest(
            purpose, name: containerName(segments), stdin: try flag(query, "input", "stdin"), stdout: try flag(query, "output", "stdout"),
            stderr: try flag(query, "error", "stderr"), tty: try flag(query, "tty"))
        guard isPortForward || request.stdin || request.stdout || request.stderr else {
            throw .badRequest("you must specify at least 1 of stdin, stdout, stderr")
        }
        return request
    }

    private static func containerName(_ segments: [String]) -> ContainerName {
        ContainerName(pod: PodKey(namespace: segments[1], name: segments[2]), container: segments.count > 3 ? segments[3] : "")
    }

    /// The kubelet's own names (`input`) and the API's (`stdin`) mean the same.
    private static func flag(_ query: HTTPQuery, _ names: String...) throws(NodeRequestError) -> Bool {
        for name in names {
            switch query.first(name) {
            case nil, "": continue
            case "1", "true", "True", "t": return true
            case "0", "false", "False", "f": return false
            case let text?: throw .badRequest("\(name): '\(text)' is neither true nor false")
            }
        }
        return false
    }

    private static func number(_ query: HTTPQuery, _ name: String) throws(NodeRequestError) -> Int64? {
        guard let text = query.first(name), !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else { throw .badRequest("\(name): '\(text)' is no number of 0 or more") }
        return number
    }
}
