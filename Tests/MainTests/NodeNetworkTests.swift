import Foundation
import Testing

@testable import kmd

@Suite struct NodeNetworkTests {
    @Test(arguments: [
        (["LIBPROCESS_IP": "172.30.1.12"], "127.0.0.1", "172.30.1.12"), (["LIBPROCESS_IP": "0.0.0.0"], "172.30.1.13", "172.30.1.13"),
        (["LIBPROCESS_IP": "127.0.0.1"], "127.0.1.1", "127.0.0.1"), ([:], "172.30.1.14", "172.30.1.14"), ([:], "agent.example.com", "127.0.0.1"),
        (["LIBPROCESS_IP": "::1"], "", "127.0.0.1"),
    ] as [([String: String], String, String)])
    func aNodeHasTheAddressOfItsAgentUnlessThatIsOnLoopback(environment: [String: String], agent: String, address: String) {
        #expect(NodeAddress.detected(environment, agent: agent) == address)
    }

    @Test(arguments: ["10.244.0.0", "10.244.0.0/31", "10.0.0.0/7", "fd00::/64", "10.244.0.0/33"]) func aRangeThatHoldsNoPodsIsRefused(text: String) {
        #expect(throws: (any Error).self) { try PodNetworkFlags.check(nodeRange: text) }
        #expect(throws: (any Error).self) { try PodNetworkFlags.parse(["--cluster-cidr=\(text)"]).validate() }
    }

    @Test func eachNodesPartFitsIntoTheRange() throws {
        let flags = try PodNetworkFlags.parse(["--cluster-cidr=10.244.0.0/16"])
        for prefix in [16, 24, 30] { #expect(throws: Never.self) { try flags.checkParts(prefix) } }
        for prefix in [15, 31] { #expect(throws: (any Error).self) { try flags.checkParts(prefix) } }
        #expect(throws: (any Error).self) { try PodNetworkFlags.parse(["--cluster-cidr=10.0.0.0/8"]).checkParts(25) }
    }

    @Test func theRangeInForceIsReadFromTheNetworksFile() throws {
        let path = NSTemporaryDirectory() + "kmd-conflist-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(NodePodRange.inForce(path) == nil)
        let text = #"{"name": "kmd-1", "plugins": [{"type": "bridge", "ipam": {"ranges": [[{"subnet": "10.244.3.0/24"}]]}}, {"type": "portmap"}]}"#
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(NodePodRange.inForce(path)?.description == "10.244.3.0/24")
        try Data("{".utf8).write(to: URL(filePath: path))
        #expect(NodePodRange.inForce(path) == nil)
    }
}
