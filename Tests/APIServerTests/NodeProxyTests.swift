import HTTPKit
import JSON
import Logging
import NIOCore
import RawHTTP
import Testing

/// A node's server that says what it was asked.
private struct NodeDouble: HTTPService {
    let bodyLimit = 1024

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        if request.wantsUpgrade {
            let uri = request.uri
            return exchange.takeOver { channel in
                channel.writeAndFlush(
                    ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n\(uri)\n"), promise: nil)
            }
        }
        if request.path.hasSuffix("/broken") {
            return exchange.respond(.badRequest, contentType: "text/plain", text: "container \"broken\" in pod \"p\" is waiting to start\n")
        }
        exchange.respond(.ok, contentType: "text/plain", text: request.uri)
    }
}

@Suite(.timeLimit(.minutes(1))) struct NodeProxyTests {
    private let pods = TestServer.pods

    /// A pod `p` of containers `c` and `broken` on a node whose server is a double.
    private func withNode(_ body: (TestServer) async throws -> Void) async throws {
        var options = HTTPServerOptions()
        options.threads = 1
        let node = HTTPServer(service: NodeDouble(), logger: Logger(label: "node"), options: options)
        let port = try await node.start()
        do {
            try await withTestServer { api in
                let made = try await api.call("POST", "/api/v1/nodes", ["metadata": ["name": "n1"]])
                try #require(made.status == 201, "\(made.text)")
                let status: JSONValue = [
                    "addresses": [["type": "InternalIP", "address": "127.0.0.1"]],
                    "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(port))]],
                ]
                let reported = try await api.call(
                    "PATCH", "/api/v1/nodes/n1/status", ["status": status], type: "application/strategic-merge-patch+json")
                try #require(reported.status == 200, "\(reported.text)")
                _ = try await api.call(
                    "POST", pods,
                    ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"], ["name": "broken", "image": "i"]]]])
                try #require(try await api.bind("p", to: "n1").status == 201)
                try await body(api)
            }
        } catch {
            await node.shutdown()
            throw error
        }
        await node.shutdown()
    }

    @Test func aLogComesFromThePodsNode() async throws {
        try await withNode { api in
            let log = try await api.call("GET", pods + "/p/log?container=c&tailLines=5&timestamps=true&follow=false")
            #expect(log.status == 200)
            #expect(log.text == "/containerLogs/default/p/c?tailLines=5&timestamps=true")
        }
    }

    @Test func theContainerOfALogMustBeClear() async throws {
        try await withNode { api in
            let unnamed = try await api.call("GET", pods + "/p/log")
            #expect(unnamed.status == 400)
            #expect(unnamed.message == "a container name must be specified for pod p, choose one of: [c broken]")
            let unknown = try await api.call("GET", pods + "/p/log?container=x")
            #expect(unknown.message == "container x is not valid for pod p")
            let refused = try await api.call("GET", pods + "/p/log?container=broken")
            #expect(refused.status == 400 && refused.reason == "BadRequest")
            #expect(refused.message == "container \"broken\" in pod \"p\" is waiting to start")
            let negative = try await api.call("GET", pods + "/p/log?container=c&tailLines=-1")
            #expect(negative.status == 422)
        }
    }

    @Test(arguments: ["GET", "POST"]) func anExecBecomesTheNodesConnection(method: String) async throws {
        try await withNode { api in
            try await RawConnection.open(port: api.port) { connection in
                try await connection.send(
                    "\(method) \(pods)/p/exec?container=c&command=sh&command=-c&command=a%20b&stdin=true&stdout=true&tty=false HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"
                )
                let head = try await connection.read(through: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 101 ") && head.contains("Upgrade: SPDY/3.1"))
                #expect(try await connection.read(through: "\n") == "/exec/default/p/c?command=sh&command=-c&command=a%20b&input=1&output=1\n")
            }
        }
    }

    @Test func anExecThatAsksForNothingIsRefused() async throws {
        try await withNode { api in
            let commandless = try await api.call("POST", pods + "/p/exec?container=c&stdout=true")
            #expect(commandless.status == 400 && commandless.message == "you must specify at least one command for the container")
            let mute = try await api.call("POST", pods + "/p/exec?container=c&command=ls")
            #expect(mute.status == 400 && mute.message == "you must specify at least 1 of stdin, stdout, stderr")
        }
    }
}
