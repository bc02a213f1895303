/// A regular expression that a whole text must match, as Marathon's LIKE and UNLIKE take them.
///
/// Matching follows all ways through the pattern at once, so it is linear in the text however the pattern is written: a user's
/// pattern cannot stop the scheduler. There are `.`, `[a-z^]`, `\d \w \s` and their opposites, `( )`, `|`, `*`, `+`, `?` and `{n,m}`.
struct Pattern: Sendable, Hashable {
    enum Fault: Error, Hashable, CustomStringConvertible {
        case tooLong, unbalanced, nothingToRepeat, badRange
        var description: String {
            switch self {
            case .tooLong: "the pattern is too long (at most \(Pattern.longest) characters, \(Pattern.mostSteps) steps)"
            case .unbalanced: "a bracket is not closed, or closed too often"
            case .nothingToRepeat: "there is nothing before *, +, ? or {"
            case .badRange: "a range or a repetition cannot be read"
            }
        }
    }
    static let longest = 256
    static let mostSteps = 4096

    private enum Step: Sendable, Hashable {
        case one(CharacterSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        case accept
    }
    fileprivate struct CharacterSet: Sendable, Hashable {
        var isNegated = false
        var ranges: [ClosedRange<UInt32>] = []
        func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isNegated }
    }
    fileprivate indirect enum Node {
        case empty
        case one(CharacterSet)
        case sequence([Node])
        case either([Node])
        case several(Node, from: Int, to: Int?)
    }

    private var steps: [Step] = []

    init(_ text: String) throws(Fault) {
        let scalars = text.unicodeScalars.map(\.value)
        guard scalars.count <= Pattern.longest else { throw .tooLong }
        var parser = PatternParser(scalars: scalars)
        let tree = try parser.whole()
        try emit(tree)
        steps.append(.accept)
    }

    func matches(_ text: String) -> Bool {
        var current = closure(of: [0])
        for scalar in text.unicodeScalars {
            var next: [Int] = []
            for step in current {
                if case .one(let set) = steps[step], set.contains(scalar.value) { next.append(step + 1) }
            }
            if next.isEmpty { return false }
            current = closure(of: next)
        }
        return current.contains { steps[$0] == .accept }
    }

    private func closure(of starts: [Int]) -> [Int] {
        var (seen, result, open) = ([Bool](repeating: false, count: steps.count), [Int](), starts)
        while let step = open.popLast() {
            guard !seen[step] else { continue }
            seen[step] = true
            switch steps[step] {
            case .split(let first, let second): open += [first, second]
            case .jump(let to): open.append(to)
            case .one, .accept: result.append(step)
            }
        }
        return result
    }

    private mutating func emit(_ node: Node) throws(Fault) {
        guard steps.count < Pattern.mostSteps else { throw .tooLong }
        switch node {
        case .empty: break
        case .one(let set): steps.append(.one(set))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .either(let choices):
            var jumps: [Int] = []
            for (index, choice) in choices.enumerated() {
                let split = steps.count
                if index < choices.count - 1 { steps.append(.split(0, 0)) }
                try emit(choice)
                guard index < choices.count - 1 else { break }
                jumps.append(steps.count)
                steps.append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            for jump in jumps { steps[jump] = .jump(steps.count) }
        case .several(let part, let from, let to):
            for _ in 0..<from { try emit(part) }
            if let to {
                for _ in from..<to { try optional(part) }
            } else {
                let split = steps.count
                try optional(part, backTo: split)
            }
        }
    }

    private mutating func optional(_ part: Node, backTo: Int? = nil) throws(Fault) {
        let split = steps.count
        steps.append(.split(0, 0))
        try emit(part)
        if let backTo { steps.append(.jump(backTo)) }
        steps[split] = .split(split + 1, steps.count)
    }
}

/// Reads a pattern into its tree. Brackets nest no deeper than the pattern is long, which is bounded.
private struct PatternParser {
    let scalars: [UInt32]
    var position = 0

    private static func code(_ character: Unicode.Scalar) -> UInt32 { character.value }
    private var peek: Unicode.Scalar? { position < scalars.count ? Unicode.Scalar(scalars[position]) : nil }
    private mutating func take() -> Unicode.Scalar? {
        defer { position += 1 }
        return peek
    }

