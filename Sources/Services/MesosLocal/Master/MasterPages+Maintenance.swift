import Core
import MesosProto
import SwiftProtobuf

/// Maintenance as operators ask about it and order it.
extension MasterPages {
    static func maintenanceStatus(_ state: MasterState) -> Mesos_V1_Maintenance_ClusterStatus {
        .with {
            $0.downMachines = state.maintenance.down
            let draining = state.maintenance.schedule.windows.flatMap(\.machineIds).filter { !state.maintenance.down.contains($0) }
            $0.drainingMachines = draining.map { machine in
                .with {
                    $0.id = machine
                    $0.statuses = state.agentOrder.compactMap { state.agents[$0] }
                        .filter { Maintenance.matches(machine, hostname: $0.info.hostname, ip: $0.endpoint.host) }.flatMap(statuses)
                }
            }
        }
    }

    private static func statuses(_ agent: MasterState.Agent) -> [Mesos_V1_Maintenance_InverseOfferStatus] {
        agent.inverseOffers.values.sorted { $0.framework < $1.framework }.compactMap { offer in
            guard let answer = offer.answer else { return nil }
            return .with {
                $0.status = answer
                $0.frameworkID.value = offer.framework.value
                $0.timestamp.nanoseconds = offer.answered?.nanosecondsSinceEpoch ?? 0
            }
        }
    }

    /// The call that a POST to one of the older endpoints means.
    static func maintenanceCall(_ path: String, _ body: [UInt8]) throws -> Mesos_V1_Master_Call {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        var call = Mesos_V1_Master_Call()
        switch path {
        case "/maintenance/schedule":
            call.type = .updateMaintenanceSchedule
            call.updateMaintenanceSchedule.schedule = try Mesos_V1_Maintenance_Schedule(jsonUTF8Bytes: body, options: options)
        default:
            // A bare list of machines.
            let wrapped = Array(#"{"machines":"#.utf8) + body + Array("}".utf8)
            let machines = try Mesos_V1_Master_Call.StartMaintenance(jsonUTF8Bytes: wrapped, options: options).machines
            call.type = path == "/machine/down" ? .startMaintenance : .stopMaintenance
            if path == "/machine/down" { call.startMaintenance.machines = machines } else { call.stopMaintenance.machines = machines }
        }
        return call
    }

    /// The field that a changing call lacks; `nil` if it has what it needs.
    static func missing(in call: Mesos_V1_Master_Call) -> String? {
        switch call.type {
        case .teardown where !call.hasTeardown: "teardown"
        case .markAgentGone where !call.hasMarkAgentGone: "mark_agent_gone"
        case .drainAgent where !call.hasDrainAgent: "drain_agent"
        case .deactivateAgent where !call.hasDeactivateAgent: "deactivate_agent"
        case .reactivateAgent where !call.hasReactivateAgent: "reactivate_agent"
        case .updateMaintenanceSchedule where !call.hasUpdateMaintenanceSchedule: "update_maintenance_schedule"
        case .startMaintenance where !call.hasStartMaintenance: "start_maintenance"
        case .stopMaintenance where !call.hasStopMaintenance: "stop_maintenance"
        case .reserveResources where !call.hasReserveResources: "reserve_resources"
        case .unreserveResources where !call.hasUnreserveResources: "unreserve_resources"
        default: nil
        }
    }
}
