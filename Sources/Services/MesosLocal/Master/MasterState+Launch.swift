import Core
import Mesos
import MesosProto

/// ACCEPT: tasks on offers.
extension MasterState {
    mutating func accept(_ accept: Mesos_V1_Scheduler_Call.Accept, by id: FrameworkID) {
        let used = accept.offerIds.map { OfferID($0.value) }
        var problem: String?
        var held: [Offer] = []
        for offerID in used {
            if held.contains(where: { $0.id == offerID }) {
                problem = problem ?? "Duplicate offer \(offerID) in offer list"
            } else if let offer = offers[offerID], offer.framework == id {
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
        if used.isEmpty { problem = "No offers specified" }
        for offer in held { offers[offer.id] = nil }
        guard problem == nil, let first = held.first else {
            allocationWanted = true
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
            default: break
            }
        }
        refuse(first, resources: available, for: accept.hasFilters ? accept.filters : nil)
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
        guard let framework = frameworks[id], let agent = agents[offer.agent], let link = agent.link else { return }
        var tasks = given.map { task in prepare(task, executor: groupExecutor, offer: offer, framework: framework) }
        var need = MesosResources()
        for task in tasks { need.add(MesosResources(task.resources.map(MasterState.internalForm))) }
        guard let executor = tasks.first?.executor else { return }
        let executorRuns = agent.executors.contains { $0.framework == id && $0.id.value == executor.executorID.value }
        if !executorRuns { need.add(MesosResources(executor.resources.map(MasterState.internalForm))) }
        var problem = available.contains(need) ? nil : excess(need, available, role: offer.role)
        for task in tasks.reversed() { problem = self.problem(of: task, group: group, offer: offer, framework: framework, agent: agent) ?? problem }
        if let problem {
            for task in given { report(task, of: id, state: .taskError, problem, group ? .taskGroupInvalid : .taskInvalid) }
            return
        }
        available.subtract(need)
        if !executorRuns { agents[offer.agent]?.executors.append(Executor(info: executor)) }
        for index in tasks.indices {
            let task = tasks[index]
            let key = FrameworkTask(framework: id, task: TaskID(task.taskID.value))
            agents[offer.agent]?.use(MesosResources(task.resources.map(MasterState.internalForm)), for: key)
            frameworks[id]?.tasks[key.task] = .with {
                $0.name = task.name
                $0.taskID = task.taskID
                $0.frameworkID.value = id.value
                $0.executorID = executor.executorID
                $0.agentID = task.agentID
                $0.state = .taskStaging
                $0.resources = task.resources
                if task.hasLabels { $0.labels = task.labels }
            }
            if group { tasks[index].clearExecutor() }
        }
        effects.append(.tell(link, .run(framework: framework.info, executor: executor, tasks: tasks, group: group)))
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

    private func problem(of task: Mesos_V1_TaskInfo, group: Bool, offer: Offer, framework: Framework, agent: Agent) -> String? {
        if let problem = MasterState.problem(ofID: task.taskID.value) { return problem }
        if framework.tasks[TaskID(task.taskID.value)] != nil { return "Task has duplicate ID: \(task.taskID.value)" }
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
        let same = agent.executors.first { $0.framework == framework.id && $0.id.value == task.executor.executorID.value }
        if let same, !MasterState.isSame(same.info, task.executor) {
            return "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID"
        }
        return nil
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
