import ContainerRuntime
import ServiceProxy

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What this machine must have before pods can run on it.
enum Requirements {
    /// - Throws: `PlainFailure` that names what is missing and the command that installs it.
    static func check(_ flags: ExecutorFlags, _ common: CommonFlags) throws {
        guard geteuid() == 0 else { throw PlainFailure("pods run in containers, and starting those needs root: sudo kmd …", .missingRequirement) }
        if let missing = PacketFilter.missing { throw PlainFailure(missing, .missingRequirement) }
        guard flags.containerRuntimeEndpoint == nil else { return }
        do throws(ContainerdPrograms.Missing) {
            _ = try ContainerdPrograms.find(flags.containerd(dataDirectory: common.dataDir))
        } catch {
            throw PlainFailure("\(error)", .missingRequirement)
        }
    }
}
