import Core
import JSON
import Mesos
import MesosProto

/// The master's state as the operator API and its older JSON pages show it.
enum MasterPages {
    static let version = "1.12.0"

    static func response(to type: Mesos_V1_Master_Call.TypeEnum, _ state: MasterState) -> Mesos_V1_Master_Response? {
        var response = Mesos_V1_Master_Response()
        switch type {
        case .getHealth:
            response.type = .getHealth
            response.getHealth.healthy = true
        case .getVersion:
            response.type = .getVersion
            response.getVersion.versionInfo.version = version
        case .getMaster:
            response.type = .getMaster
            response.getMaster.masterInfo = state.masterInfo
            response.getMaster.startTime = Double(state.started.nanosecondsSinceEpoch) / 1e9
            response.getMaster.electedTime = response.getMaster.startTime
        case .getAgents:
            response.type = .getAgents
            response.getAgents = agents(state)
        case .getFrameworks:
            response.type = .getFrameworks
            response.getFrameworks = frameworks(state)
        case .getExecutors:
            response.type = .getExecutors
            response.getExecutors = executors(state)
        case .getTasks:
            response.type = .getTasks
            response.getTasks = tasks(state)
        case .getState:
            response.type = .getState
            response.getState.getTasks = tasks(state)
            response.getState.getExecutors = executors(state)
            response.getState.getFrameworks = frameworks(state)
            response.getState.getAgents = agents(state)
        case .getMaintenanceSchedule:
            response.type = .getMaintenanceSchedule
            response.getMaintenanceSchedule.schedule = state.maintenance.schedule
        case .getMaintenanceStatus:
            response.type = .getMaintenanceStatus
            response.getMaintenanceStatus.status = maintenanceStatus(state)
        case .getRoles:
            response.type = .getRoles
            let roles = Set(state.frameworks.values.flatMap(\.roles)).union(["*"])
            response.getRoles.roles = roles.sorted().map { role in
                .with {
                    $0.name = role
                    $0.weight = state.settings.weights[role] ?? 1
                    $0.frameworks = sortedFrameworks(state).filter { $0.roles.contains(role) }.map(\.info.id)
                }
            }
        default: return nil
        }
        return response
    }

    private static func sortedAgents(_ state: MasterState) -> [MasterState.Agent] { state.agents.values.sorted { $0.id < $1.id } }
    private static func sortedFrameworks(_ state: MasterState) -> [MasterState.Framework] { state.frameworks.values.sorted { $0.id < $1.id } }

    /// The older form, with `role`, that these pages kept.
    private static func legacy(_ resources: MesosResources) -> [Mesos_V1_Resource] {
        resources.items.map { item in
            var item = item
            item.role = MasterState.reservation(of: item) ?? "*"
            return item
        }
    }

    private static func offered(_ state: MasterState, on agent: MasterState.Agent) -> MesosResources {
        agent.offers.compactMap { state.offers[$0] }.sorted { $0.number < $1.number }.reduce(into: MesosResources()) { $0.add($1.resources) }
    }

    private static func offered(_ state: MasterState, to framework: FrameworkID) -> MesosResources {
        state.offers.values.filter { $0.framework == framework }.sorted { $0.number < $1.number }.reduce(into: MesosResources()) { $0.add($1.resources) }
    }

    private static func agents(_ state: MasterState) -> Mesos_V1_Master_Response.GetAgents {
        .with {
            $0.agents = sortedAgents(state).map { agent in
                .with {
                    $0.agentInfo = agent.info
                    let order = state.orders[agent.id]
                    $0.active = agent.link != nil && order == nil
                    $0.deactivated = order != nil
                    if let drain = order?.drain { $0.drainInfo = drain }
                    if let start = order?.drainStart { $0.estimatedDrainStartTime.nanoseconds = start.nanosecondsSinceEpoch }
                    $0.version = version
                    $0.pid = "slave(1)@\(agent.endpoint)"
                    $0.registeredTime.nanoseconds = agent.registered.nanosecondsSinceEpoch
                    if let again = agent.reregistered { $0.reregisteredTime.nanoseconds = again.nanosecondsSinceEpoch }
                    $0.totalResources = legacy(agent.total)
                    $0.allocatedResources = legacy(agent.allocated)
                    $0.offeredResources = legacy(offered(state, on: agent))
                    $0.capabilities = [.multiRole, .hierarchicalRole, .reservationRefinement].map { type in .with { $0.type = type } }
                }
            }
        }
    }

