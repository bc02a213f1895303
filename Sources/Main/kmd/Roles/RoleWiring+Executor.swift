import Core
import Mesos

extension RoleWiring {
    /// Says what agents run as our executor: a file that they have, or this binary, fetched from this scheduler.
    ///
    /// - Parameter isEmbedded: the agent is the embedded one, on this machine.
    func setExecutor(_ options: inout SchedulerOptions, _ flags: SchedulerFlags, isEmbedded: Bool, words: [String]) async throws {
        options.advertised = try advertised(flags, options)
        if let base = artifactBase(flags, options, isEmbedded: isEmbedded) {
            let artifact = try await ExecutorArtifact.of(file: RoleWiring.ownProgram)
            options.executorArtifact = (artifact, base)
            options.executorRevision = ExecutorRevision.text(build: artifact.sha256, words: words)
            Console.say("executor         \(artifact.url(base: base))  (\(artifact.size / 1_000_000) MB, for agents to fetch)")
        } else {
            options.executorRevision = ExecutorRevision.text(build: ExecutorRevision.build(of: options.executorFile), words: words)
        }
    }

    /// `http://host:port` where others reach this scheduler, if the command line says so.
    private func advertised(_ flags: SchedulerFlags, _ options: SchedulerOptions) throws -> String? {
        guard let written = flags.advertisedAddress else { return nil }
        guard let endpoint = MesosEndpoint(written, defaultPort: options.port == 0 ? 10251 : options.port) else {
            throw PlainFailure("--advertised-address=\(written): this is no address. Write it as host:port.")
        }
        return "http://\(endpoint)"
    }

    /// `http://host:port` where agents reach this scheduler; `nil`: they have the executor's file themselves.
    private func artifactBase(_ flags: SchedulerFlags, _ options: SchedulerOptions, isEmbedded: Bool) -> String? {
        if flags.executorPath != nil { return nil }
        if let advertised = options.advertised { return advertised }
        // The embedded agent is on this machine.
        if isEmbedded { return nil }
        let isEverywhere = ["0.0.0.0", "::", ""].contains(options.address)
        let isLoopback = options.address.hasPrefix("127.") || ["::1", "localhost"].contains(options.address)
        return isEverywhere || isLoopback || options.port == 0 ? nil : "http://\(MesosEndpoint(host: options.address, port: options.port))"
    }

    /// The path that `--executor-path` names, written as a path or as a `file:` address.
    static func installedFile(_ written: String) throws -> String {
        let path = written.hasPrefix("file://") ? String(written.dropFirst("file://".count)) : written
        guard path.hasPrefix("/") else { throw PlainFailure("--executor-path=\(written): name a file that each agent has, /path or file:///path.") }
        return path
    }
}
