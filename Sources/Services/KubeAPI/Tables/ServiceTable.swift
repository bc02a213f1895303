import JSON

/// The cells of services and endpoints.
enum ServiceTable {
    static let columns: [TableColumn] = [
        ResourceKind.nameColumn,
        TableColumn("Type", "How the service is reached."),
        TableColumn("Cluster-IP", "Its address inside the cluster."),
        TableColumn("External-IP", "Its addresses outside."),
        TableColumn("Port(s)", "Port, node port and protocol of each."),
        ResourceKind.ageColumn,
        TableColumn("Selector", priority: 1, "Labels of the pods behind it."),
    ]

    static func cells(_ object: TableObject) -> [JSONValue] {
        let ports = (object.json.at("spec", "ports")?.array ?? []).map { port in
            let number = port["port"]?.integer ?? 0
            let transport = port["protocol"]?.string ?? ""
            if let nodePort = port["nodePort"]?.integer, nodePort > 0 { return "\(number):\(nodePort)/\(transport)" }
            return "\(number)/\(transport)"
        }
        let selector = (object.json.at("spec", "selector")?.object?.sortedByKey() ?? JSONObject()).map {
            "\($0.key)=\($0.value.string ?? "")"
        }
        return [
            object.name, .string(object.text("spec", "type")), .string(PodTable.none(object.text("spec", "clusterIP"))),
            .string(externalAddress(object)), .string(PodTable.none(ports.joined(separator: ","))), object.age,
            .string(PodTable.none(selector.joined(separator: ","))),
        ]
    }

    private static func externalAddress(_ object: TableObject) -> String {
        let external = (object.json.at("spec", "externalIPs")?.array ?? []).compactMap(\.string)
        switch object.text("spec", "type") {
        case "LoadBalancer":
            let ingress = object.json.at("status", "loadBalancer", "ingress")?.array ?? []
            let addresses = ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string }
            let all = addresses + external
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        case "ExternalName": return PodTable.none(object.text("spec", "externalName"))
        default: return PodTable.none(external.joined(separator: ","))
        }
    }

    /// `10.0.0.1:80,10.0.0.2:80 + 3 more...`
    static func endpointsCells(_ object: TableObject) -> [JSONValue] {
        let shown = 3
        var all: [String] = []
        for subset in object.json["subsets"]?.array ?? [] {
            let addresses = (subset["addresses"]?.array ?? []).compactMap { $0["ip"]?.string }
            let ports = subset["ports"]?.array ?? []
            if ports.isEmpty { all += addresses }
            for port in ports {
                all += addresses.map { address in
                    let host = address.contains(":") ? "[\(address)]" : address
                    return "\(host):\(port["port"]?.integer ?? 0)"
                }
            }
        }
        var text = all.prefix(shown).joined(separator: ",")
        if all.count > shown { text += " + \(all.count - shown) more..." }
        return [object.name, .string(PodTable.none(text)), object.age]
    }

    /// Three ports and three addresses of a slice, and how many more there are.
    static func sliceCells(_ object: TableObject) -> [JSONValue] {
        let ports = (object.json["ports"]?.array ?? []).map { port in
            port["port"]?.integer.map { String($0) } ?? port["name"]?.nonEmptyString?.string ?? "*"
        }
        let addresses = (object.json["endpoints"]?.array ?? []).flatMap { ($0["addresses"]?.array ?? []).compactMap(\.string) }
        return [object.name, .string(object.text("addressType")), .string(some(of: ports)), .string(some(of: addresses)), object.age]
    }

    private static func some(of all: [String]) -> String {
        let shown = 3
        if all.isEmpty { return "<unset>" }
        let text = all.prefix(shown).joined(separator: ",")
        return all.count > shown ? text + " + \(all.count - shown) more..." : text
    }
}
