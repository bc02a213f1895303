import CRIProto
import Core

// From our values to the protocol's messages.

extension Runtime_V1_PodSandboxMetadata {
    init(_ metadata: SandboxMetadata) {
        self.init()
        (name, uid, namespace, attempt) = (metadata.name, metadata.uid, metadata.namespace, metadata.attempt)
    }
}

extension Runtime_V1_NamespaceOption {
    init(_ options: NamespaceOptions) {
        self.init()
        network = Self.mode(options.network)
        pid = Self.mode(options.pid)
        ipc = Self.mode(options.ipc)
        if case .target(let containerID) = options.pid { targetID = containerID }
    }

    private static func mode(_ mode: NamespaceMode) -> Runtime_V1_NamespaceMode {
        switch mode {
        case .pod: .pod
        case .container: .container
        case .node: .node
        case .target: .target
        }
    }
}

extension Runtime_V1_SecurityProfile {
    init(_ profile: SecurityProfile) {
        self.init()
        switch profile {
        case .runtimeDefault: profileType = .runtimeDefault
        case .unconfined: profileType = .unconfined
        case .localhost(let name):
            profileType = .localhost
            localhostRef = name
        }
    }
}

extension Runtime_V1_Int64Value {
    init(_ number: Int64) {
        self.init()
        value = number
    }
}

extension Runtime_V1_PodSandboxConfig {
    init(_ config: SandboxConfig) {
        self.init()
        metadata = Runtime_V1_PodSandboxMetadata(config.metadata)
        hostname = config.hostname
        logDirectory = config.logDirectory
        if let dns = config.dns {
            dnsConfig.servers = dns.servers
            dnsConfig.searches = dns.searches
            dnsConfig.options = dns.options
        }
        portMappings = config.portMappings.map(Runtime_V1_PortMapping.init)
        labels = config.labels
        annotations = config.annotations
        linux = Runtime_V1_LinuxPodSandboxConfig(config)
    }
}

extension Runtime_V1_PortMapping {
    init(_ mapping: PortMapping) {
        self.init()
        switch mapping.transport {
        case .tcp: self.protocol = .tcp
        case .udp: self.protocol = .udp
        case .sctp: self.protocol = .sctp
        }
        (containerPort, hostPort, hostIp) = (mapping.containerPort, mapping.hostPort, mapping.hostIP)
    }
}

extension Runtime_V1_LinuxPodSandboxConfig {
    init(_ config: SandboxConfig) {
        self.init()
        cgroupParent = config.cgroupParent
        sysctls = config.sysctls
        securityContext.namespaceOptions = Runtime_V1_NamespaceOption(config.namespaces)
        securityContext.supplementalGroups = config.supplementalGroups
        securityContext.privileged = config.privileged
        securityContext.readonlyRootfs = config.readOnlyRootFilesystem
        if let user = config.runAsUser { securityContext.runAsUser = Runtime_V1_Int64Value(user) }
        // A group without a user is refused by the runtime.
        if config.runAsUser != nil, let group = config.runAsGroup { securityContext.runAsGroup = Runtime_V1_Int64Value(group) }
        if let seccomp = config.seccomp { securityContext.seccomp = Runtime_V1_SecurityProfile(seccomp) }
    }
}

extension Runtime_V1_LinuxContainerResources {
    init(_ resources: LinuxResources) {
        self.init()
        cpuQuota = resources.cpuQuota
        cpuPeriod = resources.cpuPeriod
        cpuShares = resources.cpuShares
        memoryLimitInBytes = resources.memoryLimitBytes
        oomScoreAdj = resources.oomScoreAdjust
        cpusetCpus = resources.cpusetCPUs
    }
}

extension Runtime_V1_Mount {
    init(_ mount: Mount) {
        self.init()
        (containerPath, hostPath, readonly) = (mount.containerPath, mount.hostPath, mount.readOnly)
        switch mount.propagation {
        case .private: propagation = .propagationPrivate
        case .hostToContainer: propagation = .propagationHostToContainer
        case .bidirectional: propagation = .propagationBidirectional
        }
    }
}

extension Runtime_V1_LinuxContainerSecurityContext {
    init(_ security: ContainerSecurityContext) {
        self.init()
        privileged = security.privileged
        capabilities.addCapabilities = security.addCapabilities
        capabilities.dropCapabilities = security.dropCapabilities
        namespaceOptions = Runtime_V1_NamespaceOption(security.namespaces)
        if let user = security.runAsUser { runAsUser = Runtime_V1_Int64Value(user) }
        if security.runAsUser != nil, let group = security.runAsGroup { runAsGroup = Runtime_V1_Int64Value(group) }
        supplementalGroups = security.supplementalGroups
        readonlyRootfs = security.readOnlyRootFilesystem
        noNewPrivs = security.noNewPrivileges
        if let seccomp = security.seccomp { self.seccomp = Runtime_V1_SecurityProfile(seccomp) }
        if let apparmor = security.apparmor { self.apparmor = Runtime_V1_SecurityProfile(apparmor) }
        // A privileged container sees all of /proc and /sys, whatever the defaults say.
        maskedPaths = security.privileged ? [] : security.maskedPaths
        readonlyPaths = security.privileged ? [] : security.readOnlyPaths
    }
}

extension Runtime_V1_ContainerConfig {
    init(_ config: ContainerConfig) {
        self.init()
        metadata.name = config.name
        metadata.attempt = config.attempt
        image.image = config.image
        (command, args, workingDir) = (config.command, config.args, config.workingDirectory)
        envs = config.environment.map { variable in
            var pair = Runtime_V1_KeyValue()
            (pair.key, pair.value) = (variable.name, variable.value)
            return pair
        }
        mounts = config.mounts.map(Runtime_V1_Mount.init)
        devices = config.devices.map { mapping in
            var device = Runtime_V1_Device()
            (device.containerPath, device.hostPath, device.permissions) = (
                mapping.containerPath, mapping.hostPath, mapping.permissions
            )
            return device
        }
        (labels, annotations, logPath) = (config.labels, config.annotations, config.logPath)
        (stdin, stdinOnce, tty) = (config.stdin, config.stdinOnce, config.tty)
        linux.resources = Runtime_V1_LinuxContainerResources(config.resources)
        linux.securityContext = Runtime_V1_LinuxContainerSecurityContext(config.security)
    }
}

extension Runtime_V1_PodSandboxFilter {
    init(_ filter: SandboxFilter) {
        self.init()
        if let id = filter.id { self.id = id }
        if let state = filter.state { self.state.state = state == .ready ? .sandboxReady : .sandboxNotready }
        labelSelector = filter.labels
    }
}

extension Runtime_V1_ContainerFilter {
    init(_ filter: ContainerFilter) {
        self.init()
        if let id = filter.id { self.id = id }
        if let sandbox = filter.sandboxID { podSandboxID = sandbox }
        labelSelector = filter.labels
        guard let state = filter.state else { return }
        switch state {
        case .created: self.state.state = .containerCreated
        case .running: self.state.state = .containerRunning
        case .exited: self.state.state = .containerExited
        case .unknown: self.state.state = .containerUnknown
        }
    }
}
