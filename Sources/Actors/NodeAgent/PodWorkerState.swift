import Core
import JSON
import KubeObjects

/// One pod's life on this node: what must be done next, and what its status is.
///
/// Pure. It works level by level: every input changes what is known, and `advance` derives the next steps from that. For each container
/// at most one step is under way; a step whose answer was lost with the runtime (`unknown`) waits for a look at the runtime, so no
/// container is ever started twice.
public struct PodWorkerState: Sendable {
    public internal(set) var pod: Pod
    var containers: [ContainerRecord]
    var sandbox: ObservedSandbox?
    var sandboxAttempt = 0
    var sandboxBusy = false
    var sandboxFailure: RuntimeFailure?
    var sandboxRetryAt: Instant?
    var sandboxFailures = 0
    /// Sandboxes that are dead and wait to be replaced.
    var deadSandboxes: [String] = []
    var volumes = Step.wanted
    var volumesRetryAt: Instant?
    var volumeMessage = ""
    var end: End?
    var cleanUp = Step.wanted
    var cleanUpRetryAt: Instant?
    var deleting = false
    var reported: TaskState?
    var written: JSONValue?
    var now: Moment
    var startTime: Timestamp
    var conditions: [String: PodCondition] = [:]
    var deadlineExceeded = false
    var isOver = false
    /// Until the first look at the runtime nothing is started.
    var hasLooked = false
    /// When an answer of the runtime was last lost: a look that began before says nothing about what was under way.
    var answerLostAt: Instant?
    var terminalSandboxStopped = false
    /// Before a ready pod is stopped, the traffic has to leave it; at most until `releaseBy`.
    var release = Step.wanted
    var releaseBy: Instant?
    /// Ended instances that are being taken out of the runtime, or have been.
    var removing: Set<String> = []
    public internal(set) var hasTask: Bool
    public let hostIP: String
    public let nodeName: String

    enum Step: Sendable { case wanted, underWay, done }
    enum Reason: Sendable, Equatable { case deleted, gone, killed }
    struct End: Sendable { var reason: Reason; var grace: Int64 }

    public init(pod: Pod, hasTask: Bool, nodeName: String, hostIP: String, at now: Moment) {
        self.pod = pod
        (self.hasTask, self.nodeName, self.hostIP, self.now) = (hasTask, nodeName, hostIP, now)
        startTime = pod.status.startTime ?? now.wall
        containers = pod.spec.initContainers.map { ContainerRecord($0, isInit: true, now: now.instant) }
            + pod.spec.containers.map { ContainerRecord($0, isInit: false, now: now.instant) }
        for condition in pod.status.conditions { conditions[condition.type] = condition }
    }

    public var key: PodKey { pod.key }
    public var uid: PodUID { pod.uid }
    public var sandboxID: String? { sandbox?.id }
    public var podIP: String { pod.spec.hostNetwork ? hostIP : (sandbox?.ip ?? "") }
    /// The task is over or the pod was never ours to run.
    public var isFinished: Bool { isOver }

    public mutating func handle(_ input: Input, at moment: Moment) -> [Effect] {
        if isOver { return [] }
        now = moment
        var effects: [Effect] = []
        take(input, &effects)
        advance(&effects)
        writeStatus(&effects)
        return effects
    }

