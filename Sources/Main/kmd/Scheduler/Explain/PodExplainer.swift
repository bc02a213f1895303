import Core
import JSON
import KubeClient
import KubeObjects
import LeaderElector
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

/// Gathers what this process knows of a pod: the leader from its components, and every process from the API server.
struct PodExplainer: Sendable {
    enum Answer: Sendable { case page(JSONValue), unknown, unavailable(String) }

    let kube: KubeClient
    /// `nil`: this process is a standby.
    let parts: SchedulerParts?
    let identity: String
    private let time = SystemTime()
    /// Events that are shown, the newest ones.
    private static let eventsShown = 10

    init(kube: KubeClient, parts: SchedulerParts?, identity: String) { (self.kube, self.parts, self.identity) = (kube, parts, identity) }

    func explain(_ key: PodKey) async -> Answer {
        var gaps: [String] = []
        var pod: Pod?
        do throws(KubeClientError) {
            pod = Pod(json: try await kube.get("/api/v1/namespaces/\(KubeClient.escaped(key.namespace))/pods/\(KubeClient.escaped(key.name))"))
        } catch {
            if !error.isNotFound { gaps.append("the pod: \(error)") }
        }
        let account = await parts?.actors?.queue.account(of: key)
        guard pod != nil || account != nil else { return gaps.first.map { .unavailable($0) } ?? .unknown }
        var report = PodReport(key: key, observer: await observer(), now: time.now, wallClock: time.wallClock)
        (report.pod, report.account, report.gaps) = (pod, account, gaps)
        let uid = pod?.uid ?? account?.pod.uid ?? ""
        await addLaunch(of: uid, to: &report)
        await addEvents(of: uid, to: &report)
        await addOffers(to: &report)
        return .page(report.json)
    }

    private func observer() async -> PodReport.Observer {
        if let parts { return PodReport.Observer(leads: true, identity: identity, term: parts.term, leader: identity) }
        let lease = try? await LeaseAdapter(kube: kube, name: "kmd-scheduler").read().get()
        return PodReport.Observer(leads: false, identity: identity, term: nil, leader: (lease ?? nil)?.holder ?? "")
    }

    /// Intents from the API server, which has those of earlier leaders too; the task's state from the reconciler, or the binding's annotations.
    private func addLaunch(of uid: PodUID, to report: inout PodReport) async {
        do throws(KubeClientError) {
            report.intents = try await IntentStore(kube: kube).all().filter { $0.uid == uid }
        } catch { report.gaps.append("launch intents: \(error)") }
        if let known = await parts?.actors?.reconciler.known().first(where: { $0.uid == uid }) {
            report.task = .init(id: known.task, agent: known.agent?.value ?? "", hostname: known.hostname, state: known.state?.rawValue ?? "")
        } else if let annotations = report.pod?.metadata.annotations, let task = annotations["k8s.mesosphere.io/taskId"] {
            report.task = .init(
                id: TaskID(task), agent: annotations["k8s.mesosphere.io/slaveId"] ?? "", hostname: report.pod?.spec.nodeName ?? "", state: "")
        }
    }

    private func addEvents(of uid: PodUID, to report: inout PodReport) async {
        do throws(KubeClientError) {
            let path = "/api/v1/namespaces/\(KubeClient.escaped(report.key.namespace))/events"
            let events = try await kube.list(path, query: [("fieldSelector", "involvedObject.uid=\(uid)")]).items
            let newestLast = events.sorted { ($0["lastTimestamp"]?.string ?? "") < ($1["lastTimestamp"]?.string ?? "") }
            report.events = Array(newestLast.suffix(Self.eventsShown))
        } catch { report.gaps.append("events: \(error)") }
    }

    private func addOffers(to report: inout PodReport) async {
        guard let parts, let actors = parts.actors else { return }
        report.offers = await actors.broker.report(gone: 5)
        guard let account = report.account, account.pod.phase == .ready || account.pod.phase == .backingOff else { return }
        report.fitting = await FitJudge(parts: parts).refusal(of: account.demand).map { .refused($0) } ?? .fits
    }
}
