import Core
import JSON
import KubeClient
import MesosLocal

/// The API server's side of simulated executors: they bind their pods, report them as running, and remove them at their end.
struct SimulatedPodsAdapter: SimulatedPods {
    let client: KubeClient

    /// Each step is tried again while the server does not answer; a pod that is gone or another's cannot be bound.
    func bind(_ task: SimulatedTask) async -> Bool {
        guard let (path, name, uid) = pod(of: task) else { return false }
        let binding: JSONValue = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": ["name": .string(name), "uid": .string(uid), "annotations": ["k8s.mesosphere.io/taskId": .string(task.task.value)]],
            "target": ["apiVersion": "v1", "kind": "Node", "name": .string(task.hostname)],
        ]
        guard await untilAnswered({ () throws(KubeClientError) in try await client.create(path + "/binding", binding) }) else { return false }
        let now = JSONValue.string(SystemTime().wallClock.rfc3339)
        let conditions = ["Initialized", "Ready", "ContainersReady"].map { name -> JSONValue in
            ["type": .string(name), "status": "True", "lastTransitionTime": now]
        }
        let status: JSONValue = [
            "metadata": ["uid": .string(uid)], "status": ["phase": "Running", "startTime": now, "conditions": .array(conditions)],
        ]
        return await untilAnswered { () throws(KubeClientError) in try await client.patch(path + "/status", status, type: .strategic) }
    }

    func ended(_ task: SimulatedTask) async {
        guard let (path, _, uid) = pod(of: task) else { return }
        let options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "preconditions": ["uid": .string(uid)],
        ]
        _ = await untilAnswered { () throws(KubeClientError) in try await client.delete(path, options: options) }
    }

    private func pod(of task: SimulatedTask) -> (path: String, name: String, uid: String)? {
        guard let pod = try? JSONValue(parsing: task.data), let name = pod.at("metadata", "name")?.string,
            let namespace = pod.at("metadata", "namespace")?.string, let uid = pod.at("metadata", "uid")?.string
        else { return nil }
        return ("/api/v1/namespaces/\(KubeClient.escaped(namespace))/pods/\(KubeClient.escaped(name))", name, uid)
    }

    /// `false` when the server refused.
    private func untilAnswered(_ call: () async throws(KubeClientError) -> JSONValue) async -> Bool {
        while !Task.isCancelled {
            do throws(KubeClientError) {
                _ = try await call()
                return true
            } catch {
                guard error.isRetriable else { return false }
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        return false
    }
}
