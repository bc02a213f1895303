import Core
import PodQueue
import Scheduling

/// Answers, by the planner's own rules, what the offers of this moment would do for a pod; apart from the plans themselves.
struct FitJudge: Sendable {
    let parts: SchedulerParts

    /// Which kinds have room.
    func suited(_ kinds: [PodKind]) async -> [KindNumber] {
        guard let cluster = await cluster() else { return [] }
        return await parts.judge.suited(kinds, on: cluster, at: parts.time.now)
    }

    /// Why `pod` has no agent at the moment; `nil`: it has.
    func refusal(of pod: PodDemand) async -> Explanation? {
        guard let cluster = await cluster() else { return Explanation() }
        return await parts.judge.refusal(of: pod, on: cluster, at: parts.time.now)
    }

    private func cluster() async -> ClusterSnapshot? {
        guard parts.actors != nil else { return nil }
        _ = await parts.seeOffers()
        return parts.agents.snapshot()
    }
}
