import HTTPKit
import JSON
import KubeAPI
import Store

/// Many new objects of one kind in one request, for kinds that allow it: a scheduler's launch intents, events.
extension APIService {
    private struct Prepared {
        let key: String
        let name: String
        let bytes: [UInt8]
        var revision: Revision = 0
    }

    /// All of a list, or an error and nothing. One transaction where the store takes that many, else several, of which each is durable
    /// before the next: when one fails, what came before it is taken back. A server that dies in between leaves some; so this is for kinds
    /// where one object more does no harm. (An intent without a task is asked about and dropped; an event tells what happened.)
    func createAll(_ list: JSONValue, _ write: WriteRequest) async throws -> HTTPResponse {
        var prepared = try prepare(list, write)
        let parts = parts(of: prepared)
        for (number, part) in parts.enumerated() {
            do {
                let revision = try await create(prepared[part], write)
                for position in part { prepared[position].revision = revision }
            } catch {
                for done in parts[..<number] { await takeBack(prepared[done]) }
                throw error
            }
        }
        let kind = write.kind
        let last = prepared.last?.revision ?? 0
        try await settle(last, kind)
        var bytes = Array("{\"kind\":\"\(kind.listKind)\",\"apiVersion\":\"\(kind.apiVersion)\",".utf8)
        bytes += "\"metadata\":{\"resourceVersion\":\"\(last)\"},\"items\":[".utf8
        for (position, item) in prepared.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += ObjectBytes.clientBytes(stored: item.bytes, revision: item.revision)
        }
        bytes += "]}\n".utf8
        return HTTPResponse(.created, headers: jsonHeaders, body: .init(bytes: bytes))
    }

    private func prepare(_ list: JSONValue, _ write: WriteRequest) throws(APIStatus) -> [Prepared] {
        let items = try bulk(list["items"]?.array, write)
        var prepared: [Prepared] = []
        var keys: Set<String> = []
        for item in items {
            let object = try write.kind.prepareCreate(item, context(write))
            let name = object.at("metadata", "name")?.string ?? ""
            let key = write.kind.storeKey(namespace: write.namespace, name: name)
            guard keys.insert(key).inserted else { throw APIStatus.alreadyExists(write.kind, name: name) }
            prepared.append(Prepared(key: key, name: name, bytes: ObjectBytes.encode(object)))
        }
        return prepared
    }

    /// What one call is about, if it is not nothing and not too much.
    func bulk(_ items: [JSONValue]?, _ write: WriteRequest) throws(APIStatus) -> [JSONValue] {
        guard let items, !items.isEmpty else { throw APIStatus.badRequest("the list has no items") }
        guard items.count <= options.bulkLimit else { throw APIStatus.requestEntityTooLarge(limit: options.bulkLimit) }
        guard !write.isDryRun else { throw APIStatus.badRequest("a dry run is of one object, not of a list") }
        return items
    }

    /// As few transactions as the store's limits allow, with room for the conditions on the namespace and on the leader's term.
    private func parts(of prepared: [Prepared]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        var bytes = 0
        for (position, item) in prepared.enumerated() {
            let size = item.bytes.count + 3 * item.key.utf8.count
            if position > start, position - start >= store.operationLimit - 2 || bytes + size > store.byteLimit {
                parts.append(start..<position)
                (start, bytes) = (position, 0)
            }
            bytes += size
        }
        return parts + [start..<prepared.count]
    }

    private func create(_ part: ArraySlice<Prepared>, _ write: WriteRequest) async throws -> Revision {
        let conditions = part.map { Compare.absent($0.key) } + (try await checkNamespace(of: write, name: "", fresh: true))
        let transaction = Transaction(
            if: conditions, then: part.map { .put(key: $0.key, value: $0.bytes) }, else: part.map { .get(KeyRange(key: $0.key)) })
        let result = try await store.commit(transaction, fencedBy: LeaderTerm.current)
        if result.succeeded { return result.revision }
        for case (.got(let found), let item) in zip(result.results, part) where !found.isEmpty {
            throw APIStatus.alreadyExists(write.kind, name: item.name)
        }
        throw APIStatus.timeout("the objects could not be created, please try again", retryAfter: 1)
    }

    /// Removes what was created, if nobody has changed it since. What cannot be removed stays, as after a death at this moment.
    private func takeBack(_ part: ArraySlice<Prepared>) async {
        let unchanged = part.map { Compare.unchanged($0.key, since: $0.revision) }
        do { _ = try await store.commit(Transaction(if: unchanged, then: part.map { .delete(KeyRange(key: $0.key)) })) } catch {
            logger.warning("\(part.count) objects of a bulk create that failed stay for now: \(apiStatus(of: error).message)")
        }
    }
}
