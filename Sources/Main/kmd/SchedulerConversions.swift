import Core
import JSON
import KubeObjects
import Mesos
import MesosProto
import NodeRegistrar
import Reconciler
import Scheduling

/// Between Mesos' and Kubernetes' words and those of the components.
enum SchedulerConversions {
    private static let mebibyte: Int64 = 1 << 20

    // MARK: Mesos

    static func offer(_ offer: MesosOffer) -> Offer {
        Offer(
            id: offer.id, agent: offer.agentID, hostname: offer.hostname, resources: resources(offer.resources),
            attributes: offer.attributes.map { Attribute(name: $0.name, text: $0.text) }, executors: offer.executorIDs)
    }

    /// What is revocable, shared or a disk of its own is left out: no pod asks for it.
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

    static func update(_ update: TaskStatusUpdate) -> TaskUpdate {
        let source: TaskUpdate.Source? =
            switch update.source {
            case .master: .master
            case .agent: .agent
            case .executor: .executor
            case nil: nil
            }
        return TaskUpdate(
            task: update.taskID, state: TaskState(rawValue: update.state.rawValue) ?? .unknown, source: source,
            reason: update.reason?.name ?? "", message: update.message, agent: update.agentID, uuid: update.uuid)
    }

    static func agent(_ agent: MesosAgent) -> AgentDescription {
        AgentDescription(
            id: agent.id, hostname: agent.hostname, address: agent.endpoint?.host ?? "",
            attributes: agent.attributes.map { Attribute(name: $0.name, text: $0.text) }, total: resources(agent.resources).amounts,
            isActive: agent.isActive)
    }

    // MARK: Pods

    /// - Parameter containerDefault: reserved for a container that requests nothing.
    static func demand(of pod: Pod, containerDefault: Amounts) -> PodDemand {
        let requests = PodResources.requests(of: pod)
        var amounts = Amounts()
        for container in pod.spec.containers {
            amounts += Amounts(
                milliCPU: container.requests["cpu"].map(\.milliValue) ?? containerDefault.milliCPU,
                memory: container.requests["memory"].map(\.value) ?? containerDefault.memory)
        }
        amounts.milliCPU = max(0, amounts.milliCPU, requests["cpu"]?.milliValue ?? 0)
        amounts.memory = wholeMebibytes(max(amounts.memory, requests["memory"]?.value ?? 0))
        amounts.disk = wholeMebibytes(requests["ephemeral-storage"]?.value ?? 0)
        return PodDemand(
            key: pod.key, uid: pod.uid, amounts: amounts,
            hostPorts: PodResources.hostPorts(of: pod).map {
                PodDemand.HostPort(containerPort: $0.port, transport: .init(rawValue: $0.protocol) ?? .tcp, fixed: $0.port)
            },
            nodeName: pod.spec.nodeName.isEmpty ? nil : pod.spec.nodeName, nodeSelector: pod.spec.nodeSelector,
            tolerations: pod.spec.tolerations.map { toleration in
                Scheduling.Toleration(
                    key: toleration.key, value: toleration.operator == "Exists" ? nil : toleration.value,
                    effect: Taint.Effect(rawValue: toleration.effect))
            })
    }

    private static func wholeMebibytes(_ bytes: Int64) -> Int64 {
        bytes <= 0 ? 0 : (bytes - 1) / mebibyte * mebibyte + mebibyte
    }

    static func standing(of pod: Pod) -> PodStanding {
        let annotations = pod.metadata.annotations
        return PodStanding(
            key: pod.key, uid: pod.uid, nodeName: pod.spec.nodeName, task: annotations["k8s.mesosphere.io/taskId"].map(TaskID.init),
            agent: annotations["k8s.mesosphere.io/slaveId"].map(AgentID.init), isFinished: pod.isFinished,
            deletionGrace: pod.isTerminating ? .seconds(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds) : nil)
    }

