import ArgumentParser
import ServiceRouting

/// Where pods have their addresses. The controllers give parts of it out, and each node must know what is a pod's.
struct PodNetworkFlags: ParsableArguments {
    @Option(
        name: .customLong("cluster-cidr"),
        help: "The range of all pods of the cluster, in CIDR notation. It must meet no other network that this machine can reach.")
    var clusterCIDR = "10.244.0.0/16"

    func validate() throws {
        guard let range, (8...30).contains(range.prefix) else {
            throw ValidationError("--cluster-cidr must be a range of IPv4 addresses, between /8 and /30, like 10.244.0.0/16; not '\(clusterCIDR)'.")
        }
    }

    /// The range, its bits beyond the prefix cleared.
    var range: IPv4Range? { IPv4Range(clusterCIDR) }

    /// The flag as a node needs it.
    var words: [String] { ["--cluster-cidr=\(clusterCIDR)"] }

    /// What the controllers give to nodes: the range, and the prefix of each part. As many nodes as Kubernetes allows: 65,536.
    func checkParts(_ prefix: Int) throws {
        guard let range, (range.prefix...30).contains(prefix), prefix - range.prefix <= 16 else {
            throw ValidationError(
                "--node-cidr-mask-size must be between the prefix of --cluster-cidr=\(clusterCIDR) and 30, and at most 16 more; not \(prefix).")
        }
    }

    /// `--pod-cidr`, as executors and proxies have it.
    static func check(nodeRange: String?) throws {
        guard let nodeRange, !((8...30).contains(IPv4Range(nodeRange)?.prefix ?? 0)) else { return }
        throw ValidationError("--pod-cidr must be a range of IPv4 addresses, between /8 and /30, like 10.244.0.0/24; not '\(nodeRange)'.")
    }
}
