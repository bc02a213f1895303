import JSON

/// What must hold of a service's spec.
enum ServiceValidation {
    private static let portRange = "must be between 1 and 65535, inclusive"

    static func errors(of spec: JSONValue) -> [FieldError] {
        let shape = ServiceShape(spec: spec)
        let ports = spec["ports"]?.array ?? []
        var errors: [FieldError] = []
        if ports.isEmpty, !shape.isHeadless, shape.type != "ExternalName" { errors.append(.required("spec.ports")) }
        errors += typeErrors(spec, shape)
        errors += portErrors(ports, shape)
        errors += MetadataValidation.labelErrors(spec["selector"], "spec.selector")
        errors += affinityErrors(spec)
        errors += addressErrors(spec, shape)
        errors += externalErrors(spec, shape)
        let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
        if !types.contains(shape.type) { errors.append(.notSupported("spec.type", shape.type, types)) }
        return errors
    }

    private static func typeErrors(_ spec: JSONValue, _ shape: ServiceShape) -> [FieldError] {
        if shape.mayHaveNodePorts, shape.isHeadless {
            return [.invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for \(shape.type) services")]
        }
        guard shape.type == "ExternalName" else { return [] }
        let name = spec["externalName"]?.string ?? ""
        if name.isEmpty { return [.required("spec.externalName")] }
        let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
        return Names.subdomainFaults(bare).map { .invalid("spec.externalName", name, $0) }
    }

    private static func portErrors(_ ports: [JSONValue], _ shape: ServiceShape) -> [FieldError] {
        var errors: [FieldError] = []
        var names: Set<String> = []
        for (position, port) in ports.enumerated() {
            let field = "spec.ports[\(position)]"
            errors += portErrors(port, field, needsName: ports.count > 1, names: &names)
            guard let nodePort = port["nodePort"]?.integer, nodePort != 0 else { continue }
            if !shape.mayHaveNodePorts, shape.type != "ExternalName" {
                errors.append(.forbidden(field + ".nodePort", "may not be used when `type` is '\(shape.type)'"))
            }
            if !(1...65535).contains(nodePort) { errors.append(.invalid(field + ".nodePort", nodePort, portRange)) }
        }
        return errors + duplicateErrors(ports)
    }

    private static func portErrors(_ port: JSONValue, _ field: String, needsName: Bool, names: inout Set<String>) -> [FieldError] {
        var errors: [FieldError] = []
        let name = port["name"]?.string ?? ""
        if name.isEmpty {
            if needsName { errors.append(.required(field + ".name")) }
        } else {
            for fault in Names.labelFaults(name) { errors.append(.invalid(field + ".name", name, fault)) }
            if !names.insert(name).inserted { errors.append(.duplicate(field + ".name", name)) }
        }
        let number = port["port"]?.integer ?? 0
        if !(1...65535).contains(number) { errors.append(.invalid(field + ".port", number, portRange)) }
        let transport = port["protocol"]?.string ?? ""
        if !["TCP", "UDP", "SCTP"].contains(transport) {
            errors.append(.notSupported(field + ".protocol", transport, ["SCTP", "TCP", "UDP"]))
        }
        switch port["targetPort"] {
        case .string(let target)?:
            for fault in Names.portNameFaults(target) { errors.append(.invalid(field + ".targetPort", target, fault)) }
        case let target:
            let number = target?.integer ?? 0
            if !(1...65535).contains(number) { errors.append(.invalid(field + ".targetPort", number, portRange)) }
        }
        if let application = port["appProtocol"]?.string {
            for fault in Names.qualifiedNameFaults(application) { errors.append(.invalid(field + ".appProtocol", application, fault)) }
        }
        return errors
    }

    private static func duplicateErrors(_ ports: [JSONValue]) -> [FieldError] {
        var errors: [FieldError] = []
        var seen: Set<String> = []
        var nodePorts: Set<String> = []
        for (position, port) in ports.enumerated() {
            let transport = port["protocol"]?.string ?? ""
            let number = port["port"]?.integer ?? 0
            if !seen.insert("\(transport)/\(number)").inserted {
                let printed =
                    "core.ServicePort{Name:\"\", Protocol:\(goQuoted(transport)), AppProtocol:(*string)(nil), Port:\(number), "
                    + "TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}, NodePort:0}"
                errors.append(.duplicate("spec.ports[\(position)]", printed: printed))
            }
            if let nodePort = port["nodePort"]?.integer, nodePort != 0, !nodePorts.insert("\(transport)/\(nodePort)").inserted {
                errors.append(.duplicate("spec.ports[\(position)].nodePort", printed: String(nodePort)))
            }
        }
        return errors
    }

    private static func affinityErrors(_ spec: JSONValue) -> [FieldError] {
        let affinity = spec["sessionAffinity"]?.string ?? ""
        switch affinity {
        case "None": return []
        case "ClientIP":
            let seconds = spec.at("sessionAffinityConfig", "clientIP", "timeoutSeconds")?.integer ?? 0
            if (1...86400).contains(seconds) { return [] }
            return [
                .invalid(
                    "spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds,
                    "must be greater than 0 and less than 86400")
            ]
        default: return [.notSupported("spec.sessionAffinity", affinity, ["ClientIP", "None"])]
        }
    }

    private static func addressErrors(_ spec: JSONValue, _ shape: ServiceShape) -> [FieldError] {
        let addresses = (spec["clusterIPs"]?.array ?? []).compactMap(\.string)
        let first = spec["clusterIP"]?.string ?? ""
        var errors: [FieldError] = []
        guard shape.needsClusterIP else {
            if !addresses.isEmpty { errors.append(.forbidden("spec.clusterIPs", "may not be set for ExternalName services")) }
            if !(spec["ipFamilies"]?.array ?? []).isEmpty {
                errors.append(.forbidden("spec.ipFamilies", "may not be set for ExternalName services"))
            }
            if spec["ipFamilyPolicy"]?.nonEmptyString != nil {
                errors.append(.forbidden("spec.ipFamilyPolicy", "may not be set for ExternalName services"))
            }
            return errors
        }
        if (addresses.first ?? "") != first {
            errors.append(.invalid("spec.clusterIPs", printed: printed(addresses), "first value must match `clusterIP`"))
        }
        if addresses.contains("None"), addresses.count > 1 {
            errors.append(.invalid("spec.clusterIPs", printed: printed(addresses), "'None' must be the first and only value"))
        }
        for (position, address) in addresses.enumerated() where address != "None" && !IPText.isAddress(address) {
            errors.append(.invalid("spec.clusterIPs[\(position)]", address, IPText.fault))
        }
        return errors + familyErrors(spec, shape, addresses)
    }

    private static func familyErrors(_ spec: JSONValue, _ shape: ServiceShape, _ addresses: [String]) -> [FieldError] {
        var errors: [FieldError] = []
        let policy = spec["ipFamilyPolicy"]?.string ?? ""
        let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"]
        if !policies.contains(policy) { errors.append(.notSupported("spec.ipFamilyPolicy", policy, policies)) }
        let families = (spec["ipFamilies"]?.array ?? []).compactMap(\.string)
        let mayHaveBoth = shape.isHeadless && (spec["selector"]?.object?.isEmpty ?? true)
        for (position, family) in families.enumerated() {
            if family != "IPv4", family != "IPv6" {
                errors.append(.notSupported("spec.ipFamilies[\(position)]", family, ["IPv4", "IPv6"]))
            } else if family == "IPv6", !mayHaveBoth {
                errors.append(.invalid("spec.ipFamilies[\(position)]", family, "not configured on this cluster"))
            }
        }
        if policy == "RequireDualStack", !mayHaveBoth {
            errors.append(.invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services"))
        }
        if families.first == "IPv4", let address = addresses.first, IPText.isIPv6(address) {
            errors.append(.invalid("spec.clusterIPs[0]", printed: printed(addresses), "expected an IPv4 value as indicated by `ipFamilies[0]`"))
        }
        return errors
    }

    private static func externalErrors(_ spec: JSONValue, _ shape: ServiceShape) -> [FieldError] {
        var errors: [FieldError] = []
        for (position, address) in (spec["externalIPs"]?.array ?? []).enumerated() {
            let text = address.string ?? ""
            let field = "spec.externalIPs[\(position)]"
            if !IPText.isAddress(text) { errors.append(.invalid(field, text, IPText.fault)) }
            for fault in IPText.specialFaults(text) { errors.append(.invalid(field, text, fault)) }
        }
        if let policy = spec["externalTrafficPolicy"]?.nonEmptyString?.string {
            if !shape.mayHaveNodePorts, (spec["externalIPs"]?.array ?? []).isEmpty {
                errors.append(
                    .invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services"))
            } else if policy != "Cluster", policy != "Local" {
                errors.append(.notSupported("spec.externalTrafficPolicy", policy, ["Cluster", "Local"]))
            }
        }
        if let policy = spec["internalTrafficPolicy"]?.nonEmptyString?.string, policy != "Cluster", policy != "Local" {
            errors.append(.notSupported("spec.internalTrafficPolicy", policy, ["Cluster", "Local"]))
        }
        return errors
    }

    /// `[]string{"10.0.0.1"}`.
    public static func printed(_ list: [String]) -> String {
        list.isEmpty ? "[]string(nil)" : "[]string{\(list.map { goQuoted($0) }.joined(separator: ", "))}"
    }
}

extension APIStatus {
    /// 422 of a service that asks for an address which it cannot have.
    public static func clusterIPRefused(_ address: String, _ all: [String], name: String, because why: String) -> APIStatus {
        .invalid(
            .services, name: name,
            [
                .invalid(
                    "spec.clusterIPs", printed: ServiceValidation.printed(all), "failed to allocate IP \(address): \(why)")
            ])
    }

    /// 422 of a service that asks for a node port which it cannot have; `position` is that of the port in `spec.ports`.
    public static func nodePortRefused(_ port: Int64, at position: Int, name: String, because why: String) -> APIStatus {
        .invalid(.services, name: name, [.invalid("spec.ports[\(position)].nodePort", port, why)])
    }
}
