import AsyncHTTPClient
import Core
import Foundation
import JSON
import Mesos
import MesosLocal
import NIOCore
import NIOHTTP1
import Testing

/// Requests that a real master was sent, and its answers: the embedded one answers the same.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RecordedAnswersTests {
    struct Exchange: Sendable {
        let note: String
        let method: String
        let path: String
        let headers: [(String, String)]
        let body: String
        let status: Int64
        let text: String
    }

    static func recorded() throws -> [Exchange] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/mesos/scheduler-answers.json")
        let list = try JSONValue(parsing: Array(try Data(contentsOf: file))).array ?? []
        return list.map { entry in
            Exchange(
                note: entry["note"]?.string ?? "", method: entry["method"]?.string ?? "", path: entry["path"]?.string ?? "",
                headers: (entry["headers"]?.object ?? JSONObject()).map { ($0.key, $0.value.string ?? "") }, body: entry["body"]?.string ?? "",
                status: entry["status"]?.integer ?? 0, text: entry["text"]?.string ?? "")
        }
    }

    /// Where our parser's words differ from Mesos', the beginning of the text is held to.
    static let loose = ["Missing required fields", "Not expecting a JSON string", "Failed to base64 decode"]

    @Test func theEmbeddedMasterAnswersAsARealOneDid() async throws {
        let exchanges = try Self.recorded()
        #expect(exchanges.count > 25)
        try await withCluster { cluster in
            let (framework, stream, events) = try await subscribe(cluster)
            for exchange in exchanges {
                func filled(_ text: String) -> String {
                    text.replacingOccurrences(of: "$FRAMEWORK", with: framework).replacingOccurrences(of: "$STREAM", with: stream)
                }
                var request = HTTPClientRequest(url: "http://\(cluster.addresses.master)\(exchange.path)")
                request.method = HTTPMethod(rawValue: exchange.method)
                for (name, value) in exchange.headers { request.headers.add(name: name, value: filled(value)) }
                if exchange.method != "GET" { request.body = .bytes(ByteBuffer(string: filled(exchange.body))) }
                let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
                let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
                #expect(Int64(answer.status.code) == exchange.status, "\(exchange.note): \(text)")
                if let loose = Self.loose.first(where: { exchange.text.contains($0) }) {
                    let prefix = exchange.text.components(separatedBy: loose)[0]
                    #expect(text.hasPrefix(prefix), "\(exchange.note)")
                } else {
                    #expect(text == filled(exchange.text), "\(exchange.note)")
                }
            }
            withExtendedLifetime(events) {}
        }
    }

    /// Subscribes in JSON, as a script would; gives the ids and the open stream.
    func subscribe(_ cluster: Cluster) async throws -> (framework: String, stream: String, events: HTTPClientResponse.Body.AsyncIterator) {
        var request = HTTPClientRequest(url: "http://\(cluster.addresses.master)/api/v1/scheduler")
        request.method = .POST
        request.headers = ["Content-Type": "application/json", "Accept": "application/json"]
        request.body = .bytes(ByteBuffer(string: """
            {"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"test","failover_timeout":60.0,"roles":["*"],
            "capabilities":[{"type":"MULTI_ROLE"},{"type":"RESERVATION_REFINEMENT"},{"type":"PARTITION_AWARE"}]}}}
            """))
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        #expect(answer.status == .ok)
        #expect(answer.headers.first(name: "Content-Type") == "application/json")
        var events = answer.body.makeAsyncIterator()
        var decoder = RecordIODecoder()
        while let chunk = try await events.next() {
            decoder.feed(chunk)
            if let record = try decoder.next() {
                let event = try JSONValue(parsing: Array(record.readableBytesView))
                #expect(event["type"]?.string == "SUBSCRIBED")
                #expect(event.at("subscribed", "master_info", "ip")?.integer == 16_777_343)
                #expect(event.at("subscribed", "heartbeat_interval_seconds")?.double == 15)
                return (
                    try #require(event.at("subscribed", "framework_id", "value")?.string),
                    try #require(answer.headers.first(name: "Mesos-Stream-Id")), events
                )
            }
        }
        throw Timeout(description: "no SUBSCRIBED")
    }
}
