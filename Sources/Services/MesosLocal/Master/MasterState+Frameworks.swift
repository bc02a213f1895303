import Core
import Mesos
import MesosProto

/// Frameworks' comings and goings.
extension MasterState {
    static func failoverTimeout(_ info: Mesos_V1_FrameworkInfo) -> Duration { .seconds(min(max(info.failoverTimeout, 0), 1e9)) }

    mutating func subscribe(_ call: Mesos_V1_Scheduler_Call, stream: StreamID) {
        var info = call.subscribe.frameworkInfo
        if let problem = MasterState.refusal(of: info) { return end(stream, with: problem) }
        let id: FrameworkID
        var takesOver = false
        if info.hasID, !info.id.value.isEmpty {
            id = FrameworkID(info.id.value)
            if removed.contains(id) { return end(stream, with: "Framework has been removed") }
        } else {
            id = FrameworkID("\(masterInfo.id)-\(padded(nextFramework))")
            nextFramework += 1
            info.id.value = id.value
        }
        if let known = frameworks[id] {
            if known.info.principal != info.principal { return end(stream, with: "Changing framework's principal is not allowed.") }
            if let old = known.stream {
                takesOver = true
                disconnect(id, old, with: "Framework failed over")
            }
            // User and checkpoint stay as they were; Mesos does not say so.
            (info.user, info.checkpoint) = (known.info.user, known.info.checkpoint)
            frameworks[id]?.info = info
            frameworks[id]?.isRecovered = false
            let now = clock.wall
            frameworks[id]?.reregistered = now
            dropOffers(of: id)
            dropInverseOffers(to: id, rescinding: false)
        } else {
            frameworks[id] = Framework(info, registered: clock.wall)
        }
        welcome(id, info, stream, suppressed: Set(call.subscribe.suppressedRoles))
        // Who takes over from a living stream waits for the next allocation, as in Mesos.
        if !takesOver { allocate() }
    }

    private mutating func welcome(_ id: FrameworkID, _ info: Mesos_V1_FrameworkInfo, _ stream: StreamID, suppressed: Set<String>) {
        effects.append(.persist)
        streams[stream] = id
        frameworks[id]?.stream = stream
        frameworks[id]?.refusals = [:]
        frameworks[id]?.inverseRefusals = [:]
        frameworks[id]?.suppressed = suppressed
        timers.remove(.removal(id))
        timers.put(.heartbeat(id), clock.now + settings.heartbeat)
        let subscribed = Mesos_V1_Scheduler_Event.with {
            $0.type = .subscribed
            $0.subscribed.frameworkID.value = id.value
            $0.subscribed.heartbeatIntervalSeconds = settings.heartbeat.inSeconds
            $0.subscribed.masterInfo = masterInfo
        }
        effects += [.send(stream, subscribed), .send(stream, .with { $0.type = .heartbeat })]
        for agent in agentOrder {
            if let link = agents[agent]?.link { effects.append(.tell(link, .updateFramework(info))) }
        }
    }

