import JSON
import KubeObjects

/// Kubernetes' `$(NAME)` in commands, arguments and values.
public enum Expansion {
    /// `$(NAME)` becomes the variable's value and stays as it is when there is none; `$$` is a dollar sign.
    public static func expand(_ text: String, _ value: (String) -> String?) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        let dollar = UInt8(ascii: "$")
        while position < bytes.count {
            guard bytes[position] == dollar, position + 1 < bytes.count else {
                result.append(bytes[position])
                position += 1
                continue
            }
            if bytes[position + 1] == dollar {
                result.append(dollar)
                position += 2
            } else if bytes[position + 1] == UInt8(ascii: "("),
                let close = bytes[(position + 2)...].firstIndex(of: UInt8(ascii: ")")) {
                let name = String(decoding: bytes[(position + 2)..<close], as: UTF8.self)
                result += Array((value(name) ?? "$(\(name))").utf8)
                position = close + 1
            } else {
                result.append(dollar)
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// What the downward API tells about a pod.
enum Downward {
    /// The value of a field path; `nil` when Kubernetes does not offer it.
    static func field(_ path: String, of pod: Pod, podIP: String, node: NodeConfiguration) -> String? {
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.metadata.uid
        case "metadata.labels": return lines(pod.metadata.labels)
        case "metadata.annotations": return lines(pod.metadata.annotations)
        case "spec.nodeName": return node.nodeName
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.hostIP", "status.hostIPs": return node.hostIP
        case "status.podIP", "status.podIPs": return podIP
        default:
            for (prefix, map) in [("metadata.labels['", pod.metadata.labels), ("metadata.annotations['", pod.metadata.annotations)]
            where path.hasPrefix(prefix) && path.hasSuffix("']") {
                return map[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
            }
            return nil
        }
    }

    private static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONValue.string($0.value).text)" }.joined(separator: "\n")
    }

    /// A container's limit or request in units of the divisor, rounded up; without a limit the node's memory stands in.
    static func resource(_ name: String, divisor: String, of container: Container, node: NodeConfiguration) -> String? {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        var amount = (parts[0] == "limits" ? container.limits : container.requests)[parts[1]] ?? .zero
        if amount.isZero, parts[0] == "limits", parts[1] == "memory" { amount = .bytes(node.memory) }
        let unit = (try? Quantity(parsing: divisor)).flatMap { $0.isZero ? nil : $0 } ?? .units(1)
        let (value, step) = (amount.milliValue, max(1, unit.milliValue))
        return String(value / step + (value % step > 0 ? 1 : 0))
    }
}
