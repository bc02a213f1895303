import Core
import JSON
import KubeObjects

/// What the answers of single steps and the looks at the runtime change.
extension PodWorkerState {
    mutating func takeStep(_ input: Input, _ effects: inout [Effect]) {
        switch input {
        case .imageReady(let name, let imageID): imageIsReady(name, imageID, &effects)
        case .imageFailed(let name, let reason, let message): imageHasFailed(name, reason, message, &effects)
        case .created(let name, let id): containerIsCreated(name, id, &effects)
        case .createFailed(let name, let reason, let message, let unavailable):
            guard record(name)?.phase == .creating else { return }
            stepHasFailed(name, reason: reason, message, unavailable: unavailable, &effects)
        case .started(let name): containerHasStarted(name, &effects)
        case .startFailed(let name, let message, let unavailable): startHasFailed(name, message, unavailable: unavailable, &effects)
        default: break
        }
    }

    private mutating func imageIsReady(_ name: String, _ imageID: String, _ effects: inout [Effect]) {
        guard let one = record(name), one.phase == .pulling else { return }
        let attempt = one.everCreated ? one.attempt + 1 : one.attempt
        change(name) { [now, end] in
            ($0.imageFailures, $0.imageBackoffShown, $0.pullError) = (0, false, "")
            $0.imageID = imageID
            $0.phase = end == nil ? .creating : .idle
            $0.lastChange = now.instant
        }
        guard end == nil else { return }
        effects.append(.createContainer(container: name, attempt: attempt, imageID: imageID))
    }

    private mutating func imageHasFailed(_ name: String, _ reason: String, _ message: String, _ effects: inout [Effect]) {
        guard let one = record(name), one.phase == .pulling else { return }
        let first = one.waitingReason != reason || one.waitingMessage != message
        change(name) { [now] in
            $0.phase = $0.everCreated ? .exited : .idle
            $0.imageFailures += 1
            $0.imageBackoffShown = false
            ($0.waitingReason, $0.waitingMessage) = (reason, message)
            $0.pullError = message
            $0.lastChange = now.instant
            $0.notBefore = now.instant + (reason == "ErrImagePull" ? $0.imageDelay : .seconds(10))
        }
        if reason == "ErrImagePull" || first {
            effects.append(.event(PodEvent(isWarning: true, reason: "Failed", message: "Error: \(reason)", fieldPath: one.fieldPath)))
        }
    }

    private mutating func containerIsCreated(_ name: String, _ id: String, _ effects: inout [Effect]) {
        guard let one = record(name), one.phase == .creating else { return }
        change(name) { [now, end] in
            if $0.everCreated { $0.attempt += 1 }
            $0.everCreated = true
            $0.lastChange = now.instant
            $0.phase = end == nil ? .starting(id: id) : .idle
            if end == nil { $0.containerID = "containerd://\(id)" }
        }
        // What is created but not started goes with the clean-up.
        guard end == nil else { return }
        effects.append(.event(PodEvent(reason: "Created", message: "Created container: \(name)", fieldPath: one.fieldPath)))
        effects.append(.startContainer(container: name, id: id))
    }

    private mutating func containerHasStarted(_ name: String, _ effects: inout [Effect]) {
        guard let one = record(name), case .starting(let id) = one.phase else { return }
        running(name, id: id, startedAt: now.wall)
        effects.append(.event(PodEvent(reason: "Started", message: "Started container \(name)", fieldPath: one.fieldPath)))
    }

    mutating func running(_ name: String, id: String, startedAt: Timestamp) {
        let instant = now.instant - max(.zero, now.wall.duration(since: startedAt))
        change(name) { [now] one in
            one.phase = .running(id: id, startedAt: startedAt)
            one.containerID = "containerd://\(id)"
            one.lastChange = now.instant
            one.previous = one.termination ?? one.previous
            one.termination = nil
            one.stopping = nil
            (one.waitingReason, one.waitingMessage) = ("", "")
            one.startupDone = one.spec.startupProbe == nil
            one.ready = one.spec.readinessProbe == nil && one.startupDone
            one.probes = [:]
            for kind in ProbeKind.allCases {
                guard let probe = one.probe(kind) else { continue }
                one.probes[kind] = .init(nextAt: instant + .seconds(probe.initialDelaySeconds))
            }
        }
    }

