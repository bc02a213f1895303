import JSON

/// The master's page for people: frameworks, agents and tasks, from what `/state` says. Pure; every text of others is escaped.
enum MasterHTML {
    /// Tasks of a kind that a framework's table shows; more are counted.
    static let taskLimit = 500
    static let headers = [
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
    ]

    static func page(_ state: JSONValue) -> String {
        let frameworks = (state["frameworks"]?.array ?? []).sorted { text($0["name"]) < text($1["name"]) }
        let agents = (state["slaves"]?.array ?? []).sorted { text($0["hostname"]) < text($1["hostname"]) }
        let hosts = Dictionary(agents.map { (text($0["id"]), text($0["hostname"])) }, uniquingKeysWith: { first, _ in first })
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Mesos (kmd mesos-local)</title>
            <style>\(style)</style></head><body>
            <h1>Mesos</h1>
            <p>Master <b>\(escaped(text(state["pid"])))</b>, embedded in kmd, speaks the APIs of Mesos \(escaped(text(state["version"]))).
            For tools: <a href="/state">/state</a>, <a href="/frameworks">/frameworks</a>, <a href="/slaves">/slaves</a>.</p>
            <h2 id="frameworks">Frameworks</h2>
            \(table(["Name", "State", "Tasks", "CPUs", "Memory", "User", "Host", "ID"], frameworks.map(frameworkRow), none: "No framework is registered."))
            <h2 id="agents">Agents</h2>
            \(table(["Host", "State", "CPUs", "Memory", "Ports", "Attributes", "ID"], agents.map(agentRow), none: "No agent is registered."))
            \(frameworks.map { tasks(of: $0, hosts) }.joined(separator: "\n"))
            </body></html>

            """
    }

    private static let style = """
        body{font:15px/1.4 system-ui,sans-serif;margin:2em;color:#222}table{border-collapse:collapse;margin:.5em 0 1.5em}\
        th,td{text-align:left;padding:.3em .8em;border-bottom:1px solid #ddd;vertical-align:top}th{background:#f4f4f4}\
        h2{margin-top:1.5em}.id{font-family:monospace;font-size:.85em;color:#555}.off{color:#a00}
        """

    // MARK: Rows

    private static func frameworkRow(_ framework: JSONValue) -> [String] {
        let name = escaped(text(framework["name"]))
        let tasks = framework["tasks"]?.array?.count ?? 0
        let web = text(framework["webui_url"])
        // Only what a browser opens as a page: another scheme could run in this one.
        let isLink = web.hasPrefix("http://") || web.hasPrefix("https://")
        return [
            "<a href=\"#tasks-\(escaped(text(framework["id"])))\">\(name)</a>" + (isLink ? " (<a href=\"\(escaped(web))\">web</a>)" : ""),
            active(framework["active"]), "\(tasks)", number(framework.at("used_resources", "cpus")),
            megabytes(framework.at("used_resources", "mem")), escaped(text(framework["user"])), escaped(text(framework["hostname"])),
            id(framework["id"]),
        ]
    }

    private static func agentRow(_ agent: JSONValue) -> [String] {
        let attributes = agent["attributes"]?.object ?? JSONObject()
        let shown = zip(attributes.keys, attributes.values).map { "\($0)=\(text($1))" }.joined(separator: " ")
        return [
            escaped(text(agent["hostname"])), active(agent["active"]),
            "\(number(agent.at("used_resources", "cpus"))) of \(number(agent.at("resources", "cpus")))",
            "\(megabytes(agent.at("used_resources", "mem"))) of \(megabytes(agent.at("resources", "mem")))",
            escaped(text(agent.at("resources", "ports"))), escaped(shown), id(agent["id"]),
        ]
    }

    private static func tasks(of framework: JSONValue, _ hosts: [String: String]) -> String {
        let heading = "<h2 id=\"tasks-\(escaped(text(framework["id"])))\">Tasks of \(escaped(text(framework["name"])))</h2>"
        let parts = [("Active", "tasks"), ("Unreachable", "unreachable_tasks"), ("Completed", "completed_tasks")].compactMap { title, member in
            let all = framework[member]?.array ?? []
            guard !all.isEmpty || member == "tasks" else { return nil as String? }
            let left = all.count - taskLimit
            return "<h3>\(title)</h3>"
                + table(["Name", "State", "Host", "CPUs", "Memory", "ID"], all.suffix(taskLimit).map { taskRow($0, hosts) }, none: "None.")
                + (left > 0 ? "<p>\(left) earlier ones are not shown.</p>" : "")
        }
        return heading + parts.joined()
    }

    private static func taskRow(_ task: JSONValue, _ hosts: [String: String]) -> [String] {
        [
            escaped(text(task["name"])), escaped(text(task["state"])), escaped(hosts[text(task["slave_id"])] ?? ""),
            number(task.at("resources", "cpus")), megabytes(task.at("resources", "mem")), id(task["id"]),
        ]
    }

    // MARK: Pieces

    private static func table(_ titles: [String], _ rows: [[String]], none: String) -> String {
        guard !rows.isEmpty else { return "<p>\(none)</p>" }
        let head = titles.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }.joined(separator: "\n")
        return "<table><tr>\(head)</tr>\n\(body)\n</table>"
    }

    private static func active(_ value: JSONValue?) -> String { value == true ? "active" : "<span class=\"off\">inactive</span>" }
    private static func id(_ value: JSONValue?) -> String { "<span class=\"id\">\(escaped(text(value)))</span>" }
    private static func text(_ value: JSONValue?) -> String { value?.string ?? value?.text ?? "" }

    private static func number(_ value: JSONValue?) -> String {
        let thousandths = ((value?.double ?? 0) * 1000).rounded()
        guard let whole = Int64(exactly: thousandths) else { return "0" }
        if whole % 1000 == 0 { return "\(whole / 1000)" }
        let digits = String(whole % 1000)
        var fraction = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(whole / 1000).\(fraction)"
    }

    private static func megabytes(_ value: JSONValue?) -> String { number(value) + " MB" }

    /// Text that is nothing but text, between tags and in quoted attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{0}"..."\u{8}", "\u{b}", "\u{c}", "\u{e}"..."\u{1f}", "\u{7f}": result += "\u{fffd}"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
