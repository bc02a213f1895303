import JSON

extension Schema {
    /// An object as a Go API server holds it after decoding, and what was wrong with its shape.
    public struct Decoded: Sendable {
        /// Without unknown fields, nulls and empty values of fields that Go leaves out; fields in their order of declaration; objects that Go
        /// always writes (`resources`, `status`, …) present, empty if need be. Quantities and times as they came.
        public let value: JSONValue
        /// In the order of the document; at most `Schema.problemLimit`.
        public let problems: [SchemaProblem]
    }

    /// More problems than this are not collected; Go's strict decoder stops there, too.
    public static let problemLimit = 100

    /// Decodes an object as its type. Members are matched by case.
    public func decode(_ value: JSONValue, as type: TypeSchema) -> Decoded {
        var walk = StructuralWalk(schema: self)
        let decoded = walk.object(value, as: type)
        return Decoded(value: decoded ?? .object(JSONObject()), problems: walk.problems)
    }

    /// An object of what was read into the places of its type's fields.
    func object(_ type: TypeSchema, _ slots: [JSONValue?]) -> JSONObject {
        var count = 0
        for place in slots.indices where slots[place] != nil || type.alwaysWritten[place] != nil { count += 1 }
        var object = JSONObject()
        object.reserveCapacity(count)
        for place in slots.indices {
            if let value = slots[place] {
                object.appendDistinct(type.fields[place].name, value)
            } else if let id = type.alwaysWritten[place] {
                object.appendDistinct(type.fields[place].name, emptyObject(id))
            }
        }
        return object
    }

    /// What is wrong with an object's shape, in the order of the document.
    public func check(_ value: JSONValue, as type: TypeSchema) -> [SchemaProblem] { decode(value, as: type).problems }

    /// Decodes a parsed body: like `decode(_:as:)`, and members that were there twice are reported as well.
    public func decode(_ parsed: JSONValue.Parsed, as type: TypeSchema) -> Decoded {
        let decoded = decode(parsed.value, as: type)
        return Decoded(value: decoded.value, problems: decoded.problems + parsed.duplicateKeys.map(SchemaProblem.duplicateField))
    }
}

/// A Go type by name, or what lies so many lists and maps deep in it. Spelled out only for a message.
private struct GoType {
    let name: String
    var depth = 0

    var element: GoType { GoType(name: name, depth: depth + 1) }

    var text: String {
        var rest = name[...]
        for _ in 0..<depth {
            // `[]v1.Container`, `map[string]string`; the name of a list type of its own says nothing of its elements.
            guard rest.hasPrefix("[]") || rest.hasPrefix("map["), let end = rest.firstIndex(of: "]") else { break }
            rest = rest[rest.index(after: end)...]
        }
        return String(rest)
    }
}

/// One walk over one object. A nil result means: as if it had not been there.
private struct StructuralWalk {
    let schema: Schema
    var problems: [SchemaProblem] = []

    /// The way to where the walk is: member names and element numbers.
    private var path: [Step] = []
    /// Go's name of the innermost object, for messages.
    private var owner = ""

    private enum Step {
        case member(String)
        /// Of a map.
        case key(String)
        case element(Int)
    }

    init(schema: Schema) {
        self.schema = schema
    }

    // MARK: Objects, lists, maps

    mutating func object(_ value: JSONValue, as type: TypeSchema) -> JSONValue? {
        guard case .object(let members) = value else { return mismatch(value, GoType(name: type.goName)) }
        let outer = owner
        owner = type.shortName
        defer { owner = outer }
        var slots = [JSONValue?](repeating: nil, count: type.fields.count)
        members.forEachMember { name, member in
            guard let place = type.place(of: name) else {
                path.append(.member(name))
                report(.unknownField(text(path)))
                path.removeLast()
                return
            }
            guard !member.isNull else { return }
            path.append(.member(name))
            slots[place] = decoded(member, type.fields[place])
            path.removeLast()
        }
        return .object(schema.object(type, slots))
    }

    private mutating func decoded(_ value: JSONValue, _ field: FieldSchema) -> JSONValue? {
        guard let kept = decoded(value, as: field.type, GoType(name: field.goType)) else { return nil }
        return field.omits(kept) ? nil : kept
    }

    private mutating func decoded(_ value: JSONValue, as type: FieldType, _ goType: GoType) -> JSONValue? {
        if value.isNull { return nil }
        switch type {
        case .object(let id): return object(value, as: schema[id])
        case .list(let element): return list(value, of: element, goType)
        case .wrappedStrings: return list(value, of: .string, goType)
        case .map(let element): return map(value, of: element, goType)
        case .rawExtension, .json: return value
        default: return scalar(value, as: type, goType)
        }
    }

