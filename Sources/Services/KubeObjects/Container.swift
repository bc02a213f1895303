import JSON

/// One container of a pod's spec.
public struct Container: Sendable {
    public enum PullPolicy: String, Sendable, Hashable { case always = "Always", ifNotPresent = "IfNotPresent", never = "Never" }

    public let name: String
    public let image: String
    public let pullPolicy: PullPolicy
    public let command: [String]
    public let args: [String]
    public let workingDir: String
    public let env: [EnvVar]
    public let envFrom: [EnvFromSource]
    public let ports: [ContainerPort]
    public let requests: [String: Quantity]
    public let limits: [String: Quantity]
    public let volumeMounts: [VolumeMount]
    public let livenessProbe: Probe?
    public let readinessProbe: Probe?
    public let startupProbe: Probe?
    public let postStart: Handler?
    public let preStop: Handler?
    public let securityContext: SecurityContext
    public let terminationMessagePath: String
    public let terminationMessagePolicy: String
    public let stdin: Bool
    public let stdinOnce: Bool
    public let tty: Bool
    /// An init container that keeps running beside the others (`restartPolicy: Always`).
    public let isSidecar: Bool

    public init(json: JSONValue) {
        name = json.text("name")
        image = json.text("image")
        pullPolicy = PullPolicy(rawValue: json.text("imagePullPolicy")) ?? Container.defaultPullPolicy(json.text("image"))
        command = json.texts("command")
        args = json.texts("args")
        workingDir = json.text("workingDir")
        env = json.items("env").map(EnvVar.init(json:))
        envFrom = json.items("envFrom").map(EnvFromSource.init(json:))
        ports = json.items("ports").map(ContainerPort.init(json:))
        let resources = json["resources"] ?? .null
        limits = resources.quantities("limits")
        requests = limits.merging(resources.quantities("requests")) { _, request in request }
        volumeMounts = json.items("volumeMounts").map(VolumeMount.init(json:))
        livenessProbe = json["livenessProbe"].flatMap(Probe.init(json:))
        readinessProbe = json["readinessProbe"].flatMap(Probe.init(json:))
        startupProbe = json["startupProbe"].flatMap(Probe.init(json:))
        postStart = json.at("lifecycle", "postStart").flatMap(Handler.init(json:))
        preStop = json.at("lifecycle", "preStop").flatMap(Handler.init(json:))
        securityContext = SecurityContext(json: json["securityContext"] ?? .null)
        terminationMessagePath = json.optionalText("terminationMessagePath") ?? "/dev/termination-log"
        terminationMessagePolicy = json.optionalText("terminationMessagePolicy") ?? "File"
        stdin = json.flag("stdin")
        stdinOnce = json.flag("stdinOnce")
        tty = json.flag("tty")
        isSidecar = json.text("restartPolicy") == "Always"
    }

    /// Kubernetes' default: an image without a tag, or tagged `latest`, is always pulled.
    static func defaultPullPolicy(_ image: String) -> PullPolicy {
        let last = image.split(separator: "/").last ?? ""
        if last.contains("@") { return .ifNotPresent }
        let parts = last.split(separator: ":", maxSplits: 1)
        return parts.count < 2 || parts[1] == "latest" ? .always : .ifNotPresent
    }
}

/// A port that a container listens on.
public struct ContainerPort: Sendable, Hashable {
    public let name: String
    public let containerPort: Int
    /// 0: none.
    public let hostPort: Int
    public let hostIP: String
    /// `TCP`, `UDP` or `SCTP`.
    public let `protocol`: String

    init(json: JSONValue) {
        name = json.text("name")
        containerPort = Int(json.number("containerPort") ?? 0)
        hostPort = Int(json.number("hostPort") ?? 0)
        hostIP = json.text("hostIP")
        `protocol` = json.optionalText("protocol") ?? "TCP"
    }
}

/// One environment variable.
public struct EnvVar: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
        case value(String)
        case field(path: String)
        case resource(container: String, resource: String, divisor: String)
        case configMapKey(name: String, key: String, optional: Bool)
        case secretKey(name: String, key: String, optional: Bool)
    }

    public let name: String
    public let source: Source

    init(json: JSONValue) {
        name = json.text("name")
        let from = json["valueFrom"] ?? .null
        if let field = from["fieldRef"] {
            source = .field(path: field.text("fieldPath"))
        } else if let resource = from["resourceFieldRef"] {
            source = .resource(
                container: resource.text("containerName"), resource: resource.text("resource"), divisor: resource.text("divisor"))
        } else if let key = from["configMapKeyRef"] {
            source = .configMapKey(name: key.text("name"), key: key.text("key"), optional: key.flag("optional"))
        } else if let key = from["secretKeyRef"] {
            source = .secretKey(name: key.text("name"), key: key.text("key"), optional: key.flag("optional"))
        } else {
            source = .value(json.text("value"))
        }
    }
}

/// A whole ConfigMap or Secret as environment variables.
public struct EnvFromSource: Sendable, Hashable {
    public let prefix: String
    public let isSecret: Bool
    public let name: String
    public let optional: Bool

    init(json: JSONValue) {
        prefix = json.text("prefix")
        isSecret = json["secretRef"] != nil
        let reference = json["secretRef"] ?? json["configMapRef"] ?? .null
        name = reference.text("name")
        optional = reference.flag("optional")
    }
}

