import Core
import JSON

/// An object's `metadata`, as far as scheduler and executor read it.
public struct ObjectMeta: Sendable {
    public let name: String
    public let namespace: String
    public let uid: String
    public let resourceVersion: String
    /// Counts the changes of `spec`; 0 on kinds that do not count.
    public let generation: Int64
    public let labels: [String: String]
    public let annotations: [String: String]
    public let creationTimestamp: Timestamp?
    /// When the object must be gone; set as soon as its deletion was asked for.
    public let deletionTimestamp: Timestamp?
    public let deletionGracePeriodSeconds: Int64?
    public let ownerReferences: [OwnerReference]
    public let finalizers: [String]

    public init(json: JSONValue) {
        name = json.text("name")
        namespace = json.text("namespace")
        uid = json.text("uid")
        resourceVersion = json.text("resourceVersion")
        generation = json.number("generation") ?? 0
        labels = json.textMap("labels")
        annotations = json.textMap("annotations")
        creationTimestamp = json["creationTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) }
        deletionTimestamp = json["deletionTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) }
        deletionGracePeriodSeconds = json.number("deletionGracePeriodSeconds")
        ownerReferences = json.items("ownerReferences").map(OwnerReference.init(json:))
        finalizers = json.texts("finalizers")
    }

    /// The one owner that manages this object, if it has one.
    public var controller: OwnerReference? { ownerReferences.first(where: \.isController) }
}

/// A typed, read-only view of a Pod object; `json` is the object itself.
///
/// Reading never fails: fields that are absent have Kubernetes' defaults. Copies share one body.
public struct Pod: Sendable {
    private final class Body: Sendable {
        let json: JSONValue
        let metadata: ObjectMeta
        let spec: PodSpec
        let status: PodStatus
        init(_ json: JSONValue) {
            self.json = json
            metadata = ObjectMeta(json: json["metadata"] ?? .null)
            spec = PodSpec(json: json["spec"] ?? .null)
            status = PodStatus(json: json["status"] ?? .null)
        }
    }

    private let body: Body

    public init(json: JSONValue) { body = Body(json) }

    public var json: JSONValue { body.json }
    public var metadata: ObjectMeta { body.metadata }
    public var spec: PodSpec { body.spec }
    public var status: PodStatus { body.status }

    public var name: String { metadata.name }
    public var namespace: String { metadata.namespace }
    public var uid: PodUID { PodUID(metadata.uid) }
    public var key: PodKey { PodKey(namespace: metadata.namespace, name: metadata.name) }
    /// Its deletion was asked for.
    public var isTerminating: Bool { metadata.deletionTimestamp != nil }
    /// It has ended and will never run again.
    public var isFinished: Bool { status.phase == .succeeded || status.phase == .failed }

    /// Every container that may run, init containers first, in order.
    public var allContainers: [Container] { spec.initContainers + spec.containers }
}

/// Where a pod is in its life (`status.phase`).
public enum PodPhase: String, Sendable, Hashable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
}

/// A pod's `status`.
public struct PodStatus: Sendable {
    public let phase: PodPhase
    public let reason: String
    public let message: String
    public let hostIP: String
    public let podIP: String
    public let startTime: Timestamp?
    public let qosClass: String
    public let conditions: [PodCondition]
    public let initContainerStatuses: [ContainerStatus]
    public let containerStatuses: [ContainerStatus]

    public init(json: JSONValue) {
        phase = PodPhase(rawValue: json.text("phase")) ?? .pending
        reason = json.text("reason")
        message = json.text("message")
        hostIP = json.text("hostIP")
        podIP = json.text("podIP")
        startTime = json["startTime"]?.string.flatMap { Timestamp(rfc3339: $0) }
        qosClass = json.text("qosClass")
        conditions = json.items("conditions").map(PodCondition.init(json:))
        initContainerStatuses = json.items("initContainerStatuses").map(ContainerStatus.init(json:))
        containerStatuses = json.items("containerStatuses").map(ContainerStatus.init(json:))
    }
}

/// What the scheduler must match of a node's taints.
public struct Toleration: Sendable, Hashable {
    public let key: String
    /// `Equal` (also when absent) or `Exists`.
    public let `operator`: String
    public let value: String
    /// Empty: all effects.
    public let effect: String
    public let tolerationSeconds: Int64?

