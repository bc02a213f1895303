/// One of Marathon's placement constraints: `["rack_id","GROUP_BY","3"]`.
///
/// It holds among the pods of one controller. The field is `hostname`, `@region`, `@zone`, an agent's attribute, or a node's label.
public struct Constraint: Sendable, Hashable, CustomStringConvertible {
    public enum Operator: Sendable, Hashable {
        /// No two pods have the same value.
        case unique
        /// All pods have the same value: this one, or that of the first.
        case cluster(String?)
        /// Pods are spread evenly over the values, of which there shall be at least so many.
        case groupBy(Int)
        case like(String)
        case unlike(String)
        case `is`(String)
        /// At most so many pods have the same value.
        case maxPer(Int)
    }

    /// Why words are not a constraint.
    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case words([String])
        case number(String)
        case pattern(String, String)
        public var description: String {
            switch self {
            case .words(let words):
                "\(words) is no constraint: write [field, operator] or [field, operator, value]"
                    + " with UNIQUE, CLUSTER, GROUP_BY, LIKE, UNLIKE, IS or MAX_PER"
            case .number(let text): "\"\(text)\" is not a whole number above 0"
            case .pattern(let text, let why): "\"\(text)\" is no pattern: \(why)"
            }
        }
    }

    public let field: String
    public let `operator`: Operator
    private let words: [String]

    /// - Parameter words: field, operator and, where it takes one, its value.
    public init(words: [String]) throws(Fault) {
        guard (2...3).contains(words.count), !words[0].isEmpty else { throw .words(words) }
        (self.words, field) = (words, words[0])
        let value = words.count == 3 ? words[2] : nil
        switch (words[1].uppercased(), value) {
        case ("UNIQUE", nil): `operator` = .unique
        case ("CLUSTER", _): `operator` = .cluster(value.flatMap { $0.isEmpty ? nil : $0 })
        case ("GROUP_BY", nil): `operator` = .groupBy(1)
        case ("GROUP_BY", let value?): `operator` = .groupBy(try Constraint.number(value))
        case ("LIKE", let value?): `operator` = .like(try Constraint.pattern(value))
        case ("UNLIKE", let value?): `operator` = .unlike(try Constraint.pattern(value))
        case ("IS", let value?): `operator` = .is(value)
        case ("MAX_PER", let value?): `operator` = .maxPer(try Constraint.number(value))
        default: throw .words(words)
        }
    }

    public var description: String { "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]" }

    private static func number(_ text: String) throws(Fault) -> Int {
        guard let number = Int(text), number > 0 else { throw .number(text) }
        return number
    }

    private static func pattern(_ text: String) throws(Fault) -> String {
        do throws(Pattern.Fault) { _ = try Pattern(text) } catch { throw .pattern(text, error.description) }
        return text
    }

    /// Whether it asks only what the node is, whatever runs where.
    var isAboutTheNodeAlone: Bool {
        switch `operator` {
        case .like, .unlike, .is, .cluster(.some): true
        case .unique, .groupBy, .maxPer, .cluster(nil): false
        }
    }

    /// Whether a node with this value will do, as far as that can be said without looking at pods.
    ///
    /// A node without the field suits UNLIKE only, as in Marathon.
    func allows(_ value: String?) -> Bool {
        guard let value else {
            if case .unlike = `operator` { return true }
            return false
        }
        switch `operator` {
        case .like(let text): return (try? Pattern(text))?.matches(value) ?? false
        case .unlike(let text): return !((try? Pattern(text))?.matches(value) ?? false)
        case .is(let wanted), .cluster(let wanted?): return value == wanted
        case .unique, .groupBy, .maxPer, .cluster(nil): return true
        }
    }
}
