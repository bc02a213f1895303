import Core
import JSON
import KubeObjects
import Scheduling

// Where a pod wants to be: affinity, spreading, host ports, Marathon's constraints.
extension SchedulerConversions {
    /// Why a pod's annotations cannot be understood.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    // MARK: Selectors

    /// - Parameter json: a `metav1.LabelSelector`; absent: nothing is meant.
    static func selector(_ json: JSONValue?) -> LabelSelector {
        guard let json, json.object != nil else { return .nothing }
        let labels = texts(json["matchLabels"]).sorted { $0.key < $1.key }.map { LabelSelector.Requirement($0.key, .in, [$0.value]) }
        return LabelSelector(labels + requirements(json["matchExpressions"]))
    }

    private static func requirements(_ json: JSONValue?) -> [LabelSelector.Requirement] {
        (json?.array ?? []).map { item in
            // An operator that nobody knows means nothing, and so does what it stands in.
            guard let key = item["key"]?.string, let word = item["operator"]?.string, let known = LabelSelector.Operator(rawValue: word) else {
                return LabelSelector.Requirement("", .in)
            }
            return LabelSelector.Requirement(key, known, words(item["values"]))
        }
    }

    private static func words(_ json: JSONValue?) -> [String] { (json?.array ?? []).compactMap(\.string) }

    // MARK: Nodes

    static func nodeAffinity(_ json: JSONValue) -> NodeAffinity {
        let required = json.at("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")?.array.map { $0.map(nodeTerm) }
        let preferred = (json["preferredDuringSchedulingIgnoredDuringExecution"]?.array ?? []).map { item in
            NodeAffinity.Preference(weight: Int(clamping: item["weight"]?.integer ?? 1), nodeTerm(item["preference"] ?? .null))
        }
        return NodeAffinity(required: required, preferred: preferred)
    }

    private static func nodeTerm(_ json: JSONValue) -> NodeTerm {
        NodeTerm(labels: LabelSelector(requirements(json["matchExpressions"])), fields: LabelSelector(requirements(json["matchFields"])))
    }

    // MARK: Pods

    static func podAffinity(_ json: JSONValue, of pod: Pod) -> PodAffinity {
        func required(_ kind: String) -> [PodAffinityTerm] {
            (json.at(kind, "requiredDuringSchedulingIgnoredDuringExecution")?.array ?? []).map { podTerm($0, of: pod) }
        }
        func preferred(_ kind: String, sign: Int) -> [PodAffinity.Preference] {
            (json.at(kind, "preferredDuringSchedulingIgnoredDuringExecution")?.array ?? []).map { item in
                .init(weight: sign * Int(clamping: item["weight"]?.integer ?? 1), podTerm(item["podAffinityTerm"] ?? .null, of: pod))
            }
        }
        return PodAffinity(
            near: required("podAffinity"), apart: required("podAntiAffinity"),
            preferred: preferred("podAffinity", sign: 1) + preferred("podAntiAffinity", sign: -1))
    }

    private static func podTerm(_ json: JSONValue, of pod: Pod) -> PodAffinityTerm {
        let names = words(json["namespaces"])
        let scope = json["namespaceSelector"].flatMap { $0.object != nil ? selector($0) : nil }
        // Without a word about namespaces, the pod's own is meant.
        let namespaces = NamespaceScope(names.isEmpty && scope == nil ? [pod.namespace] : names, selector: scope)
        let labels = narrowed(selector(json["labelSelector"]), by: json, of: pod)
        return PodAffinityTerm(PodSelection(namespaces: namespaces, labels: labels), topologyKey: json["topologyKey"]?.string ?? "")
    }

    /// `matchLabelKeys` are labels whose values are the pod's own; `mismatchLabelKeys` those whose values are not.
    private static func narrowed(_ selector: LabelSelector, by json: JSONValue, of pod: Pod) -> LabelSelector {
        func own(_ field: String, _ meant: LabelSelector.Operator) -> [LabelSelector.Requirement] {
            words(json[field]).compactMap { key in pod.metadata.labels[key].map { LabelSelector.Requirement(key, meant, [$0]) } }
        }
        return LabelSelector(selector.requirements + own("matchLabelKeys", .in) + own("mismatchLabelKeys", .notIn))
    }

    static func spread(_ json: JSONValue, of pod: Pod) -> SpreadConstraint {
        SpreadConstraint(
            topologyKey: json["topologyKey"]?.string ?? "", maxSkew: Int(clamping: json["maxSkew"]?.integer ?? 1),
            labels: narrowed(selector(json["labelSelector"]), by: json, of: pod), minDomains: Int(clamping: json["minDomains"]?.integer ?? 1),
            isRequired: json["whenUnsatisfiable"]?.string != "ScheduleAnyway", honorsAffinity: json["nodeAffinityPolicy"]?.string != "Ignore",
            honorsTaints: json["nodeTaintsPolicy"]?.string == "Honor")
    }

    // MARK: Ports of the node

    static let portMappingKey = "k8s.mesosphere.io/portMapping"

    /// `fixed` (what is said nowhere): a port without a host port needs none. `wildcard`: it gets any that is offered.
    static func hostPorts(of pod: Pod) throws(Refusal) -> [PodDemand.HostPort] {
        var ports = PodResources.hostPorts(of: pod).map {
            PodDemand.HostPort(containerPort: $0.port, transport: .init(rawValue: $0.protocol) ?? .tcp, fixed: $0.port)
        }
        switch pod.metadata.labels[portMappingKey] ?? pod.metadata.annotations[portMappingKey] ?? "fixed" {
        case "fixed": return ports
        case "wildcard":
            for port in pod.spec.containers.flatMap(\.ports) where port.hostPort == 0 && !pod.spec.hostNetwork {
                ports.append(.init(containerPort: port.containerPort, transport: .init(rawValue: port.protocol) ?? .tcp, fixed: nil))
            }
            return ports
        case let other:
            throw Refusal(description: "\(portMappingKey) is \"\(other)\": it must be fixed or wildcard")
        }
    }

    // MARK: Marathon

    static let constraintsKey = "kmd.dev/constraints"

    /// The annotation holds Marathon's own JSON: `[["rack_id","GROUP_BY"],["hostname","UNIQUE"]]`.
    static func constraints(of pod: Pod) throws(Refusal) -> [Constraint] {
        guard let text = pod.metadata.annotations[constraintsKey] else { return [] }
        func refusal(_ why: String) -> Refusal {
            Refusal(description: "annotation \(constraintsKey) cannot be read: \(why); write it like [[\"hostname\",\"UNIQUE\"]]")
        }
        let list: JSONValue
        do throws(JSONError) { list = try JSONValue(parsing: Array(text.utf8)) } catch { throw refusal("\(error)") }
        guard let items = list.array else { throw refusal("it is no list") }
        var constraints: [Constraint] = []
        for item in items {
            guard let entries = item.array else { throw refusal("\(item) is no list") }
            do throws(Constraint.Fault) {
                // Marathon takes numbers as numbers and as text.
                constraints.append(try Constraint(words: entries.map { $0.string ?? $0.text }))
            } catch {
                throw refusal(error.description)
            }
        }
        return constraints
    }
}
