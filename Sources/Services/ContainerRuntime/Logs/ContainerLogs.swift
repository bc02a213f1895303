import Core
import NIOPosix
import Synchronization

/// The log of one container, as chunks of the bytes that `kubectl logs` prints: pulled by the reader, so nothing piles up.
///
/// Follows the file through rotation (another file under the same path) and emptying. With `follow` it ends when the container has
/// ended and all that it said is read; without, at the file's end. A missing file is an empty log. Files are read on threads that may
/// block. To be iterated once.
public struct ContainerLogs: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    private let cursor: LogCursor
    private let follow: Bool
    private let time: any TimeSource
    private let isRunning: @Sendable () async -> Bool

    /// - Parameters:
    ///   - path: `ContainerStatus.logPath`, or the sandbox's log directory and the container's `logPath`.
    ///   - isRunning: whether the container can still say something; asked about twice a second while following.
    public init(
        path: String, options: ContainerLogOptions, time: any TimeSource = SystemTime(),
        isRunning: @escaping @Sendable () async -> Bool = { false }
    ) {
        cursor = LogCursor(path: path, options: options)
        follow = options.follow
        self.time = time
        self.isRunning = isRunning
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(cursor: cursor, follow: follow, time: time, isRunning: isRunning)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let cursor: LogCursor
        let follow: Bool
        let time: any TimeSource
        let isRunning: @Sendable () async -> Bool
        private var idle = 0
        /// The container has ended: what the file holds now is all.
        private var ended = false

        init(cursor: LogCursor, follow: Bool, time: any TimeSource, isRunning: @escaping @Sendable () async -> Bool) {
            (self.cursor, self.follow, self.time, self.isRunning) = (cursor, follow, time, isRunning)
        }

        /// The next bytes, never none; nil at the end.
        ///
        /// - Throws: `CancellationError`, or why the file cannot be read.
        public mutating func next() async throws -> [UInt8]? {
            while true {
                try Task.checkCancellation()
                let cursor = cursor
                switch try await NIOThreadPool.singleton.runIfActive({ try cursor.step() }) {
                case .bytes(let bytes):
                    idle = 0
                    return bytes
                case .finished:
                    return nil
                case .atEnd:
                    if !follow || ended { return nil }
                    // At every fifth look without news, once at the first.
                    if idle % 5 == 0, await !isRunning() {
                        ended = true
                        continue
                    }
                    idle += 1
                    try await time.sleep(for: .milliseconds(100))
                }
            }
        }
    }
}

/// The place of one reader in a log. `step` blocks.
final class LogCursor: Sendable {
    enum Step: Sendable, Equatable {
        case bytes([UInt8])
        /// No more for now.
        case atEnd
        /// No more for ever: the limit is reached.
        case finished
    }

    private struct State: ~Copyable {
        var file: LogFile?
        var formatter: LogFormatter
        /// Applies to the first file only, and only if it is there from the start.
        var tail: Int?
    }

    private let path: String
    private let state: Mutex<State>

    init(path: String, options: ContainerLogOptions) {
        self.path = path
        state = Mutex(State(file: nil, formatter: LogFormatter(options), tail: options.tailLines))
    }

    /// Reads until there is something to print, or the end.
    func step() throws -> Step {
        try state.withLock { state in
            if state.formatter.isFull { return .finished }
            if state.file == nil {
                guard let opened = try LogFile(path: path) else {
                    state.tail = nil
                    return .atEnd
                }
                state.file = consume opened
                if let lines = state.tail { try state.file?.seekToTail(lines: lines) }
                state.tail = nil
            }
            while let bytes = try state.file?.read(limit: 64 << 10) {
                if bytes.isEmpty {
                    // What was written between the last read and the renaming is still to be had from the old file.
                    guard state.file?.isReplaced() == true else { return .atEnd }
                    if let rest = try state.file?.read(limit: 64 << 10), !rest.isEmpty {
                        let output = state.formatter.consume(rest[...])
                        if !output.isEmpty { return .bytes(output) }
                        continue
                    }
                    state.formatter.beginFile()
                    state.file = try LogFile(path: path)
                    continue
                }
                let output = state.formatter.consume(bytes[...])
                if !output.isEmpty { return .bytes(output) }
                if state.formatter.isFull { return .finished }
            }
            return .atEnd
        }
    }
}
