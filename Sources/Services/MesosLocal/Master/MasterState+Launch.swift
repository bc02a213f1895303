import Core
import Mesos
import MesosProto

/// ACCEPT: tasks on offers.
extension MasterState {
    mutating func accept(_ accept: Mesos_V1_Scheduler_Call.Accept, by id: FrameworkID) {
        let (held, problem) = take(accept.offerIds.map { OfferID($0.value) }, by: id)
        guard problem == nil, let first = held.first else {
            for offer in held { agents[offer.agent]?.giveBack(offer.resources) }
            allocateSoon()
            return dropTasks(of: accept, by: id, because: problem ?? "")
        }
        var available = held.reduce(into: MesosResources()) { $0.add($1.resources) }
        for operation in accept.operations {
            switch operation.type {
            case .launch:
                for task in operation.launch.taskInfos { launch([task], executor: nil, group: false, from: &available, of: first, by: id) }
            case .launchGroup:
                let group = operation.launchGroup
                launch(group.taskGroup.tasks, executor: group.executor, group: true, from: &available, of: first, by: id)
            case .reserve, .unreserve: perform(operation, from: &available, of: first, by: id)
            default: report(operation, of: id, "mesos-local performs LAUNCH, LAUNCH_GROUP, RESERVE and UNRESERVE")
            }
        }
        agents[first.agent]?.giveBack(available)
        refuse(available, of: first, for: accept.hasFilters ? accept.filters : nil)
    }

    /// Takes all these offers, and says why they cannot be used together.
    private mutating func take(_ wanted: [OfferID], by id: FrameworkID) -> ([Offer], problem: String?) {
        var problem: String?
        var held: [Offer] = []
        for offerID in wanted {
            if held.contains(where: { $0.id == offerID }) {
                problem = problem ?? "Duplicate offer \(offerID) in offer list"
            } else if offers[offerID]?.framework == id, let offer = takeOffer(offerID) {
                if let first = held.first, first.agent != offer.agent {
                    let uses = "Offer \(offerID) uses agent \(offer.agent) and agent \(first.agent)"
                    problem = problem ?? "Aggregated offers must belong to one single agent. \(uses)"
                } else if let first = held.first, first.role != offer.role {
                    let uses = "Offer \(offerID) uses role \(offer.role) but another is using role \(first.role)"
                    problem = problem ?? "Aggregated offers must be allocated to the same role. \(uses)"
                }
                held.append(offer)
            } else {
                problem = problem ?? "Offer \(offerID) is no longer valid"
            }
        }
        return (held, wanted.isEmpty ? "No offers specified" : problem)
    }

    private mutating func dropTasks(of accept: Mesos_V1_Scheduler_Call.Accept, by id: FrameworkID, because problem: String) {
        let aware = frameworks[id]?.isPartitionAware ?? false
        for operation in accept.operations {
            let tasks = operation.type == .launch ? operation.launch.taskInfos : operation.launchGroup.taskGroup.tasks
            for task in tasks {
                report(task, of: id, state: aware ? .taskDropped : .taskLost, "Task launched with invalid offers: \(problem)", .invalidOffers)
            }
        }
    }

    private mutating func report(
        _ task: Mesos_V1_TaskInfo, of id: FrameworkID, state: Mesos_V1_TaskState, _ message: String, _ reason: Mesos_V1_TaskStatus.Reason
    ) {
        sendStatus(id, .with {
            $0.taskID = task.taskID
            $0.state = state
            $0.message = message
            $0.source = .master
            $0.reason = reason
            $0.agentID = task.agentID
            $0.timestamp = clock.seconds
        })
    }

    private mutating func launch(
        _ given: [Mesos_V1_TaskInfo], executor groupExecutor: Mesos_V1_ExecutorInfo?, group: Bool, from available: inout MesosResources,
        of offer: Offer, by id: FrameworkID
    ) {
        guard let framework = frameworks[id], let link = agents[offer.agent]?.link else { return }
        var tasks = given.map { task in prepare(task, executor: groupExecutor, offer: offer, framework: framework) }
        var need = MesosResources()
        for task in tasks { need.add(MesosResources(task.resources.map(MasterState.internalForm))) }
        guard let executor = tasks.first?.executor else { return }
        let known = agents[offer.agent]?.runs(ExecutorID(executor.executorID.value), of: id)
        let ofExecutor = MesosResources(executor.resources.map(MasterState.internalForm))
        if known == nil { need.add(ofExecutor) }
        var problem = available.contains(need) ? nil : excess(need, available, role: offer.role)
        if group { problem = MasterState.problem(ofGroupExecutor: groupExecutor ?? executor) ?? problem }
        for task in tasks.reversed() { problem = self.problem(of: task, group: group, offer: offer, framework: framework, known: known) ?? problem }
        if let problem {
            for task in given { report(task, of: id, state: .taskError, problem, group ? .taskGroupInvalid : .taskInvalid) }
            return
        }
        available.subtract(need)
        if known == nil {
            agents[offer.agent]?.add(Executor(info: executor))
            shares.add(ofExecutor, to: Shares.Member(framework: id, role: offer.role))
        }
        for index in tasks.indices {
            note(tasks[index], by: id, on: offer)
            if group { tasks[index].clearExecutor() }
        }
        effects.append(.tell(link, .run(framework: framework.info, executor: executor, tasks: tasks, group: group)))
    }

