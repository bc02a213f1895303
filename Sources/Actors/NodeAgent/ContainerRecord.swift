import Core
import KubeObjects

/// What a pod worker remembers of one container.
struct ContainerRecord: Sendable {
    /// Where the container is. A look at the runtime can move it on; each step under way ends with its own answer.
    enum Phase: Sendable, Equatable {
        /// Nothing runs; it is started as soon as its turn has come and `notBefore` has passed.
        case idle
        case pulling
        case creating
        case starting(id: String)
        case running(id: String, startedAt: Timestamp)
        /// A step was begun and the runtime went away: the next look says what became of it.
        case unknown
        /// It has ended; it may be started again.
        case exited
    }

    struct ProbeRecord: Sendable {
        var nextAt: Instant
        var inFlight = false
        var successes: Int64 = 0
        var failures: Int64 = 0
    }

    let spec: Container
    let isInit: Bool
    var phase = Phase.idle
    /// The instance that runs or ran last; counts up from 0.
    var attempt = 0
    var everCreated = false
    var containerID = ""
    var imageID = ""
    var waitingReason = ""
    var waitingMessage = ""
    var termination: ContainerState.Termination?
    var previous: ContainerState.Termination?
    /// No start before this moment.
    var notBefore: Instant?
    var crashes = 0
    var imageFailures = 0
    var imageBackoffShown = false
    var pullError = ""
    var ready = false
    var startupDone = false
    var probes: [ProbeKind: ProbeRecord] = [:]
    /// A stop is under way; the grace period that it was given.
    var stopping: Int64?
    var lastChange: Instant

    init(_ spec: Container, isInit: Bool, now: Instant) {
        (self.spec, self.isInit, self.lastChange) = (spec, isInit, now)
    }

    var name: String { spec.name }
    var fieldPath: String { "spec.\(isInit ? "initContainers" : "containers"){\(name)}" }
    var isRunning: Bool { if case .running = phase { true } else { false } }
    /// A step is under way whose answer will come.
    var isBusy: Bool {
        switch phase {
        case .pulling, .creating, .starting: true
        default: false
        }
    }
    /// The runtime's id of an instance that may be alive.
    var liveID: String? {
        switch phase {
        case .running(let id, _), .starting(let id): id
        default: nil
        }
    }
    var succeeded: Bool { phase == .exited && termination?.exitCode == 0 }

    func probe(_ kind: ProbeKind) -> Probe? {
        switch kind {
        case .startup: spec.startupProbe
        case .liveness: spec.livenessProbe
        case .readiness: spec.readinessProbe
        }
    }

    /// 10 s, doubled with each crash, at most 5 minutes.
    var crashDelay: Duration { .seconds(min(300, 10 << min(5, max(0, crashes - 1)))) }
    var imageDelay: Duration { .seconds(min(300, 10 << min(5, max(0, imageFailures - 1)))) }

    func status(podIsInitializing: Bool) -> ContainerStatus {
        var status = ContainerStatus(
            name: name, state: .waiting(reason: "", message: ""), restartCount: Int64(attempt), image: spec.image, imageID: imageID,
            containerID: containerID)
        switch phase {
        case .running(_, let startedAt):
            status.state = .running(startedAt: startedAt)
            status.started = startupDone
            status.ready = ready && (!isInit || spec.isSidecar)
            status.lastState = previous.map(ContainerState.terminated)
        case .exited where waitingReason.isEmpty:
            status.state = termination.map(ContainerState.terminated) ?? .waiting(reason: "ContainerCreating", message: "")
            status.lastState = previous.map(ContainerState.terminated)
            status.ready = isInit && succeeded
        default:
            let reason = waitingReason.isEmpty ? (podIsInitializing ? "PodInitializing" : "ContainerCreating") : waitingReason
            status.state = .waiting(reason: reason, message: waitingMessage)
            status.lastState = (termination ?? previous).map(ContainerState.terminated)
        }
        return status
    }
}
