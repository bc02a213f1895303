import Core
import JSON
import KubeObjects
import Mesos
import MesosProto
import NodeRegistrar
import Reconciler
import Scheduling

// Launch intents as objects of the API.
extension SchedulerConversions {
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
