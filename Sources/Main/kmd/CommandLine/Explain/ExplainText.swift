import JSON
import KubeAPI

/// The page of `/debug/scheduler/explain` for people: what is not known is left out.
///
/// Pure: JSON in, lines out.
struct ExplainText {
    private var lines: [String] = []

    /// Each line ends with a line break.
    static func render(_ page: JSONValue) -> String {
        var text = ExplainText()
        text.head(page)
        text.explanation(page["explanation"] ?? .null, isOld: page["explains"] == "lastAttempt")
        text.history(page["history"]?.array ?? [])
        text.launch(page["launch"] ?? .null)
        text.events(page["events"]?.array ?? [])
        text.list("What would help:", page["help"])
        text.list("Not known:", page["gaps"])
        return text.lines.map { $0 + "\n" }.joined()
    }

    private mutating func head(_ page: JSONValue) {
        field("Pod", page["pod"]?.string)
        field("Seen by", observer(page["observer"] ?? .null))
        let status = page["status"] ?? .null
        let node = status["node"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        field("Phase", status["phase"]?.string.map { $0 + (node.map { ", on \($0)" } ?? ", not bound") })
        field("Nominated", status["nominatedNode"]?.string)
        if let queue = page["queue"] { self.queue(queue) }
        if let offers = page["offers"] { field("Offers now", self.offers(offers)) }
        field("In short", page["summary"]?.string)
        // Who has no queue has the word of the one who has: the condition.
        if page["queue"] == nil, let scheduled = status["scheduled"], scheduled["status"]?.string != "True" {
            field("Condition", scheduled["message"]?.string)
        }
    }

    private func observer(_ observer: JSONValue) -> String? {
        guard let role = observer["role"]?.string else { return nil }
        var text = "\(role) \(observer["identity"]?.string ?? "")"
        if let term = observer["term"]?.integer { text += ", term \(term)" }
        if role == "standby" {
            let leader = observer["leader"]?.string ?? ""
            text += leader.isEmpty ? "; nobody leads" : "; the leader is \(leader)"
            text += "; what follows is from the API server alone"
        }
        return text
    }

    private mutating func queue(_ queue: JSONValue) {
        field("Waits for", seconds(queue["waitingSeconds"]))
        let state: String? =
            switch queue["phase"]?.string {
            case "ready": "ready to be placed"
            case "inFlight": "a plan is being made"
            case "launched": "launched"
            case "waitingForGroup": "waits for its group"
            case "backingOff": "backs off" + (seconds(queue["nextTrySeconds"]).map { "; next try in \($0)" } ?? "")
            case let other: other
            }
        field("State", state)
        if let ahead = queue["ahead"]?.integer, let priority = queue["priority"]?.integer {
            field("Line", "\(count(ahead, "ready pod")) before it, priority \(priority)")
        }
        field("Group", queue["group"]?.string)
        field("Attempts", queue["attempts"]?.integer.map(String.init))
        if let seen = queue["offersSeen"]?.integer {
            field("Offers seen", "\(seen)" + (seconds(queue["lastOfferSeconds"]).map { "; the last one \($0) ago" } ?? ""))
        }
    }

    private func offers(_ offers: JSONValue) -> String? {
        guard let live = offers["live"]?.integer, let claimed = offers["claimed"]?.integer else { return nil }
        let suppressed = (offers["suppressedRoles"]?.array ?? []).compactMap(\.string)
        return "\(live) live, \(claimed) claimed by plans" + (suppressed.isEmpty ? "" : "; suppressed for \(suppressed.joined(separator: ", "))")
    }

    private mutating func explanation(_ explanation: JSONValue, isOld: Bool) {
        guard let agents = explanation["agents"]?.integer else { return }
        let reasons = explanation["reasons"]?.array ?? []
        section("Why not, by \(count(agents, "agent"))\(isOld ? " at the last attempt" : ""):")
        if reasons.isEmpty, agents == 0 { lines.append("  no Mesos agent is registered") }
        table(
            ["AGENTS", "REASON", "NEAREST", "WAITING MAY HELP"],
            reasons.map { reason in
                let nearest = reason["nearest"].flatMap { $0["host"]?.string.map { host in "\(host), short by \(reason.at("nearest", "shortBy")?.string ?? "?")" } }
                return ["\(reason["agents"]?.integer ?? 0)", reason["text"]?.string ?? "", nearest ?? "-", reason["mayPass"]?.bool == true ? "yes" : "no"]
            })
        if let note = explanation["note"]?.string { lines.append("  Note: \(note)") }
        let nearest = explanation["nearest"]?.array ?? []
        guard !nearest.isEmpty else { return }
        section("Nearest agents:")
        table(
            ["HOST", "WHAT IT LACKS"],
            nearest.map { miss in
                [miss["host"]?.string ?? "", (miss["lacks"]?.array ?? []).compactMap(\.string).joined(separator: "; ")]
            })
    }

    private mutating func history(_ history: [JSONValue]) {
        guard !history.isEmpty else { return }
        section("Attempts:")
        table(
            ["WHEN", "TIMES", "OUTCOME"],
            history.map { attempt in
                let first = seconds(attempt["firstSeconds"]) ?? "?"
                let last = seconds(attempt["lastSeconds"]) ?? "?"
                let message = attempt["message"]?.string ?? ""
                let outcome = attempt["outcome"]?.string ?? ""
                return [first == last ? "\(last) ago" : "\(first) to \(last) ago", "\(attempt["count"]?.integer ?? 1)", message.isEmpty ? outcome : message]
            })
    }

    private mutating func launch(_ launch: JSONValue) {
        let intents = launch["intents"]?.array ?? []
        guard !intents.isEmpty || launch["task"] != nil else { return }
        section("Launch:")
        for intent in intents {
            lines.append(
                "  intent \(intent["task"]?.string ?? "") for \(intent["host"]?.string ?? "") (agent \(intent["agent"]?.string ?? "")), "
                    + "term \(intent["term"]?.integer ?? 0)")
        }
        guard let task = launch["task"] else { return }
        let state = task["state"]?.string ?? ""
        lines.append(
            "  task \(task["id"]?.string ?? "") on \(task["host"]?.string ?? "") (agent \(task["agent"]?.string ?? ""))"
                + (state.isEmpty ? "" : ": \(state)"))
    }

    private mutating func events(_ events: [JSONValue]) {
        guard !events.isEmpty else { return }
        section("Events:")
        table(
            ["LAST SEEN", "TYPE", "REASON", "MESSAGE"],
            events.map { event in
                let times = event["count"]?.integer ?? 1
                let age = (seconds(event["lastSeconds"]) ?? "?") + (times > 1 ? " (x\(times))" : "")
                return [age, event["type"]?.string ?? "", event["reason"]?.string ?? "", event["message"]?.string ?? ""]
            })
    }

    // MARK: Lines

    private mutating func field(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        lines.append(padded(name + ":", 13) + value)
    }

    private mutating func section(_ title: String) { lines += ["", title] }

    private mutating func list(_ title: String, _ items: JSONValue?) {
        let items = (items?.array ?? []).compactMap(\.string)
        guard !items.isEmpty else { return }
        section(title)
        lines += items.map { "  - \($0)" }
    }

    private mutating func table(_ head: [String], _ rows: [[String]]) {
        guard !rows.isEmpty else { return }
        let widths = head.indices.map { column in (rows + [head]).map { $0[column].count }.max() ?? 0 }
        for row in [head] + rows {
            let cells = row.enumerated().map { column, text in column == row.count - 1 ? text : padded(text, widths[column]) }
            lines.append("  " + cells.joined(separator: "  "))
        }
    }

    private func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
    private func seconds(_ value: JSONValue?) -> String? { value?.integer.map { HumanDuration.text(seconds: $0) } }
    private func count(_ number: Int64, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
}
