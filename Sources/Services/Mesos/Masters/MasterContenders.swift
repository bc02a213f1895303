import FoundationEssentials

/// What masters write into ZooKeeper, and how one reads the leader out of it. Pure.
///
/// Each master that can lead has an ephemeral, sequential node `json.info_NNNNNNNNNN` that holds its MasterInfo as JSON; the lowest number
/// leads. Masters before 0.24 wrote `info_…` in protobuf; `log_replicas` is the masters' own.
public enum MasterContenders {
    /// What the names of masters' nodes begin with; ZooKeeper puts ten digits behind it.
    public static let prefix = "json.info_"

    /// The name of the leader's node among a folder's children; `nil`: there is no leader.
    public static func leader(among children: [String]) -> String? {
        children.compactMap { name in sequence(of: name).map { (number: $0, name: name) } }.min { $0.number < $1.number }?.name
    }

    private static func sequence(of name: String) -> Int64? {
        guard name.hasPrefix(prefix) else { return nil }
        let digits = name.dropFirst(prefix.count)
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int64(digits)
    }

    /// Why a node's content names no master.
    public struct Unreadable: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    private struct Info: Decodable {
        struct Address: Decodable {
            var hostname: String?
            var ip: String?
            var port: Int
        }
        var address: Address?
        var hostname: String?
        var pid: String?
        var port: Int?
    }

    /// Where the master listens that wrote this.
    ///
    /// `address` is what counts. The older field `ip` holds the bytes of an IPv4 address in the order of the machine that wrote it, so that
    /// without `address` the `pid` is read instead (`master@10.0.0.1:5050`).
    ///
    /// - Parameter secure: masters speak TLS. A certificate more often holds a name than a number, so then the host name goes first.
    public static func endpoint(in content: [UInt8], secure: Bool = false) throws(Unreadable) -> MesosEndpoint {
        let info: Info
        do { info = try JSONDecoder().decode(Info.self, from: Data(content)) } catch {
            throw Unreadable(description: "no MasterInfo in JSON: '\(String(decoding: content.prefix(80), as: UTF8.self))'")
        }
        if let address = info.address {
            let named = [address.hostname, address.ip].compactMap { $0 }.filter { !$0.isEmpty }
            guard let host = secure ? named.first : address.ip ?? named.first, (1...65535).contains(address.port) else {
                throw Unreadable(description: "a MasterInfo whose address has no host or no port")
            }
            return MesosEndpoint(host: host, port: address.port, isSecure: secure)
        }
        guard let written = info.pid?.split(separator: "@").last, let endpoint = MesosEndpoint(written, defaultPort: 5050, secure: secure) else {
            throw Unreadable(description: "a MasterInfo without an address")
        }
        return endpoint
    }
}
