import Core
import JSON

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The highest leadership that this node has heard of. What a lower one wants is refused: its scheduler has been replaced and may not know it.
///
/// Terms belong to a framework: of another one's nothing is remembered. KILL carries no term in Mesos' protocol; there the master is the
/// fence, which takes calls only from the scheduler that subscribed last.
struct TermFence: Sendable, Equatable {
    let framework: FrameworkID
    private(set) var highest: Term

    init(framework: FrameworkID, highest: Term = Term(0)) { (self.framework, self.highest) = (framework, highest) }

    /// `nil`: it may go on. Else the term that stands against it.
    mutating func refuses(_ term: Term) -> Term? {
        guard term >= highest else { return highest }
        highest = term
        return nil
    }
}

/// A term fence that outlives its process: in a file of the data directory, written before anything is done in a new term's name.
actor DurableTermFence {
    private let path: String
    private var fence: TermFence

    /// - Throws: `PlainFailure` when there is a file that cannot be read: without it an old leader could not be told from a new one.
    init(dataDirectory: String, framework: FrameworkID) throws {
        path = dataDirectory + "/executor.term"
        fence = TermFence(framework: framework)
        guard access(path, F_OK) == 0 else { return }
        guard let stored = try? JSONValue(parsing: DataFiles.read(path)), let name = stored["framework"]?.string,
            let term = stored["term"]?.integer.map(UInt64.init(clamping:))
        else { throw PlainFailure("\(path) is damaged; remove it when no other scheduler than the present one runs", .badData) }
        if name == framework.value { fence = TermFence(framework: framework, highest: Term(term)) }
    }

    /// `nil`: admitted, and remembered. Else why not.
    func refusal(of term: Term) -> String? {
        let before = fence
        if let higher = fence.refuses(term) { return "it is of term \(term), and term \(higher) has begun" }
        guard fence != before else { return nil }
        do { try write() } catch {
            fence = before
            return "term \(term) cannot be remembered: \(error)"
        }
        return nil
    }

    private func write() throws {
        let object: JSONValue = ["framework": .string(fence.framework.value), "term": .integer(Int64(clamping: fence.highest.number))]
        let file = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw PlainFailure("\(path): \(String(cString: strerror(errno)))") }
        let bytes = object.encoded()
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, rename(path + ".new", path) == 0 else { throw PlainFailure("\(path): \(String(cString: strerror(errno)))") }
    }
}
