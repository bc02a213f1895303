import ControllerKit
import Core
import JSON

/// How fast nodes may be emptied: when most of a zone is down, the trouble is more likely the network than the nodes.
public struct EvictionRate: Sendable {
    /// Between two nodes of a zone, normally.
    public var interval: Duration = .seconds(10)
    /// Between two nodes of a large zone of which most is down.
    public var slowInterval: Duration = .seconds(100)
    /// Of a zone with so many nodes or fewer nothing is evicted while most of it is down.
    public var largeZone = 50
    /// From this share of unready nodes on (and more than two), most of a zone is down.
    public var unhealthyShare = 0.55
    public init() {}

    /// When the node may get its NoExecute taint: `nil` for not while things are as they are; in the past for now.
    func due(_ health: NodeHealth, in view: ClusterView) -> Timestamp? {
        var ready = 0
        var (zoneSize, zoneUnready) = (0, 0)
        var last: Timestamp?
        for node in view.objects(.nodes) {
            let other = NodeHealth(node, lease: nil)
            if other.isReady { ready += 1 }
            guard other.zone == health.zone else { continue }
            zoneSize += 1
            if !other.isReady { zoneUnready += 1 }
            for taint in NodeTaints.list(of: node) where taint["effect"]?.string == "NoExecute" && NodeTaints.isOurs(.init(taint)) {
                guard other.name != health.name, let added = NodeHealth.time(taint["timeAdded"]) else { continue }
                last = max(last ?? added, added)
            }
        }
        // Nothing is ready anywhere: where should the pods go, and who is it that is cut off?
        guard ready > 0 else { return nil }
        var pause = interval
        let isPartial = zoneUnready > 2 && zoneUnready < zoneSize && Double(zoneUnready) / Double(zoneSize) >= unhealthyShare
        if isPartial {
            guard zoneSize > largeZone else { return nil }
            pause = slowInterval
        }
        return last.map { $0.advanced(by: pause) } ?? Timestamp(secondsSinceEpoch: 0)
    }
}
