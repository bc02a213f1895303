import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

/// A master with any agents and frameworks, and what its last input led to.
struct MasterScene {
    var master: MasterState
    var log: [MasterState.Effect] = []
    /// What has been offered and is still out, by offer.
    private(set) var out: [String: Mesos_V1_Offer] = [:]

    init(_ settings: MasterState.Settings = MasterState.Settings(), record: KMD_MasterRecord = KMD_MasterRecord()) {
        master = MasterState(
            masterInfo: .with { $0.id = "m"; $0.ip = 0; $0.port = 5050 }, settings: settings, at: MasterStateTests.moment(0), record: record)
    }

    mutating func handle(_ input: MasterState.Input) {
        log = master.handle(input)
        for event in events {
            switch event.type {
            case .offers: for offer in event.offers.offers { out[offer.id.value] = offer }
            case .rescind: out[event.rescind.offerID.value] = nil
            default: break
            }
        }
    }

    mutating func at(_ seconds: Double) { handle(.tick(MasterStateTests.moment(seconds))) }

    /// Registers an agent on `link`, with the id that an earlier registration gave it.
    mutating func register(_ link: Int, _ resources: String = "cpus:4;mem:1024", id: String? = nil, tasks: [Mesos_V1_Task] = [], pinged: Bool = false) {
        var info = Mesos_V1_AgentInfo.with {
            $0.hostname = "node-\(link)"
            $0.resources = ((try? MachineResources.parse(resources)) ?? MesosResources()).items
        }
        if let id { info.id.value = id }
        let framework = Mesos_V1_FrameworkInfo.with {
            $0.user = "root"
            $0.name = "k"
            $0.id.value = "m-0000"
            $0.failoverTimeout = 60
        }
        let registration = AgentRegistration(
            info: info, endpoint: MesosEndpoint(host: "10.0.0.\(link)", port: 5051), frameworks: tasks.isEmpty ? [] : [framework], tasks: tasks,
            isPinged: pinged)
        handle(.agent(link, .register(registration)))
    }

    mutating func subscribe(
        _ stream: String, roles: [String] = ["*"], id: String? = nil, suppressed: [String] = [], checkpoint: Bool = true,
        capabilities: [Mesos_V1_FrameworkInfo.Capability.TypeEnum] = [.partitionAware, .multiRole, .reservationRefinement]
    ) {
        var call = Mesos_V1_Scheduler_Call()
        call.type = .subscribe
        call.subscribe.suppressedRoles = suppressed
        call.subscribe.frameworkInfo = .with {
            $0.user = "root"
            $0.name = stream
            if capabilities.contains(.multiRole) { $0.roles = roles } else { $0.role = roles.first ?? "*" }
            $0.failoverTimeout = 60
            $0.checkpoint = checkpoint
            $0.capabilities = capabilities.map { type in .with { $0.type = type } }
            if let id { $0.id.value = id }
        }
        if let id { call.frameworkID.value = id }
        handle(.subscribe(call, stream: stream))
    }

    mutating func call(_ framework: String = "m-0000", _ stream: String = "s", _ fill: (inout Mesos_V1_Scheduler_Call) -> Void) {
        var call = Mesos_V1_Scheduler_Call()
        call.frameworkID.value = framework
        fill(&call)
        if call.type == .accept { for offer in call.accept.offerIds { out[offer.value] = nil } }
        if call.type == .decline { for offer in call.decline.offerIds { out[offer.value] = nil } }
        handle(.call(call, streamID: stream))
    }

    mutating func decline(_ offers: [String], for seconds: Double, _ framework: String = "m-0000", _ stream: String = "s") {
        call(framework, stream) {
            $0.type = .decline
            $0.decline.offerIds = offers.map { id in .with { $0.value = id } }
            $0.decline.filters.refuseSeconds = seconds
        }
    }

    mutating func launch(
        _ task: String, cpus: Double = 1, on offer: String, refuse: Double = 0, _ framework: String = "m-0000", _ stream: String = "s"
    ) {
        let agent = out[offer]?.agentID ?? Mesos_V1_AgentID()
        call(framework, stream) {
            $0.type = .accept
            $0.accept.offerIds = [.with { $0.value = offer }]
            $0.accept.filters.refuseSeconds = refuse
            $0.accept.operations = [.with {
                $0.type = .launch
                $0.launch.taskInfos = [.with {
                    $0.name = task
                    $0.taskID.value = task
                    $0.agentID = agent
                    $0.resources = [.scalar("cpus", MesosScalar(cpus))]
                    $0.executor.executorID.value = "e"
                    $0.executor.command.value = "/bin/true"
                }]
            }]
        }
    }

    mutating func operate(_ fill: (inout Mesos_V1_Master_Call) -> Void) {
        var call = Mesos_V1_Master_Call()
        fill(&call)
        handle(.operate(call))
    }

    mutating func update(_ task: String, _ state: Mesos_V1_TaskState, uuid: UInt8 = 1, from link: Int = 1, agent: String = "m-S0") {
        handle(.agent(link, .update("m-0000", .with {
            $0.taskID.value = task
            $0.state = state
            $0.agentID.value = agent
            $0.uuid = .init(repeating: uuid, count: 16)
        })))
    }

    mutating func acknowledge(_ task: String, uuid: UInt8 = 1, agent: String = "m-S0") {
        call {
            $0.type = .acknowledge
            $0.acknowledge.agentID.value = agent
            $0.acknowledge.taskID.value = task
            $0.acknowledge.uuid = .init(repeating: uuid, count: 16)
        }
    }

    var events: [Mesos_V1_Scheduler_Event] { log.compactMap { if case .send(_, let event) = $0 { event } else { nil } } }
    func events(_ stream: String) -> [Mesos_V1_Scheduler_Event] {
        log.compactMap { if case .send(stream, let event) = $0 { event } else { nil } }
    }
    var offers: [Mesos_V1_Offer] { events.filter { $0.type == .offers }.flatMap(\.offers.offers) }
    var rescinded: [String] { events.filter { $0.type == .rescind }.map(\.rescind.offerID.value) }
    var statuses: [Mesos_V1_TaskStatus] { events.filter { $0.type == .update }.map(\.update.status) }
    var answer: HTTPAnswer? { log.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }.first }
    func told(_ link: Int) -> [MasterToAgent] { log.compactMap { if case .tell(link, let message) = $0 { message } else { nil } } }
}
