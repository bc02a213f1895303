import ServiceRouting

/// Removes what service addresses left on a machine for one data directory: `kmd uninstall`.
public enum PacketFilterCleanup {
    /// - Parameter table: the table's name, which is also the bridge's.
    /// - Returns: what was removed, and what could not be. Doing it again finds nothing and is no error.
    public static func run(table: String) async -> (removed: [String], failed: [String]) {
        var (removed, failed): ([String], [String]) = ([], [])
        if let nft = Programs.find("nft") {
            let tables = await Programs.run([nft, "list", "tables", "ip"], timeout: .seconds(20))
            if tables.output.split(separator: "\n").contains("table ip \(table)") {
                let result = await Programs.run(
                    [nft, "-f", "-"], input: Array(RuleText.removal(of: table).utf8), timeout: .seconds(60))
                if result.exitCode == 0 { removed.append("table ip \(table)") } else { failed.append("table ip \(table): \(result.output)") }
            }
        }
        if let ip = Programs.find("ip") {
            let routes = await Programs.run([ip, "-4", "route", "show", "proto", Machine.routeProtocol], timeout: .seconds(5))
            for route in Machine.ranges(ofRoutes: routes.output, table: table) {
                let result = await Programs.run(
                    [ip, "-4", "route", "del", route, "proto", Machine.routeProtocol, "metric", Machine.routeMetric(table)],
                    timeout: .seconds(5))
                if result.exitCode == 0 { removed.append("route to \(route)") } else { failed.append("route to \(route): \(result.output)") }
            }
        }
        return (removed, failed)
    }
}
