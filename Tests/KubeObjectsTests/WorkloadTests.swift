import JSON
import KubeObjects
import Testing

@Suite struct WorkloadTests {
    @Test("An absent field has Kubernetes' default, and the largest 32-bit number says that there is no limit")
    func defaults() {
        let bare = Deployment(json: ["metadata": ["name": "a"], "spec": [:]])
        #expect(bare.replicas == 1 && bare.isRollingUpdate && !bare.isPaused && bare.revisionHistoryLimit == nil)
        #expect(bare.strategy == .rollingUpdate(maxSurge: .percent(25), maxUnavailable: .percent(25)))
        let limits = Deployment(json: ["spec": ["revisionHistoryLimit": 0, "progressDeadlineSeconds": 2_147_483_647, "strategy": ["type": "Recreate"]]])
        #expect(limits.revisionHistoryLimit == 0 && limits.progressDeadlineSeconds == nil && limits.strategy == .recreate)
        #expect(ReplicaWorkload(json: [:]).replicas == 1)
    }

    @Test("A status is written as it was read; counts of zero are left out, but not the replicas of a replica set")
    func statuses() {
        #expect(ReplicaStatus().json == ["replicas": 0])
        #expect(DeploymentStatus().json == [:])
        let condition: JSONValue = [
            "type": "Progressing", "status": "True", "lastUpdateTime": "2026-11-21T01:13:16Z", "lastTransitionTime": "2026-11-21T01:13:16Z",
            "reason": "NewReplicaSetCreated", "message": "m",
        ]
        let deployment: JSONValue = [
            "observedGeneration": 2, "replicas": 4, "updatedReplicas": 1, "readyReplicas": 3, "availableReplicas": 3, "unavailableReplicas": 1,
            "conditions": [condition], "collisionCount": 1,
        ]
        #expect(DeploymentStatus(json: deployment).json == deployment)
        let set: JSONValue = [
            "replicas": 3, "fullyLabeledReplicas": 3, "readyReplicas": 2, "availableReplicas": 1, "observedGeneration": 7,
            "conditions": [["type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "m"]],
        ]
        #expect(ReplicaStatus(json: set).json == set)
    }

    @Test("An owner reference is written as it was read, and the controller is the one that says so")
    func owners() {
        let owner: JSONValue = [
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "a", "uid": "u", "controller": true, "blockOwnerDeletion": true,
        ]
        #expect(OwnerReference(json: owner).json == owner)
        let meta = ObjectMeta(json: ["name": "p", "generation": 3, "finalizers": ["f"], "ownerReferences": [["uid": "x"], owner]])
        #expect(meta.controller?.uid == "u" && meta.generation == 3 && meta.finalizers == ["f"])
        #expect(ObjectMeta(json: [:]).controller == nil)
    }
}
