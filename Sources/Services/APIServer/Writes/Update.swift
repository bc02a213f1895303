import HTTPKit
import JSON
import KubeAPI
import Store

extension APIService {
    func update(_ write: WriteRequest) async throws -> HTTPResponse {
        if write.target.subresource == "scale" { return try await updateScale(write) }
        let read = try BodyReader(expectedKind: write.kind.kind).read(write.request)
        let (body, warnings) = try checkStructure(read, write)
        return try await changing(write.target) { current in
            guard let current else {
                guard write.kind.rules.allowsCreateOnUpdate, write.target.subresource == nil else {
                    throw APIStatus.notFound(write.kind, name: write.name)
                }
                return try await createByUpdate(body, write, warnings: warnings)
            }
            return try await self.write(body, over: current, write, warnings: warnings)
        }
    }

    /// A PUT to a name that is not there, for kinds that allow it.
    private func createByUpdate(_ body: JSONValue, _ write: WriteRequest, warnings: [String]) async throws -> HTTPResponse {
        var named = body
        guard let name = body.at("metadata", "name")?.string, !name.isEmpty else {
            throw APIStatus.badRequest("the name of the object (\(write.name) based on URL) was undeterminable: name must be provided")
        }
        guard name == write.name else {
            throw APIStatus.badRequest("the name of the object (\(name)) does not match the name on the URL (\(write.name))")
        }
        named.remove(at: "metadata", "resourceVersion")
        return try await create(named, write, warnings: warnings)
    }

    /// Stores `body` in place of `current`; `nil` when another writer was first.
    private func write(
        _ body: JSONValue, over current: CurrentObject, _ write: WriteRequest, warnings: [String]
    ) async throws -> HTTPResponse? {
        let prepared = try write.kind.prepareUpdate(
            old: current.tree, new: try await admitted(body, write.kind, isNew: false), subresource: write.target.subresource, context(write))
        let key = write.target.storeKey
        switch prepared {
        case .unchanged:
            guard try await stands(current, at: key) else { return nil }
            return try answer(.ok, current.bytes, of: write.kind, revision: current.revision, write.form, write.request, warnings: warnings)
        case .write(let object):
            let plan = try await allocation(write.kind, old: current.tree, new: object)
            let complete = plan?.object ?? object
            if write.isDryRun {
                if let plan { allocator.settle(plan) }
                return try answer(.ok, object: complete, write, warnings: warnings)
            }
            let bytes = write.kind.storedBytes(of: complete)
            let result = try await commit(
                Transaction(if: [.unchanged(key, since: current.revision)], then: [.put(key: key, value: bytes)]), with: plan, write.kind)
            return result.succeeded ? try answer(.ok, stored: bytes, revision: result.revision, write, warnings: warnings) : nil
        case .remove(let object):
            if write.isDryRun { return try answer(.ok, object: object, write, warnings: warnings) }
            let plan = try await allocation(write.kind, old: current.tree, new: nil)
            let result = try await commit(
                Transaction(if: [.unchanged(key, since: current.revision)], then: [.delete(KeyRange(key: key))]), with: plan, write.kind)
            return result.succeeded ? try answer(.ok, object: object, write, warnings: warnings) : nil
        }
    }

    // MARK: Patches

    func patch(_ write: WriteRequest) async throws -> HTTPResponse {
        guard let type = PatchType(rawValue: mediaType(write.request.headers)) else { throw APIStatus.unsupportedPatchType }
        guard type != .apply else {
            throw APIStatus(
                code: 415, reason: "UnsupportedMediaType",
                message: "server-side apply (application/apply-patch+yaml) is not supported by this server; use client-side apply")
        }
        let patch = try readPatch(write.request, type)
        if write.target.subresource == "scale" { return try await patchScale(write, patch, type) }
        return try await changing(write.target) { current in
            guard let current else { throw APIStatus.notFound(write.kind, name: write.name) }
            let patched = try write.kind.apply(patch, as: type, to: current.tree)
            let (body, warnings) = try checkStructure(ReadBody(value: patched), write, isPatch: true)
            return try await self.write(body, over: current, write, warnings: warnings)
        }
    }

    private func readPatch(_ request: HTTPRequest, _ type: PatchType) throws(APIStatus) -> JSONValue {
        let bytes = Array(buffer: request.body)
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            switch type {
            case .merge: throw APIStatus(code: 500, reason: "", message: "Invalid JSON Patch")
            case .strategicMerge where error.offset >= bytes.count: throw .badRequest("unexpected EOF")
            default: throw .badRequest(GoJSONError.text(error, bytes))
            }
        }
    }

    // MARK: Subresources that are posted to

    func postSubresource(_ write: WriteRequest) async throws -> HTTPResponse {
        guard let subresource = write.target.subresource.flatMap({ write.kind.subresource($0) }) else { throw APIStatus.methodNotAllowed }
        let body = try BodyReader(expectedKind: subresource.kind).read(write.request).value
        if subresource.name == "eviction" { return try await evict(body, write) }
        if let name = body.at("metadata", "name")?.string ?? (subresource.name == "binding" ? "" : nil), name != write.name {
            throw APIStatus.badRequest("name in URL does not match name in \(subresource.kind) object")
        }
        return try await applySubresource(subresource.name, body, write)
    }

    private func applySubresource(_ name: String, _ body: JSONValue, _ write: WriteRequest) async throws -> HTTPResponse {
        try await changing(write.target) { current in
            guard let current else { throw APIStatus.notFound(write.kind, name: write.name) }
            guard let object = try write.kind.rules.applySubresource(name, body: body, to: current.tree, context(write)) else {
                throw APIStatus.methodNotAllowed
            }
            if write.isDryRun { return success() }
            let key = write.target.storeKey
            if object == current.tree { return try await stands(current, at: key) ? success() : nil }
            let result = try await commit(
                Transaction(if: [.unchanged(key, since: current.revision)], then: [.put(key: key, value: ObjectBytes.encode(object))]),
                write.kind)
            return result.succeeded ? success() : nil
        }
    }

    /// `POST …/bindings`: the same as the `binding` subresource of the pod that the body names.
    func bindings(namespace: String, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        exchange.perform { [self] in
            do {
                guard let pods = registry.kind(group: "", version: "v1", plural: "pods") else { throw APIStatus.noSuchResource }
                let body = try BodyReader(expectedKind: "Binding").read(request).value
                guard let name = body.at("metadata", "name")?.string, !name.isEmpty else {
                    throw APIStatus.invalid(
                        kindName: "Binding", group: "", name: "", [.required("metadata.name", "name or generateName is required")])
                }
                let target = ResourceTarget(kind: pods, namespace: namespace, name: name, subresource: "binding")
                let write = try WriteRequest(target, request)
                exchange.respond(try await LeaderTerm.holding(request) { try await applySubresource("binding", body, write) })
            } catch {
                exchange.respond(apiStatus(of: error))
            }
        }
    }
}
