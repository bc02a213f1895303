import Core
import JSON
import KubeObjects

/// Where a service's traffic goes.
public enum EndpointAddresses: String, Sendable, Hashable {
    /// To the pod's own address and the container's port.
    case pod
    /// To the node's address and the host port of the container's port (`--host-port-endpoints`), for clusters whose pod addresses are
    /// not routed between nodes. A port without a host port is no endpoint.
    case hostPort
}

/// A pod as a service sees it.
struct PodBackend: Sendable {
    let name: String
    let namespace: String
    let uid: String
    let nodeName: String
    /// One of a family.
    let addresses: [AddressFamily: String]
    /// Its name below the service's, if it has one.
    let hostname: String
    /// Its Ready condition.
    let isReady: Bool
    let isTerminating: Bool
    /// When its Ready condition last changed.
    let readyChanged: Timestamp?
    private let pod: Pod
    private let choice: EndpointAddresses

    /// `nil`: the pod has no address yet, or has ended.
    init?(_ json: JSONValue, of service: ServiceShape, choice: EndpointAddresses) {
        let pod = Pod(json: json)
        guard !pod.isFinished else { return nil }
        var addresses: [AddressFamily: String] = [:]
        let listed = (json.at("status", choice == .pod ? "podIPs" : "hostIPs")?.array ?? []).compactMap { $0["ip"]?.string }
        for address in [choice == .pod ? pod.status.podIP : pod.status.hostIP] + listed where !address.isEmpty {
            let family = AddressFamily(of: address)
            if addresses[family] == nil { addresses[family] = address }
        }
        guard !addresses.isEmpty else { return nil }
        self.addresses = addresses
        (name, namespace, uid, nodeName) = (pod.name, pod.namespace, pod.metadata.uid, pod.spec.nodeName)
        hostname = pod.spec.subdomain == service.name && pod.namespace == service.namespace ? pod.spec.hostname : ""
        isTerminating = pod.isTerminating
        let ready = (json.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == "Ready" }
        isReady = ready?["status"]?.string == "True"
        readyChanged = ready?["lastTransitionTime"]?.string.flatMap { Timestamp(rfc3339: $0) }
        (self.pod, self.choice) = (pod, choice)
    }

    /// Where the pod serves this port of the service, and the container's own port; `nil` when it does not.
    func port(for port: ServiceShape.Port) -> (number: Int64, container: Int64)? {
        switch (choice, port.target) {
        case (.pod, .number(let number)): return (number, number)
        case (.pod, .name(let name)):
            return containerPort { $0.name == name && $0.protocol == port.transport }.map { (Int64($0.containerPort), Int64($0.containerPort)) }
        case (.hostPort, .number(let number)):
            return containerPort { Int64($0.containerPort) == number && $0.protocol == port.transport }.flatMap(hostPort)
        case (.hostPort, .name(let name)):
            return containerPort { $0.name == name && $0.protocol == port.transport }.flatMap(hostPort)
        }
    }

    private func containerPort(where matches: (ContainerPort) -> Bool) -> ContainerPort? {
        for container in pod.spec.containers {
            if let port = container.ports.first(where: matches) { return port }
        }
        return nil
    }

    /// The port that the pod asked for, or that was chosen for it and written into its annotations.
    private func hostPort(of port: ContainerPort) -> (Int64, Int64)? {
        let annotations = pod.metadata.annotations
        let chosen =
            annotations["k8s.mesosphere.io/port_\(port.protocol)_\(port.containerPort)"].flatMap { Int64($0) }
            ?? annotations["k8s.mesosphere.io/portName_\(port.protocol)_\(port.name)"].flatMap { Int64($0) }
        if port.hostPort > 0 { return (Int64(port.hostPort), Int64(port.containerPort)) }
        if let chosen, (1...65_535).contains(chosen) { return (chosen, Int64(port.containerPort)) }
        return pod.spec.hostNetwork ? (Int64(port.containerPort), Int64(port.containerPort)) : nil
    }

    /// The backends of a service, in the order of their names.
    static func all(of service: ServiceShape, in pods: [JSONValue], choice: EndpointAddresses) -> [PodBackend] {
        pods.filter(service.selects).compactMap { PodBackend($0, of: service, choice: choice) }.sorted { $0.name < $1.name }
    }

    var reference: JSONValue {
        ["kind": "Pod", "namespace": .string(namespace), "name": .string(name), "uid": .string(uid)]
    }
}
