import Core
import JSON
import KubeClient
import Mesos

/// Asks election, Mesos and API server at the same time, each no longer than a few seconds, whoever leads.
struct StatusGatherer: Sendable {
    /// With short limits.
    let kube: KubeClient
    let election: RoleElection
    let masters: any MasterDetector
    let access: MesosAccess
    let standing: JSONValue?
    private let time = SystemTime()
    static let patience = Duration.seconds(3)
    static var limits: KubeClient.Limits {
        var limits = KubeClient.Limits()
        (limits.answer, limits.connect) = (patience, patience)
        return limits
    }

    init(kube: KubeClient, election: RoleElection, masters: any MasterDetector, access: MesosAccess, standing: JSONValue?) {
        (self.kube, self.election, self.masters, self.access, self.standing) = (kube, election, masters, access, standing)
    }

    func gather() async -> StatusReport {
        async let sight = election.sight()
        async let mesos = mesos()
        async let health = apiHealth()
        let (apiServer, store) = await health
        return StatusReport(
            election: await sight, mesos: await mesos, apiServer: apiServer, store: store, standing: standing, wallClock: time.wallClock)
    }

    /// The API server speaks for its store: it asks it, and answers 500 when it does not answer.
    private func apiHealth() async -> (apiServer: StatusReport.Health, store: StatusReport.Health) {
        do throws(KubeClientError) {
            _ = try await kube.call(.GET, "/healthz/etcd")
            return (.well, .well)
        } catch {
            guard case .refused = error.kind else { return (.unwell("\(error)"), .unwell("not known: no API server answers")) }
            return (.well, .unwell("the API server's store does not answer; its log says why"))
        }
    }

    private func mesos() async -> StatusReport.Mesos {
        let answer = await withTaskGroup(of: StatusReport.Mesos?.self) { group in
            group.addTask { await askMesos() }
            group.addTask {
                try? await time.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        return answer ?? StatusReport.Mesos(health: .unwell("no master answers within \(Self.patience)"))
    }

    private func askMesos() async -> StatusReport.Mesos {
        let client = MesosOperatorClient(masters: masters, access: access, timeout: Self.patience)
        var report = StatusReport.Mesos(health: .well)
        do throws(MesosCallError) {
            let leader = try await client.leader()
            (report.master, report.version) = (leader.endpoint.description, leader.version)
            report.framework = (try? await kube.get(FrameworkIdentity.path)).flatMap(FrameworkIdentity.read)?.id
            if let id = report.framework { report.phase = try await client.framework(id).map { Self.name(of: $0.phase) } ?? "Unknown" }
            if let fault = Self.fault(report.phase) { report.health = .unwell(fault) }
        } catch { report.health = .unwell("\(error)") }
        return report
    }

    private static func name(of phase: MesosFrameworkStanding.Phase) -> String {
        switch phase {
        case .connected: "Connected"
        case .disconnected: "Disconnected"
        case .completed: "Completed"
        }
    }

    /// What a phase means for pods that wait.
    static func fault(_ phase: String) -> String? {
        switch phase {
        case "Disconnected": "the master has our framework, and no scheduler is subscribed as it"
        case "Completed": "Mesos has removed our framework (kmd framework forget)"
        case "Unknown": "the master does not know our framework yet"
        default: nil
        }
    }
}
