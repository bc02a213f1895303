import Core
import JSON

/// Endpoint slices: up to a thousand endpoints of one service and address family.
struct EndpointSliceRules: ResourceRules {
    /// Kubernetes' limits.
    static let endpointLimit = 1000
    static let addressLimit = 100
    static let portLimit = 20_000

    var hasGeneration: Bool { true }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            for key in ["endpoints", "ports"] where object[key]?.array?.isEmpty ?? true { object[key] = .null }
            if object["endpoints"]?.array != nil {
                object.update("endpoints", default: .null) { endpoints in
                    PodDefaults.updateElements(&endpoints) { endpoint in
                        if endpoint["conditions"] == nil { endpoint["conditions"] = .object(JSONObject()) }
                    }
                }
            }
            if object["ports"]?.array != nil {
                object.update("ports", default: .null) { ports in
                    PodDefaults.updateElements(&ports) { port in
                        if port["name"] == nil { port["name"] = "" }
                        PodDefaults.setIfMissing(&port, "protocol", "TCP")
                    }
                }
            }
        }
    }

    /// There is no `spec`: all but metadata counts, and labels do.
    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool {
        ["addressType", "endpoints", "ports"].contains { object[$0] != old[$0] }
            || object.at("metadata", "labels") != old.at("metadata", "labels")
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let type = object["addressType"]?.string ?? ""
        let types = ["FQDN", "IPv4", "IPv6"]
        if type.isEmpty {
            errors.append(.required("addressType"))
        } else if !types.contains(type) {
            errors.append(.notSupported("addressType", type, types))
        }
        errors += endpointErrors(object["endpoints"]?.array ?? [], type)
        return errors + portErrors(object["ports"]?.array ?? [])
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        var errors = validateCreate(object)
        if object["addressType"] != old["addressType"] {
            errors.append(.invalid("addressType", object["addressType"]?.string ?? "", "field is immutable"))
        }
        return errors
    }

    private func endpointErrors(_ endpoints: [JSONValue], _ type: String) -> [FieldError] {
        if endpoints.count > EndpointSliceRules.endpointLimit {
            return [.tooMany("endpoints", endpoints.count, limit: EndpointSliceRules.endpointLimit)]
        }
        var errors: [FieldError] = []
        for (position, endpoint) in endpoints.enumerated() {
            let field = "endpoints[\(position)]"
            let addresses = endpoint["addresses"]?.array ?? []
            if addresses.isEmpty { errors.append(.required(field + ".addresses", "must contain at least 1 address")) }
            if addresses.count > EndpointSliceRules.addressLimit {
                errors.append(.tooMany(field + ".addresses", addresses.count, limit: EndpointSliceRules.addressLimit))
            }
            for (index, address) in addresses.enumerated() {
                let text = address.string ?? ""
                let place = "\(field).addresses[\(index)]"
                for fault in addressFaults(text, type) { errors.append(.invalid(place, text, fault)) }
            }
            if let name = endpoint["hostname"]?.string {
                for fault in Names.labelFaults(name) { errors.append(.invalid(field + ".hostname", name, fault)) }
            }
            if let node = endpoint["nodeName"]?.string {
                for fault in Names.subdomainFaults(node) { errors.append(.invalid(field + ".nodeName", node, fault)) }
            }
        }
        return errors
    }

    private func addressFaults(_ text: String, _ type: String) -> [String] {
        switch type {
        case "IPv4": IPText.ipv4(text) == nil ? ["must be a valid IPv4 address"] : IPText.specialFaults(text)
        case "IPv6": IPText.isIPv6(text) ? IPText.specialFaults(text) : ["must be a valid IPv6 address"]
        case "FQDN": Names.subdomainFaults(text)
        default: []
        }
    }

    private func portErrors(_ ports: [JSONValue]) -> [FieldError] {
        if ports.count > EndpointSliceRules.portLimit { return [.tooMany("ports", ports.count, limit: EndpointSliceRules.portLimit)] }
        var errors: [FieldError] = []
        var names: Set<String> = []
        for (position, port) in ports.enumerated() {
            let field = "ports[\(position)]"
            let name = port["name"]?.string ?? ""
            for fault in name.isEmpty ? [] : Names.labelFaults(name) { errors.append(.invalid(field + ".name", name, fault)) }
            if !names.insert(name).inserted { errors.append(.duplicate(field + ".name", name)) }
            errors += EndpointPortValidation.commonErrors(port, field)
        }
        return errors
    }
}
