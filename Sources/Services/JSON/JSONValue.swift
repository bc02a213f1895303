/// Any JSON value, as a tree. What patches, defaults and validation work on; the hot path reads `JSONDocument` instead.
///
/// A number without fraction and exponent that fits 64 bits is an `integer`, any other number a `double`: the rule by which
/// Kubernetes itself reads numbers that have no declared type.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The integer; of a double only when it is whole and within 64 bits.
    public var integer: Int64? {
        switch self {
        case .integer(let value): return value
        case .double(let value): return Int64(exactly: value)
        default: return nil
        }
    }

    public var double: Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .double(let value): return value
        default: return nil
        }
    }

    public var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    public var array: [JSONValue]? {
        if case .array(let value) = self { return value }
        return nil
    }

    public var object: JSONObject? {
        if case .object(let value) = self { return value }
        return nil
    }

    /// A member of an object. Setting nil removes it; setting on anything that is no object makes it one.
    public subscript(key: String) -> JSONValue? {
        get {
            if case .object(let object) = self { return object[key] }
            return nil
        }
        set {
            updateObject { $0[key] = newValue }
        }
    }

    /// An element of an array, nil outside of it.
    public subscript(index: Int) -> JSONValue? {
        if case .array(let elements) = self, elements.indices.contains(index) { return elements[index] }
        return nil
    }

    /// What lies at the end of a way of member names, or nil where the way ends early.
    public func at(_ path: String...) -> JSONValue? { at(path) }

    public func at(_ path: some Sequence<String>) -> JSONValue? {
        var value = self
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }

    /// Sets what lies at the end of a way of member names, and makes the objects on the way that are missing.
    public mutating func set(_ value: JSONValue, at path: String...) { set(value, at: path[...]) }

    public mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
        guard let key = path.first else {
            self = value
            return
        }
        updateObject { object in
            if path.count == 1 {
                object[key] = value
            } else {
                object.update(key, default: .object(JSONObject())) { $0.set(value, at: path.dropFirst()) }
            }
        }
    }

    /// Removes the member at the end of the way and answers it; nil when there was none.
    @discardableResult
    public mutating func remove(at path: String...) -> JSONValue? { remove(at: path[...]) }

    @discardableResult
    public mutating func remove(at path: ArraySlice<String>) -> JSONValue? {
        guard let key = path.first, case .object(let before) = self, before[key] != nil else { return nil }
        var removed: JSONValue?
        updateObject { object in
            if path.count == 1 {
                removed = object.removeValue(forKey: key)
            } else {
                object.update(key, default: .null) { removed = $0.remove(at: path.dropFirst()) }
            }
        }
        return removed
    }

    /// Changes the object in place, without copying it; anything else becomes an empty object first.
    public mutating func updateObject(_ change: (inout JSONObject) -> Void) {
        var object = JSONObject()
        if case .object(let existing) = self { object = existing }
        self = .null
        change(&object)
        self = .object(object)
    }

    /// Changes the array in place, without copying it; anything else becomes an empty array first.
    public mutating func updateArray(_ change: (inout [JSONValue]) -> Void) {
        var elements: [JSONValue] = []
        if case .array(let existing) = self { elements = existing }
        self = .null
        change(&elements)
        self = .array(elements)
    }
}

// No `nil` literal: in `isThere ? value : nil` Swift would read it as JSON's null instead of as nothing.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Later entries win over earlier ones of the same key.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The encoded text.
    public var description: String { text }
}
