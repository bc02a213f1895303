import Glibc
import Logging
import ServiceRouting

/// What of the machine must be as service addresses need it, besides the rules.
struct Machine: Sendable {
    let routing: RoutingConfiguration
    init(_ routing: RoutingConfiguration) { self.routing = routing }

    /// The protocol number of routes that are ours, so that they are told from others.
    static let routeProtocol = "107"
    /// Whose of ours: the number in the table's name, `kmd-1a2b3c4d`.
    static func routeMetric(_ table: String) -> String {
        String(max(1, table.split(separator: "-").last.flatMap { UInt32($0, radix: 16) } ?? 1))
    }

    private var routeLocalnet: String { "/proc/sys/net/ipv4/conf/\(routing.bridge)/route_localnet" }

    /// The bridge comes with the first pod, and without it nothing is to be done.
    var isPrepared: Bool {
        guard let value = Machine.text(routeLocalnet) else { return true }
        return value.hasPrefix("1")
    }

    /// Endpoints on the node's loopback can be reached from pods: on our own bridge only, and the rules guard it. And service addresses
    /// have a way: a machine without a default route would refuse them before any rule is asked.
    func prepare(_ logger: Logger) async {
        if !isPrepared, !Machine.write("1", to: routeLocalnet) {
            logger.warning("pods cannot reach services on this node's loopback: \(routeLocalnet) cannot be written")
        }
        guard let range = routing.serviceRange, let ip = Programs.find("ip") else { return }
        let way = await Programs.run([ip, "-4", "route", "get", "\(range.base)"], timeout: .seconds(5))
        guard way.exitCode != 0, way.output.contains("unreachable") else { return }
        let route = await Programs.run(
            [ip, "-4", "route", "add", "\(range)", "dev", "lo", "proto", Machine.routeProtocol, "metric", Machine.routeMetric(routing.table)],
            timeout: .seconds(5))
        if route.exitCode == 0 {
            logger.notice("there is no route to \(range): added one, by way of lo, so that service addresses work on this node")
        }
    }

    /// The ranges of a table's own routes, in what `ip route show` wrote.
    static func ranges(ofRoutes listing: String, table: String) -> [String] {
        listing.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let range = words.first, IPv4Range(range) != nil || IPv4Address(range) != nil,
                let metric = words.firstIndex(of: "metric"), metric + 1 < words.count, words[metric + 1] == routeMetric(table)
            else { return nil }
            return range
        }
    }

    /// Whether what passes the bridge passes the rules.
    static var bridgeIsFiltered: Bool { text("/proc/sys/net/bridge/bridge-nf-call-iptables")?.hasPrefix("1") ?? false }

    /// Small files of the kernel's, in memory.
    private static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return Glibc.write(file, text, text.utf8.count) == text.utf8.count
    }
}

/// What the kernel does with traffic between pods.
public enum BridgeFiltering {
    /// `bridge-nf-call-iptables` is on in this network namespace.
    public static var isOn: Bool { Machine.bridgeIsFiltered }
}