    private static func frameworks(_ state: MasterState) -> Mesos_V1_Master_Response.GetFrameworks {
        .with {
            $0.frameworks = sortedFrameworks(state).map { described($0, state) }
            $0.completedFrameworks = state.completed.map { described($0, state) }
        }
    }

    private static func described(_ framework: MasterState.Framework, _ state: MasterState) -> Mesos_V1_Master_Response.GetFrameworks.Framework {
        .with {
            $0.frameworkInfo = framework.info
            $0.active = framework.stream != nil
            $0.connected = framework.stream != nil
            $0.recovered = framework.isRecovered
            $0.registeredTime.nanoseconds = framework.registered.nanosecondsSinceEpoch
            if let again = framework.reregistered { $0.reregisteredTime.nanoseconds = again.nanosecondsSinceEpoch }
            if let end = framework.unregistered { $0.unregisteredTime.nanoseconds = end.nanosecondsSinceEpoch }
            $0.offers = state.offers.values.filter { $0.framework == framework.id }.sorted { $0.number < $1.number }.compactMap(state.proto)
            $0.offeredResources = legacy(offered(state, to: framework.id))
            $0.allocatedResources = legacy(used(state, by: framework))
        }
    }

    private static func used(_ state: MasterState, by framework: MasterState.Framework) -> MesosResources {
        var sum = MesosResources()
        for agent in sortedAgents(state) {
            for (task, held) in agent.used.sorted(by: { $0.key < $1.key }) where task.framework == framework.id { sum.add(held.resources) }
            for executor in agent.executors where executor.framework == framework.id { sum.add(executor.resources) }
        }
        return sum
    }

    private static func executors(_ state: MasterState) -> Mesos_V1_Master_Response.GetExecutors {
        .with {
            $0.executors = sortedAgents(state).flatMap { agent in
                agent.executors.map { executor in
                    .with {
                        $0.executorInfo = executor.info
                        $0.agentID = agent.info.id
                    }
                }
            }
        }
    }

    private static func tasks(_ state: MasterState) -> Mesos_V1_Master_Response.GetTasks {
        .with {
            for framework in sortedFrameworks(state) + state.completed {
                $0.tasks += state.tasks.live(of: framework.id)
                $0.unreachableTasks += state.tasks.unreachable(of: framework.id)
                $0.completedTasks += state.tasks.completed(of: framework.id)
            }
        }
    }

    // MARK: The JSON pages

    static let versionPage: JSONValue = ["version": .string(version)]

    static func slaves(_ state: MasterState) -> JSONValue { ["slaves": .array(sortedAgents(state).map { slave($0, state) }), "recovered_slaves": []] }

    static func frameworks(_ state: MasterState) -> JSONValue {
        [
            "frameworks": .array(sortedFrameworks(state).map { framework($0, state) }),
            "completed_frameworks": .array(state.completed.map { framework($0, state) }), "unregistered_frameworks": [],
        ]
    }

    static func state(_ state: MasterState) -> JSONValue {
        let info = state.masterInfo
        return [
            "version": .string(version), "start_time": seconds(state.started), "elected_time": seconds(state.started),
            "id": .string(info.id), "pid": .string(info.pid), "hostname": .string(info.hostname), "leader": .string(info.pid),
            "leader_info": ["id": .string(info.id), "pid": .string(info.pid), "port": .integer(Int64(info.port)), "hostname": .string(info.hostname)],
            "activated_slaves": .integer(Int64(state.agents.values.count { $0.link != nil })),
            "deactivated_slaves": .integer(Int64(state.agents.values.count { $0.link == nil })),
            "unreachable_slaves": .integer(Int64(state.unreachableAgents.count)),
            "slaves": .array(sortedAgents(state).map { slave($0, state) }), "recovered_slaves": [],
            "frameworks": .array(sortedFrameworks(state).map { framework($0, state) }),
            "completed_frameworks": .array(state.completed.map { framework($0, state) }), "unregistered_frameworks": [],
        ]
    }

