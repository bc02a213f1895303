/// The ways in which the guides write a command line, brought to the one way that the parser reads.
///
/// The guides of ten years write `-mesos_master=…`, `--portal-net=…`, `-v=2`; a name of a server may stand first, as in
/// hyperkube. Values are never touched.
enum CommandLineForms {
    /// Names that the original's flags had before, and what they are called now.
    static let renamed = ["portal-net": "service-cluster-ip-range"]

    /// `-long_name=value` and `--long_name` become `--long-name…`; single letters and numbers stay as they are.
    static func canonical(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return result + [argument] + rest }
            result.append(canonical(argument))
        }
        return result
    }

    private static func canonical(_ argument: String) -> String {
        let dashes = argument.prefix { $0 == "-" }.count
        guard dashes == 1 || dashes == 2 else { return argument }
        let body = argument.dropFirst(dashes)
        let name = body.prefix { $0 != "=" }
        guard let first = name.first, first.isLetter else { return argument }
        // A single letter is a short flag (-h), but for the guides' -v=N and -v N.
        if dashes == 1, name.count == 1 { return name == "v" ? "--" + body : argument }
        let dashed = String(name.map { $0 == "_" ? "-" : $0 })
        return "--" + (renamed[dashed] ?? dashed) + body.dropFirst(name.count)
    }
}

/// Finds what someone probably meant.
enum NearestWord {
    /// The candidate with the fewest edits to `word`; `nil` when even that one is too far off to be meant.
    static func to(_ word: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (distance(word, $0), $0) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
        guard let (edits, best) = ranked.first, edits <= max(1, best.count / 2) else { return nil }
        return best
    }

    /// What to say of a word that is none of the known ones: "Unknown role 'executr'. Did you mean …? Roles are: …".
    static func refusal(_ what: String, _ word: String, known: [String]) -> String {
        let hint = to(word, among: known).map { " Did you mean '\($0)'?" } ?? ""
        return "Unknown \(what) '\(word)'.\(hint) Known are: \(known.joined(separator: ", "))."
    }

    /// How many insertions, deletions, replacements of a letter lead from one to the other (Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let replaced = previous + (a == b ? 0 : 1)
                previous = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, previous + 1)
            }
        }
        return row[right.count]
    }
}
