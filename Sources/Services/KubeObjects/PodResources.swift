/// A host port that a pod claims on its node.
public struct HostPort: Sendable, Hashable, Comparable {
    /// Empty: all addresses.
    public let ip: String
    public let port: Int
    /// `TCP`, `UDP` or `SCTP`.
    public let `protocol`: String

    public init(ip: String, port: Int, protocol: String) { (self.ip, self.port, self.protocol) = (ip, port, `protocol`) }

    public static func < (left: HostPort, right: HostPort) -> Bool {
        (left.port, left.protocol, left.ip) < (right.port, right.protocol, right.ip)
    }
}

/// How much a pod asks of its node, by Kubernetes' rules.
public enum PodResources {
    /// What must be free: the containers' requests together, or what the hungriest init container needs while it runs, whichever is
    /// more; sidecars count from where they start. A request that is not given is the limit.
    public static func requests(of pod: Pod) -> [String: Quantity] { total(of: pod) { $0.requests } }

    /// The most that the pod may use of each resource that all its containers limit.
    public static func limits(of pod: Pod) -> [String: Quantity] { total(of: pod) { $0.limits } }

    /// The host ports that the pod binds, in order and without repeats. On the host's network every port is one.
    public static func hostPorts(of pod: Pod) -> [HostPort] {
        var ports = Set<HostPort>()
        for container in pod.allContainers {
            for port in container.ports {
                let number = port.hostPort > 0 ? port.hostPort : (pod.spec.hostNetwork ? port.containerPort : 0)
                guard number > 0 else { continue }
                ports.insert(HostPort(ip: port.hostIP == "0.0.0.0" ? "" : port.hostIP, port: number, protocol: port.protocol))
            }
        }
        return ports.sorted()
    }

    /// `Guaranteed`, `Burstable` or `BestEffort`, from CPU and memory of all containers.
    public static func qosClass(of pod: Pod) -> String {
        var anything = false
        var guaranteed = true
        for container in pod.allContainers {
            for resource in ["cpu", "memory"] {
                let limit = container.limits[resource].flatMap { $0.isZero ? nil : $0 }
                let request = container.requests[resource].flatMap { $0.isZero ? nil : $0 }
                if limit != nil || request != nil { anything = true }
                if limit == nil || (request != nil && request != limit) { guaranteed = false }
            }
        }
        if !anything { return "BestEffort" }
        return guaranteed ? "Guaranteed" : "Burstable"
    }

    private static func total(of pod: Pod, _ amounts: (Container) -> [String: Quantity]) -> [String: Quantity] {
        var together: [String: Quantity] = [:]
        for container in pod.spec.containers { together.merge(amounts(container)) { $0 + $1 } }
        var sidecars: [String: Quantity] = [:]
        var highest: [String: Quantity] = [:]
        for container in pod.spec.initContainers {
            if container.isSidecar {
                sidecars.merge(amounts(container)) { $0 + $1 }
                highest.merge(sidecars) { max($0, $1) }
            } else {
                highest.merge(amounts(container).merging(sidecars) { $0 + $1 }) { max($0, $1) }
            }
        }
        together.merge(sidecars) { $0 + $1 }
        together.merge(highest) { max($0, $1) }
        together.merge(pod.spec.overhead) { $0 + $1 }
        return together
    }
}
