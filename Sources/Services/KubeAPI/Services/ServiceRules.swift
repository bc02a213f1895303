import Core
import JSON

/// Services. Which address and which node ports one gets is decided where they are given out (the API server); all else is here.
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
                    if port["nodePort"] == 0 { port["nodePort"] = nil }
                }
            }
        }
        let shape = ServiceShape(spec: .object(spec))
        if shape.mayHaveNodePorts { PodDefaults.setIfMissing(&spec, "externalTrafficPolicy", "Cluster") }
        if shape.needsClusterIP { PodDefaults.setIfMissing(&spec, "internalTrafficPolicy", "Cluster") }
        if shape.type == "LoadBalancer", spec["allocateLoadBalancerNodePorts"] == nil { spec["allocateLoadBalancerNodePorts"] = true }
    }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) {
        object["status"] = ["loadBalancer": .object(JSONObject())]
        updateSpec(&object) { spec in
            if let address = spec["clusterIP"]?.nonEmptyString, spec["clusterIPs"]?.array?.isEmpty ?? true {
                spec["clusterIPs"] = [address]
            }
            ServiceFamilies.setDefaults(&spec)
        }
    }

    /// What was given out stays when the client does not repeat it, and goes when the type has no use for it any more.
    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        updateSpec(&object) { spec in
            let before = old["spec"] ?? .null
            ServiceTransition.keepGiven(&spec, old: before)
            ServiceTransition.matchAddresses(&spec, old: before)
            ServiceTransition.dropUseless(&spec, old: before)
            ServiceFamilies.setDefaults(&spec)
        }
    }

    private func updateSpec(_ object: inout JSONValue, _ change: (inout JSONObject) -> Void) {
        object.updateObject { $0.update("spec", default: .object(JSONObject())) { $0.updateObject(change) } }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] { ServiceValidation.errors(of: object["spec"] ?? .null) }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        ServiceValidation.errors(of: object["spec"] ?? .null)
            + ServiceTransition.errors(object["spec"] ?? .null, old: old["spec"] ?? .null)
    }
}

/// What a service's type asks for.
public struct ServiceShape: Sendable, Hashable {
    public let type: String
    /// In the order of `clusterIPs`; `None` for headless ones.
    public let clusterIPs: [String]
    public let allocatesNodePorts: Bool

    public init(spec: JSONValue) {
        type = spec["type"]?.string ?? "ClusterIP"
        let list = (spec["clusterIPs"]?.array ?? []).compactMap(\.string).filter { !$0.isEmpty }
        clusterIPs = list.isEmpty ? [spec["clusterIP"]?.string ?? ""].filter { !$0.isEmpty } : list
        allocatesNodePorts = type == "NodePort" || (type == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"]?.bool != false)
    }

    public var needsClusterIP: Bool { ["ClusterIP", "NodePort", "LoadBalancer"].contains(type) }
    public var mayHaveNodePorts: Bool { type == "NodePort" || type == "LoadBalancer" }
    public var isHeadless: Bool { clusterIPs.first == "None" }
}

/// `ipFamilies` and `ipFamilyPolicy` of a cluster whose services have IPv4 addresses.
enum ServiceFamilies {
    static func setDefaults(_ spec: inout JSONObject) {
        let shape = ServiceShape(spec: .object(spec))
        guard shape.needsClusterIP else { return }
        var families = spec["ipFamilies"]?.array ?? []
        // Nobody says where a headless service without a selector points, so it may have both families.
        if shape.isHeadless, spec["selector"]?.object?.isEmpty ?? true {
            PodDefaults.setIfMissing(&spec, "ipFamilyPolicy", "RequireDualStack")
            if families.isEmpty { families = ["IPv4"] }
            if families.count == 1, spec["ipFamilyPolicy"] != "SingleStack" { families.append(families[0] == "IPv4" ? "IPv6" : "IPv4") }
        } else {
            PodDefaults.setIfMissing(&spec, "ipFamilyPolicy", "SingleStack")
            if families.isEmpty { families = ["IPv4"] }
        }
        spec["ipFamilies"] = .array(families)
    }
}
