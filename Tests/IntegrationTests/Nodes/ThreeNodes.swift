import ClusterKit
import Testing

/// What several nodes are for, on one cluster of three: starting one takes as long as half of the tests. Each test leaves it as it was.
/// The grace of silent nodes is short, so that the tests need not wait for it.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .nodes(3, "--node-monitor-grace-period=20s"))
struct ThreeNodeIntegrationTests {}
