import Core
import JSON

/// The cells of a pod's row, in the rules of Kubernetes' own printer.
enum PodTable {
    static let columns: [TableColumn] = [
        ResourceKind.nameColumn,
        TableColumn("Ready", "Containers that are ready, of all the pod has."),
        TableColumn("Status", "What the pod as a whole is doing, or what keeps it from it."),
        TableColumn("Restarts", "Restarts of all containers, and how long ago the last one was."),
        ResourceKind.ageColumn,
        TableColumn("IP", priority: 1, "The pod's address; empty until it has one."),
        TableColumn("Node", priority: 1, "The node that the pod is bound to."),
        TableColumn("Nominated Node", priority: 1, "The node where others make room for this pod."),
        TableColumn("Readiness Gates", priority: 1, "Conditions that count into readiness: true ones, of all."),
    ]

    static func cells(_ object: TableObject) -> [JSONValue] {
        let pod = object.json
        var summary = Summary(pod)
        let total = pod.at("spec", "containers")?.array?.count ?? 0
        let podIPs = pod.at("status", "podIPs")?.array ?? []
        let address = podIPs.first?["ip"]?.string ?? object.text("status", "podIP")
        return [
            object.name, .string("\(summary.ready)/\(total)"), .string(summary.reason),
            .string(summary.restartText(now: object.now)),
            object.age, .string(none(address)), .string(none(object.text("spec", "nodeName"))),
            .string(none(object.text("status", "nominatedNodeName"))), .string(readinessGates(pod)),
        ]
    }

    /// The condition of a row whose pod has ended: clients grey such rows out.
    static func rowConditions(_ pod: JSONValue) -> JSONValue? {
        switch pod.at("status", "phase")?.string {
        case "Succeeded":
            [["type": "Completed", "status": "True", "reason": "Succeeded", "message": "The pod has completed successfully."]]
        case "Failed": [["type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."]]
        default: nil
        }
    }

    static func none(_ text: String) -> String { text.isEmpty ? "<none>" : text }

    private static func readinessGates(_ pod: JSONValue) -> String {
        let gates = pod.at("spec", "readinessGates")?.array ?? []
        if gates.isEmpty { return "<none>" }
        let conditions = pod.at("status", "conditions")?.array ?? []
        let held = gates.filter { gate in
            conditions.contains { $0["type"] == gate["conditionType"] && $0["status"]?.string == "True" }
        }
        return "\(held.count)/\(gates.count)"
    }

    /// What all container statuses of one pod come to.
    private struct Summary {
        var reason: String
        var ready = 0
        var restarts: Int64 = 0
        var lastRestart: Timestamp?

        init(_ pod: JSONValue) {
            let status = pod["status"]
            let phase = status?["phase"]?.string ?? ""
            let podReason = status?["reason"]?.string ?? ""
            reason = podReason.isEmpty ? phase : podReason
            let conditions = status?["conditions"]?.array ?? []
            if conditions.contains(where: { $0["type"]?.string == "PodScheduled" && $0["reason"]?.string == "SchedulingGated" }) {
                reason = "SchedulingGated"
            }
            let initTotal = pod.at("spec", "initContainers")?.array?.count ?? 0
            if !readInitContainers(status?["initContainerStatuses"]?.array ?? [], total: initTotal) {
                readContainers(status?["containerStatuses"]?.array ?? [], conditions)
            }
            if pod.at("metadata", "deletionTimestamp") != nil { reason = podReason == "NodeLost" ? "Unknown" : "Terminating" }
        }

        /// The first init container that has not succeeded says what the pod is at; true if there is one.
        private mutating func readInitContainers(_ statuses: [JSONValue], total: Int) -> Bool {
            for (position, status) in statuses.enumerated() {
                count(status)
                if let ended = status["state"]?["terminated"], !ended.isNull {
                    if (ended["exitCode"]?.integer ?? 0) == 0 { continue }
                    reason = "Init:" + Summary.endReason(ended)
                } else if let waiting = status["state"]?["waiting"]?["reason"]?.string, !waiting.isEmpty,
                    waiting != "PodInitializing"
                {
                    reason = "Init:" + waiting
                } else {
                    reason = "Init:\(position)/\(total)"
                }
                return true
            }
            return false
        }

        /// From the last to the first, so that the first one's trouble is what shows.
        private mutating func readContainers(_ statuses: [JSONValue], _ conditions: [JSONValue]) {
            restarts = 0
            lastRestart = nil
            var hasRunning = false
            for status in statuses.reversed() {
                count(status)
                let state = status["state"]
                if let waiting = state?["waiting"]?["reason"]?.string, !waiting.isEmpty {
                    reason = waiting
                } else if let ended = state?["terminated"], !ended.isNull {
                    reason = Summary.endReason(ended)
                } else if status["ready"]?.bool == true, let running = state?["running"], !running.isNull {
                    hasRunning = true
                    ready += 1
                }
            }
            if reason == "Completed", hasRunning {
                let isReady = conditions.contains { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }
                reason = isReady ? "Running" : "NotReady"
            }
        }

        private static func endReason(_ ended: JSONValue) -> String {
            if let reason = ended["reason"]?.string, !reason.isEmpty { return reason }
            if let signal = ended["signal"]?.integer, signal != 0 { return "Signal:\(signal)" }
            return "ExitCode:\(ended["exitCode"]?.integer ?? 0)"
        }

        private mutating func count(_ status: JSONValue) {
            restarts += status["restartCount"]?.integer ?? 0
            guard let text = status.at("lastState", "terminated", "finishedAt")?.string, let time = Timestamp(rfc3339: text)
            else { return }
            lastRestart = max(time, lastRestart ?? time)
        }

        mutating func restartText(now: Timestamp) -> String {
            guard restarts > 0, let lastRestart else { return String(restarts) }
            let seconds = (now.nanosecondsSinceEpoch - lastRestart.nanosecondsSinceEpoch) / 1_000_000_000
            return "\(restarts) (\(HumanDuration.text(seconds: seconds)) ago)"
        }
    }
}
