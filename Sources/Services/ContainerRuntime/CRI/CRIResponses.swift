import CRIProto
import Core

// From the protocol's messages to our values.

extension SandboxMetadata {
    init(_ message: Runtime_V1_PodSandboxMetadata) {
        self.init(name: message.name, uid: message.uid, namespace: message.namespace, attempt: message.attempt)
    }
}

extension SandboxState {
    /// A value that we do not know counts as not ready: nothing is started in it.
    init(_ message: Runtime_V1_PodSandboxState) { self = message == .sandboxReady ? .ready : .notReady }
}

extension SandboxSummary {
    init(_ message: Runtime_V1_PodSandbox) {
        self.init(
            id: message.id, metadata: SandboxMetadata(message.metadata), state: SandboxState(message.state),
            createdAt: Timestamp(nanosecondsSinceEpoch: message.createdAt), labels: message.labels,
            annotations: message.annotations)
    }
}

extension SandboxStatus {
    init(_ message: Runtime_V1_PodSandboxStatus) {
        let summary = SandboxSummary(
            id: message.id, metadata: SandboxMetadata(message.metadata), state: SandboxState(message.state),
            createdAt: Timestamp(nanosecondsSinceEpoch: message.createdAt), labels: message.labels,
            annotations: message.annotations)
        let addresses = ([message.network.ip] + message.network.additionalIps.map(\.ip)).filter { !$0.isEmpty }
        self.init(summary: summary, addresses: addresses, namespaces: NamespaceOptions(message.linux.namespaces.options))
    }
}

extension NamespaceOptions {
    init(_ message: Runtime_V1_NamespaceOption) {
        func mode(_ mode: Runtime_V1_NamespaceMode) -> NamespaceMode {
            switch mode {
            case .container: .container
            case .node: .node
            case .target: .target(containerID: message.targetID)
            case .pod, .UNRECOGNIZED: .pod
            }
        }
        self.init(network: mode(message.network), pid: mode(message.pid), ipc: mode(message.ipc))
    }
}

extension ContainerState {
    init(_ message: Runtime_V1_ContainerState) {
        switch message {
        case .containerCreated: self = .created
        case .containerRunning: self = .running
        case .containerExited: self = .exited
        case .containerUnknown, .UNRECOGNIZED: self = .unknown
        }
    }
}

extension ContainerSummary {
    init(_ message: Runtime_V1_Container) {
        self.init(
            id: message.id, sandboxID: message.podSandboxID, name: message.metadata.name, attempt: message.metadata.attempt,
            image: message.image.image, imageRef: message.imageRef, state: ContainerState(message.state),
            createdAt: Timestamp(nanosecondsSinceEpoch: message.createdAt), labels: message.labels,
            annotations: message.annotations)
    }
}

extension Mount {
    init(_ message: Runtime_V1_Mount) {
        let propagation: Propagation =
            switch message.propagation {
            case .propagationHostToContainer: .hostToContainer
            case .propagationBidirectional: .bidirectional
            case .propagationPrivate, .UNRECOGNIZED: .private
            }
        self.init(
            containerPath: message.containerPath, hostPath: message.hostPath, readOnly: message.readonly, propagation: propagation
        )
    }
}

extension ContainerStatus {
    init(_ message: Runtime_V1_ContainerStatus) {
        // The runtime writes 0 for "not yet".
        func moment(_ nanoseconds: Int64) -> Timestamp? {
            nanoseconds > 0 ? Timestamp(nanosecondsSinceEpoch: nanoseconds) : nil
        }
        self.init(
            id: message.id, name: message.metadata.name, attempt: message.metadata.attempt, state: ContainerState(message.state),
            createdAt: Timestamp(nanosecondsSinceEpoch: message.createdAt), startedAt: moment(message.startedAt),
            finishedAt: moment(message.finishedAt), exitCode: message.exitCode, image: message.image.image,
            imageRef: message.imageRef, reason: message.reason, message: message.message, labels: message.labels,
            annotations: message.annotations, mounts: message.mounts.map(Mount.init), logPath: message.logPath)
    }
}

extension ContainerStats {
    init(_ message: Runtime_V1_ContainerStats) {
        self.init(
            id: message.attributes.id, name: message.attributes.metadata.name, labels: message.attributes.labels,
            timestamp: Timestamp(nanosecondsSinceEpoch: max(message.cpu.timestamp, message.memory.timestamp)),
            cpuNanoseconds: message.cpu.usageCoreNanoSeconds.value, memoryWorkingSetBytes: message.memory.workingSetBytes.value,
            memoryUsageBytes: message.memory.usageBytes.value, writableLayerBytes: message.writableLayer.usedBytes.value)
    }
}

extension ImageSummary {
    init(_ message: Runtime_V1_Image) {
        self.init(
            id: message.id, tags: message.repoTags, digests: message.repoDigests, sizeBytes: message.size,
            uid: message.hasUid ? message.uid.value : nil, username: message.username, pinned: message.pinned)
    }
}
