import Core
import JSON
import KubeClient
import Logging
import ServiceRouting

/// `kmd proxy`: a node's service addresses without the rest of an executor.
struct ProxyRole: Sendable {
    struct Options: Sendable {
        var apiServer: String
        var proxy: ServiceProxyOptions
    }

    let options: Options
    let logger: Logger
    let time: any TimeSource = SystemTime()
    init(options: Options, logger: Logger = Logger(label: "proxy")) { (self.options, self.logger) = (options, logger) }

    /// Serves until its task is cancelled; the rules stay.
    func run(started: @Sendable () -> Void = {}) async throws {
        let kube = KubeClient(server: options.apiServer, userAgent: "kmd-proxy")
        started()
        var proxy = options.proxy
        if proxy.podRange == nil { proxy.podRange = await podRange(kube) }
        await ServiceProxyParts(proxy, logger: logger).run(kube)
        await kube.shutdown()
    }

    /// What the node says; `nil`: there is no such node, so this machine has no pods. Waits for the API server, as the rules do.
    private func podRange(_ kube: KubeClient) async -> IPv4Range? {
        while !Task.isCancelled {
            do throws(KubeClientError) {
                let node = try await kube.get("/api/v1/nodes/\(KubeClient.escaped(options.proxy.nodeName))")
                return node.at("spec", "podCIDR")?.string.flatMap { IPv4Range($0) }
            } catch {
                if error.isNotFound { return nil }
                logger.info("the node cannot be asked for just now", metadata: ["error": "\(error)"])
            }
            try? await time.sleep(for: .seconds(1))
        }
        return nil
    }
}
