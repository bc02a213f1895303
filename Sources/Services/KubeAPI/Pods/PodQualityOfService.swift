import JSON
import KubeObjects

/// The quality-of-service class of a pod: who is evicted first when a node runs out of memory.
enum PodQualityOfService {
    /// `Guaranteed`, `Burstable` or `BestEffort`, from cpu and memory of all containers.
    static func `class`(ofSpec spec: JSONValue?) -> String {
        var isGuaranteed = true
        var hasAny = false
        for list in ["containers", "initContainers"] {
            for container in spec?[list]?.array ?? [] {
                let resources = container["resources"]
                for name in ["cpu", "memory"] {
                    let limitValue = resources?["limits"]?[name]
                    let requestValue = resources?["requests"]?[name]
                    if limitValue == nil, requestValue == nil {
                        isGuaranteed = false
                        continue
                    }
                    // The usual case: both are written alike, and are something.
                    if limitValue == requestValue, case .string(let text)? = limitValue, text != "0",
                        Quantities.isPlainlyCanonical(text)
                    {
                        hasAny = true
                        continue
                    }
                    let limit = amount(limitValue)
                    let request = amount(requestValue)
                    if limit != nil || request != nil { hasAny = true }
                    if limit == nil || (request != nil && request != limit) { isGuaranteed = false }
                }
            }
        }
        return !hasAny ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }

    private static func amount(_ value: JSONValue?) -> Quantity? {
        guard let value, let quantity = Quantities.parse(value), !quantity.isZero else { return nil }
        return quantity
    }
}