    private static func seconds(_ time: Timestamp) -> JSONValue { .double(Double(time.nanosecondsSinceEpoch) / 1e9) }

    private static func flat(_ resources: MesosResources) -> JSONValue {
        let ports = resources.ports.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ", ")
        var value: JSONValue = [
            "disk": .double(resources.disk.value), "mem": .double(resources.memory.value), "gpus": .double(resources.scalar("gpus").value),
            "cpus": .double(resources.cpus.value),
        ]
        if !ports.isEmpty { value["ports"] = .string("[\(ports)]") }
        return value
    }

    private static func reserved(_ agent: MasterState.Agent) -> JSONValue {
        var value: JSONValue = [:]
        for role in Set(agent.total.items.compactMap(MasterState.reservation)).sorted() {
            value[role] = flat(MesosResources(agent.total.items.filter { MasterState.reservation(of: $0) == role }))
        }
        return value
    }

    private static func slave(_ agent: MasterState.Agent, _ state: MasterState) -> JSONValue {
        var attributes: JSONValue = [:]
        for attribute in agent.info.attributes {
            attributes[attribute.name] = attribute.type == .scalar ? .double(attribute.scalar.value) : .string(MesosAttribute(attribute).text)
        }
        let unreserved = MesosResources(agent.total.items.filter { MasterState.reservation(of: $0) == nil })
        return [
            "id": .string(agent.id.value), "hostname": .string(agent.info.hostname), "port": .integer(Int64(agent.endpoint.port)),
            "attributes": attributes, "pid": .string("slave(1)@\(agent.endpoint)"), "registered_time": seconds(agent.registered),
            "resources": flat(agent.total), "used_resources": flat(agent.allocated),
            "offered_resources": flat(offered(state, on: agent)), "reserved_resources": reserved(agent),
            "unreserved_resources": flat(unreserved), "active": .bool(agent.link != nil && state.orders[agent.id] == nil),
            "deactivated": .bool(state.orders[agent.id] != nil), "version": .string(version),
            "capabilities": ["MULTI_ROLE", "HIERARCHICAL_ROLE", "RESERVATION_REFINEMENT"],
        ]
    }

    private static func framework(_ framework: MasterState.Framework, _ state: MasterState) -> JSONValue {
        var page: JSONValue = [
            "id": .string(framework.id.value), "name": .string(framework.info.name), "user": .string(framework.info.user),
            "failover_timeout": .double(framework.info.failoverTimeout), "checkpoint": .bool(framework.info.checkpoint),
            "hostname": .string(framework.info.hostname), "webui_url": .string(framework.info.webuiURL),
            "active": .bool(framework.stream != nil), "connected": .bool(framework.stream != nil), "recovered": .bool(framework.isRecovered),
            "registered_time": seconds(framework.registered), "roles": .array(framework.roles.map { .string($0) }),
            "used_resources": flat(used(state, by: framework)), "offered_resources": flat(offered(state, to: framework.id)),
            "tasks": .array(state.tasks.live(of: framework.id).map(task)),
            "unreachable_tasks": .array(state.tasks.unreachable(of: framework.id).map(task)),
            "completed_tasks": .array(state.tasks.completed(of: framework.id).map(task)),
        ]
        if let end = framework.unregistered { page["unregistered_time"] = seconds(end) }
        return page
    }

    private static func task(_ task: Mesos_V1_Task) -> JSONValue {
        [
            "id": .string(task.taskID.value), "name": .string(task.name), "framework_id": .string(task.frameworkID.value),
            "executor_id": .string(task.executorID.value), "slave_id": .string(task.agentID.value),
            "state": .string(MesosTaskState(task.state).rawValue), "resources": flat(MesosResources(task.resources)),
            "labels": .array(task.labels.labels.map { ["key": .string($0.key), "value": .string($0.value)] }),
            "statuses": .array(task.statuses.map { ["state": .string(MesosTaskState($0.state).rawValue), "timestamp": .double($0.timestamp)] }),
        ]
    }
}
