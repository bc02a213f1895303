import ServiceRouting

/// At which address others reach this node.
enum NodeAddress {
    static let loopback = "127.0.0.1"

    /// The address that the node's Mesos agent uses, since who set it up has chosen that one for others to reach; loopback when that is
    /// all that the agent has.
    ///
    /// - Parameters:
    ///   - environment: an agent that was started with `--ip` hands it on as LIBPROCESS_IP.
    ///   - agent: the host in MESOS_AGENT_ENDPOINT. A name is not looked up: it may lead anywhere.
    static func detected(_ environment: [String: String], agent: String) -> String {
        [environment["LIBPROCESS_IP"] ?? "", agent].first(where: isReachable) ?? loopback
    }

    /// An address of one machine, and not of its loopback.
    private static func isReachable(_ text: String) -> Bool {
        guard let address = IPv4Address(text) else { return false }
        return !address.isLoopback && address.bits != 0
    }
}
