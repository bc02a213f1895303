import ClusterKit
import Foundation
import Testing

/// The guides, command by command, on a machine of their own: own network, processes and name, real containers.
@Suite(.enabled(if: TestCluster.isPossible), .serialized)
struct GuideIntegrationTests {
    static let root = String(URL(filePath: #filePath).pathComponents.dropLast(3).joined(separator: "/").dropFirst())

    /// Names under which kmd is called: today's, and those of the programs that it stands for.
    static let programs =
        ["kmd", "km"].map { "_output/local/go/bin/\($0)" }
        + ["kubernetes-mesos", "kubernetes-executor", "kube-proxy", "controller-manager"].map { "bin/\($0)" }

    /// docs/getting-started.md is ours; the others hold the commands of the guides that users of the original followed.
    @Test(arguments: ["docs/getting-started.md", "Tests/Fixtures/guides/single-master.md", "Tests/Fixtures/guides/first-year.md"])
    func aGuideDoesWhatItSays(path: String) async throws {
        let guide = Guide(try String(contentsOfFile: "\(Self.root)/\(path)", encoding: .utf8))
        #expect(!guide.steps.isEmpty)
        var links: [String: String] = [:]
        // kmd's own image, which the DNS addon runs, lies apart: it is large, and few clusters import it.
        for folder in [ProcessInfo.processInfo.environment["KMD_IMAGES"] ?? "\(Self.root)/.build/images", "\(Self.root)/.build/images-kmd"] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasSuffix(".tar") {
                links[".build/images/\(name)"] = "\(folder)/\(name)"
            }
        }
        for name in ["cluster", "examples"] { links[name] = "\(Self.root)/\(name)" }
        for name in Self.programs { links[name] = TestCluster.binary }
        let session = try GuideSession(links: links)
        do {
            try await session.prepare()
            for step in guide.steps {
                guard let fault = try await session.perform(step) else { continue }
                Issue.record("\(path): \(fault)\n\(session.logs())")
                break
            }
        } catch {
            Issue.record("\(path): \(error)")
        }
        await session.end(binary: TestCluster.binary)
        #expect(!FileManager.default.fileExists(atPath: session.folder))
    }
}
