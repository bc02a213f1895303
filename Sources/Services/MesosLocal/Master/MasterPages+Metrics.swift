import Core
import JSON
import Mesos
import MesosProto

/// `/metrics/snapshot`: the part of a real master's numbers that dashboards and benchmarks read, under their names.
extension MasterPages {
    static func metrics(_ state: MasterState) -> JSONValue {
        var value: JSONValue = [:]
        func set(_ name: String, _ number: Int) { value["master/\(name)"] = .double(Double(number)) }
        let connected = state.agents.values.count { $0.link != nil }
        set("elected", 1)
        set("slaves_connected", connected)
        set("slaves_disconnected", state.agents.count - connected)
        set("slaves_active", state.agents.values.count { $0.link != nil && state.orders[$0.id] == nil })
        set("slaves_inactive", state.agents.values.count { $0.link == nil || state.orders[$0.id] != nil })
        set("slaves_unreachable", state.unreachableAgents.count)
        set("frameworks_connected", state.streams.count)
        set("frameworks_disconnected", state.frameworks.count - state.streams.count)
        set("frameworks_active", state.streams.count)
        set("frameworks_inactive", state.frameworks.count - state.streams.count)
        set("outstanding_offers", state.offers.count)
        for (name, count) in tasks(state).sorted(by: { $0.key < $1.key }) { set(name, count) }
        for name in ["cpus", "mem", "disk", "gpus"] {
            let (total, used) = state.shares.amounts(of: name)
            value["master/\(name)_total"] = .double(total.value)
            value["master/\(name)_used"] = .double(used.value)
            value["master/\(name)_percent"] = .double(total > 0 ? used.value / total.value : 0)
        }
        return value
    }

    private static func tasks(_ state: MasterState) -> [String: Int] {
        var counts = ["tasks_staging": 0, "tasks_starting": 0, "tasks_running": 0, "tasks_killing": 0, "tasks_unreachable": 0]
        // There may be a hundred thousand tasks: each is only counted.
        var states: [MesosTaskState: Int] = [:]
        for tasks in state.tasks.live.values {
            for task in tasks.values { states[MesosTaskState(task.state), default: 0] += 1 }
        }
        for (state, count) in states { counts[state.rawValue.lowercased().replacingFirst("task_", with: "tasks_"), default: 0] += count }
        counts["tasks_unreachable"] = state.tasks.unreachable.values.reduce(0) { $0 + $1.count }
        return counts
    }
}

extension String {
    fileprivate func replacingFirst(_ prefix: String, with other: String) -> String { hasPrefix(prefix) ? other + dropFirst(prefix.count) : self }
}
