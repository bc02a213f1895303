import Core
import Glibc
import Logging
import Testing

@testable import ContainerRuntime

/// With a real containerd, as root: `KMD_REAL=1 KMD_IMAGES=<directory of scripts/build-images> swift test --filter RealContainerdTests`.
@Suite(.serialized, .enabled(if: getenv("KMD_REAL") != nil)) struct RealContainerdTests {
    private let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .warning
        return logger
    }()

    /// A data directory, a bridge and addresses of its own; everything goes in the end, and that is checked.
    /// - Parameter without: containerd cannot be asked at the clean-up.
    private func withOptions(subnet: String, without containerd: Bool = false, _ body: (ContainerdOptions) async throws -> Void)
        async throws
    {
        let directory = try temporaryDirectory()
        defer { _ = Files.removeTree(directory) }
        var options = ContainerdOptions(dataDirectory: directory)
        options.podSubnet = subnet
        options.imageDirectories = [getenv("KMD_IMAGES").map { String(cString: $0) } ?? "/nowhere"]
        do {
            try await body(options)
        } catch {
            Issue.record(error)
            print(
                Files.text(ContainerdLayout(options).log)?.split(separator: "\n").suffix(30).joined(separator: "\n")
                    ?? "no log of containerd")
        }
        if containerd { options.containerdProgram = "/nowhere/containerd" }
        let report = await ContainerRuntimeCleanup.run(options, logger: logger)
        #expect(report.failed.isEmpty, "\(report)")
        await expectNothingLeft(ContainerdLayout(options), subnet: subnet)
        let again = await ContainerRuntimeCleanup.run(options, logger: logger)
        #expect(again == CleanupReport(), "\(again)")
    }

    private func withRuntime(
        subnet: String, _ body: @Sendable (ContainerRuntime, ContainerdOptions) async throws -> Void
    ) async throws {
        try await withOptions(subnet: subnet) { try await run($0, body) }
    }

    private func run(
        _ options: ContainerdOptions, _ body: @Sendable (ContainerRuntime, ContainerdOptions) async throws -> Void
    ) async throws {
        let runtime = try ContainerRuntime(options: options, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await runtime.run() }
            try await runtime.waitUntilReady()
            try await body(runtime, options)
            group.cancelAll()
        }
    }

    private func expectNothingLeft(_ layout: ContainerdLayout, subnet: String) async {
        #expect(!Files.exists("/sys/class/net/\(layout.bridge)"))
        #expect(ProcessTable.running(with: ["-address", layout.socket]).isEmpty)
        #expect(ProcessTable.running(with: ["--config", layout.config]).isEmpty)
        #expect(MountTable.read().below(layout.state).isEmpty && MountTable.read().below(layout.home).isEmpty)
        #expect(!Files.exists(layout.state) && !Files.exists(layout.home))
        let rules = await Command.run([Files.find(program: "iptables-save") ?? "iptables-save"])
        #expect(!rules.output.contains(layout.networkName))
        #expect(!rules.output.contains(subnet.split(separator: "/")[0].dropLast(1)))
        // Another cluster of this machine may be at work: only what is ours is looked for.
        #expect(Files.names(in: "/var/lib/cni/results").filter { $0.hasPrefix(layout.networkName) }.isEmpty)
        #expect(!Files.names(in: "/sys/fs/cgroup/memory").contains(String(layout.cgroup.dropFirst())))
    }

    private func sandbox(_ name: String, in options: ContainerdOptions, ports: [PortMapping] = []) -> SandboxConfig {
        SandboxConfig(
            metadata: SandboxMetadata(name: name, uid: "uid-\(name)", namespace: "default"), hostname: name,
            logDirectory: options.dataDirectory + "/logs/\(name)", dns: DNSConfig(servers: ["10.0.0.10"], options: ["ndots:5"]),
            portMappings: ports,
            labels: ["io.kubernetes.pod.uid": "uid-\(name)"])
    }

    private func start(_ client: CRIClient, _ container: ContainerConfig, _ sandbox: SandboxConfig) async throws -> (
        sandbox: String, container: String
    ) {
        try Files.makeDirectory(sandbox.logDirectory)
        let sandboxID = try await client.runPodSandbox(sandbox)
        // Waits for the import of the archives, as kubelet's look before a pull does.
        _ = try #require(try await client.imageStatus(container.image))
        let id = try await client.createContainer(sandboxID: sandboxID, container, sandbox: sandbox)
        try await client.startContainer(id)
        return (sandboxID, id)
    }

    private func fetch(_ address: String, port: Int = 80) async throws -> String {
        // nginx is up some milliseconds after its start.
        for _ in 0..<100 {
            let page = await Command.run(
                [Files.find(program: "busybox") ?? "busybox", "wget", "-q", "-O", "-", "http://\(address):\(port)/"],
                timeout: .seconds(5))
            if page.succeeded { return page.output }
            try await Task.sleep(for: .milliseconds(50))
        }
        return "no answer from \(address):\(port)"
    }

    @Test func nginxAnswersOnItsAddressAndOnAHostPortAndSpeaksThroughItsLog() async throws {
        try await withRuntime(subnet: "10.231.1.0/24") { runtime, options in
            let client = runtime.client
            let pod = sandbox("web", in: options, ports: [PortMapping(containerPort: 80, hostPort: 28_080)])
            #expect(try await client.imageStatus("nginx")?.tags.contains("docker.io/library/nginx:latest") == true)
            let ids = try await start(client, ContainerConfig(name: "nginx", image: "nginx", logPath: "nginx.log"), pod)
            let status = try await client.podSandboxStatus(ids.sandbox)
            let address = try #require(status.addresses.first)
            #expect(address.hasPrefix("10.231.1."))
            #expect(try await fetch(address).contains("Welcome to nginx!"))
            let host = try #require(
                await Command.run([Files.find(program: "hostname") ?? "hostname", "-I"]).output.split(separator: " ").first)
            #expect(try await fetch(String(host), port: 28_080).contains("Welcome to nginx!"))
            #expect(try await fetch("127.0.0.1", port: 28_080).contains("Welcome to nginx!"))

            let said = try await client.execSync(ids.container, command: ["sh", "-c", "cat /etc/resolv.conf; hostname; exit 3"])
            #expect(said.exitCode == 3)
            #expect(String(decoding: said.stdout, as: UTF8.self) == "nameserver 10.0.0.10\noptions ndots:5\nweb\n")
            #expect(
                try await client.exec(ids.container, command: ["sh"], tty: true, stdin: true, stdout: true, stderr: false)
                    .hasPrefix("http://127.0.0.1:"))
            #expect(try await client.containerStats(ids.container).memoryUsageBytes > 0)

            let container = try await client.containerStatus(ids.container)
            #expect(container.state == .running && container.startedAt != nil)
            var log = ""
            for try await chunk in ContainerLogs(path: container.logPath, options: ContainerLogOptions(tailLines: 3)) {
                log += String(decoding: chunk, as: UTF8.self)
            }
            #expect(log.contains("GET / HTTP/1.1\" 200"), "\(log)")

            try await client.stopContainer(ids.container, grace: .seconds(5))
            let ended = try await client.containerStatus(ids.container)
            #expect(ended.state == .exited && ended.exitCode == 0 && ended.finishedAt != nil)
            try await client.stopPodSandbox(ids.sandbox)
            try await client.removePodSandbox(ids.sandbox)
            try await client.removePodSandbox(ids.sandbox)
            try await client.removeContainer(ids.container)
            await #expect { try await client.containerStatus(ids.container) } throws: {
                ($0 as? ContainerRuntimeError)?.isNotFound == true
            }
            #expect(try await client.imageStatus("nosuchimage") == nil)
            await #expect { try await client.pullImage("localhost:1/nosuch:1") } throws: { error in
                guard case .image(let problem) = error as? ContainerRuntimeError else { return false }
                return problem.kind == .unreachable && problem.message.contains("failed to pull and unpack image")
            }
        }
    }

    @Test func containersLiveOnWhenContainerdIsKilledAndWhenItsOwnerGoes() async throws {
        try await withRuntime(subnet: "10.231.2.0/24") { runtime, options in
            let client = runtime.client
            let layout = ContainerdLayout(options)
            let ids = try await start(
                client,
                ContainerConfig(
                    name: "busy", image: "busybox", command: ["sh", "-c", "echo hello; exec sleep 1000"], logPath: "busy.log"),
                sandbox("busy", in: options))
            let before = try #require(ProcessTable.running(with: ["--config", layout.config]).first)
            before.signal(SIGKILL)
            // The supervisor sees it and starts another; calls fail as unavailable until then.
            var after: ProcessIdentity?
            for _ in 0..<200 where after == nil {
                try await Task.sleep(for: .milliseconds(50))
                let containers = try? await client.listContainers()
                after = ProcessTable.running(with: ["--config", layout.config]).first { $0 != before }
                if let containers, after != nil { #expect(containers.map(\.id) == [ids.container]) }
            }
            #expect(after != nil)
            try await runtime.waitUntilReady()
            #expect(try await client.containerStatus(ids.container).state == .running)

            // A second owner waits for the first; when that one ends its containerd, it starts one and finds the pods.
            let successor = try ContainerRuntime(options: options, logger: Logger(label: "successor"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await successor.run() }
                #expect(try await successor.client.listContainers().map(\.id) == [ids.container])
                await runtime.stop()
                try await successor.waitUntilReady()
                let status = try await successor.client.containerStatus(ids.container)
                #expect(status.state == .running && status.id == ids.container)
                #expect(
                    try await successor.client.execSync(ids.container, command: ["echo", "still here"]).stdout
                        == Array("still here\n".utf8))
                group.cancelAll()
            }
        }
    }

    @Test func aContainerdThatIsAliveIsTakenOver() async throws {
        try await withOptions(subnet: "10.231.3.0/24") { options in
            let layout = ContainerdLayout(options)
            try await run(options) { _, _ in }
            let first = try #require(ProcessTable.running(with: ["--config", layout.config]).first)
            try await run(options) { successor, _ in
                guard case .ready(_, adopted: true)? = successor.supervisor?.state else {
                    Issue.record("not adopted: \(String(describing: successor.supervisor?.state))")
                    return
                }
                #expect(ProcessTable.running(with: ["--config", layout.config]) == [first])
            }
        }
    }

    @Test func withoutContainerdEverythingIsRemovedByHand() async throws {
        var traces: [String] = []
        try await withOptions(subnet: "10.231.4.0/24", without: true) { options in
            let layout = ContainerdLayout(options)
            let pod = sandbox("left", in: options, ports: [PortMapping(containerPort: 80, hostPort: 28_081)])
            try await run(options) { runtime, _ in
                _ = try await start(runtime.client, ContainerConfig(name: "nginx", image: "nginx", logPath: "nginx.log"), pod)
            }
            let results = Files.names(in: "/var/lib/cni/results").map { "/var/lib/cni/results/\($0)" }
                .filter { Files.text($0)?.contains(pod.metadata.uid) ?? false }
            traces += results + results.flatMap { NetworkLeftovers.namespacePaths(in: Files.text($0) ?? "") }
            let tasks = layout.state + "/containerd/io.containerd.runtime.v2.task/k8s.io"
            traces += Files.names(in: tasks).compactMap { Files.text("\(tasks)/\($0)/address") }.map {
                String($0.dropFirst("unix://".count))
            }
            #expect(traces.count >= 5 && traces.allSatisfy(Files.exists), "\(traces)")
            for process in ProcessTable.running(with: ["--config", layout.config]) { process.signal(SIGKILL) }
            #expect(!ProcessTable.running(with: ["-address", layout.socket]).isEmpty)
        }
        #expect(traces.filter(Files.exists).isEmpty)
    }

    @Test func aSecondTryMakesNoSecondSandbox() async throws {
        try await withRuntime(subnet: "10.231.5.0/24") { runtime, options in
            let client = runtime.client
            let pod = sandbox("twice", in: options)
            let id = try await client.runPodSandbox(pod)
            await #expect { try await client.runPodSandbox(pod) } throws: { error in
                if case .alreadyExists(let text) = error as? ContainerRuntimeError { text.contains(id) } else { false }
            }
            #expect(
                try await client.listPodSandboxes(SandboxFilter(labels: ["io.kubernetes.pod.uid": "uid-twice"])).map(\.id) == [id]
            )
            #expect(try await client.podSandboxStatus(id).summary.state == .ready)
        }
    }
}
