import JSON

/// A kind of object as controllers know it: enough to find its objects at the API server.
public struct ObjectKind: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// How much of an object the shared cache keeps: what no controller reads would only cost memory.
    public enum Keeping: Sendable, Hashable {
        case whole
        /// Metadata alone (and what the object is): config maps, secrets and others that only garbage collection looks at.
        case metadata
        /// A pod without what only its node needs. Such an object must be patched, never put back.
        case pod
    }

    /// Empty for the core group.
    public let group: String
    public let version: String
    /// `replicasets`
    public let plural: String
    /// `ReplicaSet`
    public let kind: String
    public let isNamespaced: Bool
    public let keeping: Keeping

    public init(group: String = "", version: String = "v1", plural: String, kind: String, isNamespaced: Bool = true, keeping: Keeping = .whole) {
        (self.group, self.version, self.plural, self.kind) = (group, version, plural, kind)
        (self.isNamespaced, self.keeping) = (isNamespaced, keeping)
    }

    /// `apps/v1`
    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    public var description: String { group.isEmpty ? plural : "\(plural).\(group)" }

    // The kind is its group and resource: two rows of one resource are the same kind.
    public static func == (left: Self, right: Self) -> Bool { left.plural == right.plural && left.group == right.group }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(plural)
        hasher.combine(group)
    }
    public static func < (left: Self, right: Self) -> Bool { (left.group, left.plural) < (right.group, right.plural) }

    /// The collection's path, of one namespace or of all.
    public func path(namespace: String? = nil) -> String {
        let root = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        guard isNamespaced, let namespace, !namespace.isEmpty else { return "\(root)/\(plural)" }
        return "\(root)/namespaces/\(namespace)/\(plural)"
    }

    /// One object's path.
    public func path(_ name: ObjectName) -> String { "\(path(namespace: name.namespace))/\(name.name)" }

    public static let pods = ObjectKind(plural: "pods", kind: "Pod", keeping: .pod)
    public static let services = ObjectKind(plural: "services", kind: "Service")
    public static let endpoints = ObjectKind(plural: "endpoints", kind: "Endpoints")
    public static let nodes = ObjectKind(plural: "nodes", kind: "Node", isNamespaced: false)
    public static let namespaces = ObjectKind(plural: "namespaces", kind: "Namespace", isNamespaced: false)
    public static let serviceAccounts = ObjectKind(plural: "serviceaccounts", kind: "ServiceAccount")
    public static let configMaps = ObjectKind(plural: "configmaps", kind: "ConfigMap", keeping: .metadata)
    public static let secrets = ObjectKind(plural: "secrets", kind: "Secret", keeping: .metadata)
    public static let replicationControllers = ObjectKind(plural: "replicationcontrollers", kind: "ReplicationController")
    public static let replicaSets = ObjectKind(group: "apps", plural: "replicasets", kind: "ReplicaSet")
    public static let deployments = ObjectKind(group: "apps", plural: "deployments", kind: "Deployment")
    public static let endpointSlices = ObjectKind(group: "discovery.k8s.io", plural: "endpointslices", kind: "EndpointSlice")
    public static let leases = ObjectKind(group: "coordination.k8s.io", plural: "leases", kind: "Lease")
    public static let events = ObjectKind(plural: "events", kind: "Event", keeping: .metadata)

    /// `object` as the shared cache keeps it.
    public func trimmed(_ object: JSONValue) -> JSONValue {
        var object = object
        object.remove(at: "metadata", "managedFields")
        switch keeping {
        case .whole: break
        case .metadata:
            var kept: JSONValue = ["metadata": object["metadata"] ?? [:]]
            kept["apiVersion"] = object["apiVersion"]
            kept["kind"] = object["kind"]
            return kept
        case .pod:
            object.remove(at: "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
            object.remove(at: "spec", "volumes")
            for list in ["containers", "initContainers"] {
                guard let containers = object.at("spec", list)?.array else { continue }
                object.set(.array(containers.map(ObjectKind.outline)), at: "spec", list)
            }
        }
        return object
    }

    /// What controllers read of a container: its name, image and ports.
    private static func outline(_ container: JSONValue) -> JSONValue {
        var outline: JSONValue = [:]
        for member in ["name", "image", "ports"] { outline[member] = container[member] }
        return outline
    }
}

/// An object of some kind, by name.
public struct ObjectName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Empty for cluster-scoped objects.
    public let namespace: String
    public let name: String

    public init(namespace: String = "", name: String) { (self.namespace, self.name) = (namespace, name) }

    /// The name that an object carries.
    public init(of object: JSONValue) {
        self.init(namespace: object.at("metadata", "namespace")?.string ?? "", name: object.at("metadata", "name")?.string ?? "")
    }

    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
    public static func < (left: Self, right: Self) -> Bool { (left.namespace, left.name) < (right.namespace, right.name) }
}

/// A reference to one very object: a name may be used again, a uid is not.
public struct ObjectReference: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let kind: ObjectKind
    public let name: ObjectName
    public let uid: String

    public init(kind: ObjectKind, name: ObjectName, uid: String) { (self.kind, self.name, self.uid) = (kind, name, uid) }
    public var description: String { "\(kind) \(name) (\(uid))" }
    public static func < (left: Self, right: Self) -> Bool { (left.kind, left.name, left.uid) < (right.kind, right.name, right.uid) }
}
