import ControllerKit
import Core
import JSON

/// Keeps the EndpointSlices of each service that has a selector.
public struct EndpointSliceController: ControllerLogic {
    public let name = "endpoint-slice-controller"
    private let addresses: EndpointAddresses

    /// - Parameter addresses: as `EndpointsController` has them.
    public init(addresses: EndpointAddresses = .pod) { self.addresses = addresses }

    public var watches: [Watch<ObjectName>] {
        [.itself(.services), ServicesOfPod.watch(addresses), SliceAccess.watch(EndpointNames.sliceManager), .known(.nodes)]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        let existing = SliceAccess.slices(of: key, by: EndpointNames.sliceManager, in: view)
        guard let json = view.object(.services, key) else { return SliceAccess.deletion(of: existing) }
        let service = ServiceShape(json)
        guard !json.isBeingDeleted else { return .nothing }
        guard service.choosesPods else { return SliceAccess.deletion(of: existing) }
        let backends = PodBackend.all(of: service, in: service.pods(in: view), choice: addresses)
        let set = SliceBuilder(service: service, backends: backends) { node in
            view.object(.nodes, ObjectName(name: node))?.at("metadata", "labels", "topology.kubernetes.io/zone")?.string
        }.set()
        return SliceAccess.plan(set, existing: existing, in: view)
    }
}

/// Mirrors Endpoints that somebody wrote by hand for a service without a selector.
public struct EndpointSliceMirroring: ControllerLogic {
    public let name = "endpoint-slice-mirroring-controller"
    public init() {}

    public var watches: [Watch<ObjectName>] {
        [.itself(.services), .itself(.endpoints), SliceAccess.watch(EndpointNames.mirror)]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        let existing = SliceAccess.slices(of: key, by: EndpointNames.mirror, in: view)
        guard let endpoints = view.object(.endpoints, key), SliceMirror.mirrors(endpoints, of: view.object(.services, key)) else {
            return SliceAccess.deletion(of: existing)
        }
        return SliceAccess.plan(SliceMirror(endpoints: endpoints, serviceName: key.name).set(), existing: existing, in: view)
    }
}

/// What both slice controllers read and write.
enum SliceAccess {
    /// A change of a slice concerns the service that it names, and the one that it named.
    static func watch(_ manager: String) -> Watch<ObjectName> {
        Watch(.endpointSlices) { old, new, _ in
            let services = [old, new].compactMap { slice -> ObjectName? in
                guard let slice, let labels = slice.at("metadata", "labels"), labels[EndpointNames.managedSlice]?.string == manager,
                    let service = labels[EndpointNames.serviceName]?.string
                else { return nil }
                return ObjectName(namespace: ObjectName(of: slice).namespace, name: service)
            }
            return Set(services).sorted()
        }
    }

    static func slices(of service: ObjectName, by manager: String, in view: ClusterView) -> [JSONValue] {
        view.objects(
            .endpointSlices, in: service.namespace,
            withAll: [EndpointNames.serviceName: service.name, EndpointNames.managedSlice: manager])
    }

    static func deletion(of slices: [JSONValue]) -> Plan {
        Plan(slices.filter { !$0.isBeingDeleted }.map { .delete(.endpointSlices, ObjectName(of: $0), uid: $0.uid) })
    }

    /// New slices come first, so that no endpoint is missing in between.
    static func plan(_ set: SliceSet, existing: [JSONValue], in view: ClusterView) -> Plan {
        let writes = set.writes(existing: existing) { view.object(.endpointSlices, ObjectName(namespace: set.namespace, name: $0)) != nil }
        return Plan(
            writes.create.map { .create(.endpointSlices, $0) } + writes.update.map { .update(.endpointSlices, $0) }
                + writes.delete.map { .delete(.endpointSlices, ObjectName(of: $0), uid: $0.uid) })
    }
}
