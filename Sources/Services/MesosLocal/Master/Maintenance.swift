import Core
import MesosProto

/// When machines are away, and which are.
struct Maintenance: Sendable {
    var schedule = Mesos_V1_Maintenance_Schedule()
    /// Taken down by START_MAINTENANCE: their agents may not register.
    var down: [Mesos_V1_MachineID] = []

    init() {}
    init(schedule: Mesos_V1_Maintenance_Schedule, down: [Mesos_V1_MachineID]) { (self.schedule, self.down) = (schedule, down) }

    /// Whether an agent is on this machine: what the machine's id names must be the agent's. (Mesos wants both to be named; so does a real schedule.)
    static func matches(_ machine: Mesos_V1_MachineID, hostname: String, ip: String) -> Bool {
        let hasName = machine.hasHostname && !machine.hostname.isEmpty
        let hasAddress = machine.hasIp && !machine.ip.isEmpty
        return (hasName || hasAddress) && (!hasName || machine.hostname.lowercased() == hostname.lowercased()) && (!hasAddress || machine.ip == ip)
    }

    func isDown(hostname: String, ip: String) -> Bool { down.contains { Maintenance.matches($0, hostname: hostname, ip: ip) } }

    func unavailability(hostname: String, ip: String) -> Mesos_V1_Unavailability? {
        schedule.windows.first { $0.machineIds.contains { Maintenance.matches($0, hostname: hostname, ip: ip) } }?.unavailability
    }

    func contains(_ machine: Mesos_V1_MachineID) -> Bool { schedule.windows.contains { $0.machineIds.contains(machine) } }

    static func text(_ machine: Mesos_V1_MachineID) -> String {
        let parts = [machine.hasHostname ? "\"hostname\":\"\(machine.hostname)\"" : nil, machine.hasIp ? "\"ip\":\"\(machine.ip)\"" : nil]
        return "{" + parts.compactMap { $0 }.joined(separator: ",") + "}"
    }

    /// Why a schedule cannot be taken, in Mesos' words; `nil` if it can.
    func problem(of new: Mesos_V1_Maintenance_Schedule) -> String? {
        var seen: [Mesos_V1_MachineID] = []
        for window in new.windows {
            if window.machineIds.isEmpty { return "List of machines in the maintenance window is empty" }
            if window.unavailability.hasDuration, window.unavailability.duration.nanoseconds < 0 { return "Unavailability 'duration' is negative" }
            for machine in window.machineIds {
                if let problem = Maintenance.problem(of: machine) { return problem }
                if seen.contains(machine) { return "Machine '\(Maintenance.text(machine))' appears more than once in the schedule" }
                seen.append(machine)
            }
        }
        for machine in down where !seen.contains(machine) {
            return "Machine '\(Maintenance.text(machine))' is deactivated and cannot be removed from the schedule"
        }
        return nil
    }

    static func problem(of machine: Mesos_V1_MachineID) -> String? {
        machine.hostname.isEmpty && machine.ip.isEmpty ? "Both 'hostname' and 'ip' for a machine are empty" : nil
    }

    static func problem(of machines: [Mesos_V1_MachineID]) -> String? {
        if machines.isEmpty { return "List of machines is empty" }
        for (index, machine) in machines.enumerated() {
            if let problem = problem(of: machine) { return problem }
            if machines[..<index].contains(machine) { return "Machine '\(text(machine))' appears more than once in the schedule" }
        }
        return nil
    }
}
