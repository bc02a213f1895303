import ControllerKit
import JSON
import KubeObjects

/// IPv4 or IPv6, in the words of Service (`ipFamilies`) and EndpointSlice (`addressType`).
enum AddressFamily: String, Sendable, Hashable, Comparable {
    case ipv4 = "IPv4"
    case ipv6 = "IPv6"

    init(of address: String) { self = address.utf8.contains(UInt8(ascii: ":")) ? .ipv6 : .ipv4 }
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What endpoints need of a Service object.
struct ServiceShape: Sendable {
    struct Port: Sendable, Hashable {
        let name: String
        let transport: String
        let number: Int64
        let target: IntOrString
        let appProtocol: String?
    }

    let json: JSONValue
    let namespace: String
    let name: String
    let uid: String
    let labels: [String: String]
    /// Empty: endpoints are not ours to choose.
    let selector: [String: String]
    let isHeadless: Bool
    let isExternalName: Bool
    let publishesNotReady: Bool
    let ports: [Port]
    /// At least one.
    let families: [AddressFamily]

    init(_ json: JSONValue) {
        self.json = json
        namespace = json.at("metadata", "namespace")?.string ?? ""
        name = json.at("metadata", "name")?.string ?? ""
        uid = json.at("metadata", "uid")?.string ?? ""
        labels = ServiceShape.texts(json.at("metadata", "labels"))
        selector = ServiceShape.texts(json.at("spec", "selector"))
        isHeadless = json.at("spec", "clusterIP")?.string == "None"
        isExternalName = json.at("spec", "type")?.string == "ExternalName"
        publishesNotReady = json.at("spec", "publishNotReadyAddresses")?.bool ?? false
        ports = (json.at("spec", "ports")?.array ?? []).map { port in
            let number = port["port"]?.integer ?? 0
            return Port(
                name: port["name"]?.string ?? "", transport: port["protocol"]?.string ?? "TCP", number: number,
                target: ServiceShape.target(port["targetPort"]) ?? .number(number), appProtocol: port["appProtocol"]?.string)
        }
        let named = (json.at("spec", "ipFamilies")?.array ?? []).compactMap { $0.string.flatMap(AddressFamily.init(rawValue:)) }
        let address = json.at("spec", "clusterIP")?.string ?? ""
        families = named.isEmpty ? [AddressFamily(of: address)] : named
    }

    /// Whether endpoints are chosen by the selector.
    var choosesPods: Bool { !selector.isEmpty && !isExternalName }

    /// The pods that it selects.
    func pods(in view: ClusterView) -> [JSONValue] { choosesPods ? view.objects(.pods, in: namespace, withAll: selector) : [] }

    func selects(_ pod: JSONValue) -> Bool { choosesPods && ServiceShape.selects(selector, pod.at("metadata", "labels")) }

    static func selects(_ selector: [String: String], _ labels: JSONValue?) -> Bool {
        guard let labels = labels?.object else { return false }
        return selector.allSatisfy { labels[$0.key]?.string == $0.value }
    }

    /// An absent target, 0 and the empty name all mean the service's own port.
    private static func target(_ json: JSONValue?) -> IntOrString? {
        switch IntOrString(json: json) {
        case .number(0)?, .name("")?, nil: nil
        case let target?: target
        }
    }

    static func texts(_ json: JSONValue?) -> [String: String] {
        var map: [String: String] = [:]
        guard let object = json?.object else { return map }
        for (key, value) in object { map[key] = value.string ?? "" }
        return map
    }
}