    private mutating func take(_ input: Input, _ effects: inout [Effect]) {
        switch input {
        case .updated(let pod):
            guard pod.uid == self.pod.uid else { return finish(.gone, grace: 0) }
            self.pod = pod
            notice(conditionsOf: pod)
            if pod.isTerminating {
                finish(.deleted, grace: pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds)
            }
        case .objectGone: finish(.gone, grace: min(pod.spec.terminationGracePeriodSeconds, 30))
        case .taskGiven: (hasTask, reported) = (true, nil)
        case .killed(let grace): finish(.killed, grace: grace ?? pod.spec.terminationGracePeriodSeconds)
        case .observed(let snapshot, let since): observe(snapshot, since: since, &effects)
        case .volumesReady: (volumes, volumeMessage) = (.done, "")
        case .volumesFailed(let events, let message):
            (volumes, volumeMessage, volumesRetryAt) = (.wanted, message, now.instant + .seconds(2))
            effects += events.map(Effect.event)
        case .sandboxReady(let id, let ip): sandboxIsReady(id, ip)
        case .sandboxFailed(let failure): sandboxHasFailed(failure, &effects)
        case .imageReady, .imageFailed, .created, .createFailed, .started, .startFailed: takeStep(input, &effects)
        case .stopped(let name, let failed):
            change(name) { if failed != nil { $0.stopping = nil } }
        case .probed(let name, let kind, let id, let answer): probed(name, kind, id, answer, &effects)
        case .released: release = .done
        case .removed(let id, let failed): if failed { removing.remove(id) }
        case .cleanedUp(let failed):
            if failed == nil { cleanUp = .done } else { (cleanUp, cleanUpRetryAt) = (.wanted, now.instant + .seconds(1)) }
        case .objectDeleted: conclude(&effects)
        case .timePassed: break
        }
    }

    /// From now on the pod only ends; a stronger reason or a shorter grace replaces the earlier one.
    private mutating func finish(_ reason: Reason, grace: Int64) {
        guard let end else {
            self.end = End(reason: reason, grace: grace)
            return
        }
        let stronger = end.reason == .gone || (end.reason == .deleted && reason == .killed) ? end.reason : reason
        self.end = End(reason: stronger, grace: min(end.grace, grace))
        if reason == .gone, deleting { deleting = false }
    }

    mutating func change(_ name: String, _ body: (inout ContainerRecord) -> Void) {
        guard let index = containers.firstIndex(where: { $0.name == name }) else { return }
        var one = containers[index]
        body(&one)
        containers[index] = one
    }

    func record(_ name: String) -> ContainerRecord? { containers.first { $0.name == name } }

    // MARK: Sandbox

    private mutating func sandboxIsReady(_ id: String, _ ip: String) {
        sandboxBusy = false
        (sandboxFailure, sandboxRetryAt, sandboxFailures) = (nil, nil, 0)
        deadSandboxes = []
        sandbox = ObservedSandbox(
            id: id, key: key, uid: uid, attempt: sandboxAttempt, isReady: true, createdAt: now.wall, ip: ip)
        sandboxSince = now.instant
    }
    var sandboxSince: Instant?

    private mutating func sandboxHasFailed(_ failure: RuntimeFailure, _ effects: inout [Effect]) {
        sandboxBusy = false
        sandboxFailures += 1
        if failure.isAmbiguous { loseAnswer() } else { sandboxAttempt += 1 }
        let first = sandboxFailure != failure
        sandboxFailure = failure
        sandboxRetryAt = now.instant + .seconds(min(30, 1 << min(5, sandboxFailures - 1)))
        if first || sandboxFailures % 5 == 0 {
            effects.append(
                .event(PodEvent(isWarning: true, reason: "FailedCreatePodSandBox", message: "Failed to create pod sandbox: \(failure.message)")))
        }
    }

    mutating func loseAnswer() { (hasLooked, answerLostAt) = (false, now.instant) }

    // MARK: What is next

    private mutating func advance(_ effects: inout [Effect]) {
        if end != nil { return advanceEnd(&effects) }
        checkDeadline(&effects)
        if isTerminal { return advanceTerminal(&effects) }
        report(.starting, &effects)
        guard hasLooked else { return }
        if case .wanted = volumes, due(volumesRetryAt) {
            volumes = .underWay
            effects.append(.prepareVolumes)
        }
        guard volumes == .done else { return }
        guard sandbox != nil else {
            guard !sandboxBusy, due(sandboxRetryAt) else { return }
            sandboxBusy = true
            effects.append(.createSandbox(attempt: sandboxAttempt, replacing: deadSandboxes))
            return
        }
        startContainers(&effects)
        askProbes(&effects)
        if containers.allSatisfy({ $0.isInit || $0.isRunning || $0.phase == .exited }), initialized { report(.running, &effects) }
    }

