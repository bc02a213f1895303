import JSON
import KubeSchema

/// Kubernetes' strategic merge patch: as a merge patch, but lists that the schema marks so merge by their key, and directives
/// (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say what a plain merge cannot.
public enum StrategicMergePatch {
    /// A patch that does not fit its own format, told as Kubernetes tells it.
    private struct Failure: Error {
        let status: APIStatus
        static let rejected = Failure(
            status: APIStatus(
                code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request",
                details: APIStatus.Details()))
        static func bad(_ text: String) -> Failure { Failure(status: .badRequest(text)) }
    }

    /// Throws 400 for a bad patch or directive, 422 where a list's element lacks its merge key.
    public static func apply(_ patch: JSONValue, to object: JSONValue, kind: ResourceKind) throws(APIStatus) -> JSONValue {
        let type = Schema.shared.type(forKind: kind.group, kind.version, kind.kind)
        return try apply(patch, to: object, type: type)
    }

    /// `type` is the object's; without one, lists are replaced as a whole.
    static func apply(_ patch: JSONValue, to object: JSONValue, type: TypeSchema?) throws(APIStatus) -> JSONValue {
        guard case .object(let changes) = patch else {
            throw .badRequest(
                "json: cannot unmarshal \(patch.array == nil ? "string" : "array") into Go value of type map[string]interface {}")
        }
        do {
            return .object(try merge(changes, into: object.object ?? JSONObject(), type))
        } catch {
            throw error.status
        }
    }

    private static let orderPrefix = "$setElementOrder/"
    private static let deletePrefix = "$deleteFromPrimitiveList/"

    // MARK: Objects

    private static func merge(_ patch: JSONObject, into original: JSONObject, _ type: TypeSchema?) throws(Failure) -> JSONObject {
        var result = original
        if let directive = patch["$patch"] {
            switch directive.string {
            case "replace":
                var replacement = patch
                replacement["$patch"] = nil
                return try merge(replacement, into: JSONObject(), type)
            case "delete": return JSONObject()
            case "merge": break
            default: throw .bad("Unknown patch type found: \(directive.string ?? directive.text)")
            }
        }
        if let retained = patch["$retainKeys"] {
            guard case .array(let keys) = retained else { throw .bad("invalid patch format of retainKeys") }
            result.removeAll { key, _ in !keys.contains(.string(key)) }
        }
        for (key, value) in patch where key.hasPrefix(deletePrefix) {
            guard case .array(let gone) = value else { throw .bad("invalid patch format of primitive list") }
            let name = String(key.dropFirst(deletePrefix.count))
            if case .array(let elements)? = result[name] { result[name] = .array(elements.filter { !gone.contains($0) }) }
        }
        for (key, value) in patch where key.utf8.first != UInt8(ascii: "$") {
            if value.isNull {
                result[key] = nil
                continue
            }
            result[key] = try merged(value, original: result[key], type?.field(key), order: patch[orderPrefix + key])
        }
        // An order without a change of the list itself.
        for (key, order) in patch where key.hasPrefix(orderPrefix) {
            let name = String(key.dropFirst(orderPrefix.count))
            guard patch[name] == nil, case .array(let elements)? = result[name] else { continue }
            guard case .array(let wanted) = order else { throw .bad("invalid patch format of setElementOrder list") }
            result[name] = .array(ordered(elements, by: wanted, server: elements, key: type?.field(name)?.patchMergeKey))
        }
        return result
    }

    private static func merged(
        _ value: JSONValue, original: JSONValue?, _ field: FieldSchema?, order: JSONValue?
    ) throws(Failure) -> JSONValue {
        switch value {
        case .object(let changes):
            let replaces = field?.patchStrategies.contains("replace") ?? false
            let type = field?.objectType.map { Schema.shared[$0] }
            return .object(try merge(changes, into: replaces ? JSONObject() : original?.object ?? JSONObject(), type))
        case .array(let elements):
            guard let field, field.mergesOnPatch else { return value }
            return .array(try mergeList(elements, into: original?.array ?? [], field, order: order))
        default: return value
        }
    }

    // MARK: Lists

    private static func mergeList(
        _ patch: [JSONValue], into original: [JSONValue], _ field: FieldSchema, order: JSONValue?
    ) throws(Failure) -> [JSONValue] {
        guard let key = field.patchMergeKey else {
            var all = original
            for element in patch where !all.contains(element) { all.append(element) }
            return ordered(all, by: try wantedOrder(order) ?? patch, server: original, key: nil)
        }
        let type = field.objectType.map { Schema.shared[$0] }
        var all = original
        var plain: [JSONValue] = []
        var replacesAll = false
        for element in patch {
            switch element["$patch"]?.string {
            case "replace": replacesAll = true
            case "delete":
                guard let name = element[key] else { throw .rejected }
                all.removeAll { $0[key] == name }
            case nil, "merge": plain.append(element)
            case let other?: throw .bad("Unknown patch type found: \(other)")
            }
        }
        if replacesAll { return plain }
        for element in plain {
            guard case .object(let changes) = element, let name = element[key] else { throw .rejected }
            if let position = all.firstIndex(where: { $0[key] == name }) {
                all[position] = .object(try merge(changes, into: all[position].object ?? JSONObject(), type))
            } else {
                all.append(.object(try merge(changes, into: JSONObject(), type)))
            }
        }
        return ordered(all, by: try wantedOrder(order) ?? plain, server: original, key: key)
    }

    private static func wantedOrder(_ order: JSONValue?) throws(Failure) -> [JSONValue]? {
        guard let order else { return nil }
        guard case .array(let wanted) = order else { throw .bad("invalid patch format of setElementOrder list") }
        return wanted
    }

    /// The elements that the patch names, in its order, woven with the others in the order that they had: two elements that were both
    /// there keep their order where they can, and what is new stands before what only the server knows.
    private static func ordered(_ elements: [JSONValue], by wanted: [JSONValue], server: [JSONValue], key: String?) -> [JSONValue]
    {
        func identity(_ element: JSONValue) -> JSONValue { key.flatMap { element[$0] } ?? element }
        let wantedKeys = wanted.map(identity)
        let serverKeys = server.map(identity)
        var named: [(rank: Int, element: JSONValue)] = []
        var others: [JSONValue] = []
        for element in elements {
            if let rank = wantedKeys.firstIndex(of: identity(element)) {
                named.append((rank, element))
            } else {
                others.append(element)
            }
        }
        named.sort { $0.rank < $1.rank }
        var result: [JSONValue] = []
        var next = 0
        for (_, element) in named {
            while next < others.count, let place = serverKeys.firstIndex(of: identity(element)),
                let otherPlace = serverKeys.firstIndex(of: identity(others[next])), otherPlace < place
            {
                result.append(others[next])
                next += 1
            }
            result.append(element)
        }
        return result + others[next...]
    }
}
