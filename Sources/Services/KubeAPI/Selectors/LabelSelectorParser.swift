/// Reads the grammar of label selectors: the tokens and messages of Kubernetes, by recursive descent.
struct LabelSelectorParser {
    private enum Token: Equatable {
        case end, identifier, comma, open, close, not, equal, doubleEqual, notEqual, greater, less, `in`, notIn, error
    }

    /// `in` and `notin` are words of the language after a key, and plain values inside parentheses.
    private enum Place { case keyOrOperator, values }

    private let tokens: [(token: Token, text: String)]
    private var position = 0

    init(_ text: String) { tokens = LabelSelectorParser.scan(text) }

    mutating func requirements() throws(APIStatus) -> [LabelSelector.Requirement] {
        var found: [LabelSelector.Requirement] = []
        while true {
            let (token, text) = look(.values)
            switch token {
            case .identifier, .not:
                do {
                    found.append(try requirement())
                } catch {
                    throw .badRequest("unable to parse requirement: \(error.text)")
                }
                let (next, nextText) = take(.values)
                if next == .end { return found }
                guard next == .comma else { throw .badRequest("found '\(nextText)', expected: ',' or 'end of string'") }
                let (after, afterText) = look(.values)
                guard after == .identifier || after == .not else {
                    throw .badRequest("found '\(afterText)', expected: identifier after ','")
                }
            case .end: return found
            default: throw .badRequest("found '\(text)', expected: !, identifier, or 'end of string'")
            }
        }
    }

    private struct Fault: Error { let text: String }

    private mutating func requirement() throws(Fault) -> LabelSelector.Requirement {
        var isNegated = false
        if look(.values).token == .not {
            _ = take(.values)
            isNegated = true
        }
        let (token, key) = take(.values)
        guard token == .identifier else { throw Fault(text: "found '\(key)', expected: identifier") }
        if let fault = Names.qualifiedNameFaults(key).first { throw Fault(text: "invalid label key \(goQuoted(key)): \(fault)") }
        let next = look(.keyOrOperator).token
        if isNegated || next == .end || next == .comma {
            return LabelSelector.Requirement(key: key, test: isNegated ? .doesNotExist : .exists, values: [])
        }
        let (operation, text) = take(.keyOrOperator)
        let values: [String]
        let test: LabelSelector.Operator
        switch operation {
        case .in, .notIn: (test, values) = (operation == .in ? .isIn : .isNotIn, try valueList())
        case .equal, .doubleEqual: (test, values) = (.isIn, [try exactValue()])
        case .notEqual: (test, values) = (.isNotIn, [try exactValue()])
        case .greater, .less: (test, values) = (operation == .greater ? .greaterThan : .lessThan, [try exactValue()])
        default: throw Fault(text: "found '\(text)', expected: '=', '!=', '==', 'in', notin'")
        }
        if test == .greaterThan || test == .lessThan, values.first.flatMap({ Int64($0) }) == nil {
            throw Fault(text: "for 'Gt', 'Lt' operators, the value must be an integer")
        }
        for value in values {
            if let fault = Names.labelValueFaults(value).first {
                throw Fault(text: "invalid label value: \(goQuoted(value)): at key: \(goQuoted(key)): \(fault)")
            }
        }
        return LabelSelector.Requirement(key: key, test: test, values: values)
    }

    private mutating func exactValue() throws(Fault) -> String {
        let next = look(.values).token
        if next == .end || next == .comma { return "" }
        let (token, text) = take(.values)
        guard token == .identifier else { throw Fault(text: "found '\(text)', expected: identifier") }
        return text
    }

    private mutating func valueList() throws(Fault) -> [String] {
        let (open, openText) = take(.values)
        guard open == .open else { throw Fault(text: "found '\(openText)' expected: '('") }
        var values: [String] = []
        if look(.values).token == .close {
            _ = take(.values)
            return [""]
        }
        while true {
            let (token, text) = take(.values)
            switch token {
            case .identifier:
                values.append(text)
                let (next, nextText) = look(.values)
                if next == .close {
                    _ = take(.values)
                    return values
                }
                guard next == .comma else { throw Fault(text: "found '\(nextText)', expected: ',' or ')'") }
            case .comma:
                if values.isEmpty { values.append("") }
                let next = look(.values).token
                if next == .close {
                    values.append("")
                    _ = take(.values)
                    return values
                }
                if next == .comma {
                    _ = take(.values)
                    values.append("")
                }
            default: throw Fault(text: "found '\(text)', expected: ',', or identifier")
            }
        }
    }

    private func look(_ place: Place) -> (token: Token, text: String) {
        guard position < tokens.count else { return (.end, "") }
        let found = tokens[position]
        if place == .values, found.token == .in || found.token == .notIn { return (.identifier, found.text) }
        return found
    }

    private mutating func take(_ place: Place) -> (token: Token, text: String) {
        defer { position += 1 }
        return look(place)
    }

    private static func scan(_ text: String) -> [(token: Token, text: String)] {
        var tokens: [(token: Token, text: String)] = []
        let scalars = Array(text.unicodeScalars)
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            if isSpace(scalar) {
                position += 1
                continue
            }
            var end = position + 1
            if isSpecial(scalar) {
                while end < scalars.count, isSpecial(scalars[end]), symbol(text: string(scalars[position...end])) != nil {
                    end += 1
                }
                let symbolText = string(scalars[position..<end])
                tokens.append((symbol(text: symbolText) ?? .error, symbolText))
            } else {
                while end < scalars.count, !isSpecial(scalars[end]), !isSpace(scalars[end]) { end += 1 }
                let word = string(scalars[position..<end])
                tokens.append((word == "in" ? .in : word == "notin" ? .notIn : .identifier, word))
            }
            position = end
        }
        return tokens
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
    }
    private static func isSpecial(_ scalar: Unicode.Scalar) -> Bool { "=!(),><".unicodeScalars.contains(scalar) }

    private static func symbol(text: String) -> Token? {
        switch text {
        case "=": .equal
        case "==": .doubleEqual
        case "!=": .notEqual
        case "!": .not
        case "(": .open
        case ")": .close
        case ",": .comma
        case ">": .greater
        case "<": .less
        default: nil
        }
    }
}