    private mutating func startHasFailed(_ name: String, _ message: String, unavailable: Bool, _ effects: inout [Effect]) {
        guard let one = record(name), case .starting(let id) = one.phase else { return }
        if unavailable { return stepHasFailed(name, reason: "RunContainerError", message, unavailable: true, &effects) }
        effects.append(.event(PodEvent(isWarning: true, reason: "Failed", message: "Error: \(message)", fieldPath: one.fieldPath)))
        exited(
            name,
            .init(
                exitCode: 128, reason: "StartError", message: message, startedAt: Timestamp(secondsSinceEpoch: 0), finishedAt: now.wall,
                containerID: "containerd://\(id)"), ranFor: .zero, &effects)
        if record(name).map(mayRestart) == true {
            change(name) { ($0.waitingReason, $0.waitingMessage) = ("RunContainerError", message) }
        }
    }

    private mutating func stepHasFailed(
        _ name: String, reason: String, _ message: String, unavailable: Bool, _ effects: inout [Effect]
    ) {
        guard let one = record(name) else { return }
        change(name) { [now] in
            $0.phase = unavailable ? .unknown : ($0.everCreated && $0.termination != nil ? .exited : .idle)
            $0.lastChange = now.instant
            $0.notBefore = now.instant + (unavailable ? .seconds(1) : .seconds(5))
            ($0.waitingReason, $0.waitingMessage) = (reason, message)
        }
        if unavailable { loseAnswer() }
        if one.waitingReason != reason || one.waitingMessage != message {
            effects.append(.event(PodEvent(isWarning: true, reason: "Failed", message: "Error: \(message)", fieldPath: one.fieldPath)))
        }
    }

    // MARK: Ends

    /// A container has ended: notes it, and when it may run again.
    mutating func exited(
        _ name: String, _ termination: ContainerState.Termination, ranFor: Duration, _ effects: inout [Effect]
    ) {
        guard let one = record(name) else { return }
        change(name) { [now] in
            $0.phase = .exited
            $0.lastChange = now.instant
            $0.termination = termination
            $0.stopping = nil
            $0.ready = false
            $0.startupDone = false
            $0.probes = [:]
            if !termination.containerID.isEmpty { $0.containerID = termination.containerID }
            // Kubernetes forgets crashes when the container has run for twice the longest back-off.
            if ranFor >= .seconds(600) { $0.crashes = 0 }
            $0.crashes += 1
            ($0.waitingReason, $0.waitingMessage) = ("", "")
            $0.notBefore = nil
        }
        guard end == nil, let now = record(name), mayRestart(now) else { return }
        // The first restart comes at once; each later one waits.
        guard now.crashes > 1 else { return }
        var delayed = now
        delayed.crashes -= 1
        let delay = delayed.crashDelay
        let seconds = delay.components.seconds
        let rounded = seconds >= 60 ? "\(seconds / 60)m\(seconds % 60)s" : "\(seconds)s"
        change(name) { [moment = self.now, key, uid] in
            $0.notBefore = moment.instant + delay
            $0.waitingReason = "CrashLoopBackOff"
            $0.waitingMessage =
                "back-off \(rounded) restarting failed container=\(name) pod=\(key.name)_\(key.namespace)(\(uid))"
        }
        effects.append(
            .event(
                PodEvent(
                    isWarning: true, reason: "BackOff",
                    message: "Back-off restarting failed container \(name) in pod \(key.name)_\(key.namespace)(\(uid))",
                    fieldPath: one.fieldPath)))
    }

    // MARK: A look at the runtime

    mutating func observe(_ snapshot: RuntimeSnapshot, since: Instant, _ effects: inout [Effect]) {
        if let answerLostAt, since <= answerLostAt { return }
        let first = !hasLooked
        hasLooked = true
        observeSandbox(snapshot, since: since, &effects)
        for index in containers.indices {
            let one = containers[index]
            guard first || since > one.lastChange, !one.isBusy else { continue }
            let mine = snapshot.containers.filter { $0.name == one.name }.sorted { ($0.attempt, $0.id) < ($1.attempt, $1.id) }
            guard let newest = mine.last else {
                vanished(one, &effects)
                continue
            }
            // An older instance than the one we know of says nothing.
            guard !one.everCreated || newest.attempt >= one.attempt else {
                vanished(one, &effects)
                continue
            }
            if !one.everCreated { adopt(one.name, mine) }
            see(one.name, newest, &effects)
            removeOld(one.name, mine, &effects)
        }
        removing.formIntersection(snapshot.containers.map(\.id) + snapshot.sandboxes.map(\.id))
    }

