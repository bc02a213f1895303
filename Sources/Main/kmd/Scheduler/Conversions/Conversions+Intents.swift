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
                "agentHostname": .string(intent.hostname), "role": .string(intent.role), "offerIDs": .array(intent.offers.map { .string($0.value) }),
                "executorID": .string(SchedulerOptions.executorID.value),
                "resources": resources(intent.amounts),
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
            uid: PodUID(uid), agent: AgentID(agent), hostname: spec["agentHostname"]?.string ?? "", role: spec["role"]?.string ?? "*",
            offers: (spec["offerIDs"]?.array ?? []).compactMap { $0.string.map(OfferID.init) }, amounts: amounts(inIntent: spec["resources"]),
            ports: (spec["hostPorts"]?.array ?? []).compactMap { $0.integer.map { Int(clamping: $0) } })
    }

    private static func resources(_ amounts: Amounts) -> JSONValue {
        var object: JSONValue = [
            "cpu": .string(Quantity.milli(amounts.milliCPU).description), "memory": .string(Quantity.bytes(amounts.memory).description),
        ]
        if amounts.disk != 0 { object["ephemeral-storage"] = .string(Quantity.bytes(amounts.disk).description) }
        for item in amounts.named { object[item.name] = .string(Quantity.milli(item.thousandths).description) }
        return object
    }

    private static func amounts(inIntent json: JSONValue?) -> Amounts {
        var result = Amounts()
        for (name, value) in json?.object ?? JSONObject() {
            guard let quantity = Quantity(json: value) else { continue }
            switch name {
            case "cpu": result.milliCPU = quantity.milliValue
            case "memory": result.memory = quantity.value
            case "ephemeral-storage": result.disk = quantity.value
            default: result[.named(name)] = quantity.milliValue
            }
        }
        return result
    }
}