    mutating func whole() throws(Pattern.Fault) -> Pattern.Node {
        let node = try either()
        guard position >= scalars.count else { throw .unbalanced }
        return node
    }

    private mutating func either() throws(Pattern.Fault) -> Pattern.Node {
        var choices = [try sequence()]
        while peek == "|" {
            position += 1
            choices.append(try sequence())
        }
        return choices.count == 1 ? choices[0] : .either(choices)
    }

    private mutating func sequence() throws(Pattern.Fault) -> Pattern.Node {
        var parts: [Pattern.Node] = []
        while let next = peek, next != "|", next != ")" { parts.append(try repeated()) }
        return parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func repeated() throws(Pattern.Fault) -> Pattern.Node {
        var node = try single()
        while let next = peek, ["*", "+", "?", "{"].contains(next) {
            position += 1
            switch next {
            case "*": node = .several(node, from: 0, to: nil)
            case "+": node = .several(node, from: 1, to: nil)
            case "?": node = .several(node, from: 0, to: 1)
            default: node = try counted(node)
            }
        }
        return node
    }

    private mutating func counted(_ node: Pattern.Node) throws(Pattern.Fault) -> Pattern.Node {
        var text = ""
        while let next = take(), next != "}" { text.unicodeScalars.append(next) }
        let parts = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let from = parts.first.flatMap({ Int($0) }), (0...255).contains(from) else { throw .badRange }
        if parts.count == 1 { return .several(node, from: from, to: from) }
        if parts[1].isEmpty { return .several(node, from: from, to: nil) }
        guard let to = Int(parts[1]), to >= from, to <= 255 else { throw .badRange }
        return .several(node, from: from, to: to)
    }

    private mutating func single() throws(Pattern.Fault) -> Pattern.Node {
        switch take() {
        case "(":
            // What a group is called, or that it is not kept, makes no difference to a match.
            if peek == "?", position + 1 < scalars.count, scalars[position + 1] == PatternParser.code(":") { position += 2 }
            let node = try either()
            guard take() == ")" else { throw .unbalanced }
            return node
        case "[": return .one(try characterClass())
        case ".": return .one(Pattern.CharacterSet(isNegated: true, ranges: [10...10]))
        case "\\": return .one(try escape())
        case "*", "+", "?", "{": throw .nothingToRepeat
        // A whole text is matched: anchors say what holds anyway.
        case "^", "$": return .empty
        case let scalar?: return .one(Pattern.CharacterSet(ranges: [scalar.value...scalar.value]))
        case nil: throw .unbalanced
        }
    }

    private mutating func escape() throws(Pattern.Fault) -> Pattern.CharacterSet {
        guard let scalar = take() else { throw .unbalanced }
        let digits: [ClosedRange<UInt32>] = [48...57]
        let words: [ClosedRange<UInt32>] = digits + [65...90, 95...95, 97...122]
        let spaces: [ClosedRange<UInt32>] = [9...13, 32...32]
        switch scalar {
        case "d": return .init(ranges: digits)
        case "D": return .init(isNegated: true, ranges: digits)
        case "w": return .init(ranges: words)
        case "W": return .init(isNegated: true, ranges: words)
        case "s": return .init(ranges: spaces)
        case "S": return .init(isNegated: true, ranges: spaces)
        default: return .init(ranges: [scalar.value...scalar.value])
        }
    }

    private mutating func characterClass() throws(Pattern.Fault) -> Pattern.CharacterSet {
        var set = Pattern.CharacterSet()
        if peek == "^" {
            set.isNegated = true
            position += 1
        }
        var isFirst = true
        while let scalar = take() {
            if scalar == "]", !isFirst { return set }
            isFirst = false
            if scalar == "\\" {
                let escaped = try escape()
                // A negated class within a class is its own complement.
                set.ranges += escaped.isNegated ? complement(of: escaped.ranges) : escaped.ranges
                continue
            }
            if peek == "-", position + 1 < scalars.count, scalars[position + 1] != PatternParser.code("]") {
                position += 1
                guard let end = take(), end.value >= scalar.value else { throw .badRange }
                set.ranges.append(scalar.value...end.value)
            } else {
                set.ranges.append(scalar.value...scalar.value)
            }
        }
        throw .unbalanced
    }

    private func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var (result, next): ([ClosedRange<UInt32>], UInt32) = ([], 0)
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        return result + [next...0x10_FFFF]
    }
}
