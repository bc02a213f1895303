/// What happened in a run, as a person can read it: the newest lines, each with its moment.
final class Transcript {
    private let limit: Int
    private var lines: [String] = []
    private var head = 0
    /// How many lines were left out at the beginning.
    private(set) var forgotten = 0

    /// - Parameter limit: how many lines are kept; 0 keeps none, for runs of which only the outcome counts.
    init(limit: Int) { self.limit = limit }

    func add(_ text: @autoclosure () -> String, at moment: Duration) {
        guard limit > 0 else { return }
        lines.append("\(Transcript.seconds(moment))  \(text())")
        guard lines.count - head > limit else { return }
        head += 1
        forgotten += 1
        if head > limit {
            lines.removeFirst(head)
            head = 0
        }
    }

    var text: String {
        let first = forgotten > 0 ? ["… \(forgotten) lines before this"] : []
        return (first + lines[head...]).joined(separator: "\n")
    }

    /// `   12.345678`: microseconds, right-aligned.
    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let micro = String(attoseconds / 1_000_000_000_000)
        let text = "\(seconds)." + String(repeating: "0", count: 6 - micro.count) + micro
        return String(repeating: " ", count: max(0, 12 - text.count)) + text
    }
}
