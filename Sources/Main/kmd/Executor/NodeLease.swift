import Core
import JSON
import KubeClient

/// The node's heartbeat: its lease in kube-node-lease, which goes with the node object.
struct NodeLease: Sendable {
    /// A node whose lease is older counts as silent (the controllers' grace period).
    static let duration = Duration.seconds(40)
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

    let client: KubeClient
    let nodeName: String

    /// - Parameter nodeUID: of the node object, which owns the lease.
    func renew(at now: Timestamp, nodeUID: String) async throws(KubeClientError) {
        let spec: JSONValue = [
            "holderIdentity": .string(nodeName), "leaseDurationSeconds": .integer(NodeLease.duration.components.seconds),
            "renewTime": .string(now.rfc3339Micro),
        ]
        do throws(KubeClientError) {
            try await client.patch("\(NodeLease.collection)/\(KubeClient.escaped(nodeName))", ["spec": spec])
        } catch {
            guard error.isNotFound else { throw error }
            let owner: JSONValue = ["apiVersion": "v1", "kind": "Node", "name": .string(nodeName), "uid": .string(nodeUID)]
            let lease: JSONValue = [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": ["name": .string(nodeName), "namespace": "kube-node-lease", "ownerReferences": [owner]], "spec": spec,
            ]
            try await client.create(NodeLease.collection, lease)
        }
    }
}
