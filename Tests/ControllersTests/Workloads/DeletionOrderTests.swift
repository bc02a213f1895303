import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

@Suite struct DeletionOrderTests {
    /// Pods in the order in which Kubernetes gives them up, each differing from its neighbours in the rule named.
    private static let now = Make.time("2026-11-21T12:00:00Z")

    private static func pod(
        _ name: String, node: String = "n1", phase: String = "Running", ready: String? = "2026-11-21T06:00:00Z",
        cost: String? = nil,
        restarts: Int64 = 0, created: String = "2026-11-21T05:00:00Z"
    ) -> ReplicaPod {
        var pod = Make.pod(name, phase: phase, ready: ready)
        pod.set(.string(node), at: "spec", "nodeName")
        pod.set(.string(created), at: "metadata", "creationTimestamp")
        if let cost { pod.set(.string(cost), at: "metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost") }
        pod.set(
            [["name": "a", "restartCount": 0], ["name": "b", "restartCount": .integer(restarts)]], at: "status",
            "containerStatuses")
        return ReplicaPod(json: pod)
    }

    private static let pairs: [(rule: String, first: ReplicaPod, second: ReplicaPod)] = [
        ("without a node before on a node", pod("z", node: ""), pod("a")),
        ("without a node, though it is said to run", pod("z", node: ""), pod("a", phase: "Pending", ready: nil)),
        ("pending before unknown", pod("z", phase: "Pending", ready: nil), pod("a", phase: "Unknown", ready: nil)),
        ("unknown before running", pod("z", phase: "Unknown"), pod("a")),
        ("not ready before ready", pod("z", ready: nil), pod("a")),
        ("not ready before a lower deletion cost", pod("z", ready: nil, cost: "10"), pod("a", cost: "-10")),
        ("lower deletion cost before higher", pod("z", cost: "-1"), pod("a")),
        ("no cost is 0", pod("z"), pod("a", cost: "1")),
        ("a cost that is no number is 0", pod("z", cost: "+x"), pod("a", cost: "1")),
        ("cost before being doubled up", pod("z", node: "n1", cost: "-1"), pod("a", node: "crowded")),
        ("doubled up before alone", pod("z", node: "crowded"), pod("a", node: "n1")),
        ("doubled up before ready for long", pod("z", node: "crowded", ready: "2026-11-20T00:00:00Z"), pod("a")),
        ("ready for a shorter time before longer", pod("z", ready: "2026-11-21T11:59:00Z"), pod("a")),
        ("ready time before restarts", pod("z", ready: "2026-11-21T11:59:00Z"), pod("a", restarts: 9)),
        ("more restarts before fewer", pod("z", restarts: 2), pod("a", restarts: 1)),
        ("restarts before age", pod("z", restarts: 2), pod("a", created: "2026-11-21T11:59:00Z")),
        ("younger before older", pod("z", created: "2026-11-21T11:00:00Z"), pod("a")),
        // Ages of one magnitude are the same age; then the uid decides, which is random.
        ("of about the same age: by uid", pod("a", created: "2026-11-21T05:00:00Z"), pod("z", created: "2026-11-21T05:10:00Z")),
        (
            "ready for about the same time: by uid", pod("a", ready: "2026-11-21T06:00:00Z"),
            pod("z", ready: "2026-11-21T06:10:00Z")
        ),
    ]

    @Test("Of two pods the one goes first whose loss costs less", arguments: 0..<pairs.count)
    func order(_ index: Int) {
        let (rule, first, second) = Self.pairs[index]
        let nodes = ["n1": 1, "crowded": 3]
        #expect(DeletionOrder.goesBefore(first, second, podsOnNode: nodes, at: Self.now), "\(rule)")
        #expect(!DeletionOrder.goesBefore(second, first, podsOnNode: nodes, at: Self.now), "\(rule), the other way round")
    }

    @Test("The order is strict: of any two different pods exactly one goes before the other, and chains hold")
    func strictOrder() {
        let pods = Self.pairs.enumerated().flatMap { index, pair in
            [pair.first, pair.second].map { pod in
                var json = pod.json
                json.set(.string("\(pod.uid)-\(index)"), at: "metadata", "uid")
                return ReplicaPod(json: json)
            }
        }
        let before = { DeletionOrder.goesBefore($0, $1, podsOnNode: ["n1": 1, "crowded": 3], at: Self.now) }
        for one in pods {
            for other in pods where one.uid != other.uid {
                #expect(before(one, other) != before(other, one), "\(one.uid) \(other.uid)")
            }
        }
    }

    @Test("As many victims as asked for, and all when there are not more")
    func victims() {
        let pods = [Self.pod("a"), Self.pod("b", ready: nil), Self.pod("c", node: "")]
        let names = { (count: Int) in DeletionOrder.victims(count, of: pods, podsOnNode: [:], at: Self.now).map(\.name) }
        #expect(names(0) == [])
        #expect(names(1) == ["c"])
        #expect(names(2) == ["c", "b"])
        #expect(names(3).count == 3)
        #expect(names(-1) == [])
    }
}