    private func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Why the master does not take this description, in Mesos' words.
    static func refusal(of info: Mesos_V1_FrameworkInfo) -> String? {
        let isMultiRole = info.capabilities.contains { $0.type == .multiRole }
        if isMultiRole && info.hasRole { return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable" }
        if !isMultiRole && !info.roles.isEmpty { return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable" }
        for role in info.roles {
            if let problem = problem(ofRole: role) { return "'FrameworkInfo.roles' contains invalid role: \(problem)" }
        }
        return nil
    }

    static func problem(ofRole role: String) -> String? {
        if role == "*" { return nil }
        if role.isEmpty { return "Empty role name is invalid" }
        for component in role.split(separator: "/", omittingEmptySubsequences: false) where component.isEmpty || component == "." || component == ".." {
            return component.isEmpty ? "Role '\(role)' cannot contain two adjacent slashes" : "Role '\(role)' cannot include '\(component)' as a component"
        }
        if role.hasPrefix("-") { return "Role '\(role)' cannot start with '-'" }
        return nil
    }

    private mutating func end(_ stream: StreamID, with message: String) {
        let event = Mesos_V1_Scheduler_Event.with {
            $0.type = .error
            $0.error.message = message
        }
        effects += [.send(stream, event), .close(stream)]
    }

    private mutating func disconnect(_ id: FrameworkID, _ stream: StreamID, with message: String) {
        streams[stream] = nil
        frameworks[id]?.stream = nil
        end(stream, with: message)
    }

    mutating func streamClosed(_ stream: StreamID) {
        guard let id = streams.removeValue(forKey: stream), let framework = frameworks[id] else { return }
        frameworks[id]?.stream = nil
        timers.remove(.heartbeat(id))
        dropOffers(of: id)
        dropInverseOffers(to: id, rescinding: false)
        let timeout = MasterState.failoverTimeout(framework.info)
        if timeout <= .zero { return remove(id) }
        timers.put(.removal(id), clock.now + timeout)
        allocateSoon()
    }

    mutating func update(_ update: Mesos_V1_Scheduler_Call.UpdateFramework, of id: FrameworkID) -> HTTPAnswer {
        guard let known = frameworks[id]?.info else { return .badRequest("Framework cannot be found") }
        var info = update.frameworkInfo
        if info.principal != known.principal { return .badRequest("Changing framework's principal is not allowed.") }
        (info.user, info.checkpoint, info.id) = (known.user, known.checkpoint, known.id)
        frameworks[id]?.info = info
        frameworks[id]?.suppressed = Set(update.suppressedRoles)
        // Offers to roles that it has left are not its any more.
        let roles = Set(frameworks[id]?.roles ?? [])
        for offer in offers.values.filter({ $0.framework == id && !roles.contains($0.role) }).sorted(by: { $0.number < $1.number }) {
            dropOffer(offer.id, rescinding: true)
        }
        effects.append(.persist)
        allocate()
        return .ok
    }

    /// Ends a framework for good, with all that it runs.
    mutating func remove(_ id: FrameworkID) {
        guard let framework = frameworks[id] else { return }
        dropOffers(of: id)
        dropInverseOffers(to: id, rescinding: false)
        for agentID in agentOrder {
            guard let agent = agents[agentID] else { continue }
            for task in agent.used.keys.filter({ $0.framework == id }).sorted() { release(task, on: agentID) }
            removeExecutors(on: agentID) { $0.framework == id }
            if let link = agent.link { effects.append(.tell(link, .shutdownFramework(id))) }
        }
        frameworks[id] = nil
        tasks.retire(id, at: clock.seconds, limit: settings.completedTasks)
        complete(framework)
        shares.forget(id)
        timers.remove(.heartbeat(id))
        timers.remove(.removal(id))
        removed.append(id)
        if removed.count > settings.removedFrameworks { removed.removeFirst(removed.count - settings.removedFrameworks) }
        effects.append(.persist)
        if let stream = framework.stream {
            streams[stream] = nil
            effects.append(.close(stream))
        }
        allocateSoon()
    }

    /// Keeps a removed framework for those who ask what became of it.
    private mutating func complete(_ framework: Framework) {
        var framework = framework
        (framework.stream, framework.unregistered) = (nil, clock.wall)
        (framework.suppressed, framework.refusals, framework.inverseRefusals) = ([], [:], [:])
        completed.append(framework)
        let excess = max(0, completed.count - settings.completedFrameworks)
        for old in completed.prefix(excess) { tasks.forget(old.id) }
        completed.removeFirst(excess)
    }

    mutating func removeExecutors(on agent: AgentID, where matches: (Executor) -> Bool) {
        for executor in agents[agent]?.removeExecutors(where: matches) ?? [] {
            let role = executor.info.resources.first?.allocationInfo.role ?? "*"
            shares.subtract(executor.resources, from: Shares.Member(framework: executor.framework, role: role.isEmpty ? "*" : role))
        }
    }

    // MARK: The register

    mutating func restore(_ record: KMD_MasterRecord) {
        removed = record.removed.map { FrameworkID($0.value) }
        for info in record.frameworks {
            var framework = Framework(info, registered: clock.wall)
            framework.isRecovered = true
            frameworks[framework.id] = framework
            timers.put(.removal(framework.id), clock.now + MasterState.failoverTimeout(info))
        }
        for agent in record.goneAgents { goneAgents[AgentID(agent.value)] = clock.wall }
        for order in record.orders {
            var known = AgentOrder()
            if order.hasDrain { known.drain = order.drain }
            if order.hasDrainStart { known.drainStart = Timestamp(nanosecondsSinceEpoch: order.drainStart.nanoseconds) }
            orders[AgentID(order.agentID.value)] = known
        }
        maintenance = Maintenance(schedule: record.maintenance, down: record.downMachines)
    }

    /// What must outlive the process.
    var record: KMD_MasterRecord {
        .with {
            $0.frameworks = frameworks.values.map(\.info).sorted { $0.id.value < $1.id.value }
            $0.removed = removed.map { id in .with { $0.value = id.value } }
            $0.goneAgents = goneAgents.keys.sorted().map { id in .with { $0.value = id.value } }
            $0.orders = orders.sorted { $0.key < $1.key }.map { id, order in
                .with {
                    $0.agentID.value = id.value
                    if let drain = order.drain { $0.drain = drain }
                    if let start = order.drainStart { $0.drainStart.nanoseconds = start.nanosecondsSinceEpoch }
                }
            }
            if !maintenance.schedule.windows.isEmpty { $0.maintenance = maintenance.schedule }
            $0.downMachines = maintenance.down
        }
    }
}
