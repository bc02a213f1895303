import JSON

/// How an object's fields are read: what is absent or of another type is empty, since the API server has validated it before.
extension JSONValue {
    func text(_ key: String) -> String { self[key]?.string ?? "" }
    func optionalText(_ key: String) -> String? {
        guard let text = self[key]?.string, !text.isEmpty else { return nil }
        return text
    }
    func flag(_ key: String) -> Bool { self[key]?.bool ?? false }
    func number(_ key: String) -> Int64? { self[key]?.integer }
    func items(_ key: String) -> [JSONValue] { self[key]?.array ?? [] }
    func texts(_ key: String) -> [String] { items(key).compactMap(\.string) }
    func textMap(_ key: String) -> [String: String] {
        var map: [String: String] = [:]
        guard let object = self[key]?.object else { return map }
        for (name, value) in object { map[name] = value.string ?? "" }
        return map
    }
    func quantities(_ key: String) -> [String: Quantity] {
        var map: [String: Quantity] = [:]
        guard let object = self[key]?.object else { return map }
        for (name, value) in object {
            if let quantity = Quantity(json: value) { map[name] = quantity }
        }
        return map
    }
}

extension Quantity {
    /// A quantity in an object: a string, or a bare number as YAML likes to have it.
    public init?(json: JSONValue) {
        switch json {
        case .string(let text):
            guard let quantity = try? Quantity(parsing: text) else { return nil }
            self = quantity
        case .integer(let number): self = .units(number)
        case .double(let number):
            guard let quantity = try? Quantity(parsing: "\(number)") else { return nil }
            self = quantity
        default: return nil
        }
    }
}

/// A field that is a number or a name, as a probe's port is.
public enum IntOrString: Sendable, Hashable, CustomStringConvertible {
    case number(Int64)
    case name(String)

    public init?(json: JSONValue?) {
        switch json {
        case .integer(let number)?: self = .number(number)
        case .string(let text)?: self = .name(text)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .name(let name): name
        }
    }
}
