import KubeClient
import Logging

/// `kmd proxy`: a node's service addresses without the rest of an executor.
struct ProxyRole: Sendable {
    struct Options: Sendable {
        var apiServer: String
        var proxy: ServiceProxyOptions
    }

    let options: Options
    let logger: Logger
    init(options: Options, logger: Logger = Logger(label: "proxy")) { (self.options, self.logger) = (options, logger) }

    /// Serves until its task is cancelled; the rules stay.
    func run(started: @Sendable () -> Void = {}) async throws {
        let parts = try ServiceProxyParts(options.proxy, logger: logger)
        let kube = KubeClient(server: options.apiServer, userAgent: "kmd-proxy")
        started()
        await parts.run(kube)
        await kube.shutdown()
    }
}
