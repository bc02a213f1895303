import Core

/// Between Mesos' and Kubernetes' words and those of the components.
enum SchedulerConversions {
    static let mebibyte: Int64 = 1 << 20
}
