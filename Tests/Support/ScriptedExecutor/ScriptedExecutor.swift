import Core
import Glibc
import Mesos

/// A small real executor for tests: each task's data says what it does.
///
/// `run` runs until KILL, `finish` ends at once, `die:N` ends the process with status N after the task runs. SHUTDOWN kills its tasks and ends
/// it with 0; SIGTERM ends it at once, as a stopping agent asks.
@main struct ScriptedExecutor {
    static func main() async {
        let environment: ExecutorEnvironment
        do {
            environment = try ExecutorEnvironment(environment: variables())
        } catch {
            print(error)
            exit(2)
        }
        print("executor \(environment.executorID) for \(environment.agent)")
        let client = MesosExecutorClient(environment)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            var running: [TaskID] = []
            for await event in client.events {
                switch event {
                case .launch(let task): await start(task, client, &running)
                case .launchGroup(let tasks): for task in tasks { await start(task, client, &running) }
                case .kill(let task, _):
                    running.removeAll { $0 == task }
                    _ = try? await client.update(TaskStatusUpdate(taskID: task, state: .killed, message: "killed on request"))
                case .message(let data): try? await client.message(Array("echo:".utf8) + data)
                case .shutdown:
                    for task in running { _ = try? await client.update(TaskStatusUpdate(taskID: task, state: .killed, message: "executor shutdown")) }
                    for _ in 0..<200 where await client.unacknowledgedUpdates > 0 { try? await Task.sleep(for: .milliseconds(10)) }
                    exit(0)
                case .agentGone(let reason):
                    print("agent gone: \(reason)")
                    exit(3)
                case .subscribed, .acknowledged, .error, .disconnected: break
                }
            }
            group.cancelAll()
        }
    }

    static func start(_ task: LaunchedTask, _ client: MesosExecutorClient, _ running: inout [TaskID]) async {
        let script = String(decoding: task.data, as: UTF8.self)
        _ = try? await client.update(TaskStatusUpdate(taskID: task.taskID, state: .starting))
        _ = try? await client.update(TaskStatusUpdate(taskID: task.taskID, state: .running, message: "running", healthy: true))
        if script == "finish" {
            _ = try? await client.update(TaskStatusUpdate(taskID: task.taskID, state: .finished, message: "done"))
        } else if script.hasPrefix("die:") {
            for _ in 0..<500 where await client.unacknowledgedUpdates > 0 { try? await Task.sleep(for: .milliseconds(10)) }
            exit(Int32(script.dropFirst(4)) ?? 1)
        } else {
            running.append(task.taskID)
        }
    }

    static func variables() -> [String: String] {
        var result: [String: String] = [:]
        for name in [
            "MESOS_AGENT_ENDPOINT", "MESOS_FRAMEWORK_ID", "MESOS_EXECUTOR_ID", "MESOS_SLAVE_ID", "MESOS_SANDBOX", "MESOS_CHECKPOINT",
            "MESOS_RECOVERY_TIMEOUT", "MESOS_SUBSCRIPTION_BACKOFF_MAX", "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD",
        ] {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }
}
