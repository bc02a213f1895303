import Binder
import Core
import Scheduling
import Testing

/// Every interleaving of rescinds, deletions, changes, lost answers and restarts that the seeds come upon ends in one task or none.
@Suite struct BinderSimulationTests {
    @Test func aPodHasOneTaskOrNoneWhateverHappensInBetween() {
        var seen: [String: Int] = [:]
        for seed in UInt64(0)..<400 {
            var world = BinderWorld(seed: seed)
            world.tell(.opened)
            for _ in 0..<120 { step(&world) }
            settle(&world)
            #expect(world.faults == [], "seed \(seed)")
            for (uid, pod) in world.pods {
                let alive = world.tasks.values.filter { $0.uid == uid && $0.isAlive }.count
                #expect(alive == 1, "seed \(seed): \(uid) is \(pod.state) and has \(alive) tasks")
            }
            for (id, task) in world.tasks where task.isAlive { #expect(world.intents[id] != nil, "seed \(seed): nobody would know of \(id)") }
            for (name, count) in world.seen { seen[name, default: 0] += count }
        }
        // Each of these has happened, often.
        for name in ["launched", "claim refused", "write answer lost", "accept answer lost", "dropped", "requeued", "changed", "deleted", "restart"] {
            #expect(seen[name, default: 0] > 50, "\(name)")
        }
    }

    private func step(_ world: inout BinderWorld) {
        switch Int.random(in: 0..<100, using: &world.dice) {
        case 0..<45: if let index = world.pending.indices.randomElement(using: &world.dice) { world.answer(index) }
        case 45..<60: world.createPod()
        case 60..<72: world.addOffer()
        case 72..<78: if let uid = world.pods.keys.sorted().randomElement(using: &world.dice) { world.deletePod(uid) }
        case 78..<84: if let uid = world.pods.keys.sorted().randomElement(using: &world.dice) { world.changePod(uid) }
        case 84..<90:
            if let id = world.offers.keys.sorted().randomElement(using: &world.dice) { world.offers[id] = nil }
        case 90..<95: if !world.questions.isEmpty { world.reconcile(world.questions.removeFirst()) }
        case 95..<97:
            world.tell(.closed)
            if world.dice.chance(80) { world.tell(.opened) }
        case 97: world.restart()
        default: world.tell(.stimulus(explain: true))
        }
    }

    /// Nothing new happens, offers abound, and all answers come.
    private func settle(_ world: inout BinderWorld) {
        world.tell(.opened)
        for _ in 0..<400 {
            while !world.pending.isEmpty { world.answer(0) }
            while !world.questions.isEmpty { world.reconcile(world.questions.removeFirst()) }
            if !world.pods.values.contains(where: { $0.state != .launched }) { return }
            world.addOffer()
            world.tell(.stimulus(explain: false))
        }
    }
}
