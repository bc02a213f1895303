/// Writes the table as text for `nft -f`: nft 1.0.6 and later, Linux 5.10 and later.
public struct RuleText: Sendable {
    public let configuration: RoutingConfiguration
    public init(_ configuration: RoutingConfiguration) { self.configuration = configuration }

    private var table: String { "ip \(configuration.table)" }
    /// Elements of one command: a line of bounded length.
    private static let batch = 500

    /// Kubernetes' own bit of a packet's mark: masquerade this.
    static let mark = "0x00004000"

    // MARK: The whole table

    /// One transaction that puts the whole table in the place of one that may be there: at no moment there is none.
    public func whole(_ contents: RuleContents) -> String {
        var text = "table \(table)\ndelete table \(table)\ntable \(table) {\n"
        for map in RuleMap.allCases { text += "\t\(map.keyword) \(map.rawValue) {\n\t\ttype \(map.type)\n\t}\n" }
        for (set, seconds) in contents.clientSets.sorted(by: { $0.key < $1.key }) {
            text += "\tset \(set) {\n\t\t\(RuleText.clientSet(seconds))\n\t}\n"
        }
        for (chain, rules) in fixedChains { text += block(chain, rules) }
        for (chain, rules) in contents.chains.sorted(by: { $0.key < $1.key }) { text += block(chain, rules) }
        text += "}\n"
        return text + add(contents.elements)
    }

    private func block(_ chain: String, _ rules: [String]) -> String {
        "\tchain \(chain) {\n" + rules.map { "\t\t\($0)\n" }.joined() + "\t}\n"
    }

    /// The commands that remove the table, if there is one.
    public static func removal(of table: String) -> String { "table ip \(table)\ndelete table ip \(table)\n" }

    // MARK: A change

    /// One transaction that touches what changed and nothing else.
    public func text(_ change: RuleChange) -> String {
        var text = ""
        for (set, seconds) in change.newClientSets.sorted(by: { $0.key < $1.key }) {
            text += "add set \(table) \(set) { \(RuleText.clientSet(seconds)); }\n"
        }
        for chain in change.newChains.keys.sorted() { text += "add chain \(table) \(chain)\n" }
        for chain in change.changedChains.keys.sorted() + change.removedChains { text += "flush chain \(table) \(chain)\n" }
        for (chain, rules) in change.newChains.merging(change.changedChains, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            for rule in rules { text += "add rule \(table) \(chain) \(rule)\n" }
        }
        for (map, elements) in RuleText.grouped(change.removedElements) {
            for part in RuleText.parts(elements.map(\.key)) { text += "delete element \(table) \(map.rawValue) { \(part) }\n" }
        }
        text += add(change.addedElements)
        for chain in change.removedChains { text += "delete chain \(table) \(chain)\n" }
        for set in change.removedClientSets { text += "delete set \(table) \(set)\n" }
        return text
    }

    private func add(_ elements: [RuleElement: String]) -> String {
        var text = ""
        for (map, keys) in RuleText.grouped(elements.keys.sorted()) {
            let entries = keys.map { element in
                let verdict = elements[element] ?? ""
                return verdict.isEmpty ? element.key : "\(element.key) : \(verdict)"
            }
            for part in RuleText.parts(entries) { text += "add element \(table) \(map.rawValue) { \(part) }\n" }
        }
        return text
    }

    private static func clientSet(_ seconds: Int) -> String {
        "type ipv4_addr; size 65535; flags dynamic,timeout; timeout \(seconds)s"
    }

    private static func grouped(_ elements: [RuleElement]) -> [(RuleMap, [RuleElement])] {
        Dictionary(grouping: elements, by: \.map).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func parts(_ entries: [String]) -> [String] {
        stride(from: 0, to: entries.count, by: batch).map { entries[$0..<min($0 + batch, entries.count)].joined(separator: ", ") }
    }

    // MARK: What is always there

    /// The hooks, and what they share. A packet passes at most two maps, however many services there are.
    public var fixedChains: [(String, [String])] {
        [
            ("nat-prerouting", ["type nat hook prerouting priority -100; policy accept;", "jump services"]),
            ("nat-output", ["type nat hook output priority -100; policy accept;", "jump services"]),
            ("services", dispatch),
            ("to-masquerade", ["meta mark set meta mark or \(RuleText.mark)"]),
            ("nat-postrouting", ["type nat hook postrouting priority 99; policy accept;"] + masquerade),
            ("guard-prerouting", ["type filter hook prerouting priority -300; policy accept;"] + guardPrerouting),
            ("guard-input", ["type filter hook input priority -10; policy accept;"] + guardInput + ["ct state new jump refusals"]),
            ("guard-forward", ["type filter hook forward priority -10; policy accept;", "ct state new jump refusals"]),
            ("guard-output", ["type filter hook output priority -10; policy accept;", "ct state new jump refusals"]),
            ("refusals", refusals),
            ("refuse", ["meta l4proto tcp reject with tcp reset", "reject"]),
        ]
    }

    private var notService: String { configuration.serviceRange.map { "ip daddr != \($0) " } ?? "" }

    private var dispatch: [String] {
        [
            "ip daddr . meta l4proto . th dport vmap @\(RuleMap.addresses.rawValue)",
            "\(notService)fib daddr type local meta l4proto . th dport vmap @\(RuleMap.nodePorts.rawValue)",
        ]
    }

    private var masquerade: [String] {
        let overBridge = "iifname \"\(configuration.bridge)\" oifname \"\(configuration.bridge)\" ct status dnat masquerade"
        let hairpin = "ip saddr . ip daddr @\(RuleMap.hairpins.rawValue) ct status dnat masquerade"
        return [configuration.bridgeIsFiltered ? hairpin : overBridge] + leaving + [
            "meta mark and \(RuleText.mark) == 0 return",
            "meta mark set meta mark xor \(RuleText.mark)",
            // To an endpoint on this machine: there is no address that would suit better.
            "oifname \"lo\" return",
            "masquerade",
        ]
    }

    /// What pods send out of the cluster: nobody there knows the way back to a pod.
    private var leaving: [String] {
        guard let pods = configuration.clusterRange else { return [] }
        let bridge = configuration.bridge
        return ["iifname \"\(bridge)\" oifname != \"\(bridge)\" ip daddr != { \(pods), 224.0.0.0/4 } masquerade"]
    }

    /// Endpoints on 127.0.0.1 need `route_localnet` on the bridge. With it the kernel would let pods speak to, and as, the node's loopback.
    private var guardPrerouting: [String] { ["iifname \"\(configuration.bridge)\" ip saddr 127.0.0.0/8 drop"] }
    private var guardInput: [String] {
        ["iifname \"\(configuration.bridge)\" ip daddr 127.0.0.0/8 ct status and dnat == 0 drop"]
    }

    private var refusals: [String] {
        var rules = [
            "ip daddr . meta l4proto . th dport vmap @\(RuleMap.refused.rawValue)",
            "\(notService)fib daddr type local meta l4proto . th dport vmap @\(RuleMap.refusedNodePorts.rawValue)",
        ]
        if let range = configuration.serviceRange {
            let own = configuration.clusterDNS.filter(range.contains).sorted().map(\.description)
            rules.append("ip daddr \(range) " + (own.isEmpty ? "" : "ip daddr != { \(own.joined(separator: ", ")) } ") + "goto refuse")
        }
        return rules
    }
}
