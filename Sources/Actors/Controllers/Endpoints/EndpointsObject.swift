import Core
import JSON

/// Names that endpoints and their slices share with the rest of Kubernetes.
enum EndpointNames {
    static let triggerTime = "endpoints.kubernetes.io/last-change-trigger-time"
    static let overCapacity = "endpoints.kubernetes.io/over-capacity"
    static let headless = "service.kubernetes.io/headless"
    static let managedEndpoints = "endpoints.kubernetes.io/managed-by"
    static let endpointsManager = "endpoint-controller"
    static let managedSlice = "endpointslice.kubernetes.io/managed-by"
    static let sliceManager = "endpointslice-controller.k8s.io"
    static let mirror = "endpointslicemirroring-controller.k8s.io"
    static let skipMirror = "endpointslice.kubernetes.io/skip-mirror"
    static let serviceName = "kubernetes.io/service-name"
    static let leader = "control-plane.alpha.kubernetes.io/leader"
    static let originalPorts = "k8s.mesosphere.io/containerPort_"

    /// When what is written now was caused: the service's making, or the last change of a pod's readiness.
    static func trigger(_ service: ServiceShape, _ backends: [PodBackend]) -> Timestamp? {
        let created = service.json.at("metadata", "creationTimestamp")?.string.flatMap { Timestamp(rfc3339: $0) }
        return (backends.compactMap(\.readyChanged) + [created].compactMap(\.self)).max()
    }

    /// The annotation for a write; none when nothing newer than the last write caused it.
    static func setTrigger(_ trigger: Timestamp?, in object: inout JSONValue) {
        let before = object.at("metadata", "annotations", triggerTime)?.string.flatMap { Timestamp(rfc3339: $0) }
        if let trigger, before.map({ $0 < trigger }) ?? true {
            object.set(.string(trigger.rfc3339), at: "metadata", "annotations", triggerTime)
        } else {
            object.remove(at: "metadata", "annotations", triggerTime)
        }
    }

    static func labels(_ labels: [String: String]) -> JSONValue {
        var object = JSONObject()
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
        return .object(object)
    }
}

/// The Endpoints object of a service that chooses pods.
struct EndpointsObject: Sendable {
    let service: ServiceShape
    let content: EndpointsBuilder.Content
    let trigger: Timestamp?

    /// What to write; `nil` when `current` says it already.
    func write(over current: JSONValue?) -> JSONValue? {
        var labels = service.labels
        labels[EndpointNames.headless] = service.isHeadless ? "" : nil
        labels[EndpointNames.managedEndpoints] = EndpointNames.endpointsManager
        if let current, isSaid(by: current, labels) { return nil }
        var object: JSONValue =
            current ?? [
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": ["name": .string(service.name), "namespace": .string(service.namespace)],
            ]
        object.set(EndpointNames.labels(labels), at: "metadata", "labels")
        for key in ownAnnotations(of: object) { object.remove(at: "metadata", "annotations", key) }
        for (key, value) in annotations.sorted(by: { $0.key < $1.key }) { object.set(.string(value), at: "metadata", "annotations", key) }
        EndpointNames.setTrigger(trigger, in: &object)
        object["subsets"] = content.subsets.isEmpty ? nil : .array(content.subsets)
        return object
    }

    private var annotations: [String: String] {
        var annotations = content.portAnnotations
        if content.isTruncated { annotations[EndpointNames.overCapacity] = "truncated" }
        return annotations
    }

    private func ownAnnotations(of object: JSONValue) -> [String] {
        (object.at("metadata", "annotations")?.object?.keys ?? []).filter {
            $0 == EndpointNames.overCapacity || $0.hasPrefix(EndpointNames.originalPorts)
        }
    }

    private func isSaid(by current: JSONValue, _ labels: [String: String]) -> Bool {
        let said = ServiceShape.texts(current.at("metadata", "annotations"))
            .filter { $0.key == EndpointNames.overCapacity || $0.key.hasPrefix(EndpointNames.originalPorts) }
        return current["subsets"]?.array ?? [] == content.subsets && ServiceShape.texts(current.at("metadata", "labels")) == labels
            && said == annotations
    }
}
