/// A zone as a text in the form of RFC 1035, 5: what is kept on disk, and handed from the registrar to a server in another process.
///
/// Names that exist without records stand in comments of our own. The last line tells that the file is whole.
public enum ZoneFile {
    private static let first = "; a cluster's zone, as kmd last knew it: "
    private static let empty = "; exists "
    private static let last = "; end"

    public static func write(_ names: [ZoneChange], domain: String, ttl: Int) -> [UInt8] {
        var text = first + domain + "\n"
        for name in names where name.exists {
            if name.records.isEmpty { text += "\(empty)\(name.name).\n" }
            for record in name.records { text += "\(name.name). \(ttl) IN \(record.text)\n" }
        }
        return Array((text + last + "\n").utf8)
    }

    /// - Returns: `nil` for a file of another domain, or one that is not whole. Lines that make no sense are left out.
    public static func read(_ bytes: [UInt8], domain: String) -> [ZoneChange]? {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let title = lines.first, let end = lines.last, title == first + domain, end == last else { return nil }
        var names: [String: [ZoneData]] = [:]
        for line in lines.dropFirst().dropLast() {
            if line.hasPrefix(empty) {
                names[name(line.dropFirst(empty.count)), default: []] += []
            } else if let (name, data) = record(line) {
                names[name, default: []].append(data)
            }
        }
        return names.keys.sorted().map { ZoneChange($0, names[$0] ?? []) }
    }

    private static func record(_ line: Substring) -> (String, ZoneData)? {
        let words = line.split(separator: " ")
        guard words.count >= 5, words[2] == "IN" else { return nil }
        let owner = name(words[0])
        switch words[3] {
        case "A", "AAAA": return IPAddress(String(words[4])).map { (owner, .address($0)) }
        case "CNAME": return (owner, .alias(name(words[4])))
        case "PTR": return (owner, .pointer(name(words[4])))
        case "SRV":
            guard words.count == 8, let weight = UInt16(words[5]), let port = UInt16(words[6]) else { return nil }
            return (owner, .service(weight: weight, port: port, target: name(words[7])))
        default: return nil
        }
    }

    private static func name(_ text: Substring) -> String { String(text.hasSuffix(".") ? text.dropLast() : text) }
}
