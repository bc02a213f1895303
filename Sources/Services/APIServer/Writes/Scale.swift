import HTTPKit
import JSON
import KubeAPI
import Store

/// The `scale` subresource: a `Scale` made of the object, and written back into it.
extension APIService {
    func getScale(_ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        let form = try AnswerForm(request.headers)
        guard let object = try cache(of: target.kind).get(target.storeKey) else {
            throw .scaleNotFound(target.kind, name: target.name ?? "")
        }
        guard let scale = target.kind.scale(of: try tree(object.clientBytes)) else { throw .noSuchResource }
        exchange.respond(try answer(.ok, scale.encoded(), of: .scales, revision: object.modRevision, form, request))
    }

    func updateScale(_ write: WriteRequest) async throws -> HTTPResponse {
        let read = try BodyReader(expectedKind: "Scale").read(write.request)
        let (body, warnings) = try checkStructure(read, write, as: .scales)
        return try await writeScale(write, warnings: warnings) { _ in body }
    }

    func patchScale(_ write: WriteRequest, _ patch: JSONValue, _ type: PatchType) async throws -> HTTPResponse {
        try await writeScale(write, warnings: []) { scale in
            let patched = try ResourceKind.scales.apply(patch, as: type, to: scale)
            return try checkStructure(ReadBody(value: patched), write, isPatch: true, as: .scales).body
        }
    }

    private func writeScale(
        _ write: WriteRequest, warnings: [String], _ change: (JSONValue) throws -> JSONValue
    ) async throws -> HTTPResponse {
        let kind = write.kind
        return try await changing(write.target) { current in
            guard let current else { throw APIStatus.scaleNotFound(kind, name: write.name) }
            guard let scale = kind.scale(of: current.tree) else { throw APIStatus.methodNotAllowed }
            let prepared = try kind.prepareScale(old: current.tree, new: try change(scale), context(write))
            let key = write.target.storeKey
            guard case .write(var object) = prepared else {
                return try await stands(current, at: key) ? try answer(current.tree, current.revision, write, warnings) : nil
            }
            if write.isDryRun { return try answer(object, current.revision, write, warnings) }
            let result = try await commit(
                Transaction(if: [.unchanged(key, since: current.revision)], then: [.put(key: key, value: ObjectBytes.encode(object))]), kind)
            guard result.succeeded else { return nil }
            object.set(.string(String(result.revision)), at: "metadata", "resourceVersion")
            return try answer(object, result.revision, write, warnings)
        }
    }

    private func answer(
        _ object: JSONValue, _ revision: Revision, _ write: WriteRequest, _ warnings: [String]
    ) throws(APIStatus) -> HTTPResponse {
        let bytes = (write.kind.scale(of: object) ?? .null).encoded()
        return try answer(.ok, bytes, of: .scales, revision: revision, write.form, write.request, warnings: warnings)
    }
}
