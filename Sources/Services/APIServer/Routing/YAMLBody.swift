import JSON
import Yams

/// Why a YAML body could not be read.
struct YAMLError: Error { let message: String }

/// YAML as Kubernetes reads it: one document, plain scalars typed by YAML's rules (with `yes` and `on`, as Kubernetes' library has them),
/// keys are strings, a key given twice is refused, anchors are followed within a bound.
enum YAMLBody {
    /// Values in the document, counted with every use of an anchor: a short text must not become a huge object.
    static let valueLimit = 1_000_000
    static let depthLimit = 200

    static func decode(_ text: String) throws(YAMLError) -> JSONValue {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw YAMLError(message: describe(error))
        }
        guard let root else { return .null }
        var left = valueLimit
        return try value(root, depth: 0, &left)
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return String(describing: error) }
        switch error {
        case .scanner(_, let problem, let mark, _): return "line \(mark.line): \(problem)"
        // The lines of the parser's problems are counted from 0, and not named when 0, where Kubernetes' messages come from.
        case .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return mark.line > 1 ? "line \(mark.line - 1): \(problem)" : problem
        case .duplicatedKeysInMapping(let duplicates, let context):
            return "line \(context.mark.line): key \(quoted(duplicates.first.map { "\($0)" } ?? "")) already set in map"
        default: return String(describing: error)
        }
    }

    private static func value(_ node: Node, depth: Int, _ left: inout Int) throws(YAMLError) -> JSONValue {
        left -= 1
        guard left > 0 else { throw YAMLError(message: "document contains excessive aliasing") }
        guard depth < depthLimit else { throw YAMLError(message: "exceeded max depth of \(depthLimit)") }
        switch node {
        case .scalar(let scalar): return typed(scalar)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try value(element, depth: depth + 1, &left)) }
            return .array(elements)
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, member) in mapping {
                guard case .scalar(let name) = key else { throw YAMLError(message: "a key of a map must be a scalar") }
                object[keyText(name)] = try value(member, depth: depth + 1, &left)
            }
            return .object(object)
        case .alias: throw YAMLError(message: "unknown anchor")
        }
    }

    private static func keyText(_ scalar: Node.Scalar) -> String {
        switch typed(scalar) {
        case .string(let text): text
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        default: scalar.string
        }
    }

    static func typed(_ scalar: Node.Scalar) -> JSONValue {
        let text = scalar.string
        let tag = scalar.tag.description
        if tag.hasSuffix("str") || (scalar.style != .plain && scalar.style != .any) { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "n", "N", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        guard let first = text.utf8.first, (48...57).contains(first) || "+-.".utf8.contains(first) else { return nil }
        let plain = text.replacing("_", with: "")
        let isNegative = plain.hasPrefix("-")
        let digits = plain.hasPrefix("-") || plain.hasPrefix("+") ? String(plain.dropFirst()) : plain
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.hasPrefix(prefix) {
            return Int64((isNegative ? "-" : "") + digits.dropFirst(2), radix: radix).map { .integer($0) }
        }
        if digits.count > 1, digits.hasPrefix("0"), digits.utf8.allSatisfy({ (48...55).contains($0) }) {
            return Int64((isNegative ? "-" : "") + digits, radix: 8).map { .integer($0) }
        }
        if digits.utf8.allSatisfy({ (48...57).contains($0) }), let whole = Int64((isNegative ? "-" : "") + digits) { return .integer(whole) }
        guard digits.utf8.allSatisfy({ (48...57).contains($0) || ".eE+-".utf8.contains($0) }),
            digits.utf8.contains(where: { (48...57).contains($0) }), let real = Double(plain), real.isFinite
        else { return nil }
        return .double(real)
    }
}
