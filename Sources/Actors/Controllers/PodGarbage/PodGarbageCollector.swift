import ControllerKit
import Core
import JSON
import Synchronization

/// Removes pods that nobody else will remove: those of nodes that do not exist, those that end without ever having had a node, and the
/// oldest of too many that have ended.
public final class PodGarbageCollector: ControllerLogic {
    /// A pod, or all those that have ended.
    public enum Key: Sendable, Hashable, Comparable, CustomStringConvertible {
        case pod(ObjectName)
        case ended

        public var description: String {
            switch self {
            case .pod(let name): name.description
            case .ended: "ended pods"
            }
        }
        public static func < (left: Self, right: Self) -> Bool {
            switch (left, right) {
            case (.pod(let one), .pod(let other)): one < other
            case (.pod, .ended): true
            case (.ended, _): false
            }
        }
    }

    public struct Limits: Sendable {
        /// Ended pods beyond this many go, the oldest first.
        public var ended = 12_500
        /// How long a node must have been missing: one that is deleted by hand while its agent lives comes back within seconds.
        public var quarantine: Duration = .seconds(40)
        public init() {}
    }

    public let name = "pod-garbage-collector"
    private let limits: Limits
    /// Since when each node that pods name has been missing, as far as this process has noticed: the quarantine's beginning.
    private let missing = Mutex<[String: Instant]>([:])
    private let time: any TimeSource

    public init(limits: Limits = Limits(), time: any TimeSource = SystemTime()) { (self.limits, self.time) = (limits, time) }

    public var watches: [Watch<Key>] {
        [
            Watch(.pods) { old, new, _ in
                guard let pod = new ?? old else { return [] }
                let ended = PodGarbageCollector.hasEnded(pod) && !(old.map(PodGarbageCollector.hasEnded) ?? false)
                let changed = old?.at("spec", "nodeName") != new?.at("spec", "nodeName") || old?.isBeingDeleted != new?.isBeingDeleted
                return (new != nil && (old == nil || changed) ? [.pod(ObjectName(of: pod))] : []) + (ended ? [.ended] : [])
            },
            Watch(.nodes) { old, new, view in
                guard let node = new ?? old, old == nil || new == nil else { return [] }
                let name = ObjectName(of: node).name
                return view.objects(.pods).filter { $0.at("spec", "nodeName")?.string == name }.map { .pod(ObjectName(of: $0)) }
            },
        ]
    }

    public func reconcile(_ key: Key, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        switch key {
        case .ended: return trim(view)
        case .pod(let name):
            guard let pod = view.object(.pods, name) else { return .nothing }
            return look(at: pod, name, in: view, now)
        }
    }

    private func look(at pod: JSONValue, _ name: ObjectName, in view: ClusterView, _ now: Timestamp) -> Plan {
        let node = pod.at("spec", "nodeName")?.string ?? ""
        if node.isEmpty {
            // No node will ever say that it has stopped.
            return pod.isBeingDeleted ? Plan([.delete(.pods, name, uid: pod.uid, grace: 0)]) : .nothing
        }
        if view.object(.nodes, ObjectName(name: node)) != nil {
            missing.withLock { $0[node] = nil }
            return .nothing
        }
        let moment = time.now
        let since = missing.withLock { missing in
            let since = missing[node] ?? moment
            missing[node] = since
            return since
        }
        let waited = since.duration(to: moment)
        guard waited >= limits.quarantine else { return Plan(lookAgain: limits.quarantine - waited) }
        var steps: [Step] = [.confirmGone(ObjectReference(kind: .nodes, name: ObjectName(name: node), uid: ""))]
        if !PodGarbageCollector.hasEnded(pod) { steps.append(.patch(.pods, name, failed(pod, now), .strategic, subresource: "status")) }
        return Plan(steps + [.delete(.pods, name, uid: pod.uid, grace: 0)])
    }

    private func failed(_ pod: JSONValue, _ now: Timestamp) -> JSONValue {
        [
            "metadata": ["uid": .string(pod.uid)],
            "status": [
                "phase": "Failed",
                "conditions": [
                    [
                        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
                        "message": "PodGC: node no longer exists", "lastTransitionTime": .string(now.rfc3339),
                    ]
                ],
            ],
        ]
    }

    private func trim(_ view: ClusterView) -> Plan {
        let ended = view.objects(.pods).filter { PodGarbageCollector.hasEnded($0) && !$0.isBeingDeleted }
        guard ended.count > limits.ended else { return .nothing }
        let oldest = ended.sorted { (PodGarbageCollector.age($0), ObjectName(of: $0)) < (PodGarbageCollector.age($1), ObjectName(of: $1)) }
        return Plan(oldest.prefix(ended.count - limits.ended).map { .delete(.pods, ObjectName(of: $0), uid: $0.uid, grace: 0) })
    }

    private static func age(_ pod: JSONValue) -> String { pod.at("metadata", "creationTimestamp")?.string ?? "" }

    private static func hasEnded(_ pod: JSONValue) -> Bool {
        let phase = pod.at("status", "phase")?.string
        return phase == "Succeeded" || phase == "Failed"
    }
}
