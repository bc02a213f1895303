import Core
import MesosProto

/// What the master tells a scheduler, in its order. Offers are void after `disconnected`.
public enum SchedulerEvent: Sendable, Hashable {
    /// A (new) subscription. The caller makes sure that the framework id is durable before it acts.
    case subscribed(FrameworkID, master: MesosMasterDescription?, heartbeat: Duration)
    case offers([MesosOffer])
    /// Requests to leave agents before their maintenance.
    case inverseOffers([MesosInverseOffer])
    case rescind(OfferID)
    case rescindInverseOffer(OfferID)
    /// To be acknowledged, once it is durable, if it has a uuid.
    case update(TaskStatusUpdate)
    /// To be acknowledged if it has a uuid.
    case operation(MesosOperationStatus)
    /// From an executor; neither its delivery nor its order is certain.
    case message(AgentID, ExecutorID, [UInt8])
    /// With an executor: it ended (`status` is the raw wait status, see `ExecutorExit`). Without: the agent is gone.
    case failure(AgentID?, ExecutorID?, status: Int32?)
    case heartbeat
    /// The stream broke or could not be opened; the client tries again by itself.
    case disconnected(because: String)
    /// The master refused the subscription or ended it for good; nothing follows until the client is run again.
    case error(SchedulerStreamError)

    /// The typed event; `nil` for a kind that we do not know, and for ERROR, which ends the stream.
    init?(_ event: Mesos_V1_Scheduler_Event, heartbeat: Duration) {
        switch event.type {
        case .subscribed:
            let master = event.subscribed.hasMasterInfo ? MesosMasterDescription(event.subscribed.masterInfo) : nil
            self = .subscribed(FrameworkID(event.subscribed.frameworkID.value), master: master, heartbeat: heartbeat)
        case .offers: self = .offers(event.offers.offers.map(MesosOffer.init))
        case .inverseOffers: self = .inverseOffers(event.inverseOffers.inverseOffers.map(MesosInverseOffer.init))
        case .rescind: self = .rescind(OfferID(event.rescind.offerID.value))
        case .rescindInverseOffer: self = .rescindInverseOffer(OfferID(event.rescindInverseOffer.inverseOfferID.value))
        case .update: self = .update(TaskStatusUpdate(event.update.status))
        case .updateOperationStatus: self = .operation(MesosOperationStatus(event.updateOperationStatus.status))
        case .message:
            self = .message(AgentID(event.message.agentID.value), ExecutorID(event.message.executorID.value), [UInt8](event.message.data))
        case .failure:
            self = .failure(
                event.failure.hasAgentID ? AgentID(event.failure.agentID.value) : nil,
                event.failure.hasExecutorID ? ExecutorID(event.failure.executorID.value) : nil,
                status: event.failure.hasStatus ? event.failure.status : nil)
        case .heartbeat: self = .heartbeat
        case .error, .unknown: return nil
        }
    }
}

/// Why the master ended a subscription for good (an ERROR event), or refused it.
public enum SchedulerStreamError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another scheduler subscribed with our framework id: it leads now. Never take the id back without an election.
    case failedOver
    /// The framework was torn down, or its failover timeout ran out: the id is dead for ever.
    case frameworkRemoved(String)
    /// The master did not accept the call, the principal, or the framework's description.
    case rejected(String)
    /// We left (`MesosSchedulerClient.leave`), for this reason.
    case left(String)

    init(message: String) {
        switch message {
        case "Framework failed over": self = .failedOver
        case let text where text.contains("has been removed") || text.contains("ompleted framework") || text.contains("torn down"):
            self = .frameworkRemoved(text)
        default: self = .rejected(message)
        }
    }

    public var description: String {
        switch self {
        case .failedOver: "Framework failed over: another scheduler subscribed with our framework id"
        case .frameworkRemoved(let text), .rejected(let text), .left(let text): text
        }
    }
}

/// Why a call did not succeed.
public enum MesosCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no subscription now; a call makes sense after the next `subscribed`.
    case notSubscribed
    /// The master or agent answered with an error.
    case refused(status: Int, message: String)
    /// No answer: it may or may not have taken effect.
    case unreachable(String)

    /// Whether the same call may succeed later, after a new subscription.
    public var isRetriable: Bool {
        switch self {
        case .notSubscribed, .unreachable: true
        case .refused(let status, _): [307, 403, 404, 503].contains(status)
        }
    }
    public var description: String {
        switch self {
        case .notSubscribed: "not subscribed to a Mesos master"
        case .refused(let status, let message): "Mesos answered \(status): \(message)"
        case .unreachable(let cause): "Mesos did not answer: \(cause)"
        }
    }
}

/// How an operation stands that was asked for with an id.
public struct MesosOperationStatus: Sendable, Hashable {
    /// As it was given in ACCEPT; empty for one that had none.
    public var id: String
    /// `OPERATION_FINISHED` and so on.
    public var state: String
    public var message: String
    /// 16 bytes; `nil`: nothing is to be acknowledged.
    public var uuid: [UInt8]?
    public var agentID: AgentID?
    public var resourceProviderID: String?

    init(_ status: Mesos_V1_OperationStatus) {
        (id, message) = (status.operationID.value, status.message)
        state = MesosNames.upper("OPERATION", String(describing: status.state).dropFirst("operation".count))
        uuid = status.hasUuid && !status.uuid.value.isEmpty ? [UInt8](status.uuid.value) : nil
        agentID = status.hasAgentID ? AgentID(status.agentID.value) : nil
        resourceProviderID = status.hasResourceProviderID ? status.resourceProviderID.value : nil
    }
}

/// How an executor's process ended, out of the raw wait status that FAILURE carries.
public enum ExecutorExit: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)
    case unknown

    /// - Parameter status: as `waitpid` gives it; agents that did not see the end say -1 or nothing.
    public init(status: Int32?) {
        guard let status, status >= 0 else {
            self = .unknown
            return
        }
        self = status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
    }

    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        case .unknown: "unknown status"
        }
    }
}
