import Core

/// What a plan wants done, and whom it has to disappoint.
public struct Plan: Sendable, Hashable {
    public struct Placement: Sendable, Hashable {
        public let pod: PodDemand
        /// What is taken for it, ports included.
        public let resources: Resources
        /// The node's port of each of the pod's host ports, in their order.
        public let ports: [Int]
        public init(pod: PodDemand, resources: Resources, ports: [Int] = []) { (self.pod, self.resources, self.ports) = (pod, resources, ports) }
    }

    /// All that goes to one agent on its offers to one role: Mesos takes no ACCEPT that mixes offers to several roles.
    public struct Launch: Sendable, Hashable {
        public let agent: AgentID
        public let hostname: String
        public let role: String
        public let offers: [OfferID]
        /// What the executor takes if it has to be started; `nil` where it runs.
        public let executor: Resources?
        public var placements: [Placement]
        public init(
            agent: AgentID, hostname: String, role: String = "*", offers: [OfferID], executor: Resources?, placements: [Placement]
        ) {
            (self.agent, self.hostname, self.role, self.offers) = (agent, hostname, role, offers)
            (self.executor, self.placements) = (executor, placements)
        }
    }

    public struct Refusal: Sendable, Hashable {
        public let pod: PodDemand
        public let explanation: Explanation
        public init(pod: PodDemand, explanation: Explanation) { (self.pod, self.explanation) = (pod, explanation) }
    }

    /// Pods that must leave so that another of higher priority gets their room, which is held for it.
    public struct Preemption: Sendable, Hashable {
        public let pod: PodDemand
        public let agent: AgentID
        public let hostname: String
        /// In the order in which they were chosen; none when pods that leave anyway make room enough.
        public let victims: [PodDemand]
        public init(pod: PodDemand, agent: AgentID, hostname: String, victims: [PodDemand]) {
            (self.pod, self.agent, self.hostname, self.victims) = (pod, agent, hostname, victims)
        }
    }

    public let launches: [Launch]
    public let refusals: [Refusal]
    public let preemptions: [Preemption]
    public init(launches: [Launch], refusals: [Refusal], preemptions: [Preemption] = []) {
        (self.launches, self.refusals, self.preemptions) = (launches, refusals, preemptions)
    }
}
