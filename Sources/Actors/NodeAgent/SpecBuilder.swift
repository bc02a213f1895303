import Core
import KubeObjects

/// Why a container's configuration cannot be made.
struct ConfigProblem: Error { let message: String }

/// Makes what the runtime needs from a pod's spec; asks the API server for what the spec refers to.
struct SpecBuilder: Sendable {
    let pod: Pod
    let podIP: String
    let node: NodeConfiguration
    let api: any PodAPI
    let volumes: any VolumePort
    /// The volumes' paths on the host, by name.
    let volumePaths: [String: String]
    var services: any NodeServicesPort = NoServices()

    func sandbox(attempt: Int) -> SandboxSpec {
        let spec = pod.spec
        let hostname = spec.hostNetwork ? node.nodeName : String((spec.hostname.isEmpty ? pod.name : spec.hostname).prefix(63))
        var sandbox = SandboxSpec(
            key: pod.key, uid: pod.uid, attempt: attempt, hostname: hostname, logDirectory: volumes.logDirectory(pod.key, pod.uid))
        (sandbox.dnsServers, sandbox.dnsSearches, sandbox.dnsOptions) = dns()
        if !spec.hostNetwork {
            for container in pod.allContainers {
                for port in container.ports {
                    // A pod with the port mapping `wildcard` was given a port of the node, which the binding has written down.
                    let given = pod.metadata.annotations["k8s.mesosphere.io/port_\(port.protocol)_\(port.containerPort)"].flatMap { Int($0) }
                    let hostPort = port.hostPort > 0 ? port.hostPort : given ?? 0
                    guard (1...65_535).contains(hostPort) else { continue }
                    sandbox.portMappings.append(
                        .init(protocol: port.protocol, containerPort: port.containerPort, hostPort: hostPort, hostIP: port.hostIP))
                }
            }
        }
        sandbox.labels = pod.metadata.labels.merging(identity) { _, ours in ours }
        sandbox.annotations = pod.metadata.annotations
        (sandbox.hostNetwork, sandbox.hostPID, sandbox.hostIPC) = (spec.hostNetwork, spec.hostPID, spec.hostIPC)
        sandbox.shareProcesses = spec.shareProcessNamespace
        sandbox.privileged = pod.allContainers.contains { $0.securityContext.privileged }
        sandbox.sysctls = spec.securityContext.sysctls
        return sandbox
    }

