import AsyncHTTPClient
import KubeObjects
import NIOCore
import NIOPosix
import NodeAgent

/// HTTP and TCP probes from the node to the pod, worded as the kubelet words them.
final class NetworkProbes: ProbeRunner {
    private let client: HTTPClient

    init() {
        var configuration = HTTPClient.Configuration()
        // As the kubelet: certificates of pods are not checked, and a redirect is an answer of its own.
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.idleTimeout = .seconds(1)
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async { try? await client.shutdown() }

    func httpGet(
        host: String, port: Int, path: String, scheme: String, headers: [Handler.Header], timeoutSeconds: Int64
    ) async -> ProbeAnswer {
        let name = host.contains(":") ? "[\(host)]" : host
        let url = "\(scheme.lowercased())://\(name):\(port)\(path.hasPrefix("/") ? path : "/" + path)"
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "kube-probe/1.33")
        request.headers.add(name: "Connection", value: "close")
        for header in headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        do {
            let response = try await client.execute(request, timeout: .seconds(max(1, timeoutSeconds)))
            let code = response.status.code
            return (200..<400).contains(code) ? .success : .failure("HTTP probe failed with statuscode: \(code)")
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout {
            return .failure("Get \"\(url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
        } catch {
            return .failure("Get \"\(url)\": dial tcp \(name):\(port): \(NetworkProbes.words(error))")
        }
    }

    func tcpConnect(host: String, port: Int, timeoutSeconds: Int64) async -> ProbeAnswer {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(.seconds(max(1, timeoutSeconds)))
        do {
            try await bootstrap.connect(host: host, port: port).flatMap { $0.close() }.get()
            return .success
        } catch is ChannelError {
            return .failure("dial tcp \(host):\(port): i/o timeout")
        } catch {
            return .failure("dial tcp \(host):\(port): \(NetworkProbes.words(error))")
        }
    }

    /// `connect: connection refused`, without NIO's own wrapping.
    private static func words(_ error: any Error) -> String {
        let text = "\(error)".lowercased()
        if text.contains("connection refused") { return "connect: connection refused" }
        if text.contains("no route to host") { return "connect: no route to host" }
        return "\(error)"
    }
}
