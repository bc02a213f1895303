/// The environment variables that tell a container of services, as kubelet makes them.
public enum ServiceVariables {
    /// - Parameters:
    ///   - services: all that are known.
    ///   - links: all services of the pod's namespace, not the API server's alone (`enableServiceLinks`).
    /// - Returns: sorted by name.
    public static func variables(_ services: some Collection<Service>, namespace: String, links: Bool) -> [(name: String, value: String)] {
        var chosen: [String: Service] = [:]
        for service in services where !service.clusterIPs.isEmpty {
            let isMaster = service.key == ServiceKey("default", "kubernetes")
            if isMaster {
                // The own namespace's service of that name goes before it.
                if chosen["kubernetes"] == nil { chosen["kubernetes"] = service }
            } else if links, service.key.namespace == namespace {
                chosen[service.key.name] = service
            }
        }
        var variables: [String: String] = [:]
        // Names that differ only where variables cannot ("a-b" and "a_b" cannot both be services) do not meet; sorted all the same.
        for service in chosen.values.sorted(by: { $0.key < $1.key }) { add(service, to: &variables) }
        return variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func add(_ service: Service, to variables: inout [String: String]) {
        guard let address = service.clusterIPs.first, let first = service.ports.first else { return }
        let prefix = word(service.key.name)
        variables["\(prefix)_SERVICE_HOST"] = "\(address)"
        variables["\(prefix)_SERVICE_PORT"] = "\(first.port)"
        for port in service.ports where !port.name.isEmpty { variables["\(prefix)_SERVICE_PORT_\(word(port.name))"] = "\(port.port)" }
        variables["\(prefix)_PORT"] = "\(first.transport.word)://\(address):\(first.port)"
        for port in service.ports {
            let link = "\(prefix)_PORT_\(port.port)_\(port.transport.rawValue)"
            variables[link] = "\(port.transport.word)://\(address):\(port.port)"
            variables["\(link)_PROTO"] = port.transport.word
            variables["\(link)_PORT"] = "\(port.port)"
            variables["\(link)_ADDR"] = "\(address)"
        }
    }

    private static func word(_ name: String) -> String { name.uppercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_") }
}
