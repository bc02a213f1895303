import Core
import Scheduling
import Testing

/// A repeatable stream of numbers: a failing case is named by its seed.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 1 ^ state << 21
    }
}

private struct Scene {
    let pods: [PodDemand]
    let agents: [AgentOffers]
    let fit: Fit

    init(seed: UInt64) {
        var dice = Dice(state: seed)
        let origins = [Origin(), Origin(role: "dev"), Origin(role: "dev", reservation: [7])]
        agents = (0..<Int.random(in: 0...4, using: &dice)).map { number in
            let offers = (0..<Int.random(in: 0...3, using: &dice)).map { part in
                let first = 31_000 + 100 * part
                let resources = Resources(
                    origins.map { origin in
                        .init(
                            origin: origin,
                            amounts: Amounts(milliCPU: .random(in: 0...2000, using: &dice), memory: .random(in: 0...4000, using: &dice)),
                            ports: origin == origins[0] ? PortSet([first...(first + .random(in: 0...5, using: &dice))]) : PortSet())
                    })
                return Offer(id: OfferID("o\(number).\(part)"), agent: AgentID("a\(number)"), hostname: "h\(number)", resources: resources)
            }
            return AgentOffers(
                agent: AgentID("a\(number)"), hostname: "h\(number)", offers: offers, labels: ["zone": "z\(number % 2)"],
                runsOurExecutor: .random(using: &dice))
        }
        pods = (0..<Int.random(in: 0...40, using: &dice)).map { number in
            let ports: [PodDemand.HostPort] = (0..<Int.random(in: 0...2, using: &dice)).map { _ in
                .init(containerPort: 80, fixed: Bool.random(using: &dice) ? .random(in: 31_000...31_003, using: &dice) : nil)
            }
            return PodDemand(
                key: PodKey(namespace: "default", name: "p\(number)"), uid: PodUID("u\(number)"),
                amounts: Amounts(milliCPU: .random(in: 0...900, using: &dice), memory: .random(in: 0...900, using: &dice)), hostPorts: ports,
                nodeSelector: Bool.random(using: &dice) ? [:] : ["zone": "z0"])
        }
        fit = Fit(executorShare: Amounts(milliCPU: 250, memory: 128), roles: ["dev", "*"])
    }
}

@Suite struct FitPropertyTests {
    @Test func noPlanUsesMoreThanWasOffered() {
        for seed in UInt64(0)..<400 {
            let scene = Scene(seed: seed)
            for launch in scene.fit.plan(scene.pods, on: scene.agents).launches {
                let offered = scene.agents.first { $0.agent == launch.agent }?.offers.reduce(into: Resources()) { $0.add($1.resources) }
                var used = launch.executor ?? Resources()
                for placement in launch.placements { used.add(placement.resources) }
                for part in used.parts {
                    let source = offered?.parts.first { $0.origin == part.origin }
                    #expect(part.amounts.fits(in: source?.amounts ?? .zero), "seed \(seed)")
                    #expect(part.ports.ranges.allSatisfy { $0.allSatisfy { source?.ports.contains($0) ?? false } }, "seed \(seed)")
                }
            }
        }
    }

    @Test func noPortOfAnAgentIsGivenTwice() {
        for seed in UInt64(0)..<400 {
            let scene = Scene(seed: seed)
            for launch in scene.fit.plan(scene.pods, on: scene.agents).launches {
                let sets = launch.placements.map(\.resources.ports)
                let union = sets.reduce(into: PortSet()) { $0.formUnion($1) }
                #expect(union.count == sets.reduce(0) { $0 + $1.count }, "seed \(seed)")
                for placement in launch.placements { #expect(placement.ports.count == placement.pod.hostPorts.count, "seed \(seed)") }
            }
        }
    }

    @Test func eachPodIsPlacedOnceOrRefusedWithAReasonPerAgent() {
        for seed in UInt64(0)..<400 {
            let scene = Scene(seed: seed)
            let plan = scene.fit.plan(scene.pods, on: scene.agents)
            let placed = plan.launches.flatMap { $0.placements.map(\.pod.uid) }
            #expect((placed + plan.refusals.map(\.pod.uid)).sorted() == scene.pods.map(\.uid).sorted(), "seed \(seed)")
            for refusal in plan.refusals {
                #expect(refusal.explanation.agents == scene.agents.count, "seed \(seed)")
                #expect(refusal.explanation.reasons.isEmpty == scene.agents.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test func whatAPodAsksForIsExactlyWhatItGets() {
        for seed in UInt64(0)..<400 {
            let scene = Scene(seed: seed)
            for placement in scene.fit.plan(scene.pods, on: scene.agents).launches.flatMap(\.placements) {
                #expect(placement.resources.amounts == placement.pod.amounts, "seed \(seed)")
            }
        }
    }

    @Test func theSameSceneGivesTheSamePlan() {
        for seed in UInt64(0)..<100 {
            let (one, other) = (Scene(seed: seed), Scene(seed: seed))
            #expect(one.fit.plan(one.pods, on: one.agents) == other.fit.plan(other.pods, on: other.agents), "seed \(seed)")
        }
    }
}
