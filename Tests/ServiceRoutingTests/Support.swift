import JSON
import ServiceRouting

extension RoutingConfiguration {
    static let test = RoutingConfiguration(
        table: "kmd-00000001", bridge: "kmd-00000001", podRange: IPv4Range("10.244.0.0/24")!, serviceRange: IPv4Range("10.10.10.0/24")!,
        clusterDNS: [IPv4Address("10.10.10.10")!], nodeName: "n1")
}

func address(_ text: String) -> IPv4Address { IPv4Address(text) ?? IPv4Address(bits: 0) }

/// A service of the API, out of a few words.
func makeService(_ name: String = "web", ip: String = "10.10.10.5", type: String = "ClusterIP", _ more: JSONValue = [:]) -> Service? {
    var spec: JSONValue = ["clusterIP": .string(ip), "type": .string(type), "ports": [["port": 80, "protocol": "TCP"]]]
    for (key, value) in more.object ?? JSONObject() { spec[key] = value }
    return Service(json: ["metadata": ["name": .string(name), "namespace": "default"], "spec": spec])
}

/// A slice of the service `web`: `ready` and `ending` are addresses, with `@n1` behind those on this node.
func slice(_ name: String = "web-1", service: String = "web", port: Int = 8080, proto: Transport = .tcp, ready: [String] = [], ending: [String] = [])
    -> EndpointSlice
{
    func endpoint(_ text: String, isReady: Bool) -> EndpointSlice.Endpoint {
        let parts = text.split(separator: "@").map(String.init)
        return EndpointSlice.Endpoint(
            address: address(parts[0]), isReady: isReady, isServing: true, isTerminating: !isReady, nodeName: parts.count > 1 ? parts[1] : "n2")
    }
    return EndpointSlice(
        namespace: "default", name: name, service: service, ports: [.init(transport: proto, port: port)],
        endpoints: ready.map { endpoint($0, isReady: true) } + ending.map { endpoint($0, isReady: false) })
}

/// What nft does with the commands of a change, and what it refuses: a small model of a table.
struct ModelTable: Equatable {
    struct Refused: Error, CustomStringConvertible { let description: String }
    var contents = RuleContents()

    /// Runs the text of a change: all of it or, with an error, nothing.
    mutating func run(_ text: String) throws {
        var next = self
        for line in text.split(separator: "\n") { try next.command(line.split(separator: " ").map(String.init)) }
        try next.checkReferences()
        self = next
    }

    private mutating func command(_ words: [String]) throws {
        guard words.count >= 5, words[2] == "ip", words[3] == "kmd-00000001" else { throw Refused(description: "\(words)") }
        let name = words[4]
        let rest = words.dropFirst(5)
        switch (words[0], words[1]) {
        case ("add", "set"):
            guard let seconds = rest.last(where: { $0.hasSuffix("s;") && Int($0.dropLast(2)) != nil }) else { throw Refused(description: name) }
            contents.clientSets[name] = Int(seconds.dropLast(2))
        case ("delete", "set"): guard contents.clientSets.removeValue(forKey: name) != nil else { throw Refused(description: "no set \(name)") }
        case ("add", "chain"): contents.chains[name, default: []] += []
        case ("flush", "chain"):
            guard contents.chains[name] != nil else { throw Refused(description: "no chain \(name)") }
            contents.chains[name] = []
        case ("delete", "chain"):
            guard contents.chains[name]?.isEmpty == true else { throw Refused(description: "no chain \(name), or it has rules") }
            contents.chains[name] = nil
        case ("add", "rule"):
            guard contents.chains[name] != nil else { throw Refused(description: "no chain \(name)") }
            contents.chains[name]?.append(rest.joined(separator: " "))
        case ("add", "element"): try elements(name, rest, adding: true)
        case ("delete", "element"): try elements(name, rest, adding: false)
        default: throw Refused(description: "unknown: \(words[0]) \(words[1])")
        }
    }

    private mutating func elements(_ name: String, _ words: ArraySlice<String>, adding: Bool) throws {
        guard let map = RuleMap(rawValue: name) else { throw Refused(description: "no map \(name)") }
        for entry in words.dropFirst().dropLast().joined(separator: " ").split(separator: ",") {
            let text = entry.drop { $0 == " " }
            let colon = text.firstIndex(of: ":")
            let key = RuleElement(map, String(text[..<(colon ?? text.endIndex)].reversed().drop { $0 == " " }.reversed()))
            if adding {
                let verdict = colon.map { String(text[text.index(after: $0)...].drop { $0 == " " }) } ?? ""
                if let old = contents.elements[key], old != verdict { throw Refused(description: "\(key) is there with another verdict") }
                contents.elements[key] = verdict
            } else if contents.elements.removeValue(forKey: key) == nil {
                throw Refused(description: "no element \(key)")
            }
        }
    }

    /// A rule or verdict leads to chains and sets that exist.
    private func checkReferences() throws {
        let fixed: Set = ["to-masquerade", "refuse"]
        for text in Array(contents.chains.values.joined()) + Array(contents.elements.values) {
            let words = text.split { " ,{}".contains($0) }.map(String.init)
            for (position, word) in words.enumerated() {
                if ["goto", "jump"].contains(word), position + 1 < words.count {
                    let chain = words[position + 1]
                    if contents.chains[chain] == nil && !fixed.contains(chain) { throw Refused(description: "no chain \(chain)") }
                }
                if word.hasPrefix("@"), contents.clientSets[String(word.dropFirst())] == nil { throw Refused(description: "no set \(word)") }
            }
        }
    }
}

/// Repeatable numbers (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
