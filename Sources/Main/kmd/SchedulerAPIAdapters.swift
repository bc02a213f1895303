import Core
import JSON
import KubeClient
import LeaderElector
import Logging
import NodeRegistrar
import Scheduling

/// The framework's id, kept in an object of the API: the master gives it once, and every later subscription needs it.
struct FrameworkIdentity: Sendable {
    private static let collection = "/api/v1/namespaces/kube-system/configmaps"
    private static let name = "kmd-framework"
    let kube: KubeClient
    let log: Logger

    /// The id of earlier subscriptions; `nil` before the first. Waits for the API server.
    func stored() async -> FrameworkID? {
        let answer = await untilAnswered { () async throws(KubeClientError) -> JSONValue? in
            do throws(KubeClientError) { return try await kube.get("\(FrameworkIdentity.collection)/\(FrameworkIdentity.name)") } catch {
                if error.isNotFound { return nil }
                throw error
            }
        }
        guard case .success(let object?)? = answer else { return nil }
        return object.at("data", "frameworkID")?.string.flatMap { $0.isEmpty ? nil : FrameworkID($0) }
    }

    /// Makes `id` durable. `false` when another one is stored: then nothing must be done in the name of this one.
    func keep(_ id: FrameworkID) async -> Bool {
        if let known = await stored() {
            if known != id {
                log.critical("the master subscribed us as another framework than the one that is stored: nothing is launched", metadata: [
                    "stored": "\(known)", "subscribed": "\(id)",
                    "remedy": "kubectl -n kube-system delete configmap \(FrameworkIdentity.name), if the stored framework is gone for good",
                ])
            }
            return known == id
        }
        let object: JSONValue = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(FrameworkIdentity.name), "namespace": "kube-system"],
            "data": ["frameworkID": .string(id.value)],
        ]
        let answer = await untilAnswered { () async throws(KubeClientError) in try await kube.create(FrameworkIdentity.collection, object) }
        if case .success? = answer { return true }
        // It may have been stored by the attempt whose answer was lost.
        return await stored() == id
    }
}

/// The Lease of a component that only a leader runs, in kube-system.
struct LeaseAdapter: LeaseStore {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    let kube: KubeClient
    /// `kmd-scheduler`
    let name: String

    func read() async -> Result<LeaseRecord?, LeaseError> {
        do throws(KubeClientError) {
            return .success(record(try await kube.get("\(LeaseAdapter.collection)/\(name)")))
        } catch { return error.isNotFound ? .success(nil) : .failure(LeaseError(error.description)) }
    }

    func write(_ record: LeaseRecord) async -> LeaseAnswer {
        var object: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": ["name": .string(name), "namespace": "kube-system"],
            "spec": [
                "holderIdentity": .string(record.holder), "leaseTransitions": .integer(Int64(clamping: record.transitions)),
                "leaseDurationSeconds": .integer(record.duration.components.seconds), "acquireTime": .string(record.acquired.rfc3339Micro),
                "renewTime": .string(record.renewed.rfc3339Micro),
            ],
        ]
        do throws(KubeClientError) {
            if record.resourceVersion.isEmpty { return .stored(self.record(try await kube.create(LeaseAdapter.collection, object))) }
            object.set(.string(record.resourceVersion), at: "metadata", "resourceVersion")
            return .stored(self.record(try await kube.update("\(LeaseAdapter.collection)/\(name)", object)))
        } catch {
            return error.isConflict || error.isAlreadyExists || error.isNotFound ? .conflict : .failed(error.description)
        }
    }

    private func record(_ object: JSONValue) -> LeaseRecord {
        let spec = object["spec"] ?? .null
        func time(_ key: String) -> Timestamp { spec[key]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(secondsSinceEpoch: 0) }
        return LeaseRecord(
            holder: spec["holderIdentity"]?.string ?? "", transitions: UInt64(clamping: spec["leaseTransitions"]?.integer ?? 0),
            acquired: time("acquireTime"), renewed: time("renewTime"), duration: .seconds(spec["leaseDurationSeconds"]?.integer ?? 0),
            resourceVersion: object.at("metadata", "resourceVersion")?.string ?? "")
    }
}

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
