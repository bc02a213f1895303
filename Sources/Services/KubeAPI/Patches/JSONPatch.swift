import JSON

/// RFC 6902: a list of operations, all or nothing.
public struct JSONPatch: Sendable {
    /// More operations than this are refused, as a real server does.
    public static let operationLimit = 10_000

    /// An operation that cannot be done; Kubernetes tells no more about it.
    private struct Failure: Error {}

    private let operations: [JSONValue]

    /// Throws 400 for what is no list, 413 for too long a one.
    public init(_ patch: JSONValue) throws(APIStatus) {
        guard case .array(let operations) = patch else {
            throw .badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        }
        if operations.count > JSONPatch.operationLimit {
            throw APIStatus(
                code: 413, reason: "RequestEntityTooLarge",
                message: "Request entity too large: The allowed maximum operations in a JSON "
                    + "patch is \(JSONPatch.operationLimit), got \(operations.count)")
        }
        self.operations = operations
    }

    /// The changed document; 422 when an operation fails.
    public func applied(to document: JSONValue) throws(APIStatus) -> JSONValue {
        var result = document
        do {
            for operation in operations { try JSONPatch.perform(operation, on: &result) }
        } catch {
            throw APIStatus(
                code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request",
                details: APIStatus.Details())
        }
        return result
    }

    private static func perform(_ operation: JSONValue, on document: inout JSONValue) throws(Failure) {
        guard let path = operation["path"]?.string.flatMap(pointer) else { throw Failure() }
        switch operation["op"]?.string {
        case "add":
            guard let value = operation["value"] else { throw Failure() }
            try add(value, at: path[...], to: &document)
        case "remove": _ = try remove(at: path[...], from: &document)
        case "replace":
            guard let value = operation["value"] else { throw Failure() }
            try replace(value, at: path[...], in: &document)
        case "test":
            let found = (try? read(path[...], in: document)) ?? .null
            guard found == operation["value"] ?? .null else { throw Failure() }
        case "move":
            guard let from = operation["from"]?.string.flatMap(pointer), !path.starts(with: from) || path == from else {
                throw Failure()
            }
            let value = try remove(at: from[...], from: &document)
            try add(value, at: path[...], to: &document)
        case "copy":
            guard let from = operation["from"]?.string.flatMap(pointer) else { throw Failure() }
            try add(try read(from[...], in: document), at: path[...], to: &document)
        default: throw Failure()
        }
    }

    /// The parts of a JSON pointer (RFC 6901); `nil` for text that is none.
    private static func pointer(_ text: String) -> [String]? {
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else { return nil }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.utf8.contains(UInt8(ascii: "~")) else { return String(part) }
            return part.split(separator: "~1", omittingEmptySubsequences: false)
                .map { $0.split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~") }.joined(separator: "/")
        }
    }

    private static func position(_ part: String, below count: Int) throws(Failure) -> Int {
        let isPlain = part == "0" || (!part.hasPrefix("0") && part.utf8.allSatisfy { (48...57).contains($0) })
        guard isPlain, let position = Int(part), position < count else { throw Failure() }
        return position
    }

    private static func read(_ path: ArraySlice<String>, in value: JSONValue) throws(Failure) -> JSONValue {
        guard let part = path.first else { return value }
        switch value {
        case .object(let object):
            guard let member = object[part] else { throw Failure() }
            return try read(path.dropFirst(), in: member)
        case .array(let elements):
            return try read(path.dropFirst(), in: elements[try position(part, below: elements.count)])
        default: throw Failure()
        }
    }

    private static func add(_ new: JSONValue, at path: ArraySlice<String>, to value: inout JSONValue) throws(Failure) {
        guard let part = path.first else {
            value = new
            return
        }
        let isLast = path.count == 1
        switch value {
        case .object(var object):
            if isLast {
                object[part] = new
            } else {
                guard var member = object[part] else { throw Failure() }
                try add(new, at: path.dropFirst(), to: &member)
                object[part] = member
            }
            value = .object(object)
        case .array(var elements):
            if isLast {
                elements.insert(new, at: part == "-" ? elements.count : try position(part, below: elements.count + 1))
            } else {
                try add(new, at: path.dropFirst(), to: &elements[try position(part, below: elements.count)])
            }
            value = .array(elements)
        default: throw Failure()
        }
    }

    private static func remove(at path: ArraySlice<String>, from value: inout JSONValue) throws(Failure) -> JSONValue {
        guard let part = path.first else { throw Failure() }
        let isLast = path.count == 1
        let removed: JSONValue
        switch value {
        case .object(var object):
            guard var member = object[part] else { throw Failure() }
            if isLast {
                removed = member
                object[part] = nil
            } else {
                removed = try remove(at: path.dropFirst(), from: &member)
                object[part] = member
            }
            value = .object(object)
        case .array(var elements):
            let position = try position(part, below: elements.count)
            removed = isLast ? elements.remove(at: position) : try remove(at: path.dropFirst(), from: &elements[position])
            value = .array(elements)
        default: throw Failure()
        }
        return removed
    }

    private static func replace(_ new: JSONValue, at path: ArraySlice<String>, in value: inout JSONValue) throws(Failure) {
        guard let part = path.first else {
            value = new
            return
        }
        switch value {
        case .object(var object):
            guard var member = object[part] else { throw Failure() }
            try replace(new, at: path.dropFirst(), in: &member)
            object[part] = member
            value = .object(object)
        case .array(var elements):
            try replace(new, at: path.dropFirst(), in: &elements[try position(part, below: elements.count)])
            value = .array(elements)
        default: throw Failure()
        }
    }
}
