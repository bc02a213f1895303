import Core
import OfferBroker
import Synchronization
import Telemetry

/// What the scheduler counts and measures: the original's metrics under their names, and histograms of our own.
final class SchedulerMetrics: Sendable {
    enum Reconciliation: Sendable { case requested, executed, cancelled }

    private let registry = MetricsRegistry()
    private let offersReceived, offersAcquired, offersReleased, offersDeclined: Family<Counter>
    private let inverseOffers, executorMessages: Family<Counter>
    private let offerHold: Family<Histogram>
    private let offerToAccept: Histogram
    private let statusUpdates: Family<Counter>
    private let reconciliationRequested, reconciliationExecuted, reconciliationCancelled: Family<Counter>
    private let queueWaitMicroseconds, bindLatencyMicroseconds, reconciliationMicroseconds: Summary
    private let queueWait, planTime, acceptToBound, acceptToRunning: Histogram
    private let attempts: Family<Counter>
    private let explanations: Counter
    let queued: Family<Gauge>
    let offersHeld: Family<Gauge>
    let leads, eventsDropped: Gauge
    let mesosStandings: Family<Counter>
    private let launches = LaunchTimes()
    /// When the plan began that is being made.
    private let plan = Mutex<Instant?>(nil)

    /// Seconds, from half a millisecond to half an hour.
    private static let bounds: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800]

    init() {
        offersReceived = registry.counters("mesos_offers_received", help: "Offers that Mesos made.", labels: ["hostname"])
        offersAcquired = registry.counters("mesos_offers_acquired", help: "Offers that a plan claimed.", labels: ["hostname"])
        offersReleased = registry.counters("mesos_offers_released", help: "Claimed offers that were not used after all.", labels: ["hostname"])
        offersDeclined = registry.counters(
            "mesos_offers_declined", help: "Offers that ended without use, and why.", labels: ["hostname", "reason"])
        inverseOffers = registry.counters("mesos_inverse_offers", help: "Requests to leave an agent, and what they were answered.", labels: ["answer"])
        executorMessages = registry.counters("mesos_scheduler_executor_messages", help: "Messages of executors.", labels: ["executor"])
        offerHold = registry.histograms(
            "kmd_offer_hold_seconds", help: "From the arrival of an offer until it was used or ended otherwise.", labels: ["outcome"], bounds: Self.bounds)
        offerToAccept = registry.histogram(
            "kmd_offer_to_accept_seconds",
            help: "From the arrival of the newest of a launch's offers until Mesos had the ACCEPT; an offer that waited for a pod counts so long, too.",
            bounds: Self.bounds)
        statusUpdates = registry.counters(
            "mesos_scheduler_status_updates", help: "Task status updates from Mesos.", labels: ["source", "reason", "state"])
        reconciliationRequested = registry.counters(
            "mesos_scheduler_reconciliation_requested", help: "Reconciliations that were asked for.", labels: ["kind"])
        reconciliationExecuted = registry.counters(
            "mesos_scheduler_reconciliation_executed", help: "Reconciliations that Mesos was asked for.", labels: ["kind"])
        reconciliationCancelled = registry.counters(
            "mesos_scheduler_reconciliation_cancelled", help: "Reconciliations that came to nothing.", labels: ["kind"])
        queueWaitMicroseconds = registry.summary(
            "mesos_scheduler_queue_wait_time_microseconds", help: "From a pod's coming until its launch.")
        bindLatencyMicroseconds = registry.summary("mesos_scheduler_bind_latency_microseconds", help: "From a pod's launch until its binding.")
        reconciliationMicroseconds = registry.summary(
            "mesos_scheduler_reconciliation_latency_microseconds", help: "What a call for reconciliation takes.")
        queueWait = registry.histogram("kmd_pod_queue_wait_seconds", help: "From a pod's coming until its launch.", bounds: Self.bounds)
        planTime = registry.histogram("kmd_plan_seconds", help: "From the handing out of pods until the claim of the offers.", bounds: Self.bounds)
        acceptToBound = registry.histogram("kmd_accept_to_bound_seconds", help: "From ACCEPT until the pod is bound.", bounds: Self.bounds)
        acceptToRunning = registry.histogram("kmd_accept_to_running_seconds", help: "From ACCEPT until TASK_RUNNING.", bounds: Self.bounds)
        attempts = registry.counters("kmd_pod_attempts", help: "Attempts to place a pod, by how they ended.", labels: ["outcome"])
        explanations = registry.counter("kmd_pod_explanations", help: "Times that a pod was told why it waits.")
        queued = registry.gauges("kmd_pods_queued", help: "Pods in the queue, by phase.", labels: ["phase"])
        offersHeld = registry.gauges("kmd_offers_held", help: "Offers that are ours now: live, or claimed by a plan.", labels: ["standing"])
        mesosStandings = registry.counters("kmd_mesos_standings", help: "Changes of how the framework stands with Mesos.", labels: ["state"])
        leads = registry.gauge("kmd_scheduler_leads", help: "1 while this process leads.")
        eventsDropped = registry.gauge("kmd_events_dropped", help: "Events for users that were dropped because too many waited.")
    }

    var text: String { registry.text }

    // MARK: Offers

    func offerReceived(from hostname: String) { offersReceived.with(hostname).add() }

    func note(_ notes: [OfferNote]) {
        for note in notes {
            switch note.what {
            case .acquired: offersAcquired.with(note.hostname).add()
            case .released: offersReleased.with(note.hostname).add()
            case .accepted(let after): offerToAccept.observe(after)
            case .ended(.used, let held): offerHold.with("used").observe(held)
            case .ended(let why, let held):
                offersDeclined.with(note.hostname, why.name).add()
                offerHold.with("wasted").observe(held)
            }
        }
    }

    /// - Parameter answer: `accepted` or `declined`.
    func inverseOffer(_ answer: String) { inverseOffers.with(answer).add() }
    func message(from executor: String) { executorMessages.with(executor).add() }

    // MARK: Pods

    func attempted(_ outcome: String, waited: Duration?) {
        attempts.with(outcome).add()
        guard let waited else { return }
        queueWait.observe(waited)
        queueWaitMicroseconds.observe(waited / .microseconds(1))
    }
    func explained() { explanations.add() }
    /// One plan is made at a time.
    func planBegan(at now: Instant) { plan.withLock { $0 = now } }
    func planEnded(at now: Instant) { if let began = plan.withLock({ $0.take() }) { planTime.observe(began.duration(to: now)) } }

    // MARK: Tasks

    /// Mesos took the launch of `task`.
    func accepted(_ task: TaskID, for pod: PodUID, at: Instant) { launches.accepted(task, for: pod, at: at) }
    /// The API server shows `pod` bound.
    func bound(_ pod: PodUID, at: Instant) {
        guard let wait = launches.bound(pod, at: at) else { return }
        acceptToBound.observe(wait)
        bindLatencyMicroseconds.observe(wait / .microseconds(1))
    }
    func statusUpdate(of task: TaskID, source: String, reason: String, state: String, at: Instant) {
        statusUpdates.with(source, reason, state).add()
        if state == "TASK_RUNNING", let wait = launches.running(task, at: at) { acceptToRunning.observe(wait) }
    }

    // MARK: Reconciliation

    /// - Parameter kind: `explicit` or `implicit`.
    func reconciliation(_ what: Reconciliation, kind: String) {
        switch what {
        case .requested: reconciliationRequested.with(kind).add()
        case .executed: reconciliationExecuted.with(kind).add()
        case .cancelled: reconciliationCancelled.with(kind).add()
        }
    }
    func reconciled(in time: Duration) { reconciliationMicroseconds.observe(time / .microseconds(1)) }
}

/// When what is under way was launched. Of the newest launches only: what was launched long ago tells nothing.
private final class LaunchTimes: Sendable {
    private struct Contents {
        var tasks: [TaskID: Instant] = [:]
        var pods: [PodUID: Instant] = [:]
    }
    private static let limit = 100_000
    private let contents = Mutex(Contents())

    func accepted(_ task: TaskID, for pod: PodUID, at: Instant) {
        contents.withLock { contents in
            // A limit that is met seldom, and then begun anew: these are statistics.
            if contents.tasks.count >= Self.limit { contents.tasks = [:] }
            if contents.pods.count >= Self.limit { contents.pods = [:] }
            contents.tasks[task] = at
            contents.pods[pod] = at
        }
    }
    func bound(_ pod: PodUID, at: Instant) -> Duration? { contents.withLock { $0.pods.removeValue(forKey: pod) }.map { $0.duration(to: at) } }
    func running(_ task: TaskID, at: Instant) -> Duration? { contents.withLock { $0.tasks.removeValue(forKey: task) }.map { $0.duration(to: at) } }
}
