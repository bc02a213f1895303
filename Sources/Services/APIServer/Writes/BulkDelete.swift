import HTTPKit
import JSON
import KubeAPI
import Store

/// Many objects of one kind deleted in one request, by name, for kinds that allow it: launch intents that have served their purpose.
///
/// It is a POST of an object that names them, as an eviction is, and not a DELETE with a body: an older server refuses a kind that it does not know,
/// where it might take such a DELETE for one of the whole collection.
extension APIService {
    /// All that are there of those that are named; what is gone already is no failure. In as few transactions as the store's limits allow, each durable
    /// before the next.
    func deleteAll(_ deletion: JSONValue, _ write: WriteRequest) async throws -> HTTPResponse {
        let names = try bulk(deletion["names"]?.array, write).compactMap(\.string).filter { !$0.isEmpty }
        guard names.count == deletion["names"]?.array?.count else { throw APIStatus.badRequest("names: must be a list of names of objects") }
        let keys = Set(names.map { write.kind.storeKey(namespace: write.namespace, name: $0) }).sorted()
        // The condition on the leader's term needs room.
        let most = max(1, store.operationLimit - 1)
        for start in stride(from: 0, to: keys.count, by: most) {
            let part = keys[start..<min(start + most, keys.count)]
            _ = try await commit(Transaction(then: part.map { .delete(KeyRange(key: $0)) }), write.kind)
        }
        return success(200)
    }
}
