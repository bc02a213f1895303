import Core
import JSON
import KubeObjects
import Mesos
import MesosProto
import NodeRegistrar
import Reconciler
import Scheduling

// What Mesos says, and what it is told.
extension SchedulerConversions {
    static func offer(_ offer: MesosOffer) -> Offer {
        Offer(
            id: offer.id, agent: offer.agentID, hostname: offer.hostname, resources: resources(offer.resources),
            attributes: offer.attributes.map { Attribute(name: $0.name, text: $0.text) }, executors: offer.executorIDs,
            unavailability: offer.unavailability.map { Unavailability(start: $0.start, duration: $0.duration) })
    }

    /// What is revocable, shared or a disk of its own is left out: no pod asks for it. Nor is a set (or ranges other than ports) counted.
    static func resources(_ resources: MesosResources) -> Resources {
        var result = Resources()
        for item in resources.items where !item.hasRevocable && !item.hasShared && !item.hasDisk {
            let thousandths = MesosScalar(item.scalar.value).thousandths
            var part = Resources.Part(origin: origin(of: item))
            switch item.name {
            case "cpus": part.amounts.milliCPU = thousandths
            case "mem": part.amounts.memory = bytes(megabyteThousandths: thousandths)
            case "disk": part.amounts.disk = bytes(megabyteThousandths: thousandths)
            case "ports": part.ports = PortSet(item.closedRanges.compactMap(ports))
            // GPUs, and whatever else agents were told to count.
            case let name where item.type == .scalar: part.amounts[.named(name)] = thousandths
            default: continue
            }
            result.add(part)
        }
        return result
    }

    /// As a task has to name them: with the reservations and the allocation that the offer showed.
    static func mesos(_ resources: Resources) -> MesosResources {
        var result = MesosResources()
        for part in resources.parts {
            var item = (try? Mesos_V1_Resource(serializedBytes: part.origin.reservation)) ?? Mesos_V1_Resource()
            item.allocationInfo.role = part.origin.role
            func add(_ name: String, _ amount: MesosScalar) {
                guard amount.thousandths > 0 else { return }
                item.name = name
                item.type = .scalar
                item.scalar.value = amount.value
                result.add(item)
                item.clearScalar()
            }
            add("cpus", MesosScalar(thousandths: part.amounts.milliCPU))
            add("mem", MesosScalar(thousandths: megabyteThousandths(part.amounts.memory)))
            add("disk", MesosScalar(thousandths: megabyteThousandths(part.amounts.disk)))
            for named in part.amounts.named { add(named.name, MesosScalar(thousandths: named.thousandths)) }
            guard !part.ports.isEmpty else { continue }
            item.name = "ports"
            item.type = .ranges
            item.ranges = Mesos_V1_Value.Ranges(part.ports.ranges.map { UInt64($0.lowerBound)...UInt64($0.upperBound) })
            result.add(item)
        }
        return result
    }

    private static func origin(of item: Mesos_V1_Resource) -> Origin {
        var kind = item
        let role = item.hasAllocationInfo ? item.allocationInfo.role : "*"
        kind.clearAllocationInfo()
        kind.clearScalar()
        kind.clearRanges()
        kind.clearSet()
        if kind.role == "*" { kind.clearRole() }
        var plain = Mesos_V1_Resource()
        (plain.name, plain.type) = (kind.name, kind.type)
        guard kind != plain else { return Origin(role: role) }
        // Name and type are the same for all parts of an origin.
        (kind.name, kind.type) = ("", .scalar)
        return Origin(role: role, reservation: (try? kind.serializedBytes(partial: true)) ?? [])
    }

    private static func ports(_ range: ClosedRange<UInt64>) -> ClosedRange<Int>? {
        range.lowerBound <= 65_535 ? Int(range.lowerBound)...Int(min(range.upperBound, 65_535)) : nil
    }

    private static func bytes(megabyteThousandths: Int64) -> Int64 {
        let (whole, rest) = megabyteThousandths.quotientAndRemainder(dividingBy: 1000)
        return whole.multipliedReportingOverflow(by: mebibyte).overflow ? .max : whole * mebibyte + rest * mebibyte / 1000
    }

    private static func megabyteThousandths(_ bytes: Int64) -> Int64 {
        let (whole, rest) = bytes.quotientAndRemainder(dividingBy: mebibyte)
        return whole * 1000 + (rest * 1000 + mebibyte - 1) / mebibyte
    }

    /// - Parameter wallClock: when the update came.
    static func update(_ update: TaskStatusUpdate, at wallClock: Timestamp) -> TaskUpdate {
        let source: TaskUpdate.Source? =
            switch update.source {
            case .master: .master
            case .agent: .agent
            case .executor: .executor
            case nil: nil
            }
        return TaskUpdate(
            task: update.taskID, state: TaskState(rawValue: update.state.rawValue) ?? .unknown, source: source,
            reason: update.reason?.name ?? "", message: update.message, agent: update.agentID, uuid: update.uuid,
            identity: TaskLabels.identity(update.labels), unreachableFor: update.unreachableSince.map { wallClock.duration(since: $0) })
    }

    static func agent(_ agent: MesosAgent) -> AgentDescription {
        AgentDescription(
            id: agent.id, hostname: agent.hostname, address: agent.endpoint?.host ?? "",
            attributes: agent.attributes.map { Attribute(name: $0.name, text: $0.text) }, labels: topology(agent.domain),
            total: resources(agent.resources).amounts, isActive: agent.isConnected)
    }

    /// Where a machine stands, in Kubernetes' words.
    static func topology(_ domain: MesosDomain?) -> [String: String] {
        guard let domain else { return [:] }
        return ["topology.kubernetes.io/region": domain.region, "topology.kubernetes.io/zone": domain.zone]
    }
}
