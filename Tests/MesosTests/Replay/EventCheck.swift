import Core
import Foundation
import JSON
import Mesos

/// Compares what a client reported with the recorded JSON, field by field, without going through our own messages.
enum EventCheck {
    /// What differs; empty: nothing.
    static func differences(_ event: SchedulerEvent, _ json: JSONValue) -> [String] {
        var found = Differences()
        switch (event, json["type"]?.string ?? "") {
        case (.subscribed(let id, let master, let heartbeat), "SUBSCRIBED"):
            let body = json["subscribed"] ?? .null
            found.compare("framework", id.value, body["framework_id"]?.value)
            found.compare("heartbeat", heartbeat, body["heartbeat_interval_seconds"]?.double.map { .seconds($0) })
            found.compare("master", master?.endpoint.host, body.at("master_info", "address", "ip")?.string)
            found.compare("port", master?.endpoint.port, body.at("master_info", "address", "port")?.integer.map { Int($0) })
            found.compare("version", master?.version, body.at("master_info", "version")?.string)
        case (.offers(let offers), "OFFERS"):
            let recorded = json.at("offers", "offers")?.array ?? []
            found.compare("offers", offers.count, recorded.count)
            for (offer, json) in zip(offers, recorded) { found.compare(offer, json) }
        case (.rescind(let id), "RESCIND"): found.compare("offer", id.value, json.at("rescind", "offer_id")?.value)
        case (.update(let update), "UPDATE"): found.compare(update, json.at("update", "status") ?? .null)
        case (.message(let agent, let executor, let data), "MESSAGE"):
            found.compare("agent", agent.value, json.at("message", "agent_id")?.value)
            found.compare("executor", executor.value, json.at("message", "executor_id")?.value)
            found.compare("data", Data(data).base64EncodedString(), json.at("message", "data")?.string)
        case (.failure(let agent, let executor, let status), "FAILURE"):
            found.compare("agent", agent?.value, json.at("failure", "agent_id")?.value)
            found.compare("executor", executor?.value, json.at("failure", "executor_id")?.value)
            found.compare("status", status.map { Int64($0) }, json.at("failure", "status")?.integer)
        case (.heartbeat, "HEARTBEAT"): break
        case (_, let type): found.list.append("\(event) for \(type)")
        }
        return found.list
    }

    struct Differences {
        var list: [String] = []

        mutating func compare<Value: Equatable>(_ what: String, _ ours: Value?, _ recorded: Value?) {
            if ours != recorded { list.append("\(what) is \(String(describing: ours)), recorded \(String(describing: recorded))") }
        }

        mutating func compare(_ update: TaskStatusUpdate, _ json: JSONValue) {
            compare("task", update.taskID.value, json["task_id"]?.value)
            compare("state", update.state.rawValue, json["state"]?.string)
            compare("source", update.source?.rawValue, json["source"]?.string)
            compare("reason", update.reason?.name, json["reason"]?.string)
            compare("message", update.message, json["message"]?.string ?? "")
            compare("data", Data(update.data).base64EncodedString(), json["data"]?.string ?? "")
            compare("agent", update.agentID?.value, json["agent_id"]?.value)
            compare("executor", update.executorID?.value, json["executor_id"]?.value)
            compare("uuid", update.uuid.map { Data($0).base64EncodedString() }, json["uuid"]?.string)
            compare("timestamp", update.timestamp, json["timestamp"]?.double ?? 0)
            compare("healthy", update.healthy, json["healthy"]?.bool)
            compare("container", update.containerID, json.at("container_status", "container_id")?.value)
            compare("unreachable", update.unreachableSince?.nanosecondsSinceEpoch, json.at("unreachable_time", "nanoseconds")?.integer)
            compare("labels", update.labels.count, json.at("labels", "labels")?.array?.count ?? 0)
        }

        mutating func compare(_ offer: MesosOffer, _ json: JSONValue) {
            compare("offer", offer.id.value, json["id"]?.value)
            compare("agent", offer.agentID.value, json["agent_id"]?.value)
            compare("hostname", offer.hostname, json["hostname"]?.string)
            compare("address", offer.agentEndpoint?.host, json.at("url", "address", "ip")?.string)
            compare("port", offer.agentEndpoint?.port, json.at("url", "address", "port")?.integer.map { Int($0) })
            compare("role", offer.role, json.at("allocation_info", "role")?.string ?? "*")
            compare("attributes", offer.attributes.map(\.name), (json["attributes"]?.array ?? []).compactMap { $0["name"]?.string })
            compare("executors", offer.executorIDs.map(\.value), (json["executor_ids"]?.array ?? []).compactMap(\.value))
            let resources = json["resources"]?.array ?? []
            for name in ["cpus", "mem", "disk"] {
                let recorded = resources.filter { $0["name"]?.string == name }.compactMap { $0.at("scalar", "value")?.double }.reduce(0, +)
                compare(name, offer.resources.scalar(name), MesosScalar(recorded))
            }
            let reserved = resources.filter { !($0["reservations"]?.array ?? []).isEmpty || ($0["role"]?.string ?? "*") != "*" }
            compare("reserved", offer.resources.items.filter { !$0.reservations.isEmpty || $0.role != "*" }.count, reserved.count)
        }
    }
}
