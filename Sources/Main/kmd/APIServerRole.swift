import APIServer
import Logging

/// The API server of this process: the store, the Kubernetes API over it, and a kubeconfig for the user.
struct APIServerRole: Sendable {
    struct Options: Sendable {
        var store = StorePlace.sqlite(directory: "/var/lib/kmd/store")
        /// Address, port and limits of the server.
        var server = APIServerOptions()
        /// Where to write a kubeconfig; `nil`: nowhere.
        var kubeconfig: String?
        init() {}
    }

    let options: Options
    let logger: Logger

    init(options: Options, logger: Logger = Logger(label: "apiserver")) { (self.options, self.logger) = (options, logger) }

    /// Serves until its task is cancelled; then stops in order: the server with its requests and watches, the workers, the caches, the store.
    ///
    /// - Parameter started: called once, with the port, when the API answers and the kubeconfig is written.
    /// - Throws: when the store is damaged or held, when the port cannot be had, or when the kubeconfig cannot be written.
    func run(started: @Sendable (Int) -> Void = { _ in }) async throws {
        let store = try await options.store.open(logger: logger)
        let server = APIServer(options: options.server, store: store, logger: logger)
        let outcome: Result<Void, any Error>
        do {
            let port = try await server.start()
            if let path = options.kubeconfig { try Kubeconfig.write(to: path, server: "http://\(reachableHost):\(port)") }
            started(port)
            await untilCancelled()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await server.shutdown()
        await store.close()
        try outcome.get()
    }

    /// A server that listens everywhere is reached here by loopback.
    private var reachableHost: String {
        switch options.server.host {
        case "0.0.0.0", "::", "": "127.0.0.1"
        case let host where host.contains(":"): "[\(host)]"
        case let host: host
        }
    }

    private func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
        for await _ in stream {}
        continuation.finish()
    }
}