    /// Of the ended instances only the newest and the one before it are kept: for `lastState` and `kubectl logs --previous`.
    private mutating func removeOld(_ name: String, _ mine: [ObservedContainer], _ effects: inout [Effect]) {
        guard end == nil else { return }
        for old in mine.dropLast(2) where old.condition == .exited && removing.insert(old.id).inserted {
            effects.append(.removeContainer(container: name, id: old.id, attempt: old.attempt))
        }
    }

    private mutating func observeSandbox(_ snapshot: RuntimeSnapshot, since: Instant, _ effects: inout [Effect]) {
        guard !sandboxBusy, sandboxSince.map({ since > $0 }) ?? true else { return }
        let newest = snapshot.sandboxes.max { ($0.attempt, $0.id) < ($1.attempt, $1.id) }
        guard let newest else {
            if sandbox != nil { loseSandbox(&effects) }
            return
        }
        sandboxAttempt = max(sandboxAttempt, newest.attempt)
        if newest.isReady {
            var seen = newest
            if seen.ip.isEmpty, let sandbox, sandbox.id == seen.id { seen.ip = sandbox.ip }
            if seen.ip.isEmpty, seen.id == sandbox?.id || sandbox == nil { seen.ip = pod.status.podIP }
            sandbox = seen
            removeOlder(than: newest, snapshot, &effects)
        } else if terminalSandboxStopped || end != nil {
            sandbox?.isReady = false
        } else {
            deadSandboxes = snapshot.sandboxes.filter { !$0.isReady }.map(\.id).sorted()
            if isTerminalByRecord(snapshot) {
                sandbox = newest
                terminalSandboxStopped = true
            } else {
                if sandbox == nil { sandbox = newest }
                loseSandbox(&effects)
            }
        }
    }

    /// A sandbox whose making was believed to have failed may turn up beside its successor. It goes, unless something runs in it.
    private mutating func removeOlder(than newest: ObservedSandbox, _ snapshot: RuntimeSnapshot, _ effects: inout [Effect]) {
        guard end == nil else { return }
        for old in snapshot.sandboxes where old.attempt < newest.attempt && !removing.contains(old.id) {
            guard !snapshot.containers.contains(where: { $0.sandboxID == old.id && $0.condition == .running }) else { continue }
            removing.insert(old.id)
            effects.append(.removeSandbox(id: old.id))
        }
    }

    /// A stopped sandbox of a pod whose containers have all ended for good is as it should be.
    private func isTerminalByRecord(_ snapshot: RuntimeSnapshot) -> Bool {
        if pod.isFinished { return true }
        guard pod.spec.restartPolicy != .always else { return false }
        return containers.allSatisfy { one in
            guard !one.isInit else { return true }
            let newest = snapshot.containers.filter { $0.name == one.name }.max { $0.attempt < $1.attempt }
            guard let newest, newest.condition == .exited else { return false }
            return pod.spec.restartPolicy == .never || newest.exitCode == 0
        }
    }

    private mutating func loseSandbox(_ effects: inout [Effect]) {
        guard sandbox != nil, end == nil else {
            sandbox = nil
            return
        }
        sandbox = nil
        sandboxAttempt += 1
        effects.append(.event(PodEvent(reason: "SandboxChanged", message: "Pod sandbox changed, it will be killed and re-created.")))
    }

    /// After a restart of the executor: the past of a container as the runtime remembers it.
    private mutating func adopt(_ name: String, _ mine: [ObservedContainer]) {
        let status = (pod.status.containerStatuses + pod.status.initContainerStatuses).first { $0.name == name }
        change(name) { [now, self] in
            $0.everCreated = true
            $0.attempt = mine.last?.attempt ?? 0
            $0.imageID = mine.last?.imageID ?? ""
            $0.lastChange = now.instant
            if mine.count > 1, mine[mine.count - 2].condition == .exited {
                $0.previous = termination(of: mine[mine.count - 2])
            } else if case .terminated(let end)? = status?.lastState {
                $0.previous = end
            }
            $0.crashes = Int(min(5, $0.attempt))
        }
    }

    private func termination(of seen: ObservedContainer) -> ContainerState.Termination {
        let reason = seen.reason.isEmpty ? (seen.exitCode == 0 ? "Completed" : "Error") : seen.reason
        return .init(
            exitCode: seen.exitCode, reason: reason, message: seen.message, startedAt: seen.startedAt, finishedAt: seen.finishedAt,
            containerID: "containerd://\(seen.id)")
    }

