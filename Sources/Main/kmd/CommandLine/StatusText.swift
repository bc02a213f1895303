import JSON
import KubeAPI

/// The page of `/debug/status` for people.
///
/// Pure: JSON in, lines out.
enum StatusText {
    /// Each line ends with a line break.
    static func render(_ page: JSONValue) -> String {
        var lines = [
            line("Leader", leader(page)), line("Seen by", "\(text(page.at("observer", "identity"))), \(text(page.at("observer", "role")))"),
            line("Session", session(page["session"] ?? .null)), line("Last failover", failover(page["lastFailover"] ?? .null)),
            line("Mesos", mesos(page["mesos"] ?? .null)), line("API server", health(page["apiServer"])), line("Store", health(page["store"])),
        ]
        let subscription = page.at("mesos", "subscription") ?? .null
        if let fault = subscription["fault"]?.string { lines.append(line("Fault", fault)) }
        if let remedy = subscription["remedy"]?.string { lines.append(line("To resolve", remedy)) }
        for gap in page["gaps"]?.array ?? [] { lines.append(line("Not known", text(gap))) }
        let replicas = page["replicas"]?.array ?? []
        if !replicas.isEmpty {
            let rows = [["STANDING", "IDENTITY", "PAGES"]] + replicas.map { replica in
                let lacks = replica["lacks"]?.string.map { "  does not reach \($0)" } ?? ""
                return [text(replica["standing"]), text(replica["identity"]), text(replica["url"]) + lacks]
            }
            lines += ["", "Replicas:"] + table(rows)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func leader(_ page: JSONValue) -> String {
        let term = page["term"]?.integer.map { ", term \($0)" } ?? ""
        let leader = text(page["leader"])
        if leader.isEmpty { return "nobody" + term.replacing(", term", with: "; the last term was") }
        let since = page["since"]?.string.map { ", since \($0)" } ?? ""
        return leader + term + since + (ago(page["sinceSeconds"]).map { " (\($0) ago)" } ?? "")
    }

    private static func session(_ session: JSONValue) -> String {
        guard session.object != nil else { return "none: without --zk this process is the only one of its cluster" }
        guard session["connected"]?.bool == true else { return "not connected to ZooKeeper" }
        return "\(text(session["id"])), connected, timeout \(milliseconds(session["timeoutMilliseconds"]) ?? "?")"
    }

    private static func failover(_ failover: JSONValue) -> String {
        guard failover.object != nil else { return "none is known" }
        var words = "from \(text(failover["from"])) to \(text(failover["to"])), at \(text(failover["at"]))"
        if let ago = ago(failover["secondsAgo"]) { words += " (\(ago) ago)" }
        if let took = milliseconds(failover["durationMilliseconds"]) { words += ": \(took) after the former leader's place was free" }
        if let quiet = milliseconds(failover["quietMilliseconds"]) { words += ", \(quiet) after its last Lease" }
        return words
    }

    private static func mesos(_ mesos: JSONValue) -> String {
        var words = [health(mesos)]
        if let master = mesos["master"]?.string, !master.isEmpty { words.append("master \(master)") }
        if let framework = mesos["framework"]?.string { words.append("framework \(framework) \(text(mesos["phase"]).lowercased())") }
        return words.joined(separator: "; ")
    }

    private static func health(_ health: JSONValue?) -> String { health?["healthy"]?.bool == true ? "healthy" : "NOT HEALTHY: \(text(health?["reason"]))" }

    // MARK: Lines

    private static func line(_ name: String, _ value: String) -> String { padded(name + ":", 15) + value }
    private static func text(_ value: JSONValue?) -> String { value?.string ?? "" }
    private static func ago(_ value: JSONValue?) -> String? { value?.integer.map { HumanDuration.text(seconds: $0) } }
    private static func milliseconds(_ value: JSONValue?) -> String? {
        value?.integer.map { $0 < 10_000 ? "\($0) ms" : HumanDuration.text(seconds: $0 / 1000) }
    }
    private static func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in column == row.count - 1 ? text : padded(text, widths[column]) }
            return "  " + cells.joined(separator: "  ")
        }
    }
}
