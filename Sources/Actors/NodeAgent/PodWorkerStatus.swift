import Core
import JSON
import KubeObjects

/// The pod's status in Kubernetes' words.
extension PodWorkerState {
    /// When the worker wants to be woken, if nothing happens before.
    public var nextDeadline: Instant? {
        if isOver { return nil }
        var deadlines: [Instant] = []
        if case .wanted = volumes, let volumesRetryAt { deadlines.append(volumesRetryAt) }
        if sandbox == nil, !sandboxBusy, let sandboxRetryAt { deadlines.append(sandboxRetryAt) }
        if case .wanted = cleanUp, end != nil, let cleanUpRetryAt { deadlines.append(cleanUpRetryAt) }
        if release == .underWay, let releaseBy { deadlines.append(releaseBy) }
        if let seconds = pod.spec.activeDeadlineSeconds, !deadlineExceeded {
            deadlines.append(now.instant + max(.seconds(0), .seconds(seconds) - now.wall.duration(since: startTime)))
        }
        for one in containers where end == nil {
            if one.phase == .idle || one.phase == .exited, let notBefore = one.notBefore, notBefore > now.instant {
                deadlines.append(notBefore)
                if one.waitingReason == "ErrImagePull", !one.imageBackoffShown { deadlines.append(one.lastChange + .seconds(1)) }
            }
            guard one.isRunning, one.stopping == nil else { continue }
            for kind in ProbeKind.allCases {
                guard let record = one.probes[kind], !record.inFlight else { continue }
                if kind == .startup ? one.startupDone : !one.startupDone { continue }
                deadlines.append(record.nextAt)
            }
        }
        // What was due has been tried by the input of `now`; if it did not happen it waits for something else, not for time.
        return deadlines.filter { $0 > now.instant }.min()
    }

    public var phase: PodPhase {
        if deadlineExceeded { return .failed }
        if pod.isFinished, end == nil || end?.reason == .deleted { return pod.status.phase }
        let inits = containers.filter { $0.isInit && !$0.spec.isSidecar }
        if inits.contains(where: { $0.phase == .exited && !$0.succeeded && (pod.spec.restartPolicy == .never) }) { return .failed }
        let mains = containers.filter { !$0.isInit }
        if !initialized && !mains.contains(where: \.everCreated) { return end == nil ? .pending : ended(mains) }
        if end != nil, !mains.contains(where: \.isRunning) { return ended(mains) }
        if mains.contains(where: { $0.termination == nil && !$0.isRunning && $0.previous == nil }) { return .pending }
        if mains.contains(where: \.isRunning) { return .running }
        if mains.contains(where: { $0.isBusy || mayRestart($0) }) { return .running }
        return mains.allSatisfy(\.succeeded) ? .succeeded : .failed
    }

    /// The phase of a pod that was stopped: nothing of it runs any more.
    private func ended(_ mains: [ContainerRecord]) -> PodPhase {
        mains.allSatisfy { $0.succeeded } ? .succeeded : .failed
    }

    mutating func writeStatus(_ effects: inout [Effect]) {
        if isOver || end?.reason == .gone { return }
        // Nothing is known yet about what runs: an older status stays until the first look.
        if !hasLooked, !pod.status.containerStatuses.isEmpty, written == nil { return }
        let status = statusJSON()
        guard status != written else { return }
        written = status
        effects.append(.writeStatus(status))
    }

    /// While this node was silent its pods were said to be unready, without a reason, which ours always has: what is true is said again.
    mutating func notice(conditionsOf pod: Pod) {
        guard written != nil, let ready = pod.status.conditions.first(where: { $0.type == "Ready" }), !ready.status, ready.reason.isEmpty
        else { return }
        conditions["Ready"] = ready
        written = nil
    }

