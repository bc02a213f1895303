import ArgumentParser
import Core
import JSON
import KubeClient
import Logging
import Mesos

/// What an operator can do about the framework id.
struct FrameworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "framework", abstract: "Show, forget, adopt or tear down the framework that kmd is in Mesos.",
        discussion: "kmd framework show --api-servers=127.0.0.1:8888 --mesos-master=127.0.0.1:5050",
        subcommands: [Show.self, Forget.self, Adopt.self, Teardown.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the stored framework id, and what Mesos knows of it.")
        @OptionGroup var place: FrameworkPlace

        func run() async throws {
            try await place.use { kube, mesos in
                guard let stored = try await FrameworkPlace.stored(kube) else {
                    return print("no framework id is stored: the scheduler makes one when it starts")
                }
                print("framework  \(stored.id)  (configmap kube-system/\(FrameworkIdentity.name))")
                print("Mesos      \(try await FrameworkPlace.words(mesos, stored.id))")
            }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget the stored framework id: the scheduler goes on as a new framework.",
            discussion: "Refused while Mesos knows the framework as alive, for its tasks would be left behind. Then tear it down, or say --force.")
        @OptionGroup var place: FrameworkPlace
        @Flag(help: "Forget it although the framework may be alive; its tasks are nobody's then, until its failover timeout.")
        var force = false

        func run() async throws {
            try await place.use { kube, mesos in
                guard let stored = try await FrameworkPlace.stored(kube) else { return print("no framework id is stored") }
                if !force {
                    let standing: MesosFrameworkStanding?
                    do { standing = try await mesos.framework(stored.id) } catch {
                        throw PlainFailure("Mesos cannot be asked whether framework \(stored.id) is alive (\(error)). Name a master with --mesos-master, or say --force.")
                    }
                    if let standing, standing.phase != .completed {
                        throw PlainFailure(
                            "framework \(stored.id) is alive (\(standing.phase.rawValue)), and its tasks would be left behind. "
                                + "Say kmd framework teardown --yes to end them, or --force.")
                    }
                }
                try await FrameworkPlace.delete(kube, stored)
                print("forgotten: \(stored.id)")
            }
        }
    }

    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store a framework id: the scheduler goes on as that framework, with its tasks.")
        @OptionGroup var place: FrameworkPlace
        @Argument(help: "The framework's id.")
        var id: String

        func run() async throws {
            try await place.use { kube, mesos in
                let standing = try? await mesos.framework(FrameworkID(id))
                guard standing?.phase != .completed else { throw PlainFailure("Mesos has removed framework \(id): nobody can go on as it.") }
                if let stored = try await FrameworkPlace.stored(kube) {
                    guard stored.id.value != id else { return print("stored already: \(id)") }
                    try await kube.patch(
                        FrameworkIdentity.path,
                        ["metadata": ["resourceVersion": .string(stored.resourceVersion)], "data": ["frameworkID": .string(id)]])
                } else {
                    try await kube.create(FrameworkIdentity.collection, FrameworkIdentity.object(FrameworkID(id)))
                }
                print("stored: \(id)")
            }
        }
    }

    struct Teardown: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the framework from Mesos: all its tasks and executors are killed, and its id is dead for ever.")
        @OptionGroup var place: FrameworkPlace
        @Argument(help: "The framework's id; the stored one when not given.")
        var id: String?
        @Flag(help: "Do it; without this, only say what would be done.")
        var yes = false

        func run() async throws {
            try await place.use { kube, mesos in
                let stored = try await FrameworkPlace.stored(kube)
                guard let id = id.map({ FrameworkID($0) }) ?? stored?.id else { return print("no framework id is stored") }
                guard yes else {
                    print("would kill all tasks of framework \(id): \(try await FrameworkPlace.words(mesos, id))")
                    return print("nothing was done; say --yes to do it")
                }
                do { try await mesos.teardown(id) } catch { throw PlainFailure("framework \(id) was not torn down: \(error)") }
                print("torn down: \(id)")
                if let stored, stored.id == id {
                    try await FrameworkPlace.delete(kube, stored)
                    print("forgotten: \(id)")
                }
            }
        }
    }
}

/// Where the framework's id is kept, and which Mesos it is of.
struct FrameworkPlace: ParsableArguments {
    @Option(help: "The API server: host:port, or a URL. What KUBERNETES_MASTER says, or 127.0.0.1:8888, when not given.")
    var apiServers: String?
    @OptionGroup var mesos: MesosClientFlags
    @OptionGroup var cloud: CloudFlags
    @OptionGroup var common: CommonFlags

    func use(_ body: (KubeClient, MesosOperatorClient) async throws -> Void) async throws {
        common.bootstrapLogging()
        let access = try mesos.access()
        let masters = try RoleWiring(common: common, cloud: try cloud.read()).masters(mesos.mesosMaster, secure: access.trustedCertificates != nil)
        let kube = KubeClient(server: try APIServerAddress(apiServers, flag: "--api-servers").text, userAgent: "kmd-framework")
        // A detector that has to follow ZooKeeper does so for as long as the command runs.
        let watch = Task { await masters.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(kube, MesosOperatorClient(masters: masters, access: access, timeout: .seconds(10))))
        } catch let error as KubeClientError {
            result = .failure(PlainFailure("the API server at \(kube.server): \(error)"))
        } catch { result = .failure(error) }
        watch.cancel()
        await watch.value
        await kube.shutdown()
        try result.get()
    }

    static func stored(_ kube: KubeClient) async throws(KubeClientError) -> FrameworkIdentity.Stored? {
        do throws(KubeClientError) { return FrameworkIdentity.read(try await kube.get(FrameworkIdentity.path)) } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    static func delete(_ kube: KubeClient, _ stored: FrameworkIdentity.Stored) async throws(KubeClientError) {
        try await kube.delete(FrameworkIdentity.path, options: ["preconditions": ["resourceVersion": .string(stored.resourceVersion)]])
    }

    /// What Mesos knows of a framework, for people.
    static func words(_ mesos: MesosOperatorClient, _ id: FrameworkID) async throws -> String {
        do throws(MesosCallError) {
            switch try await mesos.framework(id)?.phase {
            case .connected: return "connected: a scheduler is subscribed"
            case .disconnected: return "disconnected: no scheduler is subscribed; its tasks run on until its failover timeout"
            case .completed: return "removed: the id is dead; kmd framework forget lets the scheduler go on as a new framework"
            case nil: return "unknown: this master has not seen it (yet)"
            }
        } catch { return "cannot be asked: \(error)" }
    }
}
