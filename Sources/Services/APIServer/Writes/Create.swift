import HTTPKit
import JSON
import KubeAPI
import Store

extension APIService {
    func create(_ write: WriteRequest) async throws -> HTTPResponse {
        let reader = BodyReader(expectedKind: write.kind.kind)
        let read = try reader.read(write.request)
        let bulk = write.kind.bulk
        if !bulk.isEmpty, let kind = read.value["kind"]?.string {
            if bulk.contains(.create), kind == write.kind.listKind { return try await createAll(read.value, write) }
            if bulk.contains(.delete), kind == write.kind.bulkDeletionKind { return try await deleteAll(read.value, write) }
        }
        let (body, warnings) = try checkStructure(read, write)
        return try await create(body, write, warnings: warnings)
    }

    func create(_ body: JSONValue, _ write: WriteRequest, warnings: [String]) async throws -> HTTPResponse {
        let kind = write.kind
        let body = try await admitted(body, kind, isNew: true)
        for attempt in 0..<8 {
            let object = try kind.prepareCreate(body, context(write))
            let name = object.at("metadata", "name")?.string ?? ""
            let isGenerated = body.at("metadata", "name")?.string?.isEmpty ?? true
            let key = kind.storeKey(namespace: write.namespace, name: name)
            let namespaceHolds = try await checkNamespace(of: write, name: name, fresh: attempt > 0)
            if write.isDryRun, try await stored(key) != nil { throw APIStatus.alreadyExists(kind, name: name) }
            let plan = try await allocation(kind, old: nil, new: object)
            let complete = plan?.object ?? object
            if write.isDryRun {
                if let plan { allocator.settle(plan) }
                return try answer(.created, object: complete, write, warnings: warnings)
            }
            let bytes = kind.storedBytes(of: complete)
            let result = try await commit(
                Transaction(if: [.absent(key)] + namespaceHolds, then: [.put(key: key, value: bytes)], else: [.get(KeyRange(key: key))]),
                with: plan, kind)
            if result.succeeded { return try answer(.created, stored: bytes, revision: result.revision, write, warnings: warnings) }
            guard case .got(let found)? = result.results.first, let existing = found.first else { continue }
            if isGenerated { continue }
            let index = try? ObjectIndex(kind, bytes: existing.value)
            throw index?.deletionTimestamp == nil ? APIStatus.alreadyExists(kind, name: name) : .alreadyExistsButGoing(kind, name: name)
        }
        throw APIStatus.timeout("the object could not be created, please try again", retryAfter: 1)
    }

    /// A namespaced object needs a namespace that is there and stays. Returns what the transaction must hold it to: the namespace as it is,
    /// so that one that begins to end in between makes the create look again.
    func checkNamespace(of write: WriteRequest, name: String, fresh: Bool) async throws -> [Compare] {
        guard write.kind.isNamespaced, let namespaces = registry.kind(group: "", version: "v1", plural: "namespaces") else { return [] }
        let key = namespaces.storeKey(namespace: "", name: write.namespace)
        if !fresh, let known = try cache(of: namespaces).get(key), known.index.deletionTimestamp == nil {
            return [.unchanged(key, since: known.modRevision)]
        }
        guard let item = try await stored(key) else { throw APIStatus.notFound(namespaces, name: write.namespace) }
        let index = try? ObjectIndex(namespaces, bytes: item.value)
        guard index?.deletionTimestamp == nil else {
            throw APIStatus.namespaceTerminating(write.kind, name: name, namespace: write.namespace)
        }
        return [.unchanged(key, since: item.modRevision)]
    }
}
