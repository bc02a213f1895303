import Core
import Glibc
import JSON
import Testing

@testable import kmd

private func inDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/kmd-executor-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer {
        for name in ["executor.term", "executor.term.new", "executor.lock", "janitor.lock", "file"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
    try await body(directory)
}

@Suite struct TermFenceTests {
    @Test func aLowerTermIsRefusedAndTheHighestIsRemembered() {
        var fence = TermFence(framework: "f")
        #expect(fence.refuses(Term(3)) == nil)
        #expect(fence.refuses(Term(3)) == nil)
        #expect(fence.refuses(Term(2)) == Term(3))
        #expect(fence.refuses(Term(4)) == nil)
        #expect(fence.refuses(Term(3)) == Term(4))
    }

    @Test func itOutlivesItsProcess() async throws {
        try await inDirectory { directory in
            let first = try DurableTermFence(dataDirectory: directory, framework: "f")
            #expect(await first.refusal(of: Term(7)) == nil)
            let second = try DurableTermFence(dataDirectory: directory, framework: "f")
            #expect(await second.refusal(of: Term(6)) == "it is of term 6, and term 7 has begun")
            #expect(await second.refusal(of: Term(7)) == nil)
        }
    }

    @Test func anotherFrameworksTermsMeanNothing() async throws {
        try await inDirectory { directory in
            let old = try DurableTermFence(dataDirectory: directory, framework: "old")
            #expect(await old.refusal(of: Term(9)) == nil)
            let new = try DurableTermFence(dataDirectory: directory, framework: "new")
            #expect(await new.refusal(of: Term(1)) == nil)
        }
    }

    @Test func aDamagedMemoryIsNamedAndNotTakenForNone() async throws {
        try await inDirectory { directory in
            let file = open(directory + "/executor.term", O_WRONLY | O_CREAT, 0o600)
            _ = write(file, "{", 1)
            close(file)
            #expect(throws: PlainFailure.self) { try DurableTermFence(dataDirectory: directory, framework: "f") }
        }
    }
}

@Suite struct ExecutorMessageTests {
    @Test func whatIsSaidIsUnderstood() {
        let message = ExecutorMessage(.leave, term: Term(3), reason: "a newer one \"is\" wanted")
        #expect(ExecutorMessage(message.bytes) == message)
    }

    @Test(arguments: ["", "{}", "nonsense", #"{"term":3,"action":"dance"}"#, #"{"term":-1,"action":"leave"}"#, #"{"term":"3","action":"leave"}"#])
    func whatIsNotUnderstoodIsNoMessage(text: String) {
        #expect(ExecutorMessage(Array(text.utf8)) == nil)
    }
}

@Suite struct ExecutorArtifactTests {
    private let artifact = ExecutorArtifact(file: "/usr/bin/kmd", sha256: String(repeating: "0123456789abcdef", count: 4), size: 9)

    @Test func itsNameSaysWhatIsInIt() {
        #expect(artifact.name == "kmd-0123456789abcdef")
        #expect(artifact.url(base: "http://10.0.0.1:10251") == "http://10.0.0.1:10251/static/kmd-0123456789abcdef")
    }

    @Test func whatWasFetchedIsCheckedAgainstTheWholeSumBeforeItRuns() {
        #expect(
            artifact.command(["executor", "--image-dir=/a b", "--x='$HOME'"])
                == "echo '\(artifact.sha256)  kmd-0123456789abcdef' | sha256sum -c - >&2 && exec ./kmd-0123456789abcdef executor "
                + #"'--image-dir=/a b' '--x='\''$HOME'\'''"#)
    }

    /// The shell itself says what it makes of the command.
    @Test func aShellRunsWhatFitsItsSumAndNothingElse() async throws {
        try await inDirectory { directory in
            let path = directory + "/file"
            let file = open(path, O_WRONLY | O_CREAT, 0o700)
            let script = "#!/bin/sh\nexit 7\n"
            _ = write(file, script, script.utf8.count)
            close(file)
            let good = try await ExecutorArtifact.of(file: path)
            #expect(good.size == script.utf8.count && good.sha256.count == 64)
            func status(_ artifact: ExecutorArtifact) -> Int32 {
                let line = "cd \(directory) && cp file \(artifact.name) && \(artifact.command(["executor"])) 2>/dev/null"
                defer { unlink("\(directory)/\(artifact.name)") }
                return system(line) >> 8 & 0xff
            }
            #expect(status(good) == 7)
            let other = ExecutorArtifact(file: path, sha256: String(repeating: "0", count: 64), size: good.size)
            #expect(status(other) == 1)
        }
    }

    @Test func anotherBuildOrOtherWordsAreAnotherRevision() {
        let one = ExecutorRevision.text(build: "a", words: ["--v=0"])
        #expect(one == ExecutorRevision.text(build: "a", words: ["--v=0"]))
        #expect(one.hasPrefix(KmdVersion.number + "-") && one.count == KmdVersion.number.count + 9)
        #expect(one != ExecutorRevision.text(build: "b", words: ["--v=0"]))
        #expect(one != ExecutorRevision.text(build: "a", words: ["--v=2"]))
    }

    @Test func anInstalledFileIsNamedByItsPathOrAsAFileAddress() throws {
        #expect(try RoleWiring.installedFile("file:///opt/kmd") == "/opt/kmd")
        #expect(try RoleWiring.installedFile("/opt/kmd") == "/opt/kmd")
        #expect(throws: PlainFailure.self) { try RoleWiring.installedFile("http://h/kmd") }
    }
}

@Suite struct NodeLockTests {
    private func isFree(_ name: String, _ directory: String) throws -> Bool { try NodeLock.attempt(name, in: directory) != nil }

    @Test func aNodeHasOneExecutor() async throws {
        try await inDirectory { directory in
            let first = try NodeLock.attempt("executor.lock", in: directory)
            #expect(try isFree("executor.lock", directory) == false)
            #expect(try isFree("janitor.lock", directory))
            _ = consume first
            #expect(try isFree("executor.lock", directory))
        }
    }
}

@Suite struct ListedExecutorTests {
    @Test func theTableHasALinePerNode() {
        let page: JSONValue = [
            "executors": [
                ["agent": "x-S0", "node": "node-1", "revision": "0.1.0-0000000a", "tasks": 12, "running": 11, "phase": "current"],
                ["agent": "x-S1", "node": "n2", "revision": "", "tasks": 0, "phase": "outdated"],
            ]
        ]
        #expect(
            ListedExecutor.table(ListedExecutor.all(page)) == """
                NODE     REVISION         PODS   RUNNING   STATE      AGENT
                node-1   0.1.0-0000000a   12     11        current    x-S0
                n2       -                0      0         outdated   x-S1
                """)
    }

    @Test func anUpgradedNodeIsDoneWhenItsNewExecutorRunsWhatIsWantedThereNow() {
        func isDone(_ phase: String?, running: Int64 = 0, wanted: Int64) -> Bool {
            let executors: [JSONValue] = phase.map {
                [["agent": "a", "node": "n1", "phase": .string($0), "tasks": .integer(running), "running": .integer(running)]]
            } ?? []
            let page: JSONValue = ["executors": .array(executors), "podsWanted": wanted > 0 ? ["n1": .integer(wanted), "n2": 7] : ["n2": 7]]
            return ListedExecutor.isDone(ListedExecutor.all(page).first, on: "n1", by: page)
        }
        #expect(!isDone("outdated", running: 2, wanted: 2) && !isDone("current", running: 1, wanted: 2) && !isDone(nil, wanted: 1))
        // Both pods are there again; or one was deleted meanwhile, or all.
        #expect(isDone("current", running: 2, wanted: 2) && isDone("current", running: 1, wanted: 1) && isDone("current", wanted: 0) && isDone(nil, wanted: 0))
    }

    @Test func whatIsNoExecutorIsLeftOut() { #expect(ListedExecutor.all(["executors": [["agent": "a"], 3]]).isEmpty) }
}