    func due(_ instant: Instant?) -> Bool { instant.map { $0 <= now.instant } ?? true }

    mutating func report(_ state: TaskState, message: String = "", _ effects: inout [Effect]) {
        guard hasTask, reported != state, reported?.isTerminal != true else { return }
        if state == .starting, reported != nil { return }
        reported = state
        effects.append(.reportTask(state, message: message))
    }

    /// All init containers have done their work.
    var initialized: Bool {
        containers.allSatisfy { !$0.isInit || $0.succeeded || ($0.spec.isSidecar && $0.isRunning && $0.startupDone) }
    }

    private mutating func startContainers(_ effects: inout [Effect]) {
        for index in containers.indices where containers[index].isInit {
            let one = containers[index]
            if one.succeeded && !one.spec.isSidecar { continue }
            startIfDue(index, &effects)
            let goOn = one.spec.isSidecar && containers[index].isRunning && containers[index].startupDone
            if !goOn { return }
        }
        for index in containers.indices where !containers[index].isInit { startIfDue(index, &effects) }
    }

    private mutating func startIfDue(_ index: Int, _ effects: inout [Effect]) {
        guard containers[index].phase == .idle || (containers[index].phase == .exited && mayRestart(containers[index])) else { return }
        if !due(containers[index].notBefore) { return showBackoff(index, &effects) }
        if containers[index].phase == .exited {
            containers[index].previous = containers[index].termination ?? containers[index].previous
        }
        containers[index].notBefore = nil
        containers[index].phase = .pulling
        containers[index].lastChange = now.instant
        if !containers[index].waitingReason.hasPrefix("ErrImage"), containers[index].waitingReason != "ImagePullBackOff",
            containers[index].waitingReason != "CreateContainerConfigError" {
            clearWaiting(index)
        }
        effects.append(.pullImage(container: containers[index].name))
    }

    mutating func clearWaiting(_ index: Int) {
        (containers[index].waitingReason, containers[index].waitingMessage) = ("", "")
    }

    /// Shortly after a failed pull Kubernetes speaks of the back-off instead of the failure.
    private mutating func showBackoff(_ index: Int, _ effects: inout [Effect]) {
        let one = containers[index]
        guard one.waitingReason == "ErrImagePull", !one.imageBackoffShown, now.instant >= one.lastChange + .seconds(1) else { return }
        let text = "Back-off pulling image \"\(one.spec.image)\""
        containers[index].imageBackoffShown = true
        containers[index].waitingReason = "ImagePullBackOff"
        containers[index].waitingMessage = "\(text): ErrImagePull: \(one.pullError)"
        effects.append(.event(PodEvent(reason: "BackOff", message: text, fieldPath: one.fieldPath)))
        effects.append(.event(PodEvent(isWarning: true, reason: "Failed", message: "Error: ImagePullBackOff", fieldPath: one.fieldPath)))
    }

    func mayRestart(_ one: ContainerRecord) -> Bool {
        if deadlineExceeded { return false }
        if one.isInit {
            if one.spec.isSidecar { return true }
            return !one.succeeded && pod.spec.restartPolicy != .never
        }
        return switch pod.spec.restartPolicy {
        case .always: true
        case .onFailure: !one.succeeded
        case .never: false
        }
    }

