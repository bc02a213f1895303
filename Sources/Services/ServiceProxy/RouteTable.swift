public import Logging
public import ServiceRouting
import Synchronization

/// The routes of one owner in this machine's main table, by the program `ip`. Touches no other route.
public final class RouteTable: Sendable {
    private let owner: String
    private let logger: Logger
    private let lastProblem = Mutex("")

    /// - Parameter owner: the name of the packet filter's table, from which the routes' number comes; `kmd uninstall` removes both.
    public init(owner: String, logger: Logger) { (self.owner, self.logger) = (owner, logger) }

    /// Makes the routes be these, and no others.
    /// - Returns: whether all are. One that cannot be is told of once: the kernel takes no gateway that is not on a network of this machine's.
    public func keep(_ wanted: [NodeRoute]) async -> Bool {
        guard let ip = Programs.find("ip") else { return report(["routes need ip: install with  apt-get install -y iproute2"]) }
        let words = ["proto", Machine.routeProtocol, "metric", Machine.routeMetric(owner)]
        let listing = await Programs.run([ip, "-4", "route", "show", "proto", Machine.routeProtocol], timeout: .seconds(5))
        guard listing.exitCode == 0 else { return report(["ip route show: \(listing.output)"]) }
        let present = RouteTable.routes(in: listing.output, owner: owner)
        var problems: [String] = []
        for route in present where !wanted.contains(route) {
            let result = await Programs.run([ip, "-4", "route", "del", "\(route.pods)", "via", "\(route.node)"] + words, timeout: .seconds(5))
            if result.exitCode != 0 { problems.append("route to \(route.pods) via \(route.node) stays: \(result.output)") }
        }
        for route in wanted where !present.contains(route) {
            let result = await Programs.run([ip, "-4", "route", "replace", "\(route.pods)", "via", "\(route.node)"] + words, timeout: .seconds(5))
            if result.exitCode == 0 {
                logger.info("pods of another node have a way", metadata: ["pods": "\(route.pods)", "node": "\(route.node)"])
            } else {
                problems.append("no route to \(route.pods) via \(route.node): \(result.output)")
            }
        }
        return report(problems)
    }

    /// Of what `ip route show` wrote, the routes of this owner that lead to other machines.
    static func routes(in listing: String, owner: String) -> [NodeRoute] {
        listing.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            func value(_ name: String) -> String? { words.firstIndex(of: name).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil } }
            guard value("metric") == Machine.routeMetric(owner), let node = value("via").flatMap({ IPv4Address($0) }),
                // A range of one address is written without its prefix.
                let pods = words.first.flatMap({ IPv4Range($0) ?? IPv4Range($0 + "/32") })
            else { return nil }
            return NodeRoute(pods: pods, node: node)
        }
    }

    private func report(_ problems: [String]) -> Bool {
        let text = problems.map { $0.split(separator: "\n").joined(separator: " ") }.joined(separator: "; ")
        let isNew = lastProblem.withLock { last in
            defer { last = text }
            return last != text
        }
        if isNew, !text.isEmpty { logger.error("\(text)") }
        return problems.isEmpty
    }
}