    private var identity: [String: String] {
        ["io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace, "io.kubernetes.pod.uid": pod.metadata.uid]
    }

    private func dns() -> ([String], [String], [String]) {
        let spec = pod.spec
        var (servers, searches, options): ([String], [String], [String]) = ([], [], [])
        let cluster = spec.dnsPolicy == "ClusterFirstWithHostNet" || (spec.dnsPolicy == "ClusterFirst" && !spec.hostNetwork)
        if cluster, !node.clusterDNS.isEmpty {
            servers = node.clusterDNS
            if !node.clusterDomain.isEmpty {
                searches = ["\(pod.namespace).svc.\(node.clusterDomain)", "svc.\(node.clusterDomain)", node.clusterDomain]
            }
            options = ["ndots:5"]
        }
        for server in spec.dnsConfig.nameservers where !servers.contains(server) { servers.append(server) }
        for search in spec.dnsConfig.searches where !searches.contains(search) { searches.append(search) }
        for option in spec.dnsConfig.options {
            let name = option.split(separator: ":").first
            options.removeAll { $0.split(separator: ":").first == name }
            options.append(option)
        }
        return (servers, searches, options)
    }

    // MARK: Containers

    func container(_ one: Container, attempt: Int, imageID: String) async throws -> ContainerSpec {
        var spec = ContainerSpec(
            name: one.name, attempt: attempt, image: one.image, imageID: imageID, logPath: "\(one.name)/\(attempt).log")
        spec.env = try await environment(one)
        var values: [String: String] = [:]
        for variable in spec.env { values[variable.name] = variable.value }
        spec.command = one.command.map { Expansion.expand($0) { values[$0] } }
        spec.args = one.args.map { Expansion.expand($0) { values[$0] } }
        spec.workingDir = one.workingDir
        spec.mounts = try await mounts(one, attempt: attempt, values)
        spec.labels = identity.merging(["io.kubernetes.container.name": one.name]) { $1 }
        spec.annotations = [
            "io.kubernetes.container.restartCount": String(attempt),
            "io.kubernetes.container.terminationMessagePath": one.terminationMessagePath,
            "io.kubernetes.container.terminationMessagePolicy": one.terminationMessagePolicy,
            "io.kubernetes.pod.terminationGracePeriod": String(pod.spec.terminationGracePeriodSeconds),
        ]
        (spec.stdin, spec.stdinOnce, spec.tty) = (one.stdin, one.stdinOnce, one.tty)
        resources(one, &spec)
        try security(one, &spec)
        try await volumes.makeDirectory("\(volumes.logDirectory(pod.key, pod.uid))/\(one.name)")
        return spec
    }

    /// Shares from the request, quota and memory from the limits, as kubelet counts them.
    private func resources(_ one: Container, _ spec: inout ContainerSpec) {
        let cpu = one.requests["cpu"]?.milliValue ?? 0
        spec.cpuShares = cpu == 0 ? 2 : min(262_144, max(2, cpu * 1024 / 1000))
        if let limit = one.limits["cpu"]?.milliValue, limit > 0 { spec.cpuQuota = max(1000, limit * 100) }
        spec.memoryLimit = one.limits["memory"]?.value ?? 0
        switch PodResources.qosClass(of: pod) {
        case "Guaranteed": spec.oomScoreAdjust = -997
        case "BestEffort": spec.oomScoreAdjust = 1000
        default:
            let memory = one.requests["memory"]?.value ?? 0
            spec.oomScoreAdjust = node.memory > 0 ? min(999, max(3, 1000 - 1000 * memory / node.memory)) : 999
        }
    }

    private func security(_ one: Container, _ spec: inout ContainerSpec) throws {
        let (own, all) = (one.securityContext, pod.spec.securityContext)
        spec.privileged = own.privileged
        spec.runAsUser = own.runAsUser ?? all.runAsUser
        spec.runAsGroup = own.runAsGroup ?? all.runAsGroup
        if own.runAsNonRoot ?? all.runAsNonRoot ?? false, spec.runAsUser == 0 {
            throw ConfigProblem(
                message: "container's runAsUser breaks non-root policy (pod: \"\(pod.name)_\(pod.namespace)(\(pod.uid))\", container: \(one.name))")
        }
        spec.supplementalGroups = all.supplementalGroups + (all.fsGroup.map { [$0] } ?? [])
        spec.readOnlyRootFilesystem = own.readOnlyRootFilesystem
        spec.noNewPrivileges = !own.allowPrivilegeEscalation
        (spec.addCapabilities, spec.dropCapabilities) = (own.addCapabilities, own.dropCapabilities)
        spec.seccompType = own.seccompType.isEmpty ? all.seccompType : own.seccompType
        (spec.hostNetwork, spec.hostPID, spec.hostIPC) = (pod.spec.hostNetwork, pod.spec.hostPID, pod.spec.hostIPC)
        spec.shareProcesses = pod.spec.shareProcessNamespace
    }

    // MARK: Environment

    private func environment(_ one: Container) async throws -> [ContainerSpec.Variable] {
        var names: [String] = []
        var values: [String: String] = [:]
        func set(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { names.append(name) }
        }
        guard let found = await services.variables(namespace: pod.namespace, links: pod.spec.enableServiceLinks) else {
            throw ConfigProblem(message: "services have not yet been read at least once, cannot construct envvars")
        }
        // The container's own go before them, and may refer to them.
        let services = Dictionary(found.map { ($0.name, $0.value) }) { $1 }
        for source in one.envFrom {
            let data = try await lookUp(isSecret: source.isSecret, source.name, optional: source.optional) ?? [:]
            for (key, value) in data.sorted(by: { $0.key < $1.key }) { set(source.prefix + key, String(decoding: value, as: UTF8.self)) }
        }
        for variable in one.env {
            switch variable.source {
            case .value(let text): set(variable.name, Expansion.expand(text) { values[$0] ?? services[$0] })
            case .field(let path):
                guard let value = Downward.field(path, of: pod, podIP: podIP, node: node) else {
                    throw ConfigProblem(message: "unsupported fieldPath: \(path)")
                }
                set(variable.name, value)
            case .resource(let name, let resource, let divisor):
                let container = pod.allContainers.first { $0.name == name } ?? one
                set(variable.name, Downward.resource(resource, divisor: divisor, of: container, node: node) ?? "0")
            case .configMapKey(let name, let key, let optional):
                if let value = try await keyValue(isSecret: false, name, key, optional) { set(variable.name, value) }
            case .secretKey(let name, let key, let optional):
                if let value = try await keyValue(isSecret: true, name, key, optional) { set(variable.name, value) }
            }
        }
        for (name, value) in found where values[name] == nil { set(name, value) }
        return names.map { ContainerSpec.Variable($0, values[$0] ?? "") }
    }

    private func keyValue(isSecret: Bool, _ name: String, _ key: String, _ optional: Bool) async throws -> String? {
        guard let data = try await lookUp(isSecret: isSecret, name, optional: optional) else { return nil }
        if let value = data[key] { return String(decoding: value, as: UTF8.self) }
        if optional { return nil }
        throw ConfigProblem(message: "couldn't find key \(key) in \(isSecret ? "Secret" : "ConfigMap") \(pod.namespace)/\(name)")
    }

    /// `nil` only for what is optional and absent.
    private func lookUp(isSecret: Bool, _ name: String, optional: Bool) async throws -> [String: [UInt8]]? {
        do {
            return isSecret
                ? try await api.secret(namespace: pod.namespace, name: name) : try await api.configMap(namespace: pod.namespace, name: name)
        } catch {
            if optional, error.kind == .notFound { return nil }
            throw ConfigProblem(message: error.message)
        }
    }

    // MARK: Mounts

    private func mounts(_ one: Container, attempt: Int, _ values: [String: String]) async throws -> [ContainerSpec.Mount] {
        var mounts: [ContainerSpec.Mount] = []
        for mount in one.volumeMounts {
            guard var path = volumePaths[mount.name] else {
                throw ConfigProblem(message: "cannot find volume \"\(mount.name)\" to mount into container \"\(one.name)\"")
            }
            let sub = mount.subPathExpr.isEmpty ? mount.subPath : Expansion.expand(mount.subPathExpr) { values[$0] }
            if !sub.isEmpty {
                do { path = try await volumes.subPath(path, sub) } catch {
                    throw ConfigProblem(message: "failed to prepare subPath for volumeMount \"\(mount.name)\" of container \"\(one.name)\"")
                }
            }
            let target = mount.mountPath.hasPrefix("/") ? mount.mountPath : "/" + mount.mountPath
            mounts.append(.init(hostPath: path, containerPath: target, readOnly: mount.readOnly, propagation: mount.mountPropagation))
        }
        if !pod.spec.hostNetwork, !mounts.contains(where: { $0.containerPath == "/etc/hosts" }) {
            let hosts = try await volumes.podFile(pod.uid, path: "etc-hosts", contents: Array(hostsFile().utf8), mode: 0o644, replacing: true)
            mounts.append(.init(hostPath: hosts, containerPath: "/etc/hosts", readOnly: false))
        }
        if one.terminationMessagePath.hasPrefix("/") {
            let log = try await volumes.podFile(
                pod.uid, path: SpecBuilder.terminationLog(one.name, attempt), contents: [], mode: 0o666, replacing: false)
            mounts.append(.init(hostPath: log, containerPath: one.terminationMessagePath, readOnly: false))
        }
        return mounts
    }

    static func terminationLog(_ container: String, _ attempt: Int) -> String { "containers/\(container)/termination-\(attempt)" }

    func hostsFile() -> String {
        var text = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        let name = pod.spec.hostname.isEmpty ? pod.name : pod.spec.hostname
        if !podIP.isEmpty {
            let domain = pod.spec.subdomain.isEmpty ? "" : "\(name).\(pod.spec.subdomain).\(pod.namespace).svc.\(node.clusterDomain)\t"
            text += "\(podIP)\t\(domain)\(name)\n"
        }
        if !pod.spec.hostAliases.isEmpty {
            text += "\n# Entries added by HostAliases.\n"
            for alias in pod.spec.hostAliases { text += "\(alias.ip)\t\(alias.hostnames.joined(separator: "\t"))\n" }
        }
        return text
    }
}
