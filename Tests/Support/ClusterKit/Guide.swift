import Foundation

/// A guide in Markdown whose `console` blocks can be executed: a line `$ command` is run, the lines after it are what it must print.
public struct Guide: Sendable {
    public struct Step: Sendable, Equatable, CustomStringConvertible {
        /// The line of the command, from 1.
        public let line: Int
        /// With continuation lines and here-documents.
        public let command: String
        /// Empty: only success is asked for. A line `...` stands for any lines.
        public let expected: [String]
        public var description: String { "line \(line): \(command.prefix(60))" }
    }

    public let steps: [Step]
    /// Blocks that are not run, each with the reason that the guide gives in a comment before it: `<!-- not run: … -->`.
    public let skipped: [String]

    public init(_ markdown: String) {
        var steps: [Step] = []
        var skipped: [String] = []
        var reason: String?
        var block: [(Int, String)]?
        for (index, line) in markdown.components(separatedBy: "\n").enumerated() {
            if let lines = block {
                guard line.hasPrefix("```") else {
                    block = lines + [(index + 1, line)]
                    continue
                }
                if let why = reason { skipped.append(why) } else { steps += Guide.steps(lines) }
                (block, reason) = (nil, nil)
            } else if line.hasPrefix("```console") {
                block = []
            } else if let match = line.firstMatch(of: /<!-- not run: (.*) -->/) {
                reason = String(match.1)
            }
        }
        (self.steps, self.skipped) = (steps, skipped)
    }

    private static func steps(_ lines: [(Int, String)]) -> [Step] {
        var steps: [Step] = []
        var rest = lines[...]
        while let (number, line) = rest.popFirst() {
            guard line.hasPrefix("$ ") else { continue }
            var command = [String(line.dropFirst(2))]
            while command.last?.hasSuffix("\\") == true, let (_, next) = rest.popFirst() { command.append(next) }
            if let end = command.joined().firstMatch(of: /<<-?\s*'?(\w+)'?/)?.1 {
                while let (_, next) = rest.popFirst() {
                    command.append(next)
                    if next == end { break }
                }
            }
            var expected: [String] = []
            while let (_, next) = rest.first, !next.hasPrefix("$ ") {
                expected.append(next)
                rest = rest.dropFirst()
            }
            while expected.last?.isEmpty == true { expected.removeLast() }
            steps.append(Step(line: number, command: command.joined(separator: "\n"), expected: expected))
        }
        return steps
    }
}

/// Whether a command printed what a guide shows. Ages, times, ids, generated names and addresses that nobody can know are equal to each other.
public enum GuideOutput {
    /// `nil`: as expected; else the first line that is not.
    public static func difference(_ expected: [String], _ actual: String) -> String? {
        var lines = actual.components(separatedBy: "\n").map(normalised)[...]
        while lines.last?.isEmpty == true { lines.removeLast() }
        var wanted = expected.map(normalised)[...]
        while let line = wanted.popFirst() {
            if line == "..." {
                guard let next = wanted.first else { return nil }
                guard let found = lines.firstIndex(of: next) else { return "no line: \(next)" }
                lines = lines[found...]
                continue
            }
            guard let found = lines.popFirst() else { return "no line: \(line)" }
            if found != line { return "expected: \(line)\nfound:    \(found)" }
        }
        return lines.first.map { "more than expected: \($0)" }
    }

    static func normalised(_ line: String) -> String {
        var text = line.split(whereSeparator: \.isWhitespace).map(word).joined(separator: " ")
        text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "UUID")
        text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/, with: "TIME")
        text.replace(/"resourceVersion": \d+/, with: "\"resourceVersion\": N")
        text.replace(/\b10\.244\.\d+\.\d+\b/, with: "POD-ADDRESS")
        // Addresses of services are anyone's guess, but for these two.
        text.replace(/\b10\.10\.10\.\d+\b/) { ["10.10.10.1", "10.10.10.10"].contains(String($0.output)) ? String($0.output) : "SERVICE-ADDRESS" }
        // Kubernetes' generated names have no vowels.
        text.replace(/-[bcdf-hj-np-tv-z0-9]{8,10}-[bcdf-hj-np-tv-z0-9]{5}\b/, with: "-HASH-RANDOM")
        text.replace(/-[bcdf-hj-np-tv-z2-9]{5}\b/, with: "-RANDOM")
        return text
    }

    private static func word(_ word: Substring) -> String {
        if word.wholeMatch(of: /(\d+[smhdy])+|\(?\d+[smh]/) != nil { return "AGE" }
        if word.wholeMatch(of: /\d+\.\d+/) != nil { return "NUMBER" }
        return String(word)
    }
}
