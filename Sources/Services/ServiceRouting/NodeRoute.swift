public import JSON

/// The way to the pods of a node.
public struct NodeRoute: Sendable, Hashable, Comparable {
    public let pods: IPv4Range
    /// The node's own address, on a network that both are on.
    public let node: IPv4Address

    public init(pods: IPv4Range, node: IPv4Address) { (self.pods, self.node) = (pods, node) }

    /// From a node object; `nil` when it has no range for pods yet, or no address that others reach.
    public init?(node: JSONValue) {
        let addresses = (node.at("status", "addresses")?.array ?? []).filter { $0["type"]?.string == "InternalIP" }
        guard let pods = IPv4Range(node.at("spec", "podCIDR")?.string ?? ""),
            let address = addresses.lazy.compactMap({ $0["address"]?.string.flatMap { IPv4Address($0) } }).first, !address.isLoopback
        else { return nil }
        self.init(pods: pods, node: address)
    }

    public static func < (one: NodeRoute, other: NodeRoute) -> Bool {
        (one.pods.base, one.pods.prefix, one.node) < (other.pods.base, other.pods.prefix, other.node)
    }
}
