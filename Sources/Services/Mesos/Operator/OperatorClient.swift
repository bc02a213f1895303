import Core
import MesosProto
import NIOCore
import SwiftProtobuf

/// Asks the leading master about the cluster (`/api/v1`).
public struct MesosOperatorClient: Sendable {
    private let masters: any MasterDetector
    private let timeout: Duration
    private let http: MesosHTTP

    /// - Parameter timeout: how long one master may take to answer.
    public init(masters: any MasterDetector, access: MesosAccess = .anonymous, timeout: Duration = .seconds(15)) {
        (self.masters, self.timeout) = (masters, timeout)
        http = MesosHTTP(access: access)
    }

    /// The agents that are registered now, as `AgentListing` takes them.
    public func agentList() async throws(MesosCallError) -> ByteBuffer { try await answer(to: .with { $0.type = .getAgents }) }

    /// The agents that are registered now, by id.
    public func agents() async throws(MesosCallError) -> [MesosAgent] {
        var listing = AgentListing()
        return try listing.absorb(try await agentList().readableBytesView).changed
    }

    /// The leading master.
    public func leader() async throws(MesosCallError) -> MesosMasterDescription {
        MesosMasterDescription(try await ask(.with { $0.type = .getMaster }).getMaster.masterInfo)
    }

    /// The planned maintenance.
    public func maintenance() async throws(MesosCallError) -> MaintenancePlan {
        MaintenancePlan(try await ask(.with { $0.type = .getMaintenanceSchedule }).getMaintenanceSchedule.schedule)
    }

    /// What the master knows of a framework; `nil`: nothing.
    public func framework(_ id: FrameworkID) async throws(MesosCallError) -> MesosFrameworkStanding? {
        let known = try await ask(.with { $0.type = .getFrameworks }).getFrameworks
        if let framework = known.frameworks.first(where: { $0.frameworkInfo.id.value == id.value }) {
            return MesosFrameworkStanding(name: framework.frameworkInfo.name, phase: framework.connected ? .connected : .disconnected)
        }
        if let framework = known.completedFrameworks.first(where: { $0.frameworkInfo.id.value == id.value }) {
            return MesosFrameworkStanding(name: framework.frameworkInfo.name, phase: .completed)
        }
        return known.recoveredFrameworks.first { $0.id.value == id.value }.map { MesosFrameworkStanding(name: $0.name, phase: .disconnected) }
    }

    /// Removes a framework: its tasks and executors are killed, and its id is dead for ever.
    public func teardown(_ id: FrameworkID) async throws(MesosCallError) {
        _ = try await answer(
            to: .with {
                $0.type = .teardown
                $0.teardown.frameworkID.value = id.value
            })
    }

    func ask(_ call: Mesos_V1_Master_Call) async throws(MesosCallError) -> Mesos_V1_Master_Response {
        let bytes = try await answer(to: call)
        do { return try Mesos_V1_Master_Response(serializedBytes: Array(bytes.readableBytesView)) } catch {
            throw MesosCallError.unreachable("an answer to \(call.type) that cannot be read: \(error)")
        }
    }

    /// Asks one master after the other until one leads or knows who does.
    private func answer(to call: Mesos_V1_Master_Call) async throws(MesosCallError) -> ByteBuffer {
        let body = bytes(of: call)
        var failure = MesosCallError.unreachable("no master is known")
        var failed: MesosEndpoint?
        for _ in 0..<max(1, masters.candidates) {
            guard let master = await masters.master(after: failed)?.endpoint else { break }
            do throws(MesosCallError) {
                var answer = try await http.call(master.url(MesosOperatorClient.path), body: body, timeout: timeout)
                if answer.status == 307, let leader = answer.location.flatMap({ MesosEndpoint($0, defaultPort: 5050, secure: master.isSecure) }) {
                    answer = try await http.call(leader.url(MesosOperatorClient.path), body: body, timeout: timeout)
                }
                guard (200..<300).contains(answer.status) else { throw .refused(status: answer.status, message: answer.text) }
                return answer.body
            } catch {
                (failure, failed) = (error, master)
            }
        }
        throw failure
    }

    private static let path = "/api/v1"
}

/// What a master knows of a framework.
public struct MesosFrameworkStanding: Sendable, Hashable {
    public enum Phase: String, Sendable, Hashable {
        /// A scheduler is subscribed.
        case connected
        /// None is; its tasks run on until its failover timeout.
        case disconnected
        /// Torn down, or gone for too long: its id is dead.
        case completed
    }
    public let name: String
    public let phase: Phase
    public init(name: String, phase: Phase) { (self.name, self.phase) = (name, phase) }
}

/// Which machines are planned to be away, and when.
public struct MaintenancePlan: Sendable, Hashable {
    public struct Machine: Sendable, Hashable {
        /// As the agent calls itself; compared without regard to case. Either may be empty.
        public let hostname: String
        public let address: String
        public init(hostname: String, address: String = "") { (self.hostname, self.address) = (hostname, address) }
    }
    public let windows: [Machine: MesosUnavailability]

    public init(_ windows: [Machine: MesosUnavailability] = [:]) {
        self.windows = Dictionary(windows.map { (MaintenancePlan.canonical($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    init(_ schedule: Mesos_V1_Maintenance_Schedule) {
        var windows: [Machine: MesosUnavailability] = [:]
        for window in schedule.windows {
            for machine in window.machineIds {
                windows[Machine(hostname: machine.hostname, address: machine.ip)] = MesosUnavailability(window.unavailability)
            }
        }
        self.init(windows)
    }

    /// When the machine of an agent is away; `nil`: nothing is planned. The master wants both names to match; a plan that gives only
    /// one of them is taken to mean it.
    public func window(of agent: MesosAgent) -> MesosUnavailability? {
        let (hostname, address) = (agent.hostname, agent.endpoint?.host ?? "")
        for (name, number) in [(hostname, address), (hostname, ""), ("", address)] where !(name.isEmpty && number.isEmpty) {
            if let window = windows[MaintenancePlan.canonical(Machine(hostname: name, address: number))] { return window }
        }
        return nil
    }

    private static func canonical(_ machine: Machine) -> Machine { Machine(hostname: machine.hostname.lowercased(), address: machine.address) }
}
