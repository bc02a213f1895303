import Core
import JSON
import NIOHTTP1

/// Many objects in one call, for the kinds of which kmd's API server takes that: launch intents and events.
extension KubeClient {
    /// The most objects of one call; the API server refuses more.
    public static let bulkLimit = 500

    /// Creates all of `items`, `bulkLimit` in a call, one call after the other. When one fails, what the calls before it made stays.
    ///
    /// - Parameter kind: of one object, e.g. `LaunchIntent`.
    public func createAll(_ path: String, _ items: [JSONValue], kind: String, apiVersion: String) async throws(KubeClientError) {
        for start in stride(from: 0, to: items.count, by: KubeClient.bulkLimit) {
            let part = Array(items[start..<min(start + KubeClient.bulkLimit, items.count)])
            try await post(path, ["apiVersion": .string(apiVersion), "kind": .string(kind + "List"), "metadata": [:], "items": .array(part)])
        }
    }

    /// Deletes all objects of these names that are there, `bulkLimit` in a call. When a call fails, what those before it deleted is gone.
    ///
    /// - Parameter kind: of one object, e.g. `LaunchIntent`.
    public func deleteAll(_ path: String, names: [String], kind: String, apiVersion: String) async throws(KubeClientError) {
        for start in stride(from: 0, to: names.count, by: KubeClient.bulkLimit) {
            let part = names[start..<min(start + KubeClient.bulkLimit, names.count)].map(JSONValue.string)
            try await post(path, ["apiVersion": .string(apiVersion), "kind": .string(kind + "Deletion"), "names": .array(part)])
        }
    }

    /// What is answered, the objects as they were sent, is of no use here.
    private func post(_ path: String, _ body: JSONValue) async throws(KubeClientError) {
        _ = try await call(.POST, path, body: body.encoded(), contentType: "application/json")
    }
}
