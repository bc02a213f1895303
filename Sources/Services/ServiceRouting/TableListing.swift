/// How much the table holds: enough to see that somebody has emptied or removed it, or a part of it.
///
/// Not its text, which differs between versions of nft.
public struct TableCounts: Sendable, Hashable {
    /// Rules by chain.
    public var rules: [String: Int] = [:]
    /// Elements by map; maps without elements are not in it, and sets of clients never.
    public var elements: [String: Int] = [:]
    public init() {}

    /// What a table with these contents must hold.
    public init(_ contents: RuleContents, _ configuration: RoutingConfiguration) {
        for (chain, rules) in RuleText(configuration).fixedChains { self.rules[chain] = rules.filter { !$0.hasPrefix("type ") }.count }
        for (chain, rules) in contents.chains { self.rules[chain] = rules.count }
        for element in contents.elements.keys { elements[element.map.rawValue, default: 0] += 1 }
    }

    /// Reads what `nft list table` wrote.
    public init(listing: String) {
        var chain: String?
        var map: String?
        var isInElements = false
        for line in listing.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let first = words.first else { continue }
            if isInElements {
                count(words, in: map, &isInElements)
            } else if first == "}" {
                (chain, map) = (nil, nil)
            } else if words.last == "{", words.count == 3, ["chain", "map", "set"].contains(first) {
                if first == "chain" { chain = String(words[1]) } else { map = String(words[1]) }
                if let chain { rules[chain] = 0 }
            } else if let name = chain {
                if first != "type" && !first.hasPrefix("#") { rules[name, default: 0] += 1 }
            } else if map != nil, first == "elements" {
                isInElements = true
                count(words.dropFirst(3), in: map, &isInElements)
            }
        }
        elements = elements.filter { RuleMap(rawValue: $0.key) != nil && $0.value > 0 }
    }

    /// Elements are divided by commas; the last line ends with a brace.
    private mutating func count(_ words: some Collection<Substring>, in map: String?, _ isInElements: inout Bool) {
        guard let map else { return }
        elements[map, default: 0] += words.filter { $0.hasSuffix(",") }.count
        if words.contains("}") {
            elements[map, default: 0] += 1
            isInElements = false
        }
    }
}