    public init(json: JSONValue) {
        key = json.text("key")
        `operator` = json.optionalText("operator") ?? "Equal"
        value = json.text("value")
        effect = json.text("effect")
        tolerationSeconds = json.number("tolerationSeconds")
    }
}

/// A pod's `spec`.
public struct PodSpec: Sendable {
    public enum RestartPolicy: String, Sendable, Hashable { case always = "Always", onFailure = "OnFailure", never = "Never" }

    public let nodeName: String
    public let nodeSelector: [String: String]
    /// Node and pod affinity, untouched.
    public let affinity: JSONValue?
    public let tolerations: [Toleration]
    public let schedulerName: String
    public let priority: Int64
    /// `PreemptLowerPriority` (also when absent) or `Never`.
    public let preemptionPolicy: String
    public let containers: [Container]
    public let initContainers: [Container]
    public let volumes: [Volume]
    public let restartPolicy: RestartPolicy
    public let terminationGracePeriodSeconds: Int64
    public let activeDeadlineSeconds: Int64?
    public let hostNetwork: Bool
    public let hostPID: Bool
    public let hostIPC: Bool
    public let shareProcessNamespace: Bool
    public let hostname: String
    public let subdomain: String
    public let dnsPolicy: String
    public let dnsConfig: DNSConfig
    public let hostAliases: [HostAlias]
    public let securityContext: PodSecurityContext
    public let serviceAccountName: String
    public let enableServiceLinks: Bool
    public let overhead: [String: Quantity]
    public let readinessGates: [String]

    public init(json: JSONValue) {
        nodeName = json.text("nodeName")
        nodeSelector = json.textMap("nodeSelector")
        affinity = json["affinity"]
        tolerations = json.items("tolerations").map(Toleration.init(json:))
        schedulerName = json.optionalText("schedulerName") ?? "default-scheduler"
        priority = json.number("priority") ?? 0
        preemptionPolicy = json.optionalText("preemptionPolicy") ?? "PreemptLowerPriority"
        containers = json.items("containers").map(Container.init(json:))
        initContainers = json.items("initContainers").map(Container.init(json:))
        volumes = json.items("volumes").map(Volume.init(json:))
        restartPolicy = RestartPolicy(rawValue: json.text("restartPolicy")) ?? .always
        terminationGracePeriodSeconds = json.number("terminationGracePeriodSeconds") ?? 30
        activeDeadlineSeconds = json.number("activeDeadlineSeconds")
        hostNetwork = json.flag("hostNetwork")
        hostPID = json.flag("hostPID")
        hostIPC = json.flag("hostIPC")
        shareProcessNamespace = json.flag("shareProcessNamespace")
        hostname = json.text("hostname")
        subdomain = json.text("subdomain")
        dnsPolicy = json.optionalText("dnsPolicy") ?? "ClusterFirst"
        dnsConfig = DNSConfig(json: json["dnsConfig"] ?? .null)
        hostAliases = json.items("hostAliases").map(HostAlias.init(json:))
        securityContext = PodSecurityContext(json: json["securityContext"] ?? .null)
        serviceAccountName = json.optionalText("serviceAccountName") ?? json.text("serviceAccount")
        enableServiceLinks = json["enableServiceLinks"]?.bool ?? true
        overhead = json.quantities("overhead")
        readinessGates = json.items("readinessGates").map { $0.text("conditionType") }
    }
}

/// What a pod adds to its resolv.conf.
public struct DNSConfig: Sendable, Hashable {
    public let nameservers: [String]
    public let searches: [String]
    /// As resolv.conf has them: `ndots:5`, `rotate`.
    public let options: [String]

    public init(nameservers: [String] = [], searches: [String] = [], options: [String] = []) {
        (self.nameservers, self.searches, self.options) = (nameservers, searches, options)
    }

    init(json: JSONValue) {
        nameservers = json.texts("nameservers")
        searches = json.texts("searches")
        options = json.items("options").map { option in
            option.optionalText("value").map { "\(option.text("name")):\($0)" } ?? option.text("name")
        }
    }
}

/// A line that a pod adds to its /etc/hosts.
public struct HostAlias: Sendable, Hashable {
    public let ip: String
    public let hostnames: [String]
    init(json: JSONValue) { (ip, hostnames) = (json.text("ip"), json.texts("hostnames")) }
}
