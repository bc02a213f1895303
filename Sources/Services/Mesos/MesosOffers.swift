import Core
import MesosProto

/// What an agent says of itself: `rack:r1`.
public struct MesosAttribute: Sendable, Hashable {
    public let name: String
    /// As Mesos prints it: text as it is, a scalar in digits, ranges `[1-4]`, a set `{a,b}`.
    public let text: String
    public init(name: String, text: String) { (self.name, self.text) = (name, text) }

    public init(_ attribute: Mesos_V1_Attribute) {
        name = attribute.name
        text = switch attribute.type {
        case .scalar: MesosScalar(attribute.scalar.value).description
        case .ranges: "[" + attribute.ranges.range.map { "\($0.begin)-\($0.end)" }.joined(separator: ", ") + "]"
        case .set: "{" + attribute.set.item.joined(separator: ", ") + "}"
        case .text: attribute.text.value
        }
    }
}

/// Where a machine stands: a region, and a zone in it whose machines may fail together.
public struct MesosDomain: Sendable, Hashable {
    public let region: String
    public let zone: String
    public init(region: String, zone: String) { (self.region, self.zone) = (region, zone) }

    /// `nil` when the agent was not told where it stands.
    init?(_ domain: Mesos_V1_DomainInfo) {
        guard domain.hasFaultDomain else { return nil }
        self.init(region: domain.faultDomain.region.name, zone: domain.faultDomain.zone.name)
    }
}

/// When a machine is planned to be away.
public struct MesosUnavailability: Sendable, Hashable {
    public let start: Timestamp
    /// `nil`: for an unknown time.
    public let duration: Duration?
    public init(start: Timestamp, duration: Duration? = nil) { (self.start, self.duration) = (start, duration) }

    init(_ unavailability: Mesos_V1_Unavailability) {
        start = Timestamp(nanosecondsSinceEpoch: unavailability.start.nanoseconds)
        duration = unavailability.hasDuration ? .nanoseconds(unavailability.duration.nanoseconds) : nil
    }
}

/// Resources of one agent that the framework may use until the offer is used, declined or rescinded.
public struct MesosOffer: Sendable, Hashable {
    public var id: OfferID
    public var agentID: AgentID
    public var hostname: String
    /// Where the agent listens, as the master knows it.
    public var agentEndpoint: MesosEndpoint?
    public var resources: MesosResources
    public var attributes: [MesosAttribute]
    /// Our executors that are there already; their resources need not be taken again.
    public var executorIDs: [ExecutorID]
    /// The role that the offer was made to.
    public var role: String
    /// A planned maintenance of the machine.
    public var unavailability: MesosUnavailability?
    public var domain: MesosDomain?

    public init(
        id: OfferID, agentID: AgentID, hostname: String, resources: MesosResources, attributes: [MesosAttribute] = [],
        executorIDs: [ExecutorID] = [], role: String = "*", unavailability: MesosUnavailability? = nil, domain: MesosDomain? = nil
    ) {
        (self.id, self.agentID, self.hostname, self.resources) = (id, agentID, hostname, resources)
        (self.attributes, self.executorIDs, self.role) = (attributes, executorIDs, role)
        (self.unavailability, self.domain) = (unavailability, domain)
    }

    public init(_ offer: Mesos_V1_Offer) {
        self.init(
            id: OfferID(offer.id.value), agentID: AgentID(offer.agentID.value), hostname: offer.hostname,
            resources: MesosResources(offer.resources), attributes: offer.attributes.map(MesosAttribute.init),
            executorIDs: offer.executorIds.map { ExecutorID($0.value) }, role: offer.allocationInfo.hasRole ? offer.allocationInfo.role : "*",
            unavailability: offer.hasUnavailability ? MesosUnavailability(offer.unavailability) : nil, domain: MesosDomain(offer.domain))
        if offer.hasURL, offer.url.hasAddress {
            let address = offer.url.address
            agentEndpoint = MesosEndpoint(
                host: address.hasIp ? address.ip : address.hostname, port: Int(address.port), isSecure: offer.url.scheme == "https")
        }
    }
}

/// A request of the master to leave an agent before its maintenance.
public struct MesosInverseOffer: Sendable, Hashable {
    public var id: OfferID
    public var agentID: AgentID?
    public var unavailability: MesosUnavailability

    public init(id: OfferID, agentID: AgentID?, unavailability: MesosUnavailability) {
        (self.id, self.agentID, self.unavailability) = (id, agentID, unavailability)
    }

    public init(_ offer: Mesos_V1_InverseOffer) {
        self.init(
            id: OfferID(offer.id.value), agentID: offer.hasAgentID ? AgentID(offer.agentID.value) : nil,
            unavailability: MesosUnavailability(offer.unavailability))
    }
}
