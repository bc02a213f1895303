import JSON

/// What becomes of addresses and node ports when a service changes.
enum ServiceTransition {
    /// A client that leaves out what was given to the service keeps it.
    static func keepGiven(_ spec: inout JSONObject, old: JSONValue) {
        let (before, after) = (ServiceShape(spec: old), ServiceShape(spec: .object(spec)))
        if before.needsClusterIP, after.needsClusterIP {
            if spec["clusterIP"]?.nonEmptyString == nil, let address = old["clusterIP"] { spec["clusterIP"] = address }
            if spec["clusterIPs"]?.array?.isEmpty ?? true, spec["clusterIP"] == old["clusterIP"], let all = old["clusterIPs"] {
                spec["clusterIPs"] = all
            }
        }
        if before.allocatesNodePorts, after.allocatesNodePorts { keepNodePorts(&spec, old: old) }
    }

    /// By name: a port that is still called so has the node port that it had, unless another port of the new state names it.
    private static func keepNodePorts(_ spec: inout JSONObject, old: JSONValue) {
        let oldPorts = old["ports"]?.array ?? []
        let newPorts = spec["ports"]?.array ?? []
        let oldNumbers = Set(oldPorts.compactMap { $0["nodePort"]?.integer })
        var used = oldNumbers.intersection(newPorts.compactMap { $0["nodePort"]?.integer })
        var byName: [String: Int64] = [:]
        for port in oldPorts { byName[port["name"]?.string ?? ""] = port["nodePort"]?.integer ?? 0 }
        guard spec["ports"] != nil else { return }
        spec.update("ports", default: .null) { ports in
            PodDefaults.updateElements(&ports) { port in
                guard (port["nodePort"]?.integer ?? 0) == 0, let number = byName[port["name"]?.string ?? ""], number > 0,
                    used.insert(number).inserted
                else { return }
                port["nodePort"] = .integer(number)
            }
        }
    }

    /// `clusterIP` and `clusterIPs` say the same: the one that the client changed has its way.
    static func matchAddresses(_ spec: inout JSONObject, old: JSONValue) {
        let address = spec["clusterIP"]?.nonEmptyString
        let all = spec["clusterIPs"]?.array ?? []
        if address == old["clusterIP"]?.nonEmptyString {
            if all.isEmpty, let address { spec["clusterIPs"] = [address] }
            return
        }
        guard all == old["clusterIPs"]?.array ?? [] || all.isEmpty else { return }
        spec["clusterIPs"] = address.map { JSONValue.array([$0]) }
    }

    /// What the new type has no use for, unless the client set it anew (then validation has its say).
    static func dropUseless(_ spec: inout JSONObject, old: JSONValue) {
        let (before, after) = (ServiceShape(spec: old), ServiceShape(spec: .object(spec)))
        if before.needsClusterIP, !after.needsClusterIP {
            if spec["clusterIP"] == old["clusterIP"], spec["clusterIPs"] == old["clusterIPs"] {
                (spec["clusterIP"], spec["clusterIPs"]) = (nil, nil)
            }
            for key in ["ipFamilies", "ipFamilyPolicy"] where spec[key] == old[key] { spec[key] = nil }
        }
        if before.mayHaveNodePorts, !after.mayHaveNodePorts {
            if nodePorts(spec["ports"]) == nodePorts(old["ports"]), spec["ports"] != nil {
                spec.update("ports", default: .null) { PodDefaults.updateElements(&$0) { $0["nodePort"] = nil } }
            }
            if spec["externalTrafficPolicy"] == old["externalTrafficPolicy"] { spec["externalTrafficPolicy"] = nil }
        }
        if before.type == "LoadBalancer", after.type != "LoadBalancer",
            spec["allocateLoadBalancerNodePorts"] == old["allocateLoadBalancerNodePorts"]
        {
            spec["allocateLoadBalancerNodePorts"] = nil
        }
        if !after.needsClusterIP, spec["internalTrafficPolicy"] == old["internalTrafficPolicy"] { spec["internalTrafficPolicy"] = nil }
    }

    private static func nodePorts(_ ports: JSONValue?) -> [Int64] { (ports?.array ?? []).compactMap { $0["nodePort"]?.integer } }

    /// An address, once given, stays with the service as long as it has one.
    static func errors(_ spec: JSONValue, old: JSONValue) -> [FieldError] {
        let (before, after) = (ServiceShape(spec: old), ServiceShape(spec: spec))
        guard before.type != "ExternalName", after.type != "ExternalName" else { return [] }
        if before.isHeadless, after.isHeadless { return [] }
        if before.clusterIPs.isEmpty { return [] }
        let printed = ServiceValidation.printed(after.clusterIPs)
        if after.clusterIPs.isEmpty {
            return [.invalid("spec.clusterIPs[0]", printed: printed, "primary clusterIP can not be unset")]
        }
        return zip(before.clusterIPs, after.clusterIPs).enumerated().compactMap { position, pair in
            pair.0 == pair.1
                ? nil : .invalid("spec.clusterIPs[\(position)]", printed: printed, "may not change once set")
        }
    }
}
