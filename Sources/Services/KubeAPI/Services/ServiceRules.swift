import Core
import JSON

/// Services and the endpoints behind them: stored; addresses are given out by a later step.
struct ServiceRules: ResourceRules {
    var nameFormat: NameFormat { .label1035 }
    var hasStatus: Bool { true }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            object.update("spec", default: .object(JSONObject())) { spec in spec.updateObject(setDefaults(ofSpec:)) }
        }
    }

    private func setDefaults(ofSpec spec: inout JSONObject) {
        PodDefaults.setIfMissing(&spec, "sessionAffinity", "None")
        if spec["sessionAffinity"] == "None" { spec["sessionAffinityConfig"] = nil }
        if spec["sessionAffinity"] == "ClientIP", spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"] == nil {
            spec["sessionAffinityConfig"] = ["clientIP": ["timeoutSeconds": 10800]]
        }
        PodDefaults.setIfMissing(&spec, "type", "ClusterIP")
        if spec["ports"] != nil {
            spec.update("ports", default: .null) { ports in
                PodDefaults.updateElements(&ports) { port in
                    PodDefaults.setIfMissing(&port, "protocol", "TCP")
                    switch port["targetPort"] {
                    case nil, .integer(0)?, .string("")?: port["targetPort"] = port["port"]
                    default: break
                    }
                }
            }
        }
        let type = spec["type"]?.string ?? ""
        if type == "NodePort" || type == "LoadBalancer" { PodDefaults.setIfMissing(&spec, "externalTrafficPolicy", "Cluster") }
        if let address = spec["clusterIP"]?.string, !address.isEmpty, spec["clusterIPs"] == nil {
            spec["clusterIPs"] = [.string(address)]
        }
    }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) {
        object["status"] = ["loadBalancer": .object(JSONObject())]
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        // Given out once; a client that does not repeat it keeps it.
        guard object.at("spec", "type")?.string != "ExternalName" else { return }
        for key in ["clusterIP", "clusterIPs"] {
            if (object.at("spec", key)?.string ?? "").isEmpty, object.at("spec", key)?.array == nil,
                let before = old.at("spec", key)
            {
                object.set(before, at: "spec", key)
            }
        }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        guard let spec = object["spec"] else { return [] }
        var errors: [FieldError] = []
        let type = spec["type"]?.string ?? ""
        let ports = spec["ports"]?.array ?? []
        if ports.isEmpty, spec["clusterIP"]?.string != "None", type != "ExternalName" { errors.append(.required("spec.ports")) }
        if type == "ExternalName" {
            let name = spec["externalName"]?.string ?? ""
            if name.isEmpty { errors.append(.required("spec.externalName")) }
            for fault in name.isEmpty ? [] : Names.subdomainFaults(name) {
                errors.append(.invalid("spec.externalName", name, fault))
            }
        }
        var names: Set<String> = []
        for (position, port) in ports.enumerated() {
            errors += portErrors(port, "spec.ports[\(position)]", needsName: ports.count > 1, names: &names)
            if type == "ClusterIP", let nodePort = port["nodePort"]?.integer, nodePort != 0 {
                errors.append(.forbidden("spec.ports[\(position)].nodePort", "may not be used when `type` is 'ClusterIP'"))
            }
        }
        errors += duplicateErrors(ports)
        errors += MetadataValidation.labelErrors(spec["selector"], "spec.selector")
        let affinity = spec["sessionAffinity"]?.string ?? ""
        if affinity != "None", affinity != "ClientIP" {
            errors.append(.notSupported("spec.sessionAffinity", affinity, ["ClientIP", "None"]))
        }
        let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
        if !types.contains(type) { errors.append(.notSupported("spec.type", type, types)) }
        return errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let before = old.at("spec", "clusterIP")?.string ?? ""
        let address = object.at("spec", "clusterIP")?.string ?? ""
        if !before.isEmpty, address != before, old.at("spec", "type")?.string != "ExternalName",
            object.at("spec", "type")?.string != "ExternalName"
        {
            errors.append(.invalid("spec.clusterIP", address, "field is immutable"))
        }
        return errors + validateCreate(object)
    }

    private func portErrors(_ port: JSONValue, _ field: String, needsName: Bool, names: inout Set<String>) -> [FieldError] {
        var errors: [FieldError] = []
        let name = port["name"]?.string ?? ""
        if name.isEmpty {
            if needsName { errors.append(.required(field + ".name")) }
        } else {
            for fault in Names.labelFaults(name) { errors.append(.invalid(field + ".name", name, fault)) }
            if !names.insert(name).inserted { errors.append(.duplicate(field + ".name", name)) }
        }
        let range = "must be between 1 and 65535, inclusive"
        let number = port["port"]?.integer ?? 0
        if !(1...65535).contains(number) { errors.append(.invalid(field + ".port", number, range)) }
        let transport = port["protocol"]?.string ?? ""
        if !["TCP", "UDP", "SCTP"].contains(transport) {
            errors.append(.notSupported(field + ".protocol", transport, ["SCTP", "TCP", "UDP"]))
        }
        switch port["targetPort"] {
        case .string(let target)?:
            for fault in Names.portNameFaults(target) { errors.append(.invalid(field + ".targetPort", target, fault)) }
        case let target:
            let number = target?.integer ?? 0
            if !(1...65535).contains(number) { errors.append(.invalid(field + ".targetPort", number, range)) }
        }
        return errors
    }

    private func duplicateErrors(_ ports: [JSONValue]) -> [FieldError] {
        var errors: [FieldError] = []
        var seen: Set<String> = []
        for (position, port) in ports.enumerated() {
            let key = "\(port["protocol"]?.string ?? "")/\(port["port"]?.integer ?? 0)"
            if !seen.insert(key).inserted {
                let (transport, number) = (goQuoted(port["protocol"]?.string ?? ""), port["port"]?.integer ?? 0)
                let printed =
                    "core.ServicePort{Name:\"\", Protocol:\(transport), AppProtocol:(*string)(nil), Port:\(number), "
                    + "TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}, NodePort:0}"
                errors.append(.duplicate("spec.ports[\(position)]", printed: printed))
            }
        }
        return errors
    }
}