    private mutating func checkDeadline(_ effects: inout [Effect]) {
        guard !deadlineExceeded, let seconds = pod.spec.activeDeadlineSeconds,
            now.wall.duration(since: startTime) >= .seconds(seconds)
        else { return }
        deadlineExceeded = true
        effects.append(
            .event(PodEvent(reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline")))
    }

    /// Every container has ended for good.
    var isTerminal: Bool {
        if deadlineExceeded { return true }
        if pod.isFinished { return true }
        if let failed = containers.first(where: { $0.isInit && $0.phase == .exited && !$0.succeeded && !mayRestart($0) }) {
            _ = failed
            return true
        }
        return containers.allSatisfy { $0.isInit || ($0.phase == .exited && !mayRestart($0)) }
    }

    private mutating func advanceTerminal(_ effects: inout [Effect]) {
        guard stopAll(grace: pod.spec.terminationGracePeriodSeconds, &effects) else { return }
        if let sandbox, sandbox.isReady, !terminalSandboxStopped {
            terminalSandboxStopped = true
            effects.append(.stopSandbox(id: sandbox.id))
        }
        writeStatus(&effects)
        report(phase == .succeeded ? .finished : .failed, &effects)
    }

    // MARK: The end

    /// Asks every live container to stop. True when none is left and nothing is under way.
    private mutating func stopAll(grace: Int64, _ effects: inout [Effect]) -> Bool {
        var quiet = !sandboxBusy && volumes != .underWay
        let sidecarsWait = containers.contains { !($0.isInit && $0.spec.isSidecar) && ($0.liveID != nil || $0.isBusy) }
        for index in containers.indices {
            if containers[index].isBusy { quiet = false }
            guard case .running(let id, _) = containers[index].phase else { continue }
            quiet = false
            if containers[index].isInit, containers[index].spec.isSidecar, sidecarsWait { continue }
            stop(index, id, grace: grace, why: "Stopping container \(containers[index].name)", &effects)
        }
        return quiet
    }

    mutating func stop(_ index: Int, _ id: String, grace: Int64, why: String, _ effects: inout [Effect]) {
        // A shorter grace than the one under way is worth a second call.
        if let before = containers[index].stopping, before <= grace { return }
        let again = containers[index].stopping != nil
        containers[index].stopping = grace
        containers[index].ready = false
        if !again { effects.append(.event(PodEvent(reason: "Killing", message: why, fieldPath: containers[index].fieldPath))) }
        effects.append(
            .stopContainer(
                container: containers[index].name, id: id, graceSeconds: grace, preStop: !again && containers[index].spec.preStop != nil))
    }

    /// True when nobody is sent to the pod any more, or it was waited for long enough. A service that goes on sending new connections to a
    /// container that has stopped listening is what loses requests in a rolling update.
    private mutating func trafficHasLeft(_ end: End, _ effects: inout [Effect]) -> Bool {
        guard end.reason == .deleted, end.grace > 0, release != .done else { return true }
        if let releaseBy {
            if now.instant >= releaseBy { release = .done }
        } else if let sandbox, !sandbox.ip.isEmpty, !pod.spec.hostNetwork, containers.contains(where: \.ready) {
            release = .underWay
            releaseBy = now.instant + min(.seconds(2), .seconds(end.grace) / 2)
            effects.append(.awaitRelease(address: sandbox.ip))
        } else {
            release = .done
        }
        return release == .done
    }

    private mutating func advanceEnd(_ effects: inout [Effect]) {
        guard let end, trafficHasLeft(end, &effects) else { return }
        guard stopAll(grace: end.grace, &effects), !containers.contains(where: { $0.phase == .unknown }) || hasLooked else { return }
        switch end.reason {
        case .killed:
            if let sandbox, sandbox.isReady, !terminalSandboxStopped {
                terminalSandboxStopped = true
                effects.append(.stopSandbox(id: sandbox.id))
            }
            writeStatus(&effects)
            report(.killed, &effects)
        case .deleted, .gone:
            switch cleanUp {
            case .wanted where due(cleanUpRetryAt):
                cleanUp = .underWay
                if end.reason == .deleted { writeStatus(&effects) }
                effects.append(.cleanUp)
            case .done:
                if end.reason == .gone { return conclude(&effects) }
                guard !deleting else { return }
                deleting = true
                writeStatus(&effects)
                effects.append(.deleteObject)
            default: break
            }
        }
    }

    private mutating func conclude(_ effects: inout [Effect]) {
        guard end != nil, cleanUp == .done else { return finish(.gone, grace: pod.spec.terminationGracePeriodSeconds) }
        report(.killed, &effects)
        isOver = true
        effects.append(.finished)
    }
}
