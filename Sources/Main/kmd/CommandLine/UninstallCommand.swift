import ArgumentParser
import ContainerRuntime
import Core
import Logging
import NodeFiles
import ServiceProxy

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Removes what kmd made on this machine for one data directory.
struct UninstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Stop the pods of a data directory and remove all that kmd made for it, and only that.")
    @OptionGroup var common: CommonFlags
    @Flag(help: "Do it; without this, only say what would be removed.")
    var yes = false

    /// What kmd makes in a data directory. Anything else there is somebody's own and stays.
    static let ours = [
        "store", "mesos", "containerd", "pods", "logs", "kubeconfig", "dns", "executor.lock", "executor.term", "janitor.lock", "janitor.log", "executor.flags", "proxy.lock", DirectoryLock.fileName, "kmd.log", "kmd.pid",
    ]

    func run() async throws {
        common.bootstrapLogging()
        guard access(common.dataDir, F_OK) == 0 else { return Console.say("nothing to remove: \(common.dataDir) does not exist") }
        let found = UninstallCommand.ours.filter { access("\(common.dataDir)/\($0)", F_OK) == 0 }
        guard yes else {
            Console.say("would stop the pods of \(common.dataDir) and remove \(found.map { "\(common.dataDir)/\($0)" }.joined(separator: ", "))")
            return Console.say("nothing was removed; say --yes to do it")
        }
        guard geteuid() == 0 else { throw PlainFailure("removing containers needs root: sudo kmd uninstall …", .missingRequirement) }
        let lock = try DirectoryLock(common.dataDir, .alone)
        let executors = LeftExecutors(dataDirectory: common.dataDir)
        try await executors.stop()
        var report = await ContainerRuntimeCleanup.run(
            ContainerdOptions(dataDirectory: common.dataDir), logger: Logger(label: "uninstall"))
        let rules = await PacketFilterCleanup.run(
            table: ContainerdLayout(ContainerdOptions(dataDirectory: common.dataDir)).networkName)
        (report.removed, report.failed) = (report.removed + rules.removed, report.failed + rules.failed)
        if !report.removed.isEmpty || !report.failed.isEmpty { Console.say("\(report)") }
        guard report.failed.isEmpty else { throw PlainFailure("not everything could be removed; what is left is named above") }
        do {
            for name in found + [DirectoryLock.fileName] { try FileTree.remove("\(common.dataDir)/\(name)") }
        } catch { throw PlainFailure("\(error)") }
        if rmdir(common.dataDir) != 0, errno != ENOENT { Console.say("\(common.dataDir) holds other files and stays") }
        Console.say("removed")
        _ = consume lock
    }
}
