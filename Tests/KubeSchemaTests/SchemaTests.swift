import KubeSchema
import Testing

@Suite struct SchemaTests {
    let schema = Schema.shared

    @Test func podsKnowTheirFieldsAndMergeKeys() throws {
        let pod = try #require(schema.type(forKind: "", "v1", "Pod"))
        #expect(pod.name == "io.k8s.api.core.v1.Pod")
        #expect(pod.goName == "v1.Pod")
        #expect(pod.fields.map(\.name) == ["kind", "apiVersion", "metadata", "spec", "status"])
        let spec = schema[try #require(pod.field("spec")?.objectType)]
        let containers = try #require(spec.field("containers"))
        #expect(containers.mergesOnPatch && containers.patchMergeKey == "name" && containers.isRequired)
        #expect(containers.number == 2 && containers.goType == "[]v1.Container")
        let volumes = try #require(spec.field("volumes"))
        #expect(volumes.patchStrategies == ["merge", "retainKeys"])
        let container = schema[try #require(containers.objectType)]
        #expect(container.field("ports")?.listMapKeys == ["containerPort", "protocol"])
        #expect(spec.field("hostNetwork")?.isPointer == false)
        #expect(spec.field("automountServiceAccountToken")?.isPointer == true)
        #expect(spec.field("Containers") == nil)
    }

    @Test func inlinedFieldsAreFieldsOfTheirObject() throws {
        let volume = try #require(schema.type(named: "io.k8s.api.core.v1.Volume"))
        #expect(volume.fields.prefix(3).map(\.name) == ["name", "hostPath", "emptyDir"])
        let probe = try #require(schema.type(named: "io.k8s.api.core.v1.Probe"))
        #expect(probe.field("httpGet") != nil && probe.field("periodSeconds")?.type == .int32)
    }

    @Test func theKindsOfAllGroupsAreFoundInEach() {
        #expect(schema.type(forKind: "apps", "v1", "DeleteOptions")?.goName == "v1.DeleteOptions")
        #expect(schema.type(forKind: "", "v1", "Status") != nil)
        #expect(schema.type(forKind: "apps", "v1", "Pod") == nil)
    }

    static let kinds = [
        "v1/Pod", "v1/PodList", "v1/Namespace", "v1/Node", "v1/Event", "events.k8s.io/v1/Event", "v1/ConfigMap", "v1/Secret",
        "v1/Service",
        "coordination.k8s.io/v1/Lease", "v1/Binding", "v1/Status", "policy/v1/Eviction", "v1/Endpoints", "v1/ServiceAccount",
        "v1/LimitRange",
        "v1/ResourceQuota", "v1/ReplicationController", "v1/PodTemplate", "apps/v1/Deployment", "apps/v1/ReplicaSet",
        "apps/v1/StatefulSet",
        "apps/v1/DaemonSet", "apps/v1/ControllerRevision", "batch/v1/Job", "batch/v1/CronJob",
        "discovery.k8s.io/v1/EndpointSlice",
        "policy/v1/PodDisruptionBudget", "v1/PersistentVolume", "autoscaling/v1/Scale", "v1/List",
    ]

    @Test(arguments: kinds) func knowsTheKind(_ text: String) throws {
        let slash = try #require(text.lastIndex(of: "/"))
        let kind = GroupVersionKind(apiVersion: String(text[..<slash]), kind: String(text[text.index(after: slash)...]))
        let type = try #require(schema.type(forKind: kind))
        #expect(type.shortName == kind.kind)
        #expect(type.fields.allSatisfy { $0.type != .json || $0.name == "fieldsV1" })
    }
}