    /// The pod as its executor gets it: a whole object, with kind and version.
    static func taskData(of pod: Pod) -> [UInt8] {
        var object = pod.json
        object["apiVersion"] = "v1"
        object["kind"] = "Pod"
        return object.encoded()
    }

    // MARK: Nodes

    static func node(_ object: JSONValue) -> NodeStanding? {
        guard let name = object.at("metadata", "name")?.string else { return nil }
        let conditions = object.at("status", "conditions")?.array ?? []
        let condition = conditions.first { $0["type"]?.string == "Ready" }
        let ready = condition?["status"]?.string
        let isRegistrars = condition?["reason"]?.string?.hasPrefix("MesosAgent") ?? true
        return NodeStanding(
            name: name, agent: object.at("metadata", "annotations", "k8s.mesosphere.io/agentId")?.string.map(AgentID.init),
            labels: texts(object.at("metadata", "labels")), capacity: amounts(object.at("status", "capacity")),
            allocatable: amounts(object.at("status", "allocatable")), ready: ready.map { NodeStanding.Ready(rawValue: $0) ?? .unknown },
            speaksForItself: !isRegistrars)
    }

    static func taints(_ node: JSONValue) -> [Taint] {
        (node.at("spec", "taints")?.array ?? []).compactMap { taint in
            guard let key = taint["key"]?.string, let effect = taint["effect"]?.string.flatMap(Taint.Effect.init) else { return nil }
            return Taint(key: key, value: taint["value"]?.string ?? "", effect: effect)
        }
    }

    static func texts(_ value: JSONValue?) -> [String: String] {
        var result: [String: String] = [:]
        if let object = value?.object {
            for (key, value) in object { result[key] = value.string }
        }
        return result
    }

    private static func amounts(_ value: JSONValue?) -> Amounts {
        func quantity(_ name: String) -> Quantity { value?[name]?.string.flatMap { try? Quantity(parsing: $0) } ?? .zero }
        return Amounts(milliCPU: quantity("cpu").milliValue, memory: quantity("memory").value, disk: quantity("ephemeral-storage").value)
    }

    static func quantities(_ amounts: Amounts) -> JSONValue {
        [
            "cpu": .string(Quantity.milli(amounts.milliCPU).description), "memory": .string(Quantity.bytes(amounts.memory).description),
            "ephemeral-storage": .string(Quantity.bytes(amounts.disk).description), "pods": "110",
        ]
    }

    // MARK: Intents

    static func json(_ intent: LaunchIntent) -> JSONValue {
        [
            "apiVersion": "kmd.dev/v1", "kind": "LaunchIntent", "metadata": ["name": .string(intent.task.value)],
            "spec": [
                "term": .integer(Int64(clamping: intent.term.number)), "podNamespace": .string(intent.pod.namespace),
                "podName": .string(intent.pod.name), "podUID": .string(intent.uid.value), "agentID": .string(intent.agent.value),
                "agentHostname": .string(intent.hostname), "offerIDs": .array(intent.offers.map { .string($0.value) }),
                "executorID": .string(SchedulerOptions.executorID.value),
                "resources": [
                    "cpu": .string(Quantity.milli(intent.amounts.milliCPU).description),
                    "memory": .string(Quantity.bytes(intent.amounts.memory).description),
                ],
                "hostPorts": .array(intent.ports.map { .integer(Int64($0)) }),
            ],
        ]
    }

    static func intent(_ object: JSONValue) -> LaunchIntent? {
        guard let name = object.at("metadata", "name")?.string, let spec = object["spec"], let namespace = spec["podNamespace"]?.string,
            let pod = spec["podName"]?.string, let uid = spec["podUID"]?.string, let agent = spec["agentID"]?.string
        else { return nil }
        return LaunchIntent(
            task: TaskID(name), term: Term(UInt64(clamping: spec["term"]?.integer ?? 0)), pod: PodKey(namespace: namespace, name: pod),
            uid: PodUID(uid), agent: AgentID(agent), hostname: spec["agentHostname"]?.string ?? "")
    }
}
