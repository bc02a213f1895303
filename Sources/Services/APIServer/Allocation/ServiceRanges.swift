import KubeAPI

/// A range that cannot be used; says why, and what would do.
public struct RangeError: Error, Hashable, CustomStringConvertible {
    public let description: String
}

/// The addresses that services get: an IPv4 network, `10.10.10.0/24`.
public struct ServiceAddressRange: Sendable, Hashable, CustomStringConvertible {
    public static let standard = ServiceAddressRange(network: 0x0A0A_0A00, prefixLength: 24)

    /// In host order.
    public let network: UInt32
    /// 12 to 30.
    public let prefixLength: Int

    private init(network: UInt32, prefixLength: Int) { (self.network, self.prefixLength) = (network, prefixLength) }

    /// From `ADDRESS/LENGTH`; bits of the address beyond the length are dropped, as Kubernetes does.
    public init(parsing text: String) throws(RangeError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPText.ipv4(String(parts[0])), let length = Int(parts[1]), (0...32).contains(length) else {
            throw RangeError(description: "'\(text)' is not an IPv4 network; write it as 10.10.10.0/24")
        }
        guard (12...30).contains(length) else {
            throw RangeError(description: "the network \(text) is too \(length < 12 ? "large" : "small") for services; take a length of 12 to 30")
        }
        self.init(network: address & ~(UInt32.max >> UInt32(length)), prefixLength: length)
    }

    public var size: UInt32 { 1 << UInt32(32 - prefixLength) }
    /// Neither the network's own address nor its broadcast address.
    public var usable: ClosedRange<UInt32> { network + 1...network + size - 2 }
    /// The address of the service `kubernetes`: the first.
    public var first: String { IPText.text(ipv4: network + 1) }
    public var description: String { IPText.text(ipv4: network) + "/\(prefixLength)" }

    public func contains(_ address: UInt32) -> Bool { usable.contains(address) }

    /// The lower addresses, which are given only on request while others are left: a sixteenth, at least 16, at most 256, as in Kubernetes.
    var staticCount: UInt32 { size <= 16 ? 0 : min(max(size / 16, 16), 256) }
}

/// The ports of each node that services get: `30000-32767`.
public struct NodePortRange: Sendable, Hashable, CustomStringConvertible {
    public static let standard = NodePortRange(ports: 30_000...32_767)

    public let ports: ClosedRange<UInt32>

    private init(ports: ClosedRange<UInt32>) { self.ports = ports }

    /// From `FIRST-LAST` or, as Kubernetes has it too, `FIRST+COUNT`.
    public init(parsing text: String) throws(RangeError) {
        let separator: Character = text.contains("+") ? "+" : "-"
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map { UInt32($0) }
        guard parts.count == 2, let first = parts[0], let second = parts[1], first >= 1, first <= 65_535, second <= 65_535 else {
            throw RangeError(description: "'\(text)' is not a range of ports; write it as 30000-32767")
        }
        let last = separator == "+" ? first + second : second
        guard first <= last, last <= 65_535 else {
            throw RangeError(description: "the range of ports \(text) has no port between 1 and 65535; write it as 30000-32767")
        }
        self.init(ports: first...last)
    }

    public var description: String { "\(ports.lowerBound)-\(ports.upperBound)" }

    /// As for addresses: a thirty-second, at least 16, at most 128.
    var staticCount: UInt32 {
        let count = UInt32(ports.count)
        return count <= 16 ? 0 : min(max(count / 32, 16), 128)
    }
}
