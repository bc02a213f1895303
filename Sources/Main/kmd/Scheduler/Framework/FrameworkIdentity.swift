import Core
import JSON
import KubeClient
import Logging

/// The framework's id, kept in an object of the API: every subscription needs it, and under another id Mesos knows none of our tasks.
///
/// kmd chooses the id itself, and it is stored before Mesos hears of it: a master takes an id that it has never seen, as after its own
/// failover. So there is no moment in which a framework exists whose id only a process knows, and of two processes that start at once, the
/// API server lets one create the object and the other reads it.
struct FrameworkIdentity: Sendable {
    static let collection = "/api/v1/namespaces/kube-system/configmaps"
    static let name = "kmd-framework"
    static var path: String { "\(collection)/\(name)" }

    let kube: KubeClient
    let log: Logger
    let newID: @Sendable () -> FrameworkID

    init(kube: KubeClient, log: Logger, newID: @escaping @Sendable () -> FrameworkID) { (self.kube, self.log, self.newID) = (kube, log, newID) }

    /// The stored id.
    struct Stored: Sendable, Equatable {
        let id: FrameworkID
        /// Of the object: a condition for changing it.
        let resourceVersion: String
    }

    /// Reads an object of the API; `nil` for one that holds no id.
    static func read(_ object: JSONValue) -> Stored? {
        guard let id = object.at("data", "frameworkID")?.string, !id.isEmpty else { return nil }
        return Stored(id: FrameworkID(id), resourceVersion: object.at("metadata", "resourceVersion")?.string ?? "")
    }

    static func object(_ id: FrameworkID) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": "kube-system"],
            "data": ["frameworkID": .string(id.value)],
        ]
    }

    /// The id to subscribe with: the stored one, or a new one that is stored now. Waits for the API server; `nil` when the task is cancelled.
    func current() async -> FrameworkID? {
        while !Task.isCancelled {
            switch await look() {
            case .success(let stored?)?: return stored.id
            case .success(nil)?:
                let id = newID()
                let answer = await untilAnswered { () async throws(KubeClientError) in
                    try await kube.create(FrameworkIdentity.collection, FrameworkIdentity.object(id))
                }
                if case .success? = answer {
                    log.notice("a new framework id", metadata: ["framework": "\(id)"])
                    return id
                }
                // Somebody was faster, or the attempt whose answer was lost was ours: the object says which.
                if case .failure(let error)? = answer, !error.isAlreadyExists { await complain(error) }
            case .failure(let error)?: await complain(error)
            case nil: return nil
            }
        }
        return nil
    }

    /// What is stored now; `nil`: nothing. Fails only when the API server refuses to say.
    func stored() async -> Result<FrameworkID?, KubeClientError>? { await look()?.map { $0?.id } }

    /// Forgets `id`, if it still is the stored one.
    func forget(_ id: FrameworkID) async {
        _ = await untilAnswered { () async throws(KubeClientError) in
            do throws(KubeClientError) {
                guard let stored = FrameworkIdentity.read(try await kube.get(FrameworkIdentity.path)), stored.id == id else { return }
                try await kube.delete(FrameworkIdentity.path, options: ["preconditions": ["resourceVersion": .string(stored.resourceVersion)]])
            } catch {
                if error.isNotFound || error.isConflict { return }
                throw error
            }
        }
    }

    private func look() async -> Result<Stored?, KubeClientError>? {
        await untilAnswered { () async throws(KubeClientError) -> Stored? in
            do throws(KubeClientError) {
                let object = try await kube.get(FrameworkIdentity.path)
                guard let stored = FrameworkIdentity.read(object) else {
                    throw KubeClientError(kind: .malformed, message: "configmap kube-system/\(FrameworkIdentity.name) holds no data.frameworkID")
                }
                return stored
            } catch {
                if error.isNotFound { return nil }
                throw error
            }
        }
    }

    private func complain(_ error: KubeClientError) async {
        log.error("the framework id cannot be read or stored; nothing is launched", metadata: [
            "because": "\(error)", "remedy": "kubectl -n kube-system get configmap \(FrameworkIdentity.name) -o yaml",
        ])
        try? await SystemTime().sleep(for: .seconds(5))
    }
}
