import Core

/// One line of a container's log file, as CRI runtimes write it: `2026-11-21T04:39:00.123456789Z stdout F the text`.
///
/// The tag is `F` for a line that ends here and `P` for a piece of a line that goes on in the next piece of the same stream; more
/// tags may follow after colons.
struct LogLine: Equatable {
    enum Stream: Equatable { case stdout, stderr }
    /// As it stands in the file.
    let time: ArraySlice<UInt8>
    let stream: Stream
    let endsLine: Bool
    /// Without the line feed.
    let text: ArraySlice<UInt8>

    /// - Parameter line: without its line feed. nil: not of this format, to be passed over.
    init?(_ line: ArraySlice<UInt8>) {
        let blank = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: blank), let second = line[(first + 1)...].firstIndex(of: blank) else { return nil }
        // An empty text may stand without the blank before it.
        let third = line[(second + 1)...].firstIndex(of: blank) ?? line.endIndex
        switch line[(first + 1)..<second] {
        case let name where name.elementsEqual("stdout".utf8): stream = .stdout
        case let name where name.elementsEqual("stderr".utf8): stream = .stderr
        default: return nil
        }
        switch line[(second + 1)..<third].prefix(while: { $0 != UInt8(ascii: ":") }) {
        case let tag where tag.elementsEqual("F".utf8): endsLine = true
        case let tag where tag.elementsEqual("P".utf8): endsLine = false
        default: return nil
        }
        time = line[line.startIndex..<first]
        guard time.count >= 20, time.count <= 40 else { return nil }
        text = third < line.endIndex ? line[(third + 1)...] : []
    }

    var timestamp: Timestamp? { Timestamp(rfc3339: String(decoding: time, as: UTF8.self)) }
}

/// What a reader of a log wants, as `kubectl logs` asks for it.
public struct ContainerLogOptions: Sendable, Hashable {
    /// The last so many lines of the file; nil for all.
    public var tailLines: Int?
    /// Only what was said at or after this moment.
    public var since: Timestamp?
    /// Not more bytes than this in all.
    public var limitBytes: Int?
    /// Each line begins with its time and a blank.
    public var timestamps: Bool
    /// Goes on as the container speaks, until it has ended.
    public var follow: Bool
    /// Which streams; both by default.
    public var stdout: Bool
    public var stderr: Bool

    public init(
        tailLines: Int? = nil, since: Timestamp? = nil, limitBytes: Int? = nil, timestamps: Bool = false, follow: Bool = false,
        stdout: Bool = true, stderr: Bool = true
    ) {
        (self.tailLines, self.since, self.limitBytes, self.timestamps) = (tailLines, since, limitBytes, timestamps)
        (self.follow, self.stdout, self.stderr) = (follow, stdout, stderr)
    }
}

/// From the bytes of a log file to the bytes that `kubectl logs` prints. Pure.
struct LogFormatter {
    /// A line longer than this is not of a container runtime (containerd cuts at 16 KB): it is dropped.
    static let longestLine = 1 << 20

    private let options: ContainerLogOptions
    private var pending: [UInt8] = []
    private var droppingLine = false
    /// Per stream: whether the next piece begins a line.
    private var (stdoutBegins, stderrBegins) = (true, true)
    private var remaining: Int
    /// Once one line is late enough, the later ones are too.
    private var sinceReached: Bool

    init(_ options: ContainerLogOptions) {
        self.options = options
        remaining = max(0, options.limitBytes ?? .max)
        sinceReached = options.since == nil
    }

    /// Nothing more will be printed.
    var isFull: Bool { remaining == 0 }

    mutating func consume(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            if pending.isEmpty {
                if !droppingLine { format(rest[..<end], into: &output) }
            } else {
                pending += rest[..<end]
                let whole = pending
                pending.removeAll(keepingCapacity: true)
                format(whole[...], into: &output)
            }
            droppingLine = false
            rest = rest[(end + 1)...]
            if isFull { return output }
        }
        if droppingLine { return output }
        pending += rest
        if pending.count > Self.longestLine {
            pending.removeAll()
            droppingLine = true
        }
        return output
    }

    /// The next bytes are of another file: a line that was cut off there will not be finished.
    mutating func beginFile() {
        pending.removeAll()
        droppingLine = false
    }

    private mutating func format(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        guard let line = LogLine(bytes) else { return }
        if !sinceReached, let since = options.since {
            guard let time = line.timestamp, time >= since else { return }
            sinceReached = true
        }
        let begins: Bool
        switch line.stream {
        case .stdout:
            begins = stdoutBegins
            stdoutBegins = line.endsLine
            guard options.stdout else { return }
        case .stderr:
            begins = stderrBegins
            stderrBegins = line.endsLine
            guard options.stderr else { return }
        }
        if options.timestamps && begins {
            append(line.time, to: &output)
            append([UInt8(ascii: " ")], to: &output)
        }
        append(line.text, to: &output)
        if line.endsLine { append([UInt8(ascii: "\n")], to: &output) }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output += bytes.prefix(remaining)
        remaining -= min(remaining, bytes.count)
    }
}
