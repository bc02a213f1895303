import Core
import JSON
import KubeObjects
import Mesos
import MesosProto
import NodeRegistrar
import Reconciler
import Scheduling

// What a node object says.
extension SchedulerConversions {
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

    /// What of a node concerns placement.
    static func facts(ofNode node: JSONValue) -> NodeFacts {
        let allocatable = node.at("status", "allocatable")
        return NodeFacts(
            labels: texts(node.at("metadata", "labels")), taints: taints(node), isUnschedulable: node.at("spec", "unschedulable")?.bool ?? false,
            allocatable: allocatable?.object == nil ? nil : amounts(allocatable),
            maxPods: (allocatable?["pods"]).flatMap { Quantity(json: $0) }.map { Int(clamping: $0.value) })
    }

    static func facts(ofNamespace namespace: JSONValue) -> NamespaceFacts {
        NamespaceFacts(
            labels: texts(namespace.at("metadata", "labels")), roles: roles(namespace.at("metadata", "annotations", rolesKey)?.string))
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
        var amounts = Amounts(milliCPU: quantity("cpu").milliValue, memory: quantity("memory").value, disk: quantity("ephemeral-storage").value)
        for (name, _) in value?.object ?? [:] {
            if let scalar = ScalarNames.mesos(name) { amounts[.named(scalar)] = quantity(name).milliValue }
        }
        return amounts
    }

    static func quantities(_ amounts: Amounts) -> JSONValue {
        var object: JSONValue = [
            "cpu": .string(Quantity.milli(amounts.milliCPU).description), "memory": .string(Quantity.bytes(amounts.memory).description),
            "ephemeral-storage": .string(Quantity.bytes(amounts.disk).description), "pods": "110",
        ]
        for named in amounts.named { object[ScalarNames.kubernetes(named.name)] = .string(Quantity.milli(named.thousandths).description) }
        return object
    }
}
