import Core

/// Room that is kept for a pod until the pods that make it have left and Mesos has offered it.
struct Hold: Sendable {
    let pod: PodDemand
    let agent: AgentID
    let hostname: String
    /// Those whose eviction was asked for.
    let victims: Set<PodUID>
    /// When it ends, unless victims are still leaving.
    var until: Instant

    func held() -> Held {
        Held(amounts: pod.amounts, ports: pod.shape.fixedPorts, pods: 1, for: pod.key)
    }
}
