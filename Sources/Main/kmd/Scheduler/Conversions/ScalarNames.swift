/// The names of Mesos' scalars as Kubernetes' resources, and back.
///
/// Kubernetes wants every resource but its own to have a domain before its name. Mesos' `gpus` are `nvidia.com/gpu`, what cluster
/// autoscalers and charts know; a scalar that has a domain keeps its name; any other gets `mesos.kmd.dev/` before it.
enum ScalarNames {
    private static let domain = "mesos.kmd.dev/"
    private static let gpus = (mesos: "gpus", kubernetes: "nvidia.com/gpu")

    static func kubernetes(_ scalar: String) -> String {
        if scalar == gpus.mesos { return gpus.kubernetes }
        return scalar.contains("/") ? scalar : domain + scalar
    }

    /// `nil` for Kubernetes' own resources (`cpu`, `pods`, `hugepages-2Mi`), which are no scalars of Mesos under these names.
    static func mesos(_ resource: String) -> String? {
        if resource == gpus.kubernetes { return gpus.mesos }
        guard resource.contains("/") else { return nil }
        return resource.hasPrefix(domain) ? String(resource.dropFirst(domain.count)) : resource
    }
}
