import CRIProto
import Core
import GRPCCore
import Testing

@testable import ContainerRuntime

@Suite struct MappingTests {
    @Test func aSandboxSaysAllThatItsPodAsksFor() {
        let config = SandboxConfig(
            metadata: SandboxMetadata(name: "web", uid: "u1", namespace: "default", attempt: 2), hostname: "web",
            logDirectory: "/logs",
            dns: DNSConfig(servers: ["10.0.0.10"], searches: ["svc"], options: ["ndots:5"]),
            portMappings: [PortMapping(transport: .udp, containerPort: 53, hostPort: 5353, hostIP: "127.0.0.1")],
            labels: ["a": "b"],
            cgroupParent: "/kmd", namespaces: NamespaceOptions(network: .node, pid: .pod), runAsUser: 1000, runAsGroup: 2000,
            privileged: true, seccomp: .runtimeDefault)
        let message = Runtime_V1_PodSandboxConfig(config)
        #expect(message.metadata.attempt == 2 && message.metadata.namespace == "default")
        #expect(message.dnsConfig.options == ["ndots:5"])
        #expect(message.portMappings.map(\.protocol) == [.udp] && message.portMappings[0].hostPort == 5353)
        #expect(message.linux.securityContext.namespaceOptions.network == .node)
        #expect(message.linux.securityContext.namespaceOptions.pid == .pod)
        #expect(message.linux.securityContext.runAsUser.value == 1000 && message.linux.securityContext.runAsGroup.value == 2000)
        #expect(message.linux.securityContext.privileged && message.linux.cgroupParent == "/kmd")
    }

    @Test func aGroupWithoutAUserIsLeftOut() {
        let security = ContainerSecurityContext(runAsGroup: 5)
        #expect(!Runtime_V1_LinuxContainerSecurityContext(security).hasRunAsGroup)
    }

    @Test func aPrivilegedContainerSeesAllOfProc() {
        #expect(Runtime_V1_LinuxContainerSecurityContext(ContainerSecurityContext(privileged: true)).maskedPaths.isEmpty)
        #expect(Runtime_V1_LinuxContainerSecurityContext(ContainerSecurityContext()).maskedPaths.contains("/proc/kcore"))
    }

    @Test(arguments: [
        (Runtime_V1_ContainerState.containerCreated, ContainerState.created), (.containerRunning, .running),
        (.containerExited, .exited),
        (.containerUnknown, .unknown), (.UNRECOGNIZED(9), .unknown),
    ])
    func aContainersStateIsRead(_ message: Runtime_V1_ContainerState, _ state: ContainerState) {
        #expect(ContainerState(message) == state)
    }

    @Test func zeroTimesMeanNotYet() {
        var message = Runtime_V1_ContainerStatus()
        message.createdAt = 5
        #expect(ContainerStatus(message).startedAt == nil && ContainerStatus(message).finishedAt == nil)
        message.startedAt = 7
        #expect(ContainerStatus(message).startedAt == Timestamp(nanosecondsSinceEpoch: 7))
    }

    @Test func errorsAreToldApart() {
        func error(_ code: RPCError.Code, _ message: String) -> ContainerRuntimeError {
            ContainerRuntimeError(code: code, message: message, call: "X", deadline: .seconds(1))
        }
        #expect(error(.notFound, "no such container").isNotFound)
        #expect(error(.unavailable, "connection refused").isRetriable)
        #expect(error(.deadlineExceeded, "") == .deadlineExceeded(call: "X", after: .seconds(1)))
        #expect(
            error(.unknown, "failed to reserve sandbox name \"a\": name \"a\" is reserved for \"12\"")
                == .alreadyExists("failed to reserve sandbox name \"a\": name \"a\" is reserved for \"12\""))
        #expect(error(.unknown, "oops").description == "X: rpc error: code = Unknown desc = oops")
        #expect(!error(.unknown, "oops").isRetriable)
    }

    @Test func anEndpointIsAUnixSocketWhosePathFits() throws {
        #expect(try CRIClient.path(ofEndpoint: "unix:///run/a.sock") == "/run/a.sock")
        #expect(try CRIClient.path(ofEndpoint: "/run/a.sock") == "/run/a.sock")
        #expect(throws: ContainerRuntimeError.self) { try CRIClient.path(ofEndpoint: "tcp://1.2.3.4:5") }
        #expect(throws: ContainerRuntimeError.self) { try CRIClient.path(ofEndpoint: "/" + String(repeating: "x", count: 107)) }
    }
}
