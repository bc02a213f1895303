import JSON
import ServiceRouting
import Testing

@Suite struct NodeRouteTests {
    private func node(_ range: String, _ addresses: (String, String)...) -> JSONValue {
        ["spec": ["podCIDR": .string(range)], "status": ["addresses": .array(addresses.map { ["type": .string($0), "address": .string($1)] })]]
    }

    @Test func `A node's pods are behind its internal address`() throws {
        let route = try #require(NodeRoute(node: node("10.244.7.0/24", ("Hostname", "n1"), ("InternalIP", "fd00::1"), ("InternalIP", "172.30.1.12"))))
        #expect("\(route.pods) \(route.node)" == "10.244.7.0/24 172.30.1.12")
    }

    @Test func `There is no way to a node without a range, without an address, or on loopback`() {
        #expect(NodeRoute(node: node("", ("InternalIP", "172.30.1.12"))) == nil)
        #expect(NodeRoute(node: node("10.244.7.0/24", ("Hostname", "n1"))) == nil)
        #expect(NodeRoute(node: node("10.244.7.0/24", ("InternalIP", "127.0.0.1"))) == nil)
        #expect(NodeRoute(node: [:]) == nil)
    }
}
