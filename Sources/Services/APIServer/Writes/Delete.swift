import HTTPKit
import JSON
import KubeAPI
import Store

/// What became of a DELETE.
enum Deletion: Sendable {
    /// Gone; the last state.
    case removed(JSONValue)
    /// Marked, or marked before: the state as it is.
    case terminating(JSONValue)
}

extension APIService {
    func delete(_ write: WriteRequest) async throws -> HTTPResponse {
        let options = try deleteOptions(write)
        let deletion = try await delete(write.target, options)
        switch deletion {
        case .removed(let object):
            if write.kind.rules.returnsDeletedObject { return try answer(.ok, object: object, write) }
            return HTTPResponse(
                APIStatus.deleted(write.kind, name: write.name, uid: object.at("metadata", "uid")?.string ?? ""))
        case .terminating(let object): return try answer(.ok, object: object, write)
        }
    }

    private func deleteOptions(_ write: WriteRequest) throws(APIStatus) -> DeleteOptions {
        var body: JSONValue?
        if write.request.body.readableBytes > 0 { body = try BodyReader(expectedKind: "DeleteOptions").read(write.request).value }
        let query = write.query
        return try DeleteOptions(body: body, query: { query.first($0) })
    }

    /// One object's deletion, as its kind's rules have it.
    func delete(_ target: ResourceTarget, _ options: DeleteOptions) async throws -> Deletion {
        let key = target.storeKey
        return try await changing(target) { current -> Deletion? in
            guard let current else { throw APIStatus.notFound(target.kind, name: target.name ?? "") }
            let unchanged = [Compare.unchanged(key, since: current.revision)]
            switch try target.kind.prepareDelete(current.tree, options, now: time.wallClock) {
            case .remove(let object):
                if options.isDryRun { return .removed(object) }
                let plan = try await allocation(target.kind, old: current.tree, new: nil)
                let result = try await commit(Transaction(if: unchanged, then: [.delete(KeyRange(key: key))]), with: plan, target.kind)
                return result.succeeded ? .removed(object) : nil
            case .markTerminating(let object):
                if options.isDryRun { return .terminating(object) }
                let result = try await commit(
                    Transaction(if: unchanged, then: [.put(key: key, value: target.kind.storedBytes(of: object))]), target.kind)
                guard result.succeeded else { return nil }
                var marked = object
                marked.set(.string(String(result.revision)), at: "metadata", "resourceVersion")
                return .terminating(marked)
            case .alreadyTerminating(let object):
                guard try await stands(current, at: key) else { return nil }
                return .terminating(object)
            }
        }
    }

    /// Deletes what a list of the same parameters shows, one by one; an object that another writer removed meanwhile is no failure.
    func deleteCollection(_ write: WriteRequest) async throws -> HTTPResponse {
        let selection = try ListOptions(write.query, for: write.kind)
        let options = try deleteOptions(write)
        let list: CacheList
        try await freshen(try cache(of: write.kind))
        do {
            list = try cache(of: write.kind).list(selection.filter(in: write.target.namespace))
        } catch {
            throw apiStatus(of: error)
        }
        for object in list.objects {
            let target = ResourceTarget(kind: write.kind, namespace: write.target.namespace, name: object.name, subresource: nil)
            do { _ = try await delete(target, options) } catch let status as APIStatus where status.code == 404 {}
        }
        return HTTPResponse(.ok, headers: jsonHeaders, body: list.bytes(write.kind))
    }

    /// An eviction is a delete that a disruption budget may refuse; there are no budgets yet.
    func evict(_ body: JSONValue, _ write: WriteRequest) async throws -> HTTPResponse {
        if let name = body.at("metadata", "name")?.string, name != write.name {
            throw APIStatus.badRequest("name in URL does not match name in Eviction object: invalid name")
        }
        let query = write.query
        var options = try DeleteOptions(body: body["deleteOptions"], query: { query.first($0) })
        options.isDryRun = options.isDryRun || write.isDryRun
        let target = ResourceTarget(kind: write.kind, namespace: write.target.namespace, name: write.name, subresource: nil)
        _ = try await delete(target, options)
        return success()
    }
}
