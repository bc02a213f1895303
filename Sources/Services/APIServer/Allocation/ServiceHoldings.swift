import JSON
import KubeAPI

/// One number that is given out, and the store's key that says to whom.
struct Grant: Sendable, Hashable {
    enum Sort: Sendable, Hashable { case address, port }

    let sort: Sort
    let number: UInt32

    static let addressPrefix = "/registry/ranges/serviceips/"
    static let portPrefix = "/registry/ranges/servicenodeports/"

    var key: String {
        switch sort {
        case .address: Grant.addressPrefix + IPText.text(ipv4: number)
        case .port: Grant.portPrefix + String(number)
        }
    }

    init(_ sort: Sort, _ number: UInt32) { (self.sort, self.number) = (sort, number) }

    init?(key: String) {
        if key.hasPrefix(Grant.addressPrefix), let number = IPText.ipv4(String(key.dropFirst(Grant.addressPrefix.count))) {
            self.init(.address, number)
        } else if key.hasPrefix(Grant.portPrefix), let number = UInt32(key.dropFirst(Grant.portPrefix.count)) {
            self.init(.port, number)
        } else {
            return nil
        }
    }
}

/// Whom a number is given to: the value of its key.
struct GrantOwner: Sendable, Hashable {
    let namespace: String
    let name: String
    let uid: String

    init(_ service: JSONValue) {
        namespace = service.at("metadata", "namespace")?.string ?? ""
        name = service.at("metadata", "name")?.string ?? ""
        uid = service.at("metadata", "uid")?.string ?? ""
    }

    init?(stored bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let uid = value["uid"]?.string else { return nil }
        (namespace, name, self.uid) = (value["namespace"]?.string ?? "", value["name"]?.string ?? "", uid)
    }

    var encoded: [UInt8] {
        let value: JSONValue = ["namespace": .string(namespace), "name": .string(name), "uid": .string(uid)]
        return value.encoded()
    }
}

/// What a service holds and what it still wants. Pure.
enum ServiceHoldings {
    /// The addresses and node ports that a service has, in a settled order. Nothing for `nil`.
    static func grants(of service: JSONValue?) -> [Grant] { addresses(of: service) + ports(of: service) }

    static func addresses(of service: JSONValue?) -> [Grant] {
        guard let spec = service?["spec"] else { return [] }
        let shape = ServiceShape(spec: spec)
        guard shape.needsClusterIP else { return [] }
        return unique(shape.clusterIPs.compactMap { IPText.ipv4($0) }.map { Grant(.address, $0) })
    }

    static func ports(of service: JSONValue?) -> [Grant] {
        guard let spec = service?["spec"], ServiceShape(spec: spec).mayHaveNodePorts else { return [] }
        let numbers = (spec["ports"]?.array ?? []).compactMap { $0["nodePort"]?.integer }.filter { (1...65_535).contains($0) }
        return unique(numbers.map { Grant(.port, UInt32($0)) })
    }

    static func wantsAddress(_ service: JSONValue) -> Bool {
        let shape = ServiceShape(spec: service["spec"] ?? .null)
        return shape.needsClusterIP && shape.clusterIPs.isEmpty
    }

    static func giveAddress(_ address: UInt32, to service: inout JSONValue) {
        let text = IPText.text(ipv4: address)
        service.set(.string(text), at: "spec", "clusterIP")
        service.set([.string(text)], at: "spec", "clusterIPs")
    }

    /// Gives each port that needs one a node port. Ports of one number (TCP and UDP) share theirs.
    ///
    /// - Parameter next: a free node port.
    static func giveNodePorts(to service: inout JSONValue, _ next: () -> UInt32) {
        guard ServiceShape(spec: service["spec"] ?? .null).allocatesNodePorts, var ports = service.at("spec", "ports")?.array else { return }
        var byPort: [Int64: Int64] = [:]
        for port in ports {
            if let number = port["port"]?.integer, let nodePort = port["nodePort"]?.integer, nodePort != 0, byPort[number] == nil {
                byPort[number] = nodePort
            }
        }
        for position in ports.indices where (ports[position]["nodePort"]?.integer ?? 0) == 0 {
            let number = ports[position]["port"]?.integer ?? 0
            let transport = ports[position]["protocol"]
            let isShared = byPort[number].map { shared in
                !ports.contains { $0["nodePort"]?.integer == shared && $0["protocol"] == transport }
            }
            if let shared = byPort[number], isShared == true {
                ports[position]["nodePort"] = .integer(shared)
            } else {
                let nodePort = Int64(next())
                ports[position]["nodePort"] = .integer(nodePort)
                byPort[number] = nodePort
            }
        }
        service.set(.array(ports), at: "spec", "ports")
    }

    /// How many node ports `giveNodePorts` asks for at most.
    static func countOfWantedPorts(_ service: JSONValue) -> Int {
        guard ServiceShape(spec: service["spec"] ?? .null).allocatesNodePorts else { return 0 }
        return (service.at("spec", "ports")?.array ?? []).count { ($0["nodePort"]?.integer ?? 0) == 0 }
    }

    /// Where in `spec.ports` a node port is asked for.
    static func position(ofPort number: UInt32, in service: JSONValue) -> Int {
        (service.at("spec", "ports")?.array ?? []).firstIndex { $0["nodePort"]?.integer == Int64(number) } ?? 0
    }

    private static func unique(_ grants: [Grant]) -> [Grant] {
        var seen = Set<Grant>()
        return grants.filter { seen.insert($0).inserted }
    }
}
