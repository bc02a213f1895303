import Foundation
import HTTPKit
import Logging
import MesosProto
import NIOCore
import Testing

@testable import MesosLocal

@Suite(.timeLimit(.minutes(3))) struct FetcherTests {
    /// Serves one file, and counts how often.
    final class Files: HTTPService {
        let served = AskCount()
        func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            served.add()
            switch request.path {
            case "/kmd": exchange.respond(.ok, contentType: "application/octet-stream", bytes: Array("#!/bin/sh\necho hello\n".utf8))
            case "/moved": exchange.respond(.found, headers: ["Location": "/kmd"])
            default: exchange.respond(.notFound)
            }
        }
    }

    static func uri(_ value: String, executable: Bool = false, cache: Bool = false, output: String? = nil) -> Mesos_V1_CommandInfo.URI {
        .with {
            $0.value = value
            ($0.executable, $0.cache) = (executable, cache)
            if let output { $0.outputFile = output }
        }
    }

    private func withServer(_ body: (String, Fetcher, String, Files) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let files = Files()
        let server = HTTPServer(service: files, logger: Logger(label: "test"))
        let port = try await server.start()
        var failure: (any Error)?
        do {
            try await body("http://127.0.0.1:\(port)", Fetcher(folder: directory.path + "/fetch"), directory.path + "/sandbox", files)
        } catch { failure = error }
        await server.shutdown(grace: .zero)
        if let failure { throw failure }
    }

    @Test func filesComeIntoTheSandboxAndMayBeRun() async throws {
        try await withServer { server, fetcher, sandbox, _ in
            try await fetcher.fetch([Self.uri(server + "/moved", executable: true, output: "bin/kmd"), Self.uri("/etc/hostname")], into: sandbox)
            #expect(try String(contentsOfFile: sandbox + "/bin/kmd", encoding: .utf8) == "#!/bin/sh\necho hello\n")
            #expect(FileManager.default.isExecutableFile(atPath: sandbox + "/bin/kmd"))
            #expect(FileManager.default.contents(atPath: sandbox + "/hostname") == FileManager.default.contents(atPath: "/etc/hostname"))
            #expect(!FileManager.default.isExecutableFile(atPath: sandbox + "/hostname"))
        }
    }

    @Test func whatIsCachedIsFetchedOnce() async throws {
        try await withServer { server, fetcher, sandbox, files in
            for run in ["a", "b"] { try await fetcher.fetch([Self.uri(server + "/kmd", cache: true)], into: sandbox + run) }
            #expect(FileManager.default.fileExists(atPath: sandbox + "b/kmd"))
            #expect(files.served.value == 1)
            for run in ["c", "d"] { try await fetcher.fetch([Self.uri(server + "/kmd")], into: sandbox + run) }
            #expect(files.served.value == 3)
        }
    }

    @Test(arguments: ["/no/such/file", "SERVER/missing", "ftp://host/file", "http://127.0.0.1:1/file"])
    func aFileThatDoesNotComeSaysWhich(uri: String) async throws {
        try await withServer { server, fetcher, sandbox, _ in
            let uri = uri.replacingOccurrences(of: "SERVER", with: server)
            let problem = await #expect(throws: FetchProblem.self) { try await fetcher.fetch([Self.uri(uri)], into: sandbox) }
            #expect(problem?.uri == uri)
        }
    }

    @Test(arguments: ["../escape", "/absolute", "a/../../b", "", "."])
    func nothingIsWrittenOutsideTheSandbox(output: String) {
        let uri = Self.uri("http://host/" + (output.isEmpty ? "" : "file"), output: output)
        #expect(throws: FetchProblem.self) { try Fetcher.name(of: uri) }
    }

    @Test func anArchiveToBeExtractedIsRefusedRatherThanLeftWhole() throws {
        var uri = Self.uri("http://host/files.tar.gz?x=1")
        #expect(throws: FetchProblem.self) { try Fetcher.name(of: uri) }
        uri.extract = false
        #expect(try Fetcher.name(of: uri) == "files.tar.gz")
    }

    @Test func aLaunchWithoutItsFilesFailsAsRecorded() {
        var scene = AgentStateTests.Scene()
        scene.run("t1")
        let container = scene.agent.executors.keys.first ?? ""
        scene.handle(.launchFailed(containerID: container, because: "Failed to fetch all URIs for container '\(container)': exited with status 1"))
        #expect(scene.exits == [256])
        #expect(scene.forwarded.map(\.state) == [.taskFailed])
        #expect(scene.forwarded.map(\.reason) == [.containerLaunchFailed])
        #expect(
            scene.forwarded.map(\.message)
                == ["Failed to launch container: Failed to fetch all URIs for container '\(container)': exited with status 1"])
    }

    @Test func anExecutorThatIsStillBeingBroughtUpIsGivenUpInTime() {
        var scene = AgentStateTests.Scene()
        scene.run("t1")
        let container = scene.agent.executors.keys.first ?? ""
        scene.at(60)
        #expect(scene.log.contains(.abandonLaunch(containerID: container)))
        scene.handle(.launchFailed(containerID: container, because: "given up"))
        #expect(scene.forwarded.map(\.reason) == [.executorRegistrationTimeout])
    }
}
