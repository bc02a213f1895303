import Core
import FoundationEssentials
import JSON
import KubeClient
import KubeObjects
import NodeAgent

/// The node agent's view of the API server.
struct PodAPIAdapter: PodAPI {
    let client: KubeClient
    let events: EventRecorder

    func pod(_ key: PodKey) async throws(APIFailure) -> Pod {
        do throws(KubeClientError) { return Pod(json: try await client.get(path(key))) } catch { throw APIFailure(error) }
    }

    func bind(_ key: PodKey, uid: PodUID, nodeName: String, annotations: [String: String]) async throws(APIFailure) {
        let binding: JSONValue = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": [
                "name": .string(key.name), "namespace": .string(key.namespace), "uid": .string(uid.value), "annotations": object(annotations),
            ],
            "target": ["apiVersion": "v1", "kind": "Node", "name": .string(nodeName)],
        ]
        do throws(KubeClientError) { try await client.create(path(key) + "/binding", binding) } catch { throw APIFailure(error) }
    }

    func annotate(_ pod: Pod, annotations: [String: String]) async throws(APIFailure) -> Pod {
        let patch: JSONValue = [
            "metadata": [
                "uid": .string(pod.uid.value), "resourceVersion": .string(pod.metadata.resourceVersion), "annotations": object(annotations),
            ]
        ]
        do throws(KubeClientError) { return Pod(json: try await client.patch(path(pod.key), patch)) } catch { throw APIFailure(error) }
    }

    func patchStatus(_ key: PodKey, uid: PodUID, status: JSONValue) async throws(APIFailure) {
        let patch: JSONValue = ["metadata": ["uid": .string(uid.value)], "status": status]
        do throws(KubeClientError) { try await client.patch(path(key) + "/status", patch) } catch { throw APIFailure(error) }
    }

    func deleteNow(_ key: PodKey, uid: PodUID) async throws(APIFailure) {
        let options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "preconditions": ["uid": .string(uid.value)],
        ]
        do throws(KubeClientError) { try await client.delete(path(key), options: options) } catch { throw APIFailure(error) }
    }

    func configMap(namespace: String, name: String) async throws(APIFailure) -> [String: [UInt8]] {
        let map = try await object("configmaps", namespace, name)
        var files: [String: [UInt8]] = [:]
        for (key, value) in map["data"]?.object ?? [:] { files[key] = Array((value.string ?? "").utf8) }
        for (key, value) in map["binaryData"]?.object ?? [:] { files[key] = bytes(base64: value) }
        return files
    }

    func secret(namespace: String, name: String) async throws(APIFailure) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for (key, value) in try await object("secrets", namespace, name)["data"]?.object ?? [:] {
            files[key] = bytes(base64: value)
        }
        return files
    }

    func record(_ event: PodEvent, about pod: Pod) {
        let subject = EventSubject(
            kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid.value, resourceVersion: pod.metadata.resourceVersion,
            fieldPath: event.fieldPath)
        events.record(subject, event.isWarning ? .warning : .normal, reason: event.reason, message: event.message)
    }

    private func object(_ plural: String, _ namespace: String, _ name: String) async throws(APIFailure) -> JSONValue {
        do throws(KubeClientError) {
            return try await client.get("/api/v1/namespaces/\(KubeClient.escaped(namespace))/\(plural)/\(KubeClient.escaped(name))")
        } catch { throw APIFailure(error) }
    }

    private func object(_ texts: [String: String]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in texts.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
        return .object(object)
    }

    /// What cannot be read is empty: the API server has checked it.
    private func bytes(base64 value: JSONValue) -> [UInt8] { Array(Data(base64Encoded: value.string ?? "") ?? Data()) }

    private func path(_ key: PodKey) -> String {
        "/api/v1/namespaces/\(KubeClient.escaped(key.namespace))/pods/\(KubeClient.escaped(key.name))"
    }
}

extension APIFailure {
    init(_ error: KubeClientError) {
        let kind: Kind
        if error.isNotFound {
            kind = .notFound
        } else if error.isConflict || error.isAlreadyExists {
            kind = .conflict
        } else if error.isRetriable || error.isCancelled {
            kind = .unreachable
        } else {
            kind = .invalid
        }
        self.init(kind, error.message)
    }
}
