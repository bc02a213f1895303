/// A field selector: `spec.nodeName=n1,status.phase!=Failed`.
///
/// Bound to a kind, since each kind has its own selectable fields; matched against an `ObjectIndex` of that kind.
public struct FieldSelector: Sendable, Equatable {
    struct Term: Sendable, Equatable {
        let position: Int
        let value: String
        let isEqual: Bool
    }

    let terms: [Term]

    /// Selects everything.
    public static let everything = FieldSelector(terms: [])

    init(terms: [Term]) { self.terms = terms }

    /// Throws 400 as Kubernetes words it: for what cannot be read, and for a field that the kind does not have.
    public init(parsing text: String, for kind: ResourceKind) throws(APIStatus) {
        var terms: [Term] = []
        for part in FieldSelector.split(text) where !part.isEmpty {
            guard let (label, isEqual, rawValue) = FieldSelector.term(part) else {
                throw .badRequest("invalid selector: '\(text)'; can't understand '\(part)'")
            }
            guard let value = FieldSelector.unescaped(rawValue) else {
                throw .badRequest("invalid field selector: \(rawValue): invalid escape sequence")
            }
            guard let position = kind.fieldPosition(label) else { throw .unsupportedField(label, of: kind) }
            terms.append(Term(position: position, value: value, isEqual: isEqual))
        }
        self.terms = terms
    }

    public var isEmpty: Bool { terms.isEmpty }

    public func matches(_ index: ObjectIndex) -> Bool {
        for term in terms {
            let value = term.position < index.fields.count ? index.fields[term.position] : ""
            if (value == term.value) != term.isEqual { return false }
        }
        return true
    }

    /// The one value that `label` must have, if the selector says so: a list by name or node can go straight to it.
    public func requiredValue(of label: String, for kind: ResourceKind) -> String? {
        guard let position = kind.fieldPosition(label) else { return nil }
        return terms.first { $0.position == position && $0.isEqual }?.value
    }

    /// At commas that no backslash protects.
    private static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var current = ""
        var isEscaped = false
        for character in text.unicodeScalars {
            if isEscaped {
                current.unicodeScalars.append(character)
                isEscaped = false
            } else if character == "\\" {
                current.unicodeScalars.append(character)
                isEscaped = true
            } else if character == "," {
                parts.append(current)
                current = ""
            } else {
                current.unicodeScalars.append(character)
            }
        }
        parts.append(current)
        return parts
    }

    /// The first operator of `!=`, `==`, `=`.
    private static func term(_ part: String) -> (label: String, isEqual: Bool, value: String)? {
        let bytes = Array(part.utf8)
        for position in bytes.indices {
            let next = position + 1 < bytes.count ? bytes[position + 1] : 0
            let label = { String(decoding: bytes[..<position], as: UTF8.self) }
            if bytes[position] == UInt8(ascii: "!"), next == UInt8(ascii: "=") {
                return (label(), false, String(decoding: bytes[(position + 2)...], as: UTF8.self))
            }
            if bytes[position] == UInt8(ascii: "=") {
                let start = next == UInt8(ascii: "=") ? position + 2 : position + 1
                return (label(), true, String(decoding: bytes[start...], as: UTF8.self))
            }
        }
        return nil
    }

    /// Takes the backslash from `\\`, `\,` and `\=`; `nil` for any other escape and for a bare `,` or `=`.
    private static func unescaped(_ text: String) -> String? {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "=") }) else { return text }
        var result = ""
        var isEscaped = false
        for character in text.unicodeScalars {
            if isEscaped {
                guard character == "\\" || character == "," || character == "=" else { return nil }
                result.unicodeScalars.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "=" {
                return nil
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return isEscaped ? nil : result
    }
}
