import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

private func settle(_ world: inout GarbageWorld, _ dice: inout Dice, _ what: String = "", at location: SourceLocation = #_sourceLocation) {
    if !world.settle(&dice) { Issue.record("it does not end \(what)", sourceLocation: location) }
}

/// A deployment, its replica set, and two pods of that.
private func cascade() -> (world: GarbageWorld, deployment: ObjectReference) {
    var world = GarbageWorld()
    let deployment = world.put(.deployments, Sample.object("web", in: "default"))
    world.put(.replicaSets, Sample.object("web-1", in: "default", owners: [Sample.owner(.deployments, "web")]))
    for pod in ["p1", "p2"] { world.put(.pods, Sample.object(pod, in: "default", owners: [Sample.owner(.replicaSets, "web-1")])) }
    return (world, deployment)
}

@Suite struct GarbageCollectorTests {
    @Test func inTheBackgroundTheOwnerGoesFirstAndTheRestFollows() {
        var (world, deployment) = cascade()
        var dice = Dice(1)
        settle(&world, &dice)
        world.delete(deployment, .background)
        #expect(world.find(.deployments, "web") == nil)
        settle(&world, &dice)
        #expect(world.objects.count == 1)
        #expect(world.wrongDeletions == [])
    }

    @Test func inTheForegroundTheOwnerGoesLast() {
        var (world, deployment) = cascade()
        var dice = Dice(2)
        settle(&world, &dice)
        world.delete(deployment, .foreground)
        var sawPodsGoneFirst = false
        for _ in 0..<1000 where !world.isQuiet {
            if dice.chance(50) { world.look(dice.roll(99)) } else { world.hear() }
            if world.find(.pods, "p1") == nil, world.find(.pods, "p2") == nil, world.find(.deployments, "web") != nil { sawPodsGoneFirst = true }
            if world.find(.deployments, "web") == nil { #expect(world.find(.replicaSets, "web-1") == nil) }
        }
        #expect(sawPodsGoneFirst)
        #expect(world.objects.count == 1)
    }

    @Test func orphansStayWithoutTheirOwner() {
        var (world, deployment) = cascade()
        var dice = Dice(3)
        settle(&world, &dice)
        world.delete(deployment, .orphan)
        settle(&world, &dice)
        #expect(world.find(.deployments, "web") == nil)
        #expect(world.find(.replicaSets, "web-1")?.owners == [])
        #expect(world.find(.pods, "p1")?.owners.count == 1)
        #expect(world.objects.count == 4)
    }

    @Test func anOwnerThatTheCacheDoesNotKnowYetIsAskedForBeforeAnythingGoes() {
        let pod = Sample.object("p", in: "default", owners: [Sample.owner(.replicaSets, "rs")])
        let key = ObjectReference(kind: .pods, name: ObjectName(of: pod), uid: pod.uid)
        let plan = GarbageCollector(kinds: GarbageWorld.kinds).reconcile(key, in: Sample.view([(.pods, pod)]), at: Sample.now, after: nil)
        let owner = ObjectReference(kind: .replicaSets, name: ObjectName(namespace: "default", name: "rs"), uid: "uid-rs")
        #expect(plan.steps == [.confirmGone(owner), .delete(.pods, key.name, uid: pod.uid, propagation: .background)])
    }

    @Test func anOwnerMadeAnewUnderTheOldNameIsAnother() {
        let pod = Sample.object("p", in: "default", owners: [Sample.owner(.replicaSets, "rs", uid: "old")])
        let key = ObjectReference(kind: .pods, name: ObjectName(of: pod), uid: pod.uid)
        let view = Sample.view([(.pods, pod), (.replicaSets, Sample.object("rs", in: "default", uid: "new"))])
        #expect(GarbageCollector(kinds: GarbageWorld.kinds).reconcile(key, in: view, at: Sample.now, after: nil).steps.count == 2)
    }

    @Test func oneLivingOwnerIsEnoughAndTheGoneOneIsForgotten() {
        var world = GarbageWorld()
        var dice = Dice(4)
        world.put(.replicaSets, Sample.object("alive", in: "default"))
        let other = world.put(.replicaSets, Sample.object("gone", in: "default"))
        world.put(
            .pods, Sample.object("p", in: "default", owners: [Sample.owner(.replicaSets, "alive"), Sample.owner(.replicaSets, "gone", controller: false)]))
        settle(&world, &dice)
        world.delete(other, .background)
        settle(&world, &dice)
        #expect(world.find(.pods, "p")?.owners == [Sample.owner(.replicaSets, "alive")])
    }

    @Test func anOwnerOfAKindThatNobodyKnowsLivesAndCausesNoWork() {
        var world = GarbageWorld()
        var dice = Dice(5)
        var owner = Sample.owner(.replicaSets, "x")
        owner["apiVersion"] = "example.com/v1"
        world.put(.pods, Sample.object("p", in: "default", owners: [owner]))
        settle(&world, &dice)
        #expect(world.find(.pods, "p") != nil)
        #expect(world.reconciliations < 5)
    }

    @Test func anOwnerInAnotherNamespaceIsNoneAndUsersAreTold() {
        var world = GarbageWorld()
        var dice = Dice(6)
        world.put(.namespaces, Sample.object("far"))
        world.put(.replicaSets, Sample.object("rs", in: "far"))
        settle(&world, &dice)
        world.put(.pods, Sample.object("p", in: "default", owners: [Sample.owner(.replicaSets, "rs")]))
        settle(&world, &dice)
        #expect(world.find(.pods, "p") == nil)
        #expect(world.events.first?.reason == "OwnerRefInvalidNamespace")
        #expect(
            world.events.first?.message
                == "ownerRef [apps/v1/ReplicaSet, namespace: default, name: rs, uid: uid-rs] does not exist in namespace \"default\"")
    }

