import JSON

extension ResourceKind {
    public static let endpoints = ResourceKind(
        plural: "endpoints", singular: "endpoints", kind: "Endpoints", shortNames: ["ep"], isNamespaced: true,
        columns: [nameColumn, TableColumn("Endpoints", "Addresses and ports."), ageColumn],
        cells: ServiceTable.endpointsCells, rules: EndpointsRules())

    public static let endpointSlices = ResourceKind(
        group: "discovery.k8s.io", plural: "endpointslices", singular: "endpointslice", kind: "EndpointSlice", isNamespaced: true,
        columns: [
            nameColumn, TableColumn("AddressType", "IPv4, IPv6 or FQDN."), TableColumn("Ports", "Port numbers."),
            TableColumn("Endpoints", "Addresses."), ageColumn,
        ],
        cells: ServiceTable.sliceCells, rules: EndpointSliceRules())
}

/// Endpoints: addresses by readiness, with ports, in subsets.
struct EndpointsRules: ResourceRules {
    var allowsCreateOnUpdate: Bool { true }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            guard object["subsets"] != nil else { return }
            object.update("subsets", default: .null) { subsets in
                PodDefaults.updateElements(&subsets) { subset in
                    guard subset["ports"] != nil else { return }
                    subset.update("ports", default: .null) { ports in
                        PodDefaults.updateElements(&ports) { PodDefaults.setIfMissing(&$0, "protocol", "TCP") }
                    }
                }
            }
        }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        for (position, subset) in (object["subsets"]?.array ?? []).enumerated() {
            let field = "subsets[\(position)]"
            let lists = ["addresses", "notReadyAddresses"]
            if lists.allSatisfy({ subset[$0]?.array?.isEmpty ?? true }) {
                errors.append(.required(field, "must specify `addresses` or `notReadyAddresses`"))
            }
            for list in lists {
                for (index, address) in (subset[list]?.array ?? []).enumerated() {
                    errors += addressErrors(address, "\(field).\(list)[\(index)]")
                }
            }
            let ports = subset["ports"]?.array ?? []
            for (index, port) in ports.enumerated() {
                errors += EndpointPortValidation.errors(port, "\(field).ports[\(index)]", needsName: ports.count > 1)
            }
        }
        return errors
    }

    private func addressErrors(_ address: JSONValue, _ field: String) -> [FieldError] {
        var errors: [FieldError] = []
        let ip = address["ip"]?.string ?? ""
        if !IPText.isAddress(ip) {
            errors.append(.invalid(field + ".ip", ip, IPText.fault))
        }
        if let name = address["hostname"]?.string, !name.isEmpty {
            for fault in Names.labelFaults(name) { errors.append(.invalid(field + ".hostname", name, fault)) }
        }
        if let node = address["nodeName"]?.string {
            for fault in Names.subdomainFaults(node) { errors.append(.invalid(field + ".nodeName", node, fault)) }
        }
        for fault in IPText.specialFaults(ip) { errors.append(.invalid(field + ".ip", ip, fault)) }
        return errors
    }
}

/// Ports of endpoints, as both forms have them.
enum EndpointPortValidation {
    static func errors(_ port: JSONValue, _ field: String, needsName: Bool) -> [FieldError] {
        var errors: [FieldError] = []
        let name = port["name"]?.string ?? ""
        if name.isEmpty, needsName { errors.append(.required(field + ".name")) }
        for fault in name.isEmpty ? [] : Names.labelFaults(name) { errors.append(.invalid(field + ".name", name, fault)) }
        let number = port["port"]?.integer ?? 0
        if !(1...65535).contains(number) {
            errors.append(.invalid(field + ".port", number, "must be between 1 and 65535, inclusive"))
        }
        return errors + commonErrors(port, field)
    }

    static func commonErrors(_ port: JSONValue, _ field: String) -> [FieldError] {
        var errors: [FieldError] = []
        let transport = port["protocol"]?.string ?? ""
        if transport.isEmpty {
            errors.append(.required(field + ".protocol"))
        } else if !["SCTP", "TCP", "UDP"].contains(transport) {
            errors.append(.notSupported(field + ".protocol", transport, ["SCTP", "TCP", "UDP"]))
        }
        if let application = port["appProtocol"]?.string {
            for fault in Names.qualifiedNameFaults(application) { errors.append(.invalid(field + ".appProtocol", application, fault)) }
        }
        return errors
    }
}
