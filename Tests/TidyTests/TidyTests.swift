import Foundation
import Testing

/// The rules of the house, held by machine. Each names the file, the line and what to do instead.
@Suite struct TidyTests {
    let tree: SourceTree
    init() throws { tree = try SourceTree.read() }

    /// Lines of `files` that hold one of `words` as code.
    func uses(of words: [String], in files: [SourceTree.File]) -> [String] {
        files.filter { $0.mentions(words) }.flatMap { file in
            file.code.filter { line in words.contains { line.text.contains($0) } }
                .map { "\(file.path):\($0.number): \($0.text.trimmingCharacters(in: .whitespaces))" }
        }
    }

    @Test func aFileIsOneThing() {
        let long = tree.files.filter { $0.lines.count > 450 }.map { "\($0.path): \($0.lines.count) lines; what two things is it?" }
        #expect(long == [])
    }

    @Test func decisionsReadNoClockAndDoNoWork() {
        let states = tree.files(below: "Sources/Actors/").filter { $0.path.hasSuffix("State.swift") }
        let banned = [
            "Date()", "Clock.now", "= .now", "UUID()", ".random(", "SystemRandomNumberGenerator", "Task {", "Task.detached", "Task.sleep", "await ",
            "import NIO", "import Logging", "import Foundation", "DispatchQueue", "Mutex(", "print(",
        ]
        #expect(states.isEmpty == false)
        #expect(uses(of: banned, in: states) == [])
    }

    @Test func scheduledWorkIsPureToo() {
        let banned = ["Date()", "Clock.now", "= .now", "UUID()", ".random(", "Task {", "await ", "import NIO", "import Logging", "import Foundation"]
        #expect(uses(of: banned, in: tree.files(below: "Sources/Services/Scheduling/")) == [])
        #expect(uses(of: banned, in: tree.files(below: "Sources/Services/KubeAPI/")) == [])
        #expect(uses(of: banned, in: tree.files(below: "Sources/Services/ServiceRouting/")) == [])
    }

    @Test func noComponentKnowsAnotherOrAnAdapter() {
        let allowed: Set<String> = ["Core", "ActorKit", "ControllerKit", "Scheduling", "JSON", "KubeObjects", "ServiceRouting", "Synchronization"]
        let wrong = tree.files(below: "Sources/Actors/").flatMap { file in
            file.imports.filter { !allowed.contains($0) && $0 != file.module }.map { "\(file.path) imports \($0)" }
        }
        #expect(wrong == [])
    }

    @Test func theOutsideWorldKnowsNoComponent() throws {
        let components = Set(try tree.modules(below: "Sources/Actors"))
        let wrong = tree.files(below: "Sources/Services/").flatMap { file in
            file.imports.filter { components.contains($0) && $0 != "ActorKit" }.map { "\(file.path) imports \($0)" }
        }
        #expect(wrong == [])
    }

    @Test func whatIsDangerousSaysWhyItIsNot() {
        let bare = tree.files(below: "Sources/").filter { $0.mentions(["@unchecked Sendable", "nonisolated(unsafe)"]) }.flatMap { file in
            file.code.filter { $0.text.contains("@unchecked Sendable") || $0.text.contains("nonisolated(unsafe)") }
                .filter { line in
                    let above = line.number >= 2 ? file.lines[line.number - 2] : ""
                    return !above.contains("//") && !line.text.contains("//")
                }
                .map { "\(file.path):\($0.number): a comment must prove it" }
        }
        #expect(bare == [])
    }

    @Test func nothingFromOutsideCanStopTheProcess() {
        #expect(uses(of: ["try!", "fatalError(", " as! "], in: tree.files(below: "Sources/")) == [])
    }

    @Test func everyStreamIsBounded() {
        let made = ["AsyncStream.makeStream(", "AsyncThrowingStream.makeStream("]
        let unbounded = tree.files(below: "Sources/").filter { $0.mentions(["AsyncStream", "AsyncThrowingStream"]) }.flatMap { file in
            file.code.filter { line in
                made.contains { line.text.contains($0) } || line.text.contains(/Async(Throwing)?Stream(<.*>)? \{/) && !line.text.contains("->")
            }
            .filter { line in !file.lines[(line.number - 1)...min(line.number + 1, file.lines.count - 1)].joined().contains("bufferingPolicy") }
            .map { "\(file.path):\($0.number): name a bufferingPolicy" }
        }
        #expect(unbounded == [])
        #expect(uses(of: ["bufferingPolicy: .unbounded"], in: tree.files(below: "Sources/")) == [])
    }

    @Test func everyModuleHasItsParagraph() throws {
        let text = try String(contentsOf: tree.root.appending(path: "docs/ARCHITECTURE.md"), encoding: .utf8)
        let modules = try tree.modules(below: "Sources/Services") + tree.modules(below: "Sources/Actors")
        let missing = modules.filter { !text.contains("**\($0)**") }.map { "docs/ARCHITECTURE.md has no paragraph **\($0)**" }
        #expect(missing == [])
    }

    @Test func noPathOfOneMachineIsWrittenDown() {
        let machine = ["/wo" + "rk/", "/fa" + "rm/"]
        #expect(uses(of: machine, in: tree.files) == [])
    }
}
