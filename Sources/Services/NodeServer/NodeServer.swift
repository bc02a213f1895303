import Core
public import HTTPKit
import NIOCore

/// The HTTP side of a node, in the kubelet's paths: the API server comes here for logs, exec, attach and port-forward.
///
/// It decides nothing: it reads the request, asks the `NodeBackend`, and carries bytes. Streams are tunnelled to the container
/// runtime's own streaming server, so that client and runtime speak SPDY or WebSocket with each other.
public struct NodeServer: HTTPService {
    private let backend: any NodeBackend
    public var bodyLimit: Int { 1 << 20 }

    public init(backend: any NodeBackend) { self.backend = backend }

    public func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let segments = request.pathSegments
        switch (segments.first, segments.count) {
        case ("healthz", 1): exchange.respond(.ok, contentType: "text/plain; charset=utf-8", text: "ok")
        case ("pods", 1): exchange.perform { await listPods(exchange) }
        case ("containerLogs", 4): log(request, segments, exchange)
        case ("exec", 4), ("attach", 4), ("portForward", 3): stream(request, segments, exchange)
        default: exchange.respond(.notFound, contentType: "text/plain; charset=utf-8", text: "404 page not found\n")
        }
    }

    private func listPods(_ exchange: HTTPExchange) async {
        do {
            exchange.respond(.ok, contentType: "application/json", bytes: try await backend.podList())
        } catch { NodeServer.refuse(exchange, error) }
    }

    private func log(_ request: HTTPRequest, _ segments: [String], _ exchange: HTTPExchange) {
        let parsed: ContainerLogRequest
        do {
            parsed = try NodeServer.logRequest(segments, request.query)
        } catch { return NodeServer.refuse(exchange, error) }
        exchange.perform {
            let sink = ExchangeSink(exchange)
            do {
                try await backend.writeLog(parsed, to: sink)
                sink.finish()
            } catch {
                if !sink.abort() { NodeServer.refuse(exchange, error) }
            }
        }
    }

    private func stream(_ request: HTTPRequest, _ segments: [String], _ exchange: HTTPExchange) {
        let parsed: ContainerStreamRequest
        do {
            parsed = try NodeServer.streamRequest(segments, request.query)
        } catch { return NodeServer.refuse(exchange, error) }
        exchange.perform(handsOn: true) {
            do {
                let url = try await backend.streamURL(parsed)
                guard let target = StreamTarget(url: url) else {
                    throw NodeRequestError.failed("the container runtime gave a streaming address that cannot be read: \(url)")
                }
                HTTPTunnel.forward(request, exchange, toHost: target.host, port: target.port, path: target.path)
            } catch { NodeServer.refuse(exchange, error) }
        }
    }

    static func refuse(_ exchange: HTTPExchange, _ error: any Error) {
        let status: HTTPResponseStatus
        switch error as? NodeRequestError {
        case .notFound: status = .notFound
        case .badRequest: status = .badRequest
        case .failed, nil: status = .internalServerError
        }
        exchange.respond(status, contentType: "text/plain; charset=utf-8", text: "\(error)\n")
    }
}

/// Host, port and path of `http://host:port/path?query`.
struct StreamTarget: Equatable {
    let host: String
    let port: Int
    let path: String

    init?(url: String) {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        guard let colon = authority.lastIndex(of: ":"), let port = Int(authority[authority.index(after: colon)...]), (1...65535).contains(port) else { return nil }
        var host = String(authority[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        // The runtime listens on every address or names none: it is on this machine.
        if host.isEmpty || host == "0.0.0.0" || host == "::" { host = "127.0.0.1" }
        let path = rest[authority.endIndex...]
        (self.host, self.port, self.path) = (host, port, path.isEmpty ? "/" : String(path))
    }
}
