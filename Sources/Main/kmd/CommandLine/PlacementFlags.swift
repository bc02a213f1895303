import ArgumentParser
import Scheduling

/// Flags about which pods go where, and what is reserved for them.
struct PlacementFlags: ParsableArguments {
    @Option(
        help: "Which agent a pod gets of those that fit: spread, the emptiest, or pack, the fullest, so that whole agents stay free.",
        transform: PlacementFlags.policy)
    var placement = Fit.Policy.spread

    @Option(help: "How many pods a node may run, unless it says less itself (status.allocatable.pods).")
    var maxPodsPerNode = 110

    @Option(help: "The CPUs reserved for a container that neither requests nor limits any.")
    var defaultContainerCpuLimit = 0.01

    @Option(help: "The memory, in MB, reserved for a container that neither requests nor limits any.")
    var defaultContainerMemLimit = 32

    @Option(help: "The CPUs that an executor takes of its agent, beside its pods.")
    var mesosExecutorCpus = 0.25

    @Option(help: "The memory, in MB, that an executor takes of its agent, beside its pods.")
    var mesosExecutorMem = 128

    func validate() throws {
        guard (1...10_000).contains(maxPodsPerNode) else { throw ValidationError("--max-pods-per-node must be 1 to 10000") }
        for (name, cpus) in [("--default-container-cpu-limit", defaultContainerCpuLimit), ("--mesos-executor-cpus", mesosExecutorCpus)]
        where !(0.01...100_000).contains(cpus) {
            throw ValidationError("\(name) must be 0.01 to 100000 CPUs: less is nothing to Mesos")
        }
        for (name, megabytes) in [("--default-container-mem-limit", defaultContainerMemLimit), ("--mesos-executor-mem", mesosExecutorMem)]
        where !(32...1 << 30).contains(megabytes) {
            throw ValidationError("\(name) must be at least 32 MB: less is nothing to Mesos")
        }
    }

    func apply(to options: inout SchedulerOptions) {
        (options.placement, options.maxPodsPerNode) = (placement, maxPodsPerNode)
        options.containerShare.usual = PlacementFlags.amounts(defaultContainerCpuLimit, defaultContainerMemLimit)
        options.executorShare = PlacementFlags.amounts(mesosExecutorCpus, mesosExecutorMem)
    }

    private static func amounts(_ cpus: Double, _ megabytes: Int) -> Amounts {
        Amounts(milliCPU: Int64((cpus * 1000).rounded()), memory: Int64(megabytes) << 20)
    }

    private static func policy(_ text: String) throws -> Fit.Policy {
        guard let policy = Fit.Policy(rawValue: text) else { throw ValidationError("--placement must be spread or pack, not \"\(text)\"") }
        return policy
    }
}
