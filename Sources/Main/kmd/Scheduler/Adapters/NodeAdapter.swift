import Core
import JSON
import KubeClient
import LeaderElector
import Logging
import NodeRegistrar
import Scheduling

/// Writes node objects for the registrar.
struct NodeAdapter: NodeOutlet {
    let parts: SchedulerParts

    func perform(_ effect: NodeEffect) async -> Bool {
        do throws(KubeClientError) {
            switch effect {
            case .create(let wish): try await create(wish)
            case .update(let wish): try await update(wish)
            case .setReady(let name, let ready, let reason, let message):
                try await patchStatus(name, ["conditions": [condition(ready.rawValue, reason, message)]])
            case .delete(let name): try await parts.kube.delete("/api/v1/nodes/\(name)")
            }
            return true
        } catch {
            if !error.isRetriable { parts.log.info("node not written", metadata: ["node": "\(effect.node)", "because": "\(error)"]) }
            return error.isNotFound
        }
    }

    private func create(_ wish: NodeWish) async throws(KubeClientError) {
        var status: JSONValue = [
            "capacity": SchedulerConversions.quantities(wish.capacity), "allocatable": SchedulerConversions.quantities(wish.allocatable),
            "conditions": [condition("True", "MesosAgentActive", "the Mesos agent is connected")],
        ]
        var addresses: [JSONValue] = []
        if !wish.address.isEmpty { addresses.append(["type": "InternalIP", "address": .string(wish.address)]) }
        addresses.append(["type": "Hostname", "address": .string(wish.name)])
        status["addresses"] = .array(addresses)
        // What an executor of ours will be; it says more when it starts, with the node's first pod.
        status["nodeInfo"] = [
            "kubeletVersion": .string(KmdVersion.node), "kubeProxyVersion": .string(KmdVersion.node), "operatingSystem": "linux", "architecture": "",
            "bootID": "", "containerRuntimeVersion": "", "kernelVersion": "", "machineID": "", "osImage": "", "systemUUID": "",
        ]
        let node: JSONValue = ["apiVersion": "v1", "kind": "Node", "metadata": metadata(wish), "spec": [:], "status": status]
        do throws(KubeClientError) { try await parts.kube.create("/api/v1/nodes", node) } catch {
            guard error.isAlreadyExists else { throw error }
            return try await update(wish)
        }
        // A create may not carry a status.
        try await patchStatus(wish.name, status)
        parts.log.notice("node registered", metadata: ["node": "\(wish.name)", "agent": "\(wish.agent)"])
    }

    private func update(_ wish: NodeWish) async throws(KubeClientError) {
        var metadata = metadata(wish)
        // Labels of attributes that the agent has no more.
        let known = SchedulerConversions.texts(try await parts.kube.get("/api/v1/nodes/\(wish.name)").at("metadata", "labels"))
        for label in known.keys where label.hasPrefix("k8s.mesosphere.io/attribute-") && wish.labels[label] == nil {
            metadata.set(.null, at: "labels", label)
        }
        try await parts.kube.patch("/api/v1/nodes/\(wish.name)", ["metadata": metadata])
        try await patchStatus(
            wish.name,
            ["capacity": SchedulerConversions.quantities(wish.capacity), "allocatable": SchedulerConversions.quantities(wish.allocatable)])
    }

    private func patchStatus(_ name: String, _ status: JSONValue) async throws(KubeClientError) {
        try await parts.kube.patch("/api/v1/nodes/\(name)/status", ["status": status], type: .strategic)
    }

    private func metadata(_ wish: NodeWish) -> JSONValue {
        var labels: JSONValue = ["kubernetes.io/os": "linux"]
        for (key, value) in wish.labels.sorted(by: { $0.key < $1.key }) { labels[key] = .string(value) }
        return ["name": .string(wish.name), "labels": labels, "annotations": ["k8s.mesosphere.io/agentId": .string(wish.agent.value)]]
    }

    private func condition(_ status: String, _ reason: String, _ message: String) -> JSONValue {
        let now = JSONValue.string(parts.time.wallClock.rfc3339)
        return [
            "type": "Ready", "status": .string(status), "reason": .string(reason), "message": .string(message), "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        ]
    }
}
