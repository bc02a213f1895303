import Core
import JSON

/// A count that is a number or a share, as `maxSurge` and `maxUnavailable` are.
public enum IntOrPercent: Sendable, Hashable {
    case number(Int64)
    /// Per cent; 25 for `"25%"`.
    case percent(Int64)

    /// Nil for what is neither a number nor `"<number>%"`.
    public init?(json: JSONValue?) {
        switch json {
        case .integer(let number)?: self = .number(number)
        case .string(let text)? where text.hasSuffix("%"):
            guard let percent = Int64(text.dropLast()) else { return nil }
            self = .percent(percent)
        default: return nil
        }
    }

    /// The count that this is of `total`: a share is rounded up or down, a number stays itself. Never below 0 or beyond 2^31.
    public func scaled(to total: Int64, roundingUp: Bool) -> Int64 {
        switch self {
        case .number(let number): return min(max(number, 0), Int64(Int32.max))
        case .percent(let percent):
            let (share, isTooMuch) = max(percent, 0).multipliedReportingOverflow(by: max(total, 0))
            guard !isTooMuch else { return Int64(Int32.max) }
            return min(share / 100 + (roundingUp && share % 100 > 0 ? 1 : 0), Int64(Int32.max))
        }
    }
}

/// An entry of `status.conditions` of a workload.
public struct WorkloadCondition: Sendable, Hashable {
    public var type: String
    /// `True`, `False` or `Unknown`.
    public var status: String
    public var reason: String
    public var message: String
    /// When status, reason or progress last changed; only deployments have it.
    public var lastUpdateTime: Timestamp?
    /// When `status` last changed.
    public var lastTransitionTime: Timestamp?

    public init(
        type: String, status: String, reason: String, message: String, lastUpdateTime: Timestamp? = nil,
        lastTransitionTime: Timestamp? = nil
    ) {
        (self.type, self.status, self.reason, self.message) = (type, status, reason, message)
        (self.lastUpdateTime, self.lastTransitionTime) = (lastUpdateTime, lastTransitionTime)
    }

    public init(json: JSONValue) {
        self.init(
            type: json.text("type"), status: json.text("status"), reason: json.text("reason"), message: json.text("message"),
            lastUpdateTime: Timestamp(rfc3339: json.text("lastUpdateTime")),
            lastTransitionTime: Timestamp(rfc3339: json.text("lastTransitionTime")))
    }

    /// In the order in which Kubernetes writes the fields.
    public var json: JSONValue {
        var value: JSONValue = ["type": .string(type), "status": .string(status)]
        if let lastUpdateTime { value["lastUpdateTime"] = .string(lastUpdateTime.rfc3339) }
        if let lastTransitionTime { value["lastTransitionTime"] = .string(lastTransitionTime.rfc3339) }
        if !reason.isEmpty { value["reason"] = .string(reason) }
        if !message.isEmpty { value["message"] = .string(message) }
        return value
    }
}

/// A replication controller or a replica set: so many pods of one template.
public struct ReplicaWorkload: Sendable {
    public let json: JSONValue
    public let metadata: ObjectMeta
    /// How many pods there shall be.
    public let replicas: Int64
    /// For how many seconds a pod must have been ready to count as available.
    public let minReadySeconds: Int64
    /// The `PodTemplateSpec`.
    public let template: JSONValue
    public let status: ReplicaStatus

    public init(json: JSONValue) {
        self.json = json
        metadata = ObjectMeta(json: json["metadata"] ?? .null)
        let spec = json["spec"] ?? .null
        replicas = spec.number("replicas") ?? 1
        minReadySeconds = spec.number("minReadySeconds") ?? 0
        template = spec["template"] ?? .null
        status = ReplicaStatus(json: json["status"] ?? .null)
    }

    /// It shall have pods.
    public var isActive: Bool { replicas > 0 }
    /// Its controller has seen the spec as it is now.
    public var isObserved: Bool { status.observedGeneration >= metadata.generation }
}

/// The `status` of a replication controller or replica set.
public struct ReplicaStatus: Sendable, Hashable {
    public var replicas: Int64
    /// Pods that carry every label of the template.
    public var fullyLabeledReplicas: Int64
    public var readyReplicas: Int64
    public var availableReplicas: Int64
    /// The generation that the controller has seen.
    public var observedGeneration: Int64
    public var conditions: [WorkloadCondition]

    public init(json: JSONValue = .null) {
        replicas = json.number("replicas") ?? 0
        fullyLabeledReplicas = json.number("fullyLabeledReplicas") ?? 0
        readyReplicas = json.number("readyReplicas") ?? 0
        availableReplicas = json.number("availableReplicas") ?? 0
        observedGeneration = json.number("observedGeneration") ?? 0
        conditions = json.items("conditions").map(WorkloadCondition.init(json:))
    }

    /// Counts of zero are left out, except `replicas`.
    public var json: JSONValue {
        var value: JSONValue = ["replicas": .integer(replicas)]
        if fullyLabeledReplicas != 0 { value["fullyLabeledReplicas"] = .integer(fullyLabeledReplicas) }
        if readyReplicas != 0 { value["readyReplicas"] = .integer(readyReplicas) }
        if availableReplicas != 0 { value["availableReplicas"] = .integer(availableReplicas) }
        if observedGeneration != 0 { value["observedGeneration"] = .integer(observedGeneration) }
        if !conditions.isEmpty { value["conditions"] = .array(conditions.map(\.json)) }
        return value
    }
}
