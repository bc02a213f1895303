import Core
import JSON
import KubeObjects
import Mesos
import MesosProto
import NodeRegistrar
import Reconciler
import Scheduling

// What a pod asks for, and how far it has come.
extension SchedulerConversions {
    /// What a container is given whatever it says.
    struct ContainerShare: Sendable, Equatable {
        /// Reserved for a container that neither requests nor limits CPU or memory.
        var usual = Amounts(milliCPU: 10, memory: 32 << 20)
        /// No container gets less: less is nothing to Mesos.
        var least = Amounts(milliCPU: 10, memory: 32 << 20)
    }

    static func demand(of pod: Pod, share: ContainerShare = ContainerShare()) -> PodDemand {
        var demand = PodDemand(key: pod.key, uid: pod.uid, shape: PodShape(wishes(of: pod, share)))
        demand.priority = Int32(clamping: pod.spec.priority)
        demand.mayPreempt = pod.spec.preemptionPolicy != "Never"
        demand.group = group(of: pod)
        return demand
    }

    private static func wishes(of pod: Pod, _ share: ContainerShare) -> PodShape.Wishes {
        var wishes = PodShape.Wishes(namespace: pod.namespace)
        (wishes.labels, wishes.owner) = (pod.metadata.labels, pod.metadata.controller?.uid)
        wishes.amounts = amounts(of: pod, share)
        wishes.nodeName = pod.spec.nodeName.isEmpty ? nil : pod.spec.nodeName
        wishes.nodeSelector = pod.spec.nodeSelector
        wishes.tolerations = pod.spec.tolerations.map { toleration in
            Scheduling.Toleration(
                key: toleration.key, value: toleration.operator == "Exists" ? nil : toleration.value,
                effect: Taint.Effect(rawValue: toleration.effect))
        }
        if let affinity = pod.spec.affinity {
            wishes.nodeAffinity = nodeAffinity(affinity["nodeAffinity"] ?? .null)
            wishes.podAffinity = podAffinity(affinity, of: pod)
        }
        wishes.spread = (pod.json.at("spec", "topologySpreadConstraints")?.array ?? []).map { spread($0, of: pod) }
        wishes.roles = roles(pod.metadata.annotations[rolesKey] ?? pod.metadata.labels[rolesKey])
        do throws(Refusal) {
            wishes.hostPorts = try hostPorts(of: pod)
            wishes.constraints = try constraints(of: pod)
        } catch {
            wishes.fault = error.description
        }
        return wishes
    }

    // MARK: Resources

    /// Requests reserve. A container's floor and default are those of the scheduler's flags.
    private static func amounts(of pod: Pod, _ share: ContainerShare) -> Amounts {
        let requests = PodResources.requests(of: pod)
        var amounts = Amounts()
        for container in pod.spec.containers {
            amounts.milliCPU += max(share.least.milliCPU, container.requests["cpu"].map(\.milliValue) ?? share.usual.milliCPU)
            amounts.memory += max(share.least.memory, container.requests["memory"].map(\.value) ?? share.usual.memory)
        }
        amounts.milliCPU = max(0, amounts.milliCPU, requests["cpu"]?.milliValue ?? 0)
        amounts.memory = wholeMebibytes(max(amounts.memory, requests["memory"]?.value ?? 0))
        amounts.disk = wholeMebibytes(requests["ephemeral-storage"]?.value ?? 0)
        for (name, quantity) in requests where !["cpu", "memory", "ephemeral-storage"].contains(name) && quantity.milliValue > 0 {
            amounts[.named(mesosName(of: name))] += quantity.milliValue
        }
        return amounts
    }

    /// GPUs have a name of Mesos' own; any other extended resource is a scalar of the same name on agents that offer it.
    private static func mesosName(of resource: String) -> String { ScalarNames.mesos(resource) ?? resource }

    private static func wholeMebibytes(_ bytes: Int64) -> Int64 {
        bytes <= 0 ? 0 : (bytes - 1) / mebibyte * mebibyte + mebibyte
    }

    static let rolesKey = "k8s.mesosphere.io/roles"

    /// A list with commas, the preferred first.
    static func roles(_ text: String?) -> [String]? {
        let names = (text ?? "").split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
        return names.isEmpty ? nil : names
    }

    /// Annotations come before labels: labels cannot hold every text.
    static func group(of pod: Pod) -> PodGroup? {
        func value(_ name: String) -> String? { pod.metadata.annotations[name] ?? pod.metadata.labels[name] }
        guard let name = value("kmd.dev/pod-group"), !name.isEmpty else { return nil }
        let seconds = value("kmd.dev/pod-group-deadline").flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        return PodGroup(
            namespace: pod.namespace, name: name, minimum: value("kmd.dev/pod-group-min").flatMap { Int($0) } ?? 1,
            deadline: seconds.map { .seconds(min($0, 365 * 86_400)) })
    }

    // MARK: How far it has come

    /// As one that is counted where it runs.
    ///
    /// - Parameters:
    ///   - ports: those that its launch was given; what it says itself is added.
    static func placed(_ pod: Pod, _ demand: PodDemand, ports: [Int]) -> PlacedPod {
        let assigned = pod.metadata.annotations.filter { $0.key.hasPrefix(portPrefix) }.values.compactMap { Int($0) }
        return PlacedPod(
            demand, ports: Set(ports + assigned + demand.hostPorts.compactMap(\.fixed)).sorted(),
            started: pod.status.startTime?.secondsSinceEpoch, isTerminating: pod.isTerminating, isBound: !pod.spec.nodeName.isEmpty)
    }

    /// Where the executor writes which port of the node it gave to a port of the pod: `…port_TCP_80`.
    static let portPrefix = "k8s.mesosphere.io/port_"

    static func standing(of pod: Pod) -> PodStanding {
        let annotations = pod.metadata.annotations
        return PodStanding(
            key: pod.key, uid: pod.uid, nodeName: pod.spec.nodeName, task: annotations["k8s.mesosphere.io/taskId"].map(TaskID.init),
            agent: annotations["k8s.mesosphere.io/slaveId"].map(AgentID.init), isFinished: pod.isFinished,
            deletionGrace: pod.isTerminating ? .seconds(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds) : nil,
            unreachable: unreachablePolicy(pod.spec.tolerations), revision: UInt64(pod.metadata.resourceVersion) ?? 0)
    }

    /// The pod as its executor gets it: a whole object, with kind and version, and with the ports of the node that it was given.
    ///
    /// - Parameter ports: of each of the demand's host ports, in their order.
    static func taskData(of pod: Pod, ports: [Int], for demand: PodDemand) -> [UInt8] {
        var object = pod.json
        object["apiVersion"] = "v1"
        object["kind"] = "Pod"
        for (port, number) in zip(demand.hostPorts, ports) where port.fixed == nil {
            object.set(.string(String(number)), at: "metadata", "annotations", "\(portPrefix)\(port.transport.rawValue)_\(port.containerPort)")
        }
        return object.encoded()
    }
}
