import Core
import PodQueue
import Scheduling

/// Answers, by the planner's own rules, what the offers of this moment would do for a pod; apart from the plans themselves.
struct FitJudge: Sendable {
    let parts: SchedulerParts

    /// Which kinds have room.
    func suited(_ kinds: [PodKind]) async -> [KindNumber] {
        let views = await views(all: false)
        let fit = parts.options.fit
        return kinds.filter { kind in views.contains { fit.vetoes(of: kind.demand, on: $0).isEmpty } }.map(\.number)
    }

    /// Why `pod` has no agent at the moment; `nil`: it has.
    func refusal(of pod: PodDemand) async -> Explanation? {
        let views = await views(all: true)
        return parts.options.fit.plan([pod], on: views).refusals.first?.explanation
    }

    private func views(all: Bool) async -> [AgentOffers] {
        guard let broker = parts.actors?.broker else { return [] }
        return parts.agents.views(of: await broker.live(), all: all, executor: SchedulerOptions.executorID)
    }
}