    private mutating func statusJSON() -> JSONValue {
        let phase = phase
        var status: JSONValue = ["phase": .string(phase.rawValue)]
        let initializing = containers.contains(where: \.isInit) && !initialized
        var statuses: [(record: ContainerRecord, status: ContainerStatus)] = []
        for one in containers {
            var each = one.status(podIsInitializing: initializing || (!one.isInit && containers.contains(where: \.isInit)))
            if case .waiting(_, let message) = each.state, message.isEmpty, one.waitingReason.isEmpty {
                if let failure = sandboxFailure, failure.kind == .unavailable {
                    each.state = .waiting(reason: "ContainerRuntimeNotReady", message: failure.message)
                } else if !volumeMessage.isEmpty {
                    each.state = .waiting(reason: "ContainerCreating", message: volumeMessage)
                }
            }
            statuses.append((one, each))
        }
        status["conditions"] = .array(conditionsJSON(phase, statuses.map(\.status)))
        if deadlineExceeded {
            status["reason"] = "DeadlineExceeded"
            status["message"] = "Pod was active on the node longer than the specified deadline"
        }
        if !hostIP.isEmpty {
            status["hostIP"] = .string(hostIP)
            status["hostIPs"] = [["ip": .string(hostIP)]]
        }
        if !podIP.isEmpty {
            status["podIP"] = .string(podIP)
            status["podIPs"] = [["ip": .string(podIP)]]
        }
        status["startTime"] = .string(startTime.rfc3339)
        let inits = statuses.filter(\.record.isInit).map(\.status.json)
        if !inits.isEmpty { status["initContainerStatuses"] = .array(inits) }
        status["containerStatuses"] = .array(statuses.filter { !$0.record.isInit }.map(\.status.json))
        status["qosClass"] = .string(PodResources.qosClass(of: pod))
        return status
    }

    private mutating func conditionsJSON(_ phase: PodPhase, _ statuses: [ContainerStatus]) -> [JSONValue] {
        let over = phase == .succeeded || phase == .failed
        let overReason = phase == .succeeded ? "PodCompleted" : "PodFailed"
        let inits = Set(containers.filter(\.isInit).map(\.name))
        let unready = statuses.filter { !$0.ready && !inits.contains($0.name) }.map(\.name)
        let incomplete = containers.filter { $0.isInit && !$0.succeeded && !($0.spec.isSidecar && $0.isRunning) }.map(\.name)

        var list: [PodCondition] = [PodCondition(type: "PodReadyToStartContainers", status: sandbox?.isReady == true)]
        if incomplete.isEmpty || phase == .succeeded {
            list.append(PodCondition(type: "Initialized", status: true, reason: phase == .succeeded ? "PodCompleted" : ""))
        } else {
            list.append(
                PodCondition(
                    type: "Initialized", status: false, reason: "ContainersNotInitialized",
                    message: "containers with incomplete status: [\(incomplete.joined(separator: " "))]"))
        }
        let containersReady =
            over
            ? PodCondition(type: "ContainersReady", status: false, reason: overReason)
            : unready.isEmpty
                ? PodCondition(type: "ContainersReady", status: true)
                : PodCondition(
                    type: "ContainersReady", status: false, reason: "ContainersNotReady",
                    message: "containers with unready status: [\(unready.joined(separator: " "))]")
        var ready = containersReady
        ready.type = "Ready"
        let gates = pod.spec.readinessGates.filter { gate in !pod.status.conditions.contains { $0.type == gate && $0.status } }
        if ready.status, let gate = gates.first {
            ready = PodCondition(
                type: "Ready", status: false, reason: "ReadinessGatesNotReady",
                message: "corresponding condition of pod readiness gate \"\(gate)\" does not exist.")
        }
        list += [ready, containersReady, PodCondition(type: "PodScheduled", status: true)]
        let own = Set(list.map(\.type))
        for index in list.indices {
            let before = conditions[list[index].type]
            list[index].lastTransitionTime = before?.status == list[index].status ? before?.lastTransitionTime ?? now.wall : now.wall
            conditions[list[index].type] = list[index]
        }
        let foreign = (pod.json.at("status", "conditions")?.array ?? []).filter { !own.contains($0["type"]?.string ?? "") }
        return list.map(\.json) + foreign
    }
}
