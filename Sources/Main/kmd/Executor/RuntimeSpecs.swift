import ContainerRuntime
import NodeAgent

/// The node agent's specs in the runtime's words.
extension SandboxConfig {
    init(_ spec: SandboxSpec) {
        let hasDNS = !spec.dnsServers.isEmpty || !spec.dnsSearches.isEmpty || !spec.dnsOptions.isEmpty
        self.init(
            metadata: SandboxMetadata(name: spec.key.name, uid: spec.uid.value, namespace: spec.key.namespace, attempt: UInt32(clamping: spec.attempt)),
            hostname: spec.hostname, logDirectory: spec.logDirectory,
            dns: hasDNS ? DNSConfig(servers: spec.dnsServers, searches: spec.dnsSearches, options: spec.dnsOptions) : nil,
            portMappings: spec.portMappings.map(PortMapping.init), labels: spec.labels, annotations: spec.annotations,
            cgroupParent: spec.cgroupParent,
            namespaces: NamespaceOptions(
                hostNetwork: spec.hostNetwork, hostPID: spec.hostPID, hostIPC: spec.hostIPC, shareProcesses: spec.shareProcesses),
            privileged: spec.privileged, sysctls: spec.sysctls)
    }
}

extension NamespaceOptions {
    init(hostNetwork: Bool, hostPID: Bool, hostIPC: Bool, shareProcesses: Bool) {
        self.init(
            network: hostNetwork ? .node : .pod, pid: hostPID ? .node : shareProcesses ? .pod : .container, ipc: hostIPC ? .node : .pod)
    }
}

extension PortMapping {
    init(_ mapping: SandboxSpec.PortMapping) {
        self.init(
            transport: TransportProtocol(rawValue: mapping.protocol) ?? .tcp, containerPort: Int32(clamping: mapping.containerPort),
            hostPort: Int32(clamping: mapping.hostPort), hostIP: mapping.hostIP)
    }
}

extension ContainerConfig {
    init(_ spec: ContainerSpec) {
        let namespaces = NamespaceOptions(
            hostNetwork: spec.hostNetwork, hostPID: spec.hostPID, hostIPC: spec.hostIPC, shareProcesses: spec.shareProcesses)
        let security = ContainerSecurityContext(
            privileged: spec.privileged, addCapabilities: spec.addCapabilities, dropCapabilities: spec.dropCapabilities, namespaces: namespaces,
            runAsUser: spec.runAsUser, runAsGroup: spec.runAsGroup, supplementalGroups: spec.supplementalGroups,
            readOnlyRootFilesystem: spec.readOnlyRootFilesystem, noNewPrivileges: spec.noNewPrivileges,
            seccomp: SecurityProfile(kubernetes: spec.seccompType),
            maskedPaths: spec.privileged ? [] : ContainerSecurityContext.defaultMaskedPaths,
            readOnlyPaths: spec.privileged ? [] : ContainerSecurityContext.defaultReadOnlyPaths)
        let resources = LinuxResources(
            cpuQuota: spec.cpuQuota, cpuPeriod: spec.cpuQuota > 0 ? 100_000 : 0, cpuShares: spec.cpuShares, memoryLimitBytes: spec.memoryLimit,
            oomScoreAdjust: spec.oomScoreAdjust)
        self.init(
            name: spec.name, attempt: UInt32(clamping: spec.attempt), image: spec.imageID.isEmpty ? spec.image : spec.imageID,
            command: spec.command, args: spec.args, workingDirectory: spec.workingDir,
            environment: spec.env.map { EnvironmentVariable($0.name, $0.value) }, mounts: spec.mounts.map(Mount.init), labels: spec.labels,
            annotations: spec.annotations, logPath: spec.logPath, stdin: spec.stdin, stdinOnce: spec.stdinOnce, tty: spec.tty,
            resources: resources, security: security)
    }
}

extension Mount {
    init(_ mount: ContainerSpec.Mount) {
        let propagation: Propagation
        switch mount.propagation {
        case "HostToContainer": propagation = .hostToContainer
        case "Bidirectional": propagation = .bidirectional
        default: propagation = .private
        }
        self.init(containerPath: mount.containerPath, hostPath: mount.hostPath, readOnly: mount.readOnly, propagation: propagation)
    }
}

extension SecurityProfile {
    /// `RuntimeDefault` and `Unconfined`, Kubernetes' words; `nil` leaves it to the runtime.
    init?(kubernetes type: String) {
        switch type {
        case "RuntimeDefault": self = .runtimeDefault
        case "Unconfined": self = .unconfined
        default: return nil
        }
    }
}
