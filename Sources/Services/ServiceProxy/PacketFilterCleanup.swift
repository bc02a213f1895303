import ServiceRouting

/// Removes what service addresses left on a machine for one data directory: `kmd uninstall`.
public enum PacketFilterCleanup {
    /// - Parameter table: the table's name, which is also the bridge's.
    /// - Returns: what was removed, and what could not be. Doing it again finds nothing and is no error.
    public static func run(table: String, serviceRange: IPv4Range?) async -> (removed: [String], failed: [String]) {
        var (removed, failed): ([String], [String]) = ([], [])
        if let nft = Programs.find("nft") {
            let tables = await Programs.run([nft, "list", "tables", "ip"], timeout: .seconds(20))
            if tables.output.split(separator: "\n").contains("table ip \(table)") {
                let result = await Programs.run(
                    [nft, "-f", "-"], input: Array(RuleText.removal(of: table).utf8), timeout: .seconds(60))
                if result.exitCode == 0 { removed.append("table ip \(table)") } else { failed.append("table ip \(table): \(result.output)") }
            }
        }
        if let serviceRange, let ip = Programs.find("ip") {
            let route = ["\(serviceRange)", "dev", "lo", "proto", Machine.routeProtocol]
            let found = await Programs.run([ip, "-4", "route", "show"] + route, timeout: .seconds(5))
            if found.exitCode == 0, !found.output.isEmpty {
                let result = await Programs.run([ip, "-4", "route", "del"] + route, timeout: .seconds(5))
                if result.exitCode == 0 { removed.append("route to \(serviceRange)") } else { failed.append("route to \(serviceRange): \(result.output)") }
            }
        }
        return (removed, failed)
    }
}
