import APIServer
import Core
import Logging
import StoreContract
import Testing

#if canImport(Glibc)
import Glibc
#endif

@Test(.enabled(if: getenv("KMD_SERVE") != nil)) func serveForAWhile() async throws {
    var options = APIServerOptions()
    options.port = Int(String(cString: getenv("KMD_SERVE"))) ?? 0
    let server = APIServer(options: options, store: MemoryStore(), logger: Logger(label: "dev"))
    print("listening on", try await server.start())
    try await Task.sleep(for: .seconds(600))
    await server.shutdown()
}
