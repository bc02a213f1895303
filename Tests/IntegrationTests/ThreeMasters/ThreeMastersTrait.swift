import ClusterKit
import Testing

/// Gives a suite the three-master deployment for all its tests, and fails it when it leaves anything behind.
struct ThreeMastersTrait: SuiteTrait, TestScoping {
    var isRecursive: Bool { false }

    @TaskLocal static var running: ThreeMasterCluster?

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void) async throws {
        guard ThreeMasterCluster.isPossible else { return try await body() }
        let cluster = ThreeMasterCluster()
        do {
            try await cluster.start()
            try await ThreeMastersTrait.$running.withValue(cluster) { try await body() }
        } catch {
            Issue.record("\(error)")
        }
        #expect(await cluster.end() == [])
    }
}

extension Trait where Self == ThreeMastersTrait {
    /// The deployment of docs/ha.md.
    static var threeMasters: ThreeMastersTrait { ThreeMastersTrait() }
}

/// The cluster of the suite that runs.
func theMasters() throws -> ThreeMasterCluster { try #require(ThreeMastersTrait.running) }
