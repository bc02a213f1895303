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
        var demand = PodDemand(
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
        demand.priority = Int32(clamping: pod.spec.priority)
        demand.mayPreempt = pod.spec.preemptionPolicy != "Never"
        demand.group = group(of: pod)
        return demand
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

    private static func wholeMebibytes(_ bytes: Int64) -> Int64 {
        bytes <= 0 ? 0 : (bytes - 1) / mebibyte * mebibyte + mebibyte
    }

    static func standing(of pod: Pod) -> PodStanding {
        let annotations = pod.metadata.annotations
        return PodStanding(
            key: pod.key, uid: pod.uid, nodeName: pod.spec.nodeName, task: annotations["k8s.mesosphere.io/taskId"].map(TaskID.init),
            agent: annotations["k8s.mesosphere.io/slaveId"].map(AgentID.init), isFinished: pod.isFinished,
            deletionGrace: pod.isTerminating ? .seconds(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds) : nil,
            unreachable: unreachablePolicy(pod.spec.tolerations))
    }

    /// The pod as its executor gets it: a whole object, with kind and version.
    static func taskData(of pod: Pod) -> [UInt8] {
        var object = pod.json
        object["apiVersion"] = "v1"
        object["kind"] = "Pod"
        return object.encoded()
    }
}
