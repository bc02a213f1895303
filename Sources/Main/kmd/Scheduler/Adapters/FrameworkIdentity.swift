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