/// Where a volume appears in a container.
public struct VolumeMount: Sendable, Hashable {
    public let name: String
    public let mountPath: String
    public let subPath: String
    /// A sub path with `$(VAR)` in it, expanded from the container's environment.
    public let subPathExpr: String
    public let readOnly: Bool
    /// `None`, `HostToContainer` or `Bidirectional`.
    public let mountPropagation: String

    init(json: JSONValue) {
        name = json.text("name")
        mountPath = json.text("mountPath")
        subPath = json.text("subPath")
        subPathExpr = json.text("subPathExpr")
        readOnly = json.flag("readOnly")
        mountPropagation = json.optionalText("mountPropagation") ?? "None"
    }
}

/// What a probe or a lifecycle hook does.
public enum Handler: Sendable, Hashable {
    case exec([String])
    /// `host` empty: the pod's own address. `scheme` is `HTTP` or `HTTPS`.
    case httpGet(host: String, port: IntOrString, path: String, scheme: String, headers: [Header])
    case tcpSocket(host: String, port: IntOrString)
    case grpc(port: Int64, service: String)
    case sleep(seconds: Int64)

    public struct Header: Sendable, Hashable {
        public let name: String
        public let value: String
        public init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    init?(json: JSONValue) {
        if let exec = json["exec"] {
            self = .exec(exec.texts("command"))
        } else if let get = json["httpGet"], let port = IntOrString(json: get["port"]) {
            let headers = get.items("httpHeaders").map { Header(name: $0.text("name"), value: $0.text("value")) }
            self = .httpGet(
                host: get.text("host"), port: port, path: get.optionalText("path") ?? "/",
                scheme: get.optionalText("scheme") ?? "HTTP", headers: headers)
        } else if let socket = json["tcpSocket"], let port = IntOrString(json: socket["port"]) {
            self = .tcpSocket(host: socket.text("host"), port: port)
        } else if let grpc = json["grpc"] {
            self = .grpc(port: grpc.number("port") ?? 0, service: grpc.text("service"))
        } else if let sleep = json["sleep"] {
            self = .sleep(seconds: sleep.number("seconds") ?? 0)
        } else {
            return nil
        }
    }
}

/// A question that is asked of a running container again and again. Times are in seconds.
public struct Probe: Sendable, Hashable {
    public let handler: Handler
    public let initialDelaySeconds: Int64
    public let timeoutSeconds: Int64
    public let periodSeconds: Int64
    public let successThreshold: Int64
    public let failureThreshold: Int64
    public let terminationGracePeriodSeconds: Int64?

    init?(json: JSONValue) {
        guard let handler = Handler(json: json) else { return nil }
        self.handler = handler
        initialDelaySeconds = json.number("initialDelaySeconds") ?? 0
        timeoutSeconds = max(1, json.number("timeoutSeconds") ?? 1)
        periodSeconds = max(1, json.number("periodSeconds") ?? 10)
        successThreshold = max(1, json.number("successThreshold") ?? 1)
        failureThreshold = max(1, json.number("failureThreshold") ?? 3)
        terminationGracePeriodSeconds = json.number("terminationGracePeriodSeconds")
    }
}

/// What a container may do.
public struct SecurityContext: Sendable, Hashable {
    public let privileged: Bool
    public let runAsUser: Int64?
    public let runAsGroup: Int64?
    public let runAsNonRoot: Bool?
    public let readOnlyRootFilesystem: Bool
    public let allowPrivilegeEscalation: Bool
    public let addCapabilities: [String]
    public let dropCapabilities: [String]
    /// `RuntimeDefault`, `Unconfined`, `Localhost`, or empty.
    public let seccompType: String

    init(json: JSONValue) {
        privileged = json.flag("privileged")
        runAsUser = json.number("runAsUser")
        runAsGroup = json.number("runAsGroup")
        runAsNonRoot = json["runAsNonRoot"]?.bool
        readOnlyRootFilesystem = json.flag("readOnlyRootFilesystem")
        allowPrivilegeEscalation = json["allowPrivilegeEscalation"]?.bool ?? true
        addCapabilities = json["capabilities"]?.texts("add") ?? []
        dropCapabilities = json["capabilities"]?.texts("drop") ?? []
        seccompType = json["seccompProfile"]?.text("type") ?? ""
    }
}

/// What holds for all containers of a pod that do not say otherwise.
public struct PodSecurityContext: Sendable, Hashable {
    public let runAsUser: Int64?
    public let runAsGroup: Int64?
    public let runAsNonRoot: Bool?
    public let fsGroup: Int64?
    public let supplementalGroups: [Int64]
    public let sysctls: [String: String]
    public let seccompType: String

    init(json: JSONValue) {
        runAsUser = json.number("runAsUser")
        runAsGroup = json.number("runAsGroup")
        runAsNonRoot = json["runAsNonRoot"]?.bool
        fsGroup = json.number("fsGroup")
        supplementalGroups = json.items("supplementalGroups").compactMap(\.integer)
        var sysctls: [String: String] = [:]
        for item in json.items("sysctls") { sysctls[item.text("name")] = item.text("value") }
        self.sysctls = sysctls
        seccompType = json["seccompProfile"]?.text("type") ?? ""
    }
}
