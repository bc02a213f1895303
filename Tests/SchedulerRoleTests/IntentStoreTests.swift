import Core
import HTTPKit
import JSON
import KubeClient
import Logging
import Scheduling
import Synchronization
import Testing

@testable import kmd

/// Launch intents at a real API server, in any number; and at one that is older.
@Suite(.timeLimit(.minutes(2))) struct IntentStoreTests {
    private func intents(_ count: Int) -> [LaunchIntent] {
        (0..<count).map { number in
            LaunchIntent(
                task: TaskID("pod.\(number)"), term: Term(3), pod: PodKey(namespace: "default", name: "p\(number)"), uid: PodUID("u\(number)"),
                agent: AgentID("agent"), hostname: "node-1", role: "*", offers: [OfferID("offer")], amounts: Amounts(milliCPU: 100, memory: 64 << 20), ports: [])
        }
    }

    @Test func aPlanOfAnySizeIsStoredAndComesBackAsItWas() async throws {
        try await WholeWay.run { way in
            let store = IntentStore(kube: way.kube)
            // More than two calls' worth, and more than the largest plan.
            let written = intents(2100)
            try await store.write(written)
            let found = try await store.all()
            #expect(found.count == written.count)
            #expect(Set(found) == Set(written))
            await store.delete(written.prefix(1100).map(\.task))
            #expect(try await store.all().count == 1000)
            await withTaskGroup(of: Bool.self) { group in
                for intent in written.dropFirst(1100) { group.addTask { await store.delete(intent.task) } }
                for await isGone in group { #expect(isGone) }
            }
            #expect(try await store.all().isEmpty)
        }
    }

    /// Knows objects, and no lists of them.
    private final class OldServer: HTTPService {
        let deleted = Mutex<[String]>([])
        func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            guard request.method == .DELETE else {
                return exchange.respond(.badRequest, contentType: "application/json", bytes: Array("{\"kind\":\"Status\",\"code\":400}".utf8))
            }
            let isKnown = !request.path.hasSuffix("pod.1")
            deleted.withLock { $0.append(request.path) }
            exchange.respond(
                isKnown ? .ok : .notFound, contentType: "application/json",
                bytes: Array((isKnown ? "{}" : "{\"kind\":\"Status\",\"code\":404}").utf8))
        }
    }

    @Test func anOlderServerIsToldOneByOne() async throws {
        let old = OldServer()
        let server = HTTPServer(service: old, logger: Logger(label: "test"))
        let kube = KubeClient(server: "127.0.0.1:\(try await server.start())")
        await IntentStore(kube: kube).delete(intents(3).map(\.task))
        await kube.shutdown()
        await server.shutdown(grace: .milliseconds(100))
        #expect(old.deleted.withLock { $0 } == (0..<3).map { "/apis/kmd.dev/v1/launchintents/pod.\($0)" })
    }
}
