import ArgumentParser
import ServiceRouting

/// Where services have their addresses and ports. The API server gives them out, and each node's proxy serves them: both must know the same.
struct ServiceNetworkFlags: ParsableArguments {
    static let defaultRange = "10.10.10.0/24"

    @Option(
        name: .customLong("service-cluster-ip-range"),
        help: "The range that services get their addresses from, in CIDR notation. It must meet no other network that this machine can reach.")
    var serviceClusterIPRange = ServiceNetworkFlags.defaultRange

    @Option(help: "The ports of the nodes that services may have, first and last: 30000-32767.")
    var serviceNodePortRange = "30000-32767"

    func validate() throws {
        // As many addresses as the API server can keep account of.
        guard let range = IPv4Range(serviceClusterIPRange), (12...30).contains(range.prefix) else {
            throw ValidationError(
                "--service-cluster-ip-range must be a range of IPv4 addresses, between /12 and /30, like 10.10.10.0/24; not '\(serviceClusterIPRange)'.")
        }
        guard ports != nil else {
            throw ValidationError("--service-node-port-range must be two ports, like 30000-32767, not '\(serviceNodePortRange)'.")
        }
    }

    /// The range, its bits beyond the prefix cleared.
    var range: IPv4Range? { IPv4Range(serviceClusterIPRange) }

    /// The node ports, when they make sense.
    var ports: ClosedRange<Int>? {
        let ends = serviceNodePortRange.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first > 0, first <= last, last <= 65535 else { return nil }
        return first...last
    }

    /// Where a cluster's DNS is when nobody says otherwise: the tenth address of the range, as in the guides.
    var usualClusterDNS: String? {
        guard let range, range.prefix <= 28 else { return nil }
        return IPv4Address(bits: range.base.bits + 10).description
    }

    /// The flags that a node needs, as words of a command line.
    var words: [String] { ["--service-cluster-ip-range=\(serviceClusterIPRange)"] }
}
