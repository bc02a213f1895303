import ControllerKit
import Core
import JSON

/// Keeps the Endpoints object of each service that has a selector; the object goes with its service.
public struct EndpointsController: ControllerLogic {
    public let name = EndpointNames.endpointsManager
    private let addresses: EndpointAddresses

    /// - Parameter addresses: what endpoints are made of; host addresses and ports for `--host-port-endpoints`.
    public init(addresses: EndpointAddresses = .pod) { self.addresses = addresses }

    public var watches: [Watch<ObjectName>] {
        [
            .itself(.services), ServicesOfPod.watch(addresses),
            Watch(.endpoints) { old, new, view in
                guard let object = new ?? old else { return [] }
                let name = ObjectName(of: object)
                // Some make Endpoints first and the service afterwards: only ours go because there is no service.
                return view.object(.services, name) != nil || EndpointsController.isOurs(object) ? [name] : []
            },
        ]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        let current = view.object(.endpoints, key)
        guard let json = view.object(.services, key) else {
            guard let current, !current.isBeingDeleted else { return .nothing }
            return Plan([.delete(.endpoints, key, uid: current.uid)])
        }
        let service = ServiceShape(json)
        guard service.choosesPods, !json.isBeingDeleted else { return .nothing }
        let backends = PodBackend.all(of: service, in: service.pods(in: view), choice: addresses)
        let content = EndpointsBuilder(service: service, backends: backends, choice: addresses).content()
        let object = EndpointsObject(service: service, content: content, trigger: EndpointNames.trigger(service, backends))
        guard let written = object.write(over: current) else { return .nothing }
        return Plan([current == nil ? .create(.endpoints, written) : .update(.endpoints, written)])
    }

    static func isOurs(_ endpoints: JSONValue) -> Bool {
        endpoints.at("metadata", "labels", EndpointNames.managedEndpoints)?.string == EndpointNames.endpointsManager
    }
}

/// Which services a change of a pod concerns.
enum ServicesOfPod {
    static func watch(_ addresses: EndpointAddresses) -> Watch<ObjectName> {
        Watch(.pods) { old, new, view in
            guard let pod = new ?? old, matters(old, new) else { return [] }
            let namespace = ObjectName(of: pod).namespace
            let found = [old, new].compactMap { $0?.labels }.flatMap { labels in
                view.objects(.services, in: namespace, withAny: labels).filter { service in
                    let selector = ServiceShape.texts(service.at("spec", "selector"))
                    return !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
                }
            }
            return Set(found.map { ObjectName(of: $0) }).sorted()
        }
    }

    /// A pod's status is written often; endpoints depend on little of it.
    static func matters(_ old: JSONValue?, _ new: JSONValue?) -> Bool {
        guard let old, let new else { return true }
        return facts(of: old) != facts(of: new)
    }

    private static func facts(of pod: JSONValue) -> [JSONValue?] {
        let ready = (pod.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == "Ready" }?["status"]
        return [
            pod.at("metadata", "uid"), pod.at("metadata", "labels"), pod.at("metadata", "deletionTimestamp"), pod.at("metadata", "annotations"),
            pod.at("spec", "nodeName"), pod.at("status", "podIP"), pod.at("status", "podIPs"), pod.at("status", "hostIP"),
            pod.at("status", "phase"), ready,
        ]
    }
}