    /// The task holds what it needs and is known, from now on.
    private mutating func note(_ task: Mesos_V1_TaskInfo, by id: FrameworkID, on offer: Offer) {
        let key = FrameworkTask(framework: id, task: TaskID(task.taskID.value))
        let holding = Holding(role: offer.role, resources: MesosResources(task.resources.map(MasterState.internalForm)))
        agents[offer.agent]?.use(holding, for: key)
        shares.add(holding.resources, to: Shares.Member(framework: id, role: offer.role))
        tasks[id, key.task] = .with {
            $0.name = task.name
            $0.taskID = task.taskID
            $0.frameworkID.value = id.value
            $0.executorID = task.executor.executorID
            $0.agentID = task.agentID
            $0.state = .taskStaging
            $0.resources = task.resources
            if task.hasLabels { $0.labels = task.labels }
            if task.hasDiscovery { $0.discovery = task.discovery }
        }
    }

    /// Fills in what a scheduler may leave out: allocation, the executor's framework id and type.
    private func prepare(
        _ task: Mesos_V1_TaskInfo, executor: Mesos_V1_ExecutorInfo?, offer: Offer, framework: Framework
    ) -> Mesos_V1_TaskInfo {
        var task = task
        func allocated(_ resources: [Mesos_V1_Resource]) -> [Mesos_V1_Resource] {
            resources.map { MasterState.shown(MasterState.internalForm($0), role: offer.role, to: framework) }
        }
        task.resources = allocated(task.resources)
        if let executor { task.executor = executor }
        if task.hasExecutor {
            if !task.executor.hasType { task.executor.type = .custom }
            if !task.executor.hasFrameworkID { task.executor.frameworkID.value = framework.id.value }
            task.executor.resources = allocated(task.executor.resources)
        }
        return task
    }

    private func problem(
        of task: Mesos_V1_TaskInfo, group: Bool, offer: Offer, framework: Framework, known: Executor?
    ) -> String? {
        if let problem = MasterState.problem(ofID: task.taskID.value) { return problem }
        if tasks[framework.id, TaskID(task.taskID.value)] != nil { return "Task has duplicate ID: \(task.taskID.value)" }
        if task.agentID.value != offer.agent.value {
            return "Task uses invalid agent \(task.agentID.value) while agent \(offer.agent) is expected"
        }
        if task.hasExecutor == task.hasCommand && !group {
            return "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present"
        }
        if !task.hasExecutor { return "Task has a CommandInfo only: mesos-local runs tasks with an ExecutorInfo" }
        if task.executor.frameworkID.value != framework.id.value {
            return "ExecutorInfo has an invalid FrameworkID (Actual: \(task.executor.frameworkID.value) vs Expected: \(framework.id))"
        }
        if let problem = MasterState.problem(ofID: task.executor.executorID.value) { return problem }
        if task.resources.isEmpty { return "Task uses no resources" }
        if let known, !MasterState.isSame(known.info, task.executor) {
            return "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID"
        }
        return nil
    }

    /// What Mesos asks of the executor of a task group.
    private static func problem(ofGroupExecutor executor: Mesos_V1_ExecutorInfo) -> String? {
        let id = executor.executorID.value
        let resources = MesosResources(executor.resources)
        if !executor.hasFrameworkID { return "'ExecutorInfo.framework_id' must be set" }
        if !executor.hasType { return "'ExecutorInfo.type' must be set" }
        if resources.cpus < MesosScalar(0.01) {
            return "Executor '\(id)' uses less CPUs (\(resources.cpus > 0 ? resources.cpus.description : "None")) than the minimum required (0.01)"
        }
        if resources.memory < 32 {
            return "Executor '\(id)' uses less memory (\(resources.memory > 0 ? "\(resources.memory)MB" : "None")) than the minimum required (32MB)"
        }
        return resources.disk > 0 ? nil : "Executor '\(id)' uses no disk"
    }

    /// Mesos compares descriptions of an executor without regard to the order of their resources.
    static func isSame(_ one: Mesos_V1_ExecutorInfo, _ other: Mesos_V1_ExecutorInfo) -> Bool {
        var (one, other) = (one, other)
        let mine = MesosResources(one.resources.map(internalForm))
        let theirs = MesosResources(other.resources.map(internalForm))
        (one.resources, other.resources) = ([], [])
        return one == other && mine.contains(theirs) && theirs.contains(mine)
    }

    private static func problem(ofID id: String) -> String? {
        if id.isEmpty { return "ID must not be empty" }
        if id.utf8.count > 255 { return "ID must not be greater than 255 characters" }
        if id == "." || id == ".." { return "'\(id)' is disallowed" }
        let bad = id.unicodeScalars.contains { $0.value < 32 || $0.value == 127 || $0 == "/" || $0 == "\\" }
        return bad ? "'\(id)' contains invalid characters" : nil
    }

    private func excess(_ need: MesosResources, _ available: MesosResources, role: String) -> String {
        "Total resources \(MasterState.text(need, role)) required by task and its executor is more than available \(MasterState.text(available, role))"
    }

    /// As Mesos prints resources: `cpus(allocated: *):0.5; ports(allocated: *):[80-80]`.
    static func text(_ resources: MesosResources, _ role: String) -> String {
        resources.items.map { item in
            let reserved = reservation(of: item).map { "(reservations: [(STATIC,\($0))])" } ?? ""
            let amount = switch item.type {
            case .scalar: MesosScalar(item.scalar.value).description
            case .ranges: "[" + item.closedRanges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ") + "]"
            case .set: "{" + item.set.item.joined(separator: ", ") + "}"
            case .text: ""
            }
            return "\(item.name)(allocated: \(role))\(reserved):\(amount)"
        }.joined(separator: "; ")
    }
}