    @Test func aClusterScopedObjectWithANamespacedOwnerIsNeverCollected() {
        var world = GarbageWorld()
        var dice = Dice(7)
        world.put(.nodes, Sample.object("n", owners: [Sample.owner(.replicaSets, "rs")]))
        settle(&world, &dice)
        #expect(world.find(.nodes, "n") != nil)
        #expect(world.events.map(\.reason) == ["OwnerRefInvalidNamespace"])
    }

    @Test(arguments: [Propagation.background, .foreground], [1, 2, 3, 4])
    func circlesEnd(propagation: Propagation, size: Int) {
        var world = GarbageWorld()
        var dice = Dice(UInt64(size))
        let references = (0..<size).map { number in
            world.put(
                .replicaSets, Sample.object("r\(number)", in: "default", owners: [Sample.owner(.replicaSets, "r\((number + 1) % size)")]))
        }
        settle(&world, &dice)
        world.delete(references[0], propagation)
        settle(&world, &dice)
        #expect(world.objects.count == 1)
    }

    @Test func aCircleThatIsDeletedInTheForegroundAllAtOnceEnds() {
        var world = GarbageWorld()
        var dice = Dice(9)
        let references = (0..<3).map { number in
            world.put(.replicaSets, Sample.object("r\(number)", in: "default", owners: [Sample.owner(.replicaSets, "r\((number + 1) % 3)")]))
        }
        settle(&world, &dice)
        for reference in references { world.delete(reference, .foreground) }
        settle(&world, &dice)
        #expect(world.objects.count == 1)
    }
}

@Suite struct GarbageCollectorPropertyTests {
    /// Any graph of owners, any deletions, any lag of the cache: nothing with a living owner goes, it always ends, and what is left at
    /// the end has a living owner or none.
    @Test func itEndsAndTakesOnlyWhatNobodyOwns() {
        for seed in 0..<300 as Range<UInt64> {
            var dice = Dice(seed)
            var world = GarbageWorld()
            let count = 2 + dice.roll(9)
            let kinds: [ObjectKind] = [.pods, .replicaSets, .deployments]
            let chosen = (0..<count).map { _ in kinds[dice.roll(3)] }
            var references: [ObjectReference] = []
            for number in 0..<count {
                var owners: [JSONValue] = []
                for other in 0..<count where dice.chance(100 / count) {
                    owners.append(Sample.owner(chosen[other], "o\(other)", blocks: dice.chance(70), controller: owners.isEmpty))
                }
                references.append(world.put(chosen[number], Sample.object("o\(number)", in: "default", owners: owners)))
                if dice.chance(30) { world.hear() }
            }
            for _ in 0..<(1 + dice.roll(4)) {
                for _ in 0..<dice.roll(12) { if dice.chance(60) { world.hear() } else { world.look(dice.roll(64)) } }
                world.delete(references[dice.roll(count)], [.background, .foreground, .orphan][dice.roll(3)])
            }
            settle(&world, &dice, "seed \(seed)")
            #expect(world.wrongDeletions == [], "seed \(seed)")
            for (reference, object) in world.objects {
                #expect(!object.isBeingDeleted, "seed \(seed): \(reference) never goes")
                #expect(object.owners.allSatisfy { owner in world.objects.keys.contains { $0.uid == owner["uid"]?.string } }, "seed \(seed): \(reference)")
            }
        }
    }
}