    private mutating func list(_ value: JSONValue, of element: FieldType, _ goType: GoType) -> JSONValue? {
        guard case .array(let elements) = value else { return mismatch(value, goType) }
        var result: [JSONValue] = []
        result.reserveCapacity(elements.count)
        for position in elements.indices {
            path.append(.element(position))
            // A null element is the zero value of its type.
            result.append(decoded(elements[position], as: element, goType.element) ?? zero(element))
            path.removeLast()
        }
        return .array(result)
    }

    private mutating func map(_ value: JSONValue, of element: FieldType, _ goType: GoType) -> JSONValue? {
        guard case .object(let members) = value else { return mismatch(value, goType) }
        var result = members
        result.mapValuesInPlace { name, member in
            path.append(.key(name))
            member = decoded(member, as: element, goType.element) ?? zero(element)
            path.removeLast()
        }
        return .object(result)
    }

    private func zero(_ type: FieldType) -> JSONValue {
        switch type {
        case .bool: false
        case .int32, .int64, .intOrString: 0
        case .string, .bytes: ""
        case .quantity: "0"
        case .object(let id): schema.emptyObject(id)
        case .list, .wrappedStrings: []
        case .map: [:]
        case .time, .microTime, .rawExtension, .json: .null
        }
    }

    // MARK: Scalars

    private mutating func scalar(_ value: JSONValue, as type: FieldType, _ goType: GoType) -> JSONValue? {
        switch type {
        case .bool: return value.bool == nil ? mismatch(value, goType) : value
        case .string: return value.string == nil ? mismatch(value, goType) : value
        case .int32: return integer(value, goType) { Int32(exactly: $0) != nil }
        case .int64: return integer(value, goType) { _ in true }
        case .intOrString:
            return value.string == nil ? integer(value, GoType(name: "int32")) { Int32(exactly: $0) != nil } : value
        case .quantity: return quantity(value)
        case .bytes:
            guard let text = value.string else { return mismatch(value, goType) }
            if let offset = Base64.firstIllegalByte(text) { return wrong("illegal base64 data at input byte \(offset)") }
            return value
        case .time: return time(value, .seconds)
        case .microTime: return time(value, .microseconds)
        default: return value
        }
    }

    private mutating func integer(_ value: JSONValue, _ goType: GoType, _ fits: (Int64) -> Bool) -> JSONValue? {
        switch value {
        case .integer(let number): return fits(number) ? value : mismatch("number \(number)", goType)
        case .double(let number): return mismatch("number \(JSONValue.double(number).text)", goType)
        default: return mismatch(value, goType)
        }
    }

    private mutating func quantity(_ value: JSONValue) -> JSONValue? {
        switch value {
        // A number is taken for its text.
        case .integer, .double: return .string(value.text)
        case .string(let text):
            if let problem = QuantitySyntax.problem(with: text) { return wrong(problem) }
            return value
        default: return wrong(QuantitySyntax.malformed)
        }
    }

    private mutating func time(_ value: JSONValue, _ precision: TimeSyntax.Precision) -> JSONValue? {
        guard let text = value.string else { return mismatch(value, GoType(name: "string")) }
        if let problem = TimeSyntax.problem(with: text, precision) { return wrong(problem) }
        return value
    }

    // MARK: Problems

    private mutating func mismatch(_ value: JSONValue, _ goType: GoType) -> JSONValue? {
        let word =
            switch value {
            case .bool: "bool"
            case .integer, .double: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            case .null: "null"
            }
        return mismatch(word, goType)
    }

    private mutating func mismatch(_ word: String, _ goType: GoType) -> JSONValue? {
        // Go names the way to the field, without element numbers and without the keys of maps.
        let fields = path.compactMap { step -> String? in
            if case .member(let name) = step { return name }
            return nil
        }
        let place = fields.isEmpty ? "Go value" : "Go struct field \(owner).\(fields.joined(separator: "."))"
        return wrong("json: cannot unmarshal \(word) into \(place) of type \(goType.text)")
    }

    private mutating func wrong(_ message: String) -> JSONValue? {
        report(SchemaProblem(kind: .wrongType, path: text(path), message: message))
        return nil
    }

    private mutating func report(_ problem: SchemaProblem) {
        // The first wrong type decides the answer, however many unknown fields come before it.
        if problems.count < Schema.problemLimit || (problem.kind == .wrongType && SchemaProblem.typeError(problems) == nil) {
            problems.append(problem)
        }
    }

    private func text(_ path: [Step]) -> String {
        var text = ""
        for step in path {
            switch step {
            case .member(let name), .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let position): text += "[\(position)]"
            }
        }
        return text
    }
}
