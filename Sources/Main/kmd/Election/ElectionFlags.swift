import ArgumentParser
import Core
import ZooKeeper

/// How one of several schedulers or controller managers is elected.
struct ElectionFlags: ParsableArguments {
    @Option(
        help: """
            The ZooKeeper ensemble that elects the one scheduler and the one controller manager that act: zk://[user:password@]host:2181,…/kmd. \
            Without it this process is the only one of its cluster.
            """)
    var zk: String?

    @Flag(help: "Several schedulers of one cluster; needs --zk.")
    var ha = false

    @Option(help: "After how long without a sign of life the ensemble elects another one: 10s. The ensemble has bounds of its own, 2 to 20 of its ticks.")
    var zkSessionTimeout = "10s"

    @Option(
        help: """
            A leader that has not reached the store, or Mesos, for so long lets another replica lead that has reached them all that time: 6s; 0 leaves it \
            to kmd leader resign. What is out of reach for all alike moves nobody.
            """)
    var leaderReachTimeout = "6s"

    func validate() throws {
        guard let reach = GoDuration.parse(leaderReachTimeout), reach == .zero || (reach >= .seconds(2) && reach <= .seconds(300)) else {
            throw ValidationError("--leader-reach-timeout must be 0, or a duration from 2s to 5m, not '\(leaderReachTimeout)'.")
        }
        if let zk { do { _ = try ZooKeeperAddress(zk) } catch { throw ValidationError("--zk: \(error)") } }
        if ha, zk == nil { throw ValidationError("--ha means several schedulers, and they need --zk=zk://host:2181,…/kmd to elect one.") }
        guard let timeout = GoDuration.parse(zkSessionTimeout), timeout >= .milliseconds(100), timeout <= .seconds(600) else {
            throw ValidationError("--zk-session-timeout must be a duration from 100ms to 10m, not '\(zkSessionTimeout)'.")
        }
    }

    /// The ensemble and the path below which the elections are; `nil`: standalone. Checked when the command line was read.
    var ensemble: ElectionEnsemble? {
        guard let zk, let address = try? ZooKeeperAddress(zk) else { return nil }
        var ensemble = ElectionEnsemble(address: address, timeout: GoDuration.parse(zkSessionTimeout) ?? .seconds(10))
        ensemble.reach = GoDuration.parse(leaderReachTimeout) ?? ensemble.reach
        return ensemble
    }
}

/// Where elections are held.
struct ElectionEnsemble: Sendable {
    let address: ZooKeeperAddress
    let timeout: Duration
    /// How long a leader may lack what it needs until it resigns; zero: for ever.
    var reach = Duration.seconds(6)

    init(address: ZooKeeperAddress, timeout: Duration) { (self.address, self.timeout) = (address, timeout) }

    /// For a session: the path is part of every node's path instead of the session's root, so that it can be made if it is missing.
    var configuration: SessionConfiguration {
        var configuration = SessionConfiguration(
            address: ZooKeeperAddress(servers: address.servers, path: "/", digest: address.digest))
        configuration.timeout = timeout
        return configuration
    }

    /// Only who knows the credentials may change what they made; everyone may read.
    var access: [AccessRule] { address.digest == nil ? AccessRule.open : AccessRule.ownedByCreator }
}

/// The nodes of one component's election.
struct ElectionPaths: Sendable {
    let root: String

    /// - Parameter component: `scheduler`, `controller-manager`.
    init(_ ensemble: ElectionEnsemble, component: String) { root = ZooKeeperPath.join(ensemble.address.path, component) }

    /// The candidates are its children.
    var candidates: String { "\(root)/candidates" }
    /// The counter of terms.
    var term: String { "\(root)/term" }
    /// Names the candidate that shall resign.
    var resign: String { "\(root)/resign" }
    func candidate(_ name: String) -> String { "\(candidates)/\(name)" }
}
