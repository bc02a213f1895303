import Core
import Glibc
import Synchronization
import Testing

@testable import ContainerRuntime

@Suite struct LogTests {
    static let first = "2026-11-21T04:39:01.000000001Z"
    static let second = "2026-11-21T04:39:02.5Z"
    static let third = "2026-11-21T04:39:03+00:00"

    private func print(_ file: String, _ options: ContainerLogOptions = ContainerLogOptions(), inPiecesOf size: Int = .max)
        -> String
    {
        var formatter = LogFormatter(options)
        var output: [UInt8] = []
        var rest = Array(file.utf8)[...]
        while !rest.isEmpty {
            output += formatter.consume(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return String(decoding: output, as: UTF8.self)
    }

    @Test func linesAreReadWithTheirStreamAndTag() throws {
        let line = try #require(LogLine(Array("\(Self.first) stderr P half a".utf8)[...]))
        #expect(line.stream == .stderr && !line.endsLine)
        #expect(line.text.elementsEqual("half a".utf8))
        #expect(line.timestamp == Timestamp(rfc3339: Self.first))
        #expect(LogLine(Array("\(Self.first) stdout F:x ".utf8)[...])?.endsLine == true)
        #expect(LogLine(Array("\(Self.first) stdout F".utf8)[...])?.text.isEmpty == true)
        for wrong in ["", "x", "\(Self.first) stdlog F x", "\(Self.first) stdout Q x", "yesterday stdout F x"] {
            #expect(LogLine(Array(wrong.utf8)[...]) == nil, "\(wrong)")
        }
    }

    @Test(arguments: [1, 7, 64, 10_000])
    func partialLinesAreJoinedHoweverTheFileIsCut(_ size: Int) {
        let file =
            "\(Self.first) stdout P ab\n\(Self.first) stdout F cd\nrubbish\n\(Self.second) stderr F \n\(Self.third) stdout F end\n"
        #expect(print(file, inPiecesOf: size) == "abcd\n\nend\n")
        #expect(
            print(file, ContainerLogOptions(timestamps: true), inPiecesOf: size)
                == "\(Self.first) abcd\n\(Self.second) \n\(Self.third) end\n")
    }

    @Test func sinceAndLimitAndStreamsCut() {
        let file = "\(Self.first) stdout F one\n\(Self.second) stderr F two\n\(Self.third) stdout F three\n"
        #expect(print(file, ContainerLogOptions(since: Timestamp(rfc3339: Self.second))) == "two\nthree\n")
        #expect(print(file, ContainerLogOptions(limitBytes: 6)) == "one\ntw")
        #expect(print(file, ContainerLogOptions(stderr: false)) == "one\nthree\n")
    }

    @Test func aLineWithoutEndIsDropped() {
        #expect(
            print(
                String(repeating: "x", count: LogFormatter.longestLine * 2) + "\n\(Self.first) stdout F ok\n", inPiecesOf: 65536)
                == "ok\n")
    }

    @Test(arguments: [0, 1, 2, 3, 4, 100])
    func theTailIsTheLastWholeLines(_ count: Int) async throws {
        try await withLog { path in
            // Long enough for several blocks from the end.
            let filler = String(repeating: "z", count: 50_000)
            try append(
                "\(Self.first) stdout F one\n\(Self.first) stdout P t\(filler)\n\(Self.first) stdout F wo\n\(Self.second) stdout F \(filler)three\n",
                to: path)
            let lines = ["one\n", "t\(filler)wo\n", "\(filler)three\n"]
            #expect(try await all(path, ContainerLogOptions(tailLines: count)) == lines.suffix(count).joined())
        }
    }

    @Test func aMissingFileIsAnEmptyLog() async throws {
        #expect(try await all("/nowhere/at/all.log", ContainerLogOptions()) == "")
    }

    @Test func followingGoesThroughRotationAndEndsWithTheContainer() async throws {
        try await withLog { path in
            try append("\(Self.first) stdout F one\n", to: path)
            let running = Mutex(true)
            let logs = ContainerLogs(path: path, options: ContainerLogOptions(follow: true)) { running.withLock { $0 } }
            var iterator = logs.makeAsyncIterator()
            #expect(try await iterator.next() == Array("one\n".utf8))
            try append("\(Self.second) stdout F two\n", to: path)
            #expect(rename(path, path + ".1") == 0)
            try append("\(Self.third) stdout F three\n", to: path)
            #expect(try await iterator.next() == Array("two\n".utf8))
            #expect(try await iterator.next() == Array("three\n".utf8))
            try append("\(Self.third) stdout F last words\n", to: path)
            running.withLock { $0 = false }
            #expect(try await iterator.next() == Array("last words\n".utf8))
            #expect(try await iterator.next() == nil)
        }
    }

    private func all(_ path: String, _ options: ContainerLogOptions) async throws -> String {
        var bytes: [UInt8] = []
        for try await chunk in ContainerLogs(path: path, options: options) { bytes += chunk }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A path for a log in a directory of its own, which goes afterwards.
private func withLog(_ body: (String) async throws -> Void) async throws {
    let directory = try temporaryDirectory()
    defer { _ = Files.removeTree(directory) }
    try await body(directory + "/0.log")
}

func temporaryDirectory() throws -> String {
    var template = Array("/tmp/kmd-test-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    return String(cString: made)
}

private func append(_ text: String, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    let bytes = Array(text.utf8)
    try #require(write(file, bytes, bytes.count) == bytes.count)
}
