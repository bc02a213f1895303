import ClusterKit
import Testing

/// Gives a suite one cluster for all its tests, and fails it when the cluster leaves anything behind.
struct ClusterTrait: SuiteTrait, TestScoping {
    let options: [String]
    var isRecursive: Bool { false }

    @TaskLocal static var running: TestCluster?

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void) async throws {
        guard TestCluster.isPossible else { return try await body() }
        let cluster = try TestCluster(options)
        do {
            try await cluster.start()
            try await ClusterTrait.$running.withValue(cluster) { try await body() }
        } catch {
            Issue.record("\(error)")
        }
        let left = try await cluster.end()
        #expect(left == [])
    }
}

extension Trait where Self == ClusterTrait {
    /// One running cluster, with further flags for kmd.
    static func cluster(_ options: String...) -> ClusterTrait { ClusterTrait(options: options) }
}

/// The cluster of the suite that runs.
func theCluster() throws -> TestCluster { try #require(ClusterTrait.running) }
