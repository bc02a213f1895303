import Core
import Mesos
import OfferBroker
import Reconciler
import Scheduling

/// What the scheduler role is started with.
struct SchedulerOptions: Sendable {
    /// `http://127.0.0.1:8888`, or `host:port`.
    var apiServer: String
    /// Where masters are looked for.
    var masters: any MasterDetector
    /// Principal and secret, and trusted certificates.
    var access = MesosAccess.anonymous
    /// Where /healthz, /metrics and /debug are; port 0 takes any free one.
    var address = "127.0.0.1"
    var port = 10251
    /// Where others reach those, `http://host:port`, where that is not the address itself.
    var advertised: String?
    /// The ClusterIP of the service k8sm-scheduler; `nil`: any.
    var serviceAddress: String?
    /// Name, user, roles, capabilities and failover timeout of the framework.
    var framework = FrameworkDescription()
    /// The roles whose resources a pod takes, the first ones first; `nil`: all of the framework's, in their order.
    var defaultPodRoles: [String]?
    /// What the agent runs as our executor: the file, its words (without `argv[0]`), and its environment.
    var executorFile: String
    var executorArguments: [String]
    var executorEnvironment: [String: String] = [:]
    /// In place of a file that agents have: the one that they fetch from here, and where "here" is for them: `http://host:port`.
    var executorArtifact: (file: ExecutorArtifact, base: String)?
    /// Which build executors are started as: another one makes those that run outdated.
    var executorRevision = KmdVersion.number
    /// The executor's own share of an agent.
    var executorShare = Amounts(milliCPU: 250, memory: 128 << 20)
    /// When Mesos is asked about tasks, and how long a launch may take.
    var reconciliation = ReconcilerState.Times()
    /// How long offers are kept, and how many.
    var offers = OfferBrokerState.Times()
    /// Who elects the one scheduler that acts; `nil`: this is the only one.
    var ensemble: ElectionEnsemble?
    /// What is reserved for a container that asks for nothing, and the least that any gets; small, so that many fit a laptop.
    var containerShare = SchedulerConversions.ContainerShare()
    /// Which of the agents that fit is the best.
    var placement = Fit.Policy.spread
    /// How many pods a node may run, unless it says less itself.
    var maxPodsPerNode = 110
    /// The holder's name in the lease: the same over restarts, and no other scheduler's.
    var identity = "kmd-scheduler"
    /// How often it is looked whether an operator has resolved what keeps the framework from its subscription.
    var standingLook: Duration = .seconds(5)
    /// How long the master may take to list its agents.
    var masterTimeout: Duration = .seconds(10)
    /// How often the master is asked for its agents.
    var agentRefresh: Duration = .seconds(5)

    init(apiServer: String, masters: any MasterDetector, executorFile: String, executorArguments: [String]) {
        (self.apiServer, self.masters) = (apiServer, masters)
        (self.executorFile, self.executorArguments) = (executorFile, executorArguments)
    }

    /// One executor per framework on an agent.
    static let executorID: ExecutorID = "kmd-executor"
    var roles: [String] { defaultPodRoles ?? framework.roles }
    var fit: Fit {
        var fit = Fit(executorShare: executorShare, roles: roles)
        (fit.policy, fit.maxPods) = (placement, maxPodsPerNode)
        return fit
    }
}
