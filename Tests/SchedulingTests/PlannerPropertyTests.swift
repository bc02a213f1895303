import Core
import Scheduling
import Testing

@Suite struct PlannerPropertyTests {
    static let seeds = UInt64(0)..<300

    /// First come, first served, judged pod by pod: who was placed might be, and who was refused could not.
    @Test func eachPodIsPlacedWhereItMayBeAndRefusedOnlyWhereNobodyMayHaveIt() {
        var (placed, refused) = (0, 0)
        for seed in PlannerPropertyTests.seeds {
            let scene = Scene(seed: seed)
            let plan = scene.fit.plan(scene.pods, on: scene.snapshot)
            var referee = Referee(scene)
            for pod in scene.pods {
                let wishes = pod.shape.wishes
                if let launch = plan.launches.first(where: { $0.placements.contains { $0.pod == pod } }),
                    let placement = launch.placements.first(where: { $0.pod == pod }),
                    let agent = scene.agents.first(where: { $0.agent == launch.agent })
                {
                    #expect(referee.role(for: wishes, on: agent) == launch.role, "seed \(seed) pod \(pod.key.name)")
                    #expect(placement.resources.amounts == pod.amounts, "seed \(seed)")
                    referee.place(placement, on: agent, role: launch.role)
                    placed += 1
                } else {
                    let could = scene.agents.filter { referee.role(for: wishes, on: $0) != nil }.map(\.hostname)
                    #expect(could == [], "seed \(seed) pod \(pod.key.name)")
                    refused += 1
                }
            }
        }
        // The scenes are worth looking at: pods of both kinds, by the thousand.
        #expect(placed > 1000)
        #expect(refused > 1000)
    }

    @Test func noPlanUsesMoreThanWasOfferedNorAPortTwice() {
        for seed in PlannerPropertyTests.seeds {
            let scene = Scene(seed: seed)
            for launch in scene.fit.plan(scene.pods, on: scene.snapshot).launches {
                let offers = scene.agents.first { $0.agent == launch.agent }?.offers.filter { launch.offers.contains($0.id) } ?? []
                let offered = offers.reduce(into: Resources()) { $0.add($1.resources) }
                var used = launch.executor ?? Resources()
                for placement in launch.placements { used.add(placement.resources) }
                for part in used.parts {
                    #expect(part.origin.role == launch.role, "seed \(seed)")
                    let source = offered.parts.first { $0.origin == part.origin }
                    #expect(part.amounts.fits(in: source?.amounts ?? .zero), "seed \(seed)")
                    #expect(part.ports.ranges.allSatisfy { $0.allSatisfy { source?.ports.contains($0) ?? false } }, "seed \(seed)")
                }
                let sets = launch.placements.map(\.resources.ports)
                let union = sets.reduce(into: PortSet()) { $0.formUnion($1) }
                #expect(union.count == sets.reduce(0) { $0 + $1.count }, "seed \(seed)")
                for placement in launch.placements { #expect(placement.ports.count == placement.pod.hostPorts.count, "seed \(seed)") }
            }
        }
    }

    @Test func whoIsRefusedIsToldSoByEveryAgent() {
        for seed in PlannerPropertyTests.seeds.prefix(150) {
            let scene = Scene(seed: seed)
            for refusal in scene.fit.plan(scene.pods, on: scene.snapshot).refusals {
                #expect(refusal.explanation.agents == scene.agents.count, "seed \(seed) \(refusal.pod.key.name)")
                #expect(refusal.explanation.reasons.isEmpty == scene.agents.isEmpty, "seed \(seed)")
            }
        }
    }

    /// What a planner keeps from plan to plan saves work and decides nothing.
    @Test func aPlannerWithAPastPlansAsOneWithout() {
        for seed in UInt64(0)..<60 {
            var dice = Dice(seed &+ 77)
            var scene = Scene(seed: seed)
            var planner = Planner(fit: scene.fit)
            var records = scene.snapshot.agents
            for round in 0..<8 {
                let pods = (0..<Int.random(in: 0...12, using: &dice)).map { Scene.pod("q\(round).\($0)", &dice) } + scene.pods.prefix(10)
                let plan = planner.plan(pods, on: ClusterSnapshot(agents: records), at: start)
                #expect(plan == scene.fit.plan(pods, on: ClusterSnapshot(agents: records)), "seed \(seed) round \(round)")
                // Some of it happens, some pods leave, other offers come; what does not change stays the same record.
                for row in records.indices where dice.chance(50) {
                    let record = records[row]
                    var kept = record.pods.filter { _ in dice.chance(80) }
                    for placement in plan.launches.filter({ $0.agent == record.agent }).flatMap(\.placements) where dice.chance(70) {
                        kept.append(PlacedPod(placement.pod, ports: placement.ports))
                    }
                    let other = Scene(seed: seed &* 31 &+ UInt64(round)).agents.first { $0.agent == record.agent }
                    records[row] = AgentRecord(
                        agent: record.agent, hostname: record.hostname, offers: other?.offers ?? record.offers,
                        node: dice.chance(10) ? other?.node ?? record.node : record.node, pods: kept, runsOurExecutor: record.runsOurExecutor)
                }
                scene.pods.shuffle(using: &dice)
            }
        }
    }

    @Test func groupsAreWholeOrAbsent() {
        for seed in UInt64(0)..<150 {
            var dice = Dice(seed)
            let scene = Scene(seed: seed)
            let minimum = Dictionary(uniqueKeysWithValues: ["g", "h"].map { ($0, Int.random(in: 1...6, using: &dice)) })
            let pods = scene.pods.map { pod in
                var pod = pod
                if dice.chance(40) {
                    let name = dice.chance(50) ? "g" : "h"
                    pod.group = PodGroup(namespace: "default", name: name, minimum: minimum[name] ?? 1)
                }
                return pod
            }
            let plan = scene.fit.plan(pods, on: scene.snapshot)
            let placed = plan.launches.flatMap { $0.placements.map(\.pod) }
            #expect((placed.map(\.uid) + plan.refusals.map(\.pod.uid)).sorted() == pods.map(\.uid).sorted(), "seed \(seed)")
            for (name, least) in minimum {
                let count = placed.filter { $0.group?.name == name }.count
                #expect(count == 0 || count >= least, "seed \(seed)")
            }
        }
    }
}
