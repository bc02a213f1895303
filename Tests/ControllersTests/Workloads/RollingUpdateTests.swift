import ControllerKit
import JSON
import KubeObjects
import Testing

@testable import Controllers

@Suite struct RollingUpdateTests {
    private static func deployment(_ replicas: Int64, surge: JSONValue, unavailable: JSONValue) -> Deployment {
        Deployment(
            json: Make.deployment(
                replicas: replicas,
                spec: [
                    "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": surge, "maxUnavailable": unavailable]]
                ]))
    }

    private static func set(_ name: String, _ replicas: Int64, available: Int64, max: Int64? = nil, created: Int = 0)
        -> ReplicaSetDraft
    {
        var object = Make.replicaSet(name, replicas: replicas)
        object["status"] = ["replicas": .integer(replicas), "availableReplicas": .integer(available)]
        object.set(.string("2026-11-21T00:00:0\(created)Z"), at: "metadata", "creationTimestamp")
        if let max { object.set(.string("\(max)"), at: "metadata", "annotations", Revisions.maxReplicas) }
        return ReplicaSetDraft(object)
    }

    @Test(
        "Surge is rounded up, unavailability down, and both are never 0",
        arguments: [
            (10, "25%", "25%", 3, 2), (3, "25%", "25%", 1, 0), (1, "25%", "25%", 1, 0), (4, "25%", "25%", 1, 1),
            (10, "0%", "0%", 0, 1), (10, 0, "5%", 0, 1), (10, 3, 2, 3, 2), (2, "100%", "100%", 2, 2), (5, 1, 20, 1, 5),
            (0, "25%", "25%", 0, 0), (7, "50%", "50%", 4, 3), (1, 0, 0, 0, 1), (3, "1%", "99%", 1, 2),
        ] as [(Int64, JSONValue, JSONValue, Int64, Int64)])
    func bounds(_ replicas: Int64, _ surge: JSONValue, _ unavailable: JSONValue, _ up: Int64, _ down: Int64) {
        let bounds = RollingUpdate.bounds(of: Self.deployment(replicas, surge: surge, unavailable: unavailable))
        #expect(bounds.surge == up)
        #expect(bounds.unavailable == down)
    }

    @Test("What is no share or out of reason counts as Kubernetes' default or as the most there can be")
    func oddShares() {
        #expect(IntOrPercent(json: "25") == nil)
        #expect(IntOrPercent(json: "x%") == nil)
        #expect(IntOrPercent(json: .null) == nil)
        #expect(IntOrPercent.percent(.max).scaled(to: .max, roundingUp: true) == Int64(Int32.max))
        #expect(IntOrPercent.number(-3).scaled(to: 10, roundingUp: true) == 0)
    }

    @Test(
        "The newest set grows into the room that the surge leaves",
        arguments: [
            (0, 10, 10, 3, 3), (3, 11, 10, 3, 5), (5, 13, 10, 3, 5), (0, 18, 15, 3, 0), (8, 8, 10, 3, 10), (12, 12, 10, 3, 10),
            (0, 0, 3, 1, 3), (2, 3, 3, 1, 3), (2, nil, 3, 1, 2), (4, nil, 3, 1, 3),
        ] as [(Int64, Int64?, Int64, Int64, Int64)])
    func newSize(_ current: Int64, _ total: Int64?, _ replicas: Int64, _ surge: Int64, _ expected: Int64) {
        let deployment = Self.deployment(replicas, surge: .integer(surge), unavailable: 2)
        #expect(RollingUpdate.newSize(of: current, total: total, in: deployment) == expected)
    }

    @Test("A recreated deployment's newest set is as large as the deployment")
    func recreateSize() {
        let deployment = Deployment(json: Make.deployment(replicas: 4, spec: ["strategy": ["type": "Recreate"]]))
        #expect(RollingUpdate.newSize(of: 0, total: 9, in: deployment) == 4)
        #expect(RollingUpdate.minAvailable(of: deployment) == 4)
    }

    /// Replicas 10, surge 3, unavailable 2, so at least 8 are available.
    @Test(
        "Old sets shrink by what availability allows; what is not available goes first",
        arguments: [
            // (old sizes and available, new size and available, the sizes that remain)
            ([(10, 10)], (3, 0), [8]), ([(8, 8)], (5, 0), [8]), ([(8, 8)], (5, 2), [6]), ([(8, 8)], (5, 5), [3]),
            // The broken middle set goes first, whoever is older.
            ([(11, 11), (7, 0)], (0, 0), [8, 0]), ([(8, 8), (3, 0)], (2, 0), [8, 0]),
            // Nothing available at all: only what nobody misses.
            ([(10, 0)], (3, 0), [8]), ([(5, 0)], (5, 0), [5]),
            // The new set alone is enough.
            ([(3, 3)], (10, 10), [0]), ([(1, 1), (2, 2)], (8, 8), [0, 0]), ([(1, 1), (2, 2)], (7, 7), [0, 1]), ([], (10, 10), []),
            // Counts older than the last scaling name pods that go.
            ([(8, 10)], (5, 1), [7]),
        ] as [([(Int64, Int64)], (Int64, Int64), [Int64])])
    func oldSizes(_ old: [(Int64, Int64)], _ new: (Int64, Int64), _ expected: [Int64]) {
        let deployment = Self.deployment(10, surge: 3, unavailable: 2)
        let sets = old.enumerated().map { Self.set("old\($0)", $1.0, available: $1.1, created: $0) }
        #expect(RollingUpdate.oldSizes(sets, new: Self.set("new", new.0, available: new.1), in: deployment) == expected)
    }

    @Test("Whatever the state, old sets never shrink below what must be available, nor grow")
    func oldSizesProperty() {
        for seed in 0..<2000 as Range<Int64> {
            let number = { (salt: Int64, limit: Int64) in (seed &* 7919 &+ salt &* 104_729) % limit }
            let deployment = Self.deployment(
                1 + number(1, 12), surge: .integer(number(2, 4)), unavailable: .integer(number(3, 4)))
            let sizes = (0..<3 as Range<Int64>).map { number(4 + $0, 8) }
            let old = sizes.enumerated().map { Self.set("o\($0)", $1, available: number(9 + Int64($0), $1 + 1)) }
            let size = number(15, 12)
            let new = Self.set("new", size, available: number(16, size + 1))
            let left = RollingUpdate.oldSizes(old, new: new, in: deployment)
            // Of the pods that remain, as many as can be are available ones: those that are not go first.
            let available = new.available + zip(left, old).reduce(0) { $0 + min($1.0, $1.1.available) }
            let least = min(old.available + new.available, RollingUpdate.minAvailable(of: deployment))
            #expect(available >= least, "seed \(seed)")
            #expect(zip(left, sizes).allSatisfy { $0 >= 0 && $0 <= $1 }, "seed \(seed)")
        }
    }

    @Test(
        "Scaled in the midst of a rollout, each set keeps its share, and the largest takes what is left over",
        arguments: [
            // (sizes, oldest first; what the deployment was with its surge; replicas now; surge; expected) As recorded: 8 and 5 of 10 become 11 and 7 of 15.
            ([8, 5], 13, 15, 3, [11, 7]), ([5, 5], 10, 20, 0, [10, 10]), ([8, 5], 13, 10, 3, [8, 5]),
            ([11, 7], 18, 10, 3, [8, 5]),
            ([1, 1], 2, 5, 0, [2, 3]), ([2, 2], 4, 3, 0, [1, 2]), ([10, 1], 11, 0, 0, [0, 0]), ([8, 5], 13, 0, 3, [0, 0]),
            ([3, 3, 3], 9, 10, 0, [3, 3, 4]),
        ] as [([Int64], Int64, Int64, Int64, [Int64])])
    func proportional(_ sizes: [Int64], _ before: Int64, _ replicas: Int64, _ surge: Int64, _ expected: [Int64]) {
        let deployment = Self.deployment(replicas, surge: .integer(surge), unavailable: 1)
        let sets = sizes.enumerated().map { Self.set("s\($0)", $1, available: $1, max: before, created: $0) }
        #expect(RollingUpdate.proportionalSizes(of: sets, in: deployment) == expected)
    }

    @Test("Proportions add up to what is allowed, and no set falls below 0")
    func proportionalProperty() {
        for seed in 0..<2000 as Range<Int64> {
            let number = { (salt: Int64, limit: Int64) in (seed &* 6151 &+ salt &* 15_485_863) % limit }
            let sizes = (0..<(2 + number(1, 3))).map { 1 + number(2 + $0, 20) }
            let (replicas, surge) = (number(8, 60), number(9, 5))
            let deployment = Self.deployment(replicas, surge: .integer(surge), unavailable: 1)
            let sets = sizes.enumerated().map { Self.set("s\($0)", $1, available: 0, max: 1 + number(10, 60), created: $0) }
            let result = RollingUpdate.proportionalSizes(of: sets, in: deployment)
            #expect(result.allSatisfy { $0 >= 0 }, "seed \(seed)")
            let allowed = replicas == 0 ? 0 : replicas + RollingUpdate.bounds(of: deployment).surge
            #expect(result.reduce(0, +) == allowed, "seed \(seed): \(sizes) to \(result)")
        }
    }
}
