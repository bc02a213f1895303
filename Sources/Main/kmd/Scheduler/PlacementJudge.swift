import Core
import PodQueue
import Scheduling

/// Says which of the pods that no agent fitted would fit now, by the rules that plans are made by. It has a planner of its own, which keeps
/// what it found out from question to question, and takes part in no plan.
actor PlacementJudge {
    private var planner: Planner

    init(fit: Fit) { planner = Planner(fit: fit) }

    func suited(_ kinds: [PodKind], on cluster: ClusterSnapshot, at now: Instant) -> [KindNumber] {
        kinds.filter { planner.fits($0.demand, on: cluster, at: now) }.map(\.number)
    }

    /// Why `pod` has no agent at the moment; `nil`: it has.
    func refusal(of pod: PodDemand, on cluster: ClusterSnapshot, at now: Instant) -> Explanation? {
        planner.explain(pod, on: cluster, at: now)
    }
}
