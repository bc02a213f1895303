import Core
import JSON

/// A typed, read-only view of a Deployment.
public struct Deployment: Sendable {
    /// How old pods give way to new ones.
    public enum Strategy: Sendable, Hashable {
        /// All old pods go before the first new one comes.
        case recreate
        case rollingUpdate(maxSurge: IntOrPercent, maxUnavailable: IntOrPercent)
    }

    public let json: JSONValue
    public let metadata: ObjectMeta
    /// How many pods there shall be.
    public let replicas: Int64
    public let minReadySeconds: Int64
    /// The `PodTemplateSpec`.
    public let template: JSONValue
    public let strategy: Strategy
    /// How many old replica sets are kept for roll-backs; nil: all of them.
    public let revisionHistoryLimit: Int64?
    /// Seconds without progress after which a rollout counts as stuck; nil: never.
    public let progressDeadlineSeconds: Int64?
    public let isPaused: Bool
    public let status: DeploymentStatus

    public init(json: JSONValue) {
        self.json = json
        metadata = ObjectMeta(json: json["metadata"] ?? .null)
        let spec = json["spec"] ?? .null
        replicas = spec.number("replicas") ?? 1
        minReadySeconds = spec.number("minReadySeconds") ?? 0
        template = spec["template"] ?? .null
        if spec["strategy"]?.text("type") == "Recreate" {
            strategy = .recreate
        } else {
            let rolling = spec.at("strategy", "rollingUpdate")
            strategy = .rollingUpdate(
                maxSurge: IntOrPercent(json: rolling?["maxSurge"]) ?? .percent(25),
                maxUnavailable: IntOrPercent(json: rolling?["maxUnavailable"]) ?? .percent(25))
        }
        // The largest 32-bit number says "no limit" in both fields.
        revisionHistoryLimit = spec.number("revisionHistoryLimit").flatMap { $0 == Int64(Int32.max) ? nil : $0 }
        progressDeadlineSeconds = spec.number("progressDeadlineSeconds").flatMap { $0 == Int64(Int32.max) ? nil : $0 }
        isPaused = spec.flag("paused")
        status = DeploymentStatus(json: json["status"] ?? .null)
    }

    public var isRollingUpdate: Bool { strategy != .recreate }
}

/// The `status` of a Deployment.
public struct DeploymentStatus: Sendable, Hashable {
    public var observedGeneration: Int64
    public var replicas: Int64
    /// Pods of the newest template.
    public var updatedReplicas: Int64
    public var readyReplicas: Int64
    public var availableReplicas: Int64
    public var unavailableReplicas: Int64
    public var conditions: [WorkloadCondition]
    /// How often a replica set's name was taken already; part of the template's hash.
    public var collisionCount: Int64?

    public init(json: JSONValue = .null) {
        observedGeneration = json.number("observedGeneration") ?? 0
        replicas = json.number("replicas") ?? 0
        updatedReplicas = json.number("updatedReplicas") ?? 0
        readyReplicas = json.number("readyReplicas") ?? 0
        availableReplicas = json.number("availableReplicas") ?? 0
        unavailableReplicas = json.number("unavailableReplicas") ?? 0
        conditions = json.items("conditions").map(WorkloadCondition.init(json:))
        collisionCount = json.number("collisionCount")
    }

    /// Counts of zero are left out.
    public var json: JSONValue {
        var value: JSONValue = .object(JSONObject())
        let counts = [
            ("observedGeneration", observedGeneration), ("replicas", replicas), ("updatedReplicas", updatedReplicas),
            ("readyReplicas", readyReplicas), ("availableReplicas", availableReplicas),
            ("unavailableReplicas", unavailableReplicas),
        ]
        for (name, count) in counts where count != 0 { value[name] = .integer(count) }
        if !conditions.isEmpty { value["conditions"] = .array(conditions.map(\.json)) }
        if let collisionCount { value["collisionCount"] = .integer(collisionCount) }
        return value
    }

    public func condition(_ type: String) -> WorkloadCondition? { conditions.first { $0.type == type } }
}
