/// What is fixed for the rules of one node.
public struct RoutingConfiguration: Sendable, Hashable {
    /// The table's name, in family `ip`: `kmd-1a2b3c4d`.
    public var table: String
    /// The interface that this node's pods are behind.
    public var bridge: String
    /// The addresses of this node's pods; `nil`: it has none.
    public var podRange: IPv4Range?
    /// The addresses of all pods of the cluster: between them nothing is masqueraded, so that each sees who speaks to it. What leaves for
    /// anywhere else bears the node's address. `nil`: not known, and this table masquerades nothing of pods.
    public var clusterRange: IPv4Range?
    /// Where cluster addresses come from; what is not in use there is refused. `nil`: not known, nothing is.
    public var serviceRange: IPv4Range?
    /// Addresses in the service range that something on this node answers itself.
    public var clusterDNS: [IPv4Address]
    /// Endpoints with this node name are local.
    public var nodeName: String
    /// What goes from pod to pod over the bridge passes the rules on its way back (`bridge-nf-call-iptables`). Without that, the answer of
    /// a pod on the same bridge would keep the pod's own address, so the question is masqueraded.
    public var bridgeIsFiltered: Bool

    public init(
        table: String, bridge: String, podRange: IPv4Range?, clusterRange: IPv4Range? = nil, serviceRange: IPv4Range?,
        clusterDNS: [IPv4Address] = [], nodeName: String, bridgeIsFiltered: Bool = true
    ) {
        (self.table, self.bridge, self.podRange, self.clusterRange, self.serviceRange) = (table, bridge, podRange, clusterRange, serviceRange)
        (self.clusterDNS, self.nodeName, self.bridgeIsFiltered) = (clusterDNS, nodeName, bridgeIsFiltered)
    }
}

/// An address and a port that traffic is sent to.
public struct Target: Sendable, Hashable, Comparable {
    public let address: IPv4Address
    public let port: Int
    public init(_ address: IPv4Address, _ port: Int) { (self.address, self.port) = (address, port) }
    public static func < (one: Target, other: Target) -> Bool { (one.address, one.port) < (other.address, other.port) }
}

/// The endpoints that get a port's traffic, sorted.
struct EndpointChoice: Sendable, Hashable {
    /// Of the whole cluster.
    var all: [Target]
    /// Of this node.
    var local: [Target]

    /// Ready ones; where there are none, those that still serve while they end, as the last resort.
    init(_ port: Service.Port, in slices: [EndpointSlice], nodeName: String) {
        var (ready, ending): (Set<Target>, Set<Target>) = ([], [])
        var (localReady, localEnding): (Set<Target>, Set<Target>) = ([], [])
        for slice in slices {
            for target in slice.ports where target.name == port.name && target.transport == port.transport {
                for endpoint in slice.endpoints {
                    let found = Target(endpoint.address, target.port)
                    let isLocal = !endpoint.nodeName.isEmpty && endpoint.nodeName == nodeName
                    if endpoint.isReady {
                        ready.insert(found)
                        if isLocal { localReady.insert(found) }
                    } else if endpoint.isServing && endpoint.isTerminating {
                        ending.insert(found)
                        if isLocal { localEnding.insert(found) }
                    }
                }
            }
        }
        all = (ready.isEmpty ? ending : ready).sorted()
        local = (localReady.isEmpty ? localEnding : localReady).sorted()
    }
}