    private mutating func see(_ name: String, _ seen: ObservedContainer, _ effects: inout [Effect]) {
        guard let one = record(name) else { return }
        switch seen.condition {
        case .running:
            if case .running(let id, _) = one.phase, id == seen.id { return }
            change(name) { ($0.attempt, $0.everCreated) = (seen.attempt, true) }
            if !seen.imageID.isEmpty { change(name) { $0.imageID = seen.imageID } }
            running(name, id: seen.id, startedAt: seen.startedAt ?? now.wall)
            // It was ready before the executor restarted: stays so until a probe says otherwise.
            let before = (pod.status.containerStatuses + pod.status.initContainerStatuses).first { $0.name == name }
            if let before, before.containerID == "containerd://\(seen.id)" {
                change(name) { ($0.ready, $0.startupDone) = (before.ready || $0.ready, before.started || $0.startupDone) }
            }
        case .exited:
            guard one.phase != .exited || one.termination == nil else { return }
            let end = termination(of: seen)
            let ran = seen.startedAt.flatMap { start in seen.finishedAt.map { $0.duration(since: start) } } ?? .zero
            exited(name, end, ranFor: ran, &effects)
        case .created:
            guard !one.isBusy, one.phase != .exited, end == nil, sandbox?.id == seen.sandboxID else { return }
            change(name) { [now] in
                ($0.attempt, $0.everCreated, $0.phase, $0.lastChange) = (seen.attempt, true, .starting(id: seen.id), now.instant)
            }
            effects.append(.startContainer(container: name, id: seen.id))
        case .unknown: return
        }
    }

    private mutating func vanished(_ one: ContainerRecord, _ effects: inout [Effect]) {
        switch one.phase {
        case .unknown: change(one.name) { $0.phase = $0.termination != nil ? .exited : .idle }
        case .running(let id, let startedAt):
            exited(
                one.name,
                .init(
                    exitCode: 137, reason: "ContainerStatusUnknown",
                    message: "The container could not be located when the pod was terminated", startedAt: startedAt, finishedAt: now.wall,
                    containerID: "containerd://\(id)"), ranFor: now.wall.duration(since: startedAt), &effects)
        default: return
        }
    }

    // MARK: Probes

    mutating func askProbes(_ effects: inout [Effect]) {
        for index in containers.indices {
            guard case .running(let id, _) = containers[index].phase, containers[index].stopping == nil else { continue }
            for kind in ProbeKind.allCases.sorted() {
                guard let probe = containers[index].probe(kind), var record = containers[index].probes[kind] else { continue }
                if kind == .startup ? containers[index].startupDone : !containers[index].startupDone { continue }
                guard !record.inFlight, record.nextAt <= now.instant else { continue }
                record.inFlight = true
                record.nextAt = now.instant + .seconds(probe.periodSeconds)
                containers[index].probes[kind] = record
                effects.append(.probe(container: containers[index].name, kind: kind, id: id))
            }
        }
    }

    mutating func probed(_ name: String, _ kind: ProbeKind, _ id: String, _ answer: ProbeAnswer, _ effects: inout [Effect]) {
        guard let one = record(name), case .running(id, _) = one.phase, let probe = one.probe(kind), var record = one.probes[kind] else {
            return
        }
        record.inFlight = false
        switch answer {
        case .success: (record.successes, record.failures) = (record.successes + 1, 0)
        case .failure(let message):
            (record.successes, record.failures) = (0, record.failures + 1)
            if one.stopping == nil {
                effects.append(
                    .event(
                        PodEvent(
                            isWarning: true, reason: "Unhealthy", message: "\(kind.rawValue) probe failed: \(message)", fieldPath: one.fieldPath)))
            }
        }
        change(name) { $0.probes[kind] = record }
        guard let index = containers.firstIndex(where: { $0.name == name }), one.stopping == nil else { return }
        let (passed, failed) = (record.successes >= probe.successThreshold, record.failures >= probe.failureThreshold)
        switch kind {
        case .readiness: if passed { containers[index].ready = true } else if failed { containers[index].ready = false }
        case .startup where passed:
            containers[index].startupDone = true
            if one.spec.readinessProbe == nil { containers[index].ready = true }
        case .startup, .liveness:
            guard failed else { return }
            let grace = probe.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds
            let why = "Container \(name) failed \(kind.rawValue.lowercased()) probe, will be restarted"
            stop(index, id, grace: grace, why: why, &effects)
        }
    }
}
