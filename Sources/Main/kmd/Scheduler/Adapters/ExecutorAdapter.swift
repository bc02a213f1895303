import Binder
import Core
import ExecutorKeeper
import Logging
import Mesos
import Scheduling

/// Asks the master which executors run, and tells them what the keeper wants.
struct ExecutorAdapter: ExecutorOutlet {
    let parts: SchedulerParts

    func list() async -> [RunningExecutor]? {
        guard let framework = await parts.mesos?.frameworkID else { return nil }
        do throws(MesosCallError) {
            return try await MesosOperatorClient(masters: parts.options.masters, access: parts.options.access).executors(of: framework, id: SchedulerOptions.executorID).map {
                RunningExecutor(agent: $0.agent, description: $0.description, revision: $0.labels[ExecutorRevision.label] ?? "")
            }
        } catch {
            parts.log.info("executors cannot be listed", metadata: ["because": "\(error)"])
            return nil
        }
    }

    func leave(_ agent: AgentID, reason: String) async {
        parts.log.notice("asking an executor to make room for a newer one; its containers run on", metadata: ["agent": "\(agent)", "because": "\(reason)"])
        let message = ExecutorMessage(.leave, term: parts.term, reason: reason)
        await parts.attempt("MESSAGE") { mesos throws(MesosCallError) in
            try await mesos.message(message.bytes, to: SchedulerOptions.executorID, on: agent)
        }
    }

    func stays(_ agent: AgentID, host: String) async {
        parts.log.warning("an executor does not leave: its build does not know how", metadata: [
            "agent": "\(agent)", "node": "\(host)", "remedy": "drain the node, or stop the executor's process there; its containers run on",
        ])
    }
}

extension BinderAdapter {
    /// As what the tasks of a launch have to name their executor; `nil`: one runs there, and Mesos does not say as what.
    func executor(for launch: AgentLaunch, framework: FrameworkID) async -> ExecutorDescription? {
        guard let keeper = parts.actors?.executors else { return nil }
        let fresh = description(of: launch)
        let executor = RunningExecutor(agent: launch.agent, description: fresh.bytes(framework: framework), revision: parts.options.executorRevision)
        guard let exact = await keeper.description(for: launch.agent, isListed: launch.executor == nil, fresh: { executor }) else { return nil }
        var chosen = fresh
        chosen.exact = exact
        return chosen
    }

    /// What an executor is started as now.
    private func description(of launch: AgentLaunch) -> ExecutorDescription {
        let options = parts.options
        let usual = Resources([.init(origin: Origin(role: launch.role), amounts: options.executorShare)])
        var executor = ExecutorDescription(
            id: SchedulerOptions.executorID, name: "Kubelet-Executor", source: "kubernetes",
            command: .argv(file: options.executorFile, [options.executorFile] + options.executorArguments),
            environment: options.executorEnvironment, resources: SchedulerConversions.mesos(launch.executor ?? usual))
        executor.labels = [ExecutorRevision.label: options.executorRevision]
        if let artifact = options.executorArtifact {
            executor.command = .shell(artifact.file.command(options.executorArguments))
            executor.uris = [.init(artifact.file.url(base: artifact.base), executable: true, cache: true)]
        }
        return executor
    }
}
