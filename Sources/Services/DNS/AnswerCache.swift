import Core

/// Upstream answers, remembered for as long as they allow, bounded in number and in bytes. The one that was not used for longest goes first.
struct AnswerCache: Sendable {
    struct Limits: Sendable {
        var entries = 10_000
        var bytes = 8 << 20
        /// Seconds: no answer is remembered longer, whatever it says.
        var positive: UInt32 = 3600
        var negative: UInt32 = 30
    }

    private struct Entry: Sendable {
        var answer: UpstreamAnswer
        var stored: Instant
        var lifetime: UInt32
        var used: UInt64
    }

    private let limits: Limits
    private var entries: [DNSQuestion: Entry] = [:]
    private var bytes = 0
    private var uses: UInt64 = 0

    init(_ limits: Limits = Limits()) { self.limits = limits }

    var count: Int { entries.count }

    /// An answer that may still be given, and its age in whole seconds.
    mutating func answer(to question: DNSQuestion, at now: Instant) -> (UpstreamAnswer, age: UInt32)? {
        guard let entry = entries[question] else { return nil }
        let age = UInt32(clamping: (now - entry.stored).components.seconds)
        guard age < entry.lifetime else {
            remove(question)
            return nil
        }
        uses += 1
        entries[question]?.used = uses
        return (entry.answer, age)
    }

    /// Remembers an answer, if it may be remembered at all: names that are there, and names that are not, but no failures.
    mutating func store(_ answer: UpstreamAnswer, for question: DNSQuestion, at now: Instant) {
        guard !answer.isTruncated, answer.responseCode == .noError || answer.responseCode == .nameError else { return }
        let longest = answer.responseCode == .nameError ? limits.negative : limits.positive
        let lifetime = min(answer.lifetime, longest)
        guard lifetime > 0, answer.size <= limits.bytes / 16 else { return }
        remove(question)
        if entries.count >= limits.entries || bytes + answer.size > limits.bytes { makeRoom(at: now) }
        uses += 1
        entries[question] = Entry(answer: answer, stored: now, lifetime: lifetime, used: uses)
        bytes += answer.size
    }

    /// A quarter goes at once, so that making room costs little for each answer: first what is too old, then what was not used.
    private mutating func makeRoom(at now: Instant) {
        for (question, entry) in entries where now - entry.stored >= .seconds(Int64(entry.lifetime)) { remove(question) }
        guard entries.count > limits.entries * 3 / 4 || bytes > limits.bytes * 3 / 4 else { return }
        for (question, _) in entries.sorted(by: { $0.value.used < $1.value.used }) {
            guard entries.count > limits.entries * 3 / 4 || bytes > limits.bytes * 3 / 4 else { return }
            remove(question)
        }
    }

    private mutating func remove(_ question: DNSQuestion) {
        if let entry = entries.removeValue(forKey: question) { bytes -= entry.answer.size }
    }
}
