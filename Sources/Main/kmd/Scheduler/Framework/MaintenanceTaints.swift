import Core
import Mesos
import Scheduling

/// How a node shows what operators plan for its agent: a taint that keeps new pods away, and that leaves with its cause.
///
/// NoSchedule only: pods that run are moved by `kubectl drain`, or end when the master drains the agent. `spec.unschedulable` is left alone,
/// for it belongs to whoever typed `kubectl cordon`.
enum MaintenanceTaints {
    static let maintenance = "mesos.kmd.dev/maintenance"
    static let draining = "mesos.kmd.dev/draining"
    static let deactivated = "mesos.kmd.dev/deactivated"
    static let keys: Set<String> = [maintenance, draining, deactivated]

    /// The taints that an agent's node has to have, of those that are ours; in the order of their keys.
    ///
    /// - Parameter window: the planned maintenance of its machine.
    static func wanted(for agent: MesosAgent, window: MesosUnavailability?) -> [Taint] {
        var taints: [Taint] = []
        if agent.isDeactivated, agent.drain == nil { taints.append(Taint(key: deactivated, value: "", effect: .noSchedule)) }
        if let drain = agent.drain { taints.append(Taint(key: draining, value: drain == .drained ? "drained" : "draining", effect: .noSchedule)) }
        if let window { taints.append(Taint(key: maintenance, value: text(window.start), effect: .noSchedule)) }
        return taints
    }

    /// A moment as a taint's value may say it: `2026-11-29T12.00.00Z`.
    static func text(_ moment: Timestamp) -> String { String(moment.rfc3339.map { $0 == ":" ? "." : $0 }) }
}
