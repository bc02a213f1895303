import ActorKit
import Core
import Reconciler
import Scheduling

/// Everything in one run: three replicas of kmd, what they depend on, three nodes, and users.
final class World {
    let simulation: Simulation
    let network: Network
    let checks: Checks
    let store: SimulatedStore
    let mesos: SimulatedMesos
    let ensemble: SimulatedEnsemble
    /// Leaders are elected through ZooKeeper; else by a lease in the store.
    let hasZooKeeper: Bool
    /// Each replica has a process beside it that ends its session when it is gone.
    let hasGuardians: Bool
    private let zookeeper: SimulatedProcess
    private let master: SimulatedProcess
    private let storeServer: SimulatedProcess
    let planted: PlantedFault?
    private(set) var replicas: [Replica] = []
    private var executors: [SimulatedExecutor] = []
    private var nextPod = 0
    /// Pods that users want: created, and not deleted.
    private var wanted: Set<PodUID> = []

    static let masterHosts = ["m1", "m2", "m3"]
    static let nodeHosts = ["n1", "n2", "n3"]
    static let cast = FaultSchedule.Cast(
        replicas: masterHosts.map { "kmd-\($0)" }, executors: nodeHosts.map { "executor-\($0)" }, masterHosts: masterHosts, nodeHosts: nodeHosts,
        serviceHosts: ["store", "zookeeper", "mesos"])

    init(seed: UInt64, planted: PlantedFault?, transcript: Transcript, start: Instant) {
        self.planted = planted
        simulation = Simulation(seed: seed, start: start, transcript: transcript)
        network = Network(simulation)
        checks = Checks(simulation)
        hasZooKeeper = !simulation.chance(0.25)
        hasGuardians = simulation.chance(0.5)
        // What store and agents hold outlives their processes; what the master knows, it learns from its agents.
        storeServer = SimulatedProcess("store", ended: { [network] process in network.breakChannels(of: process) })
        var masters: SimulatedMesos?
        master = SimulatedProcess("mesos", began: { _ in masters?.began() }, ended: { [network] process in
            network.breakChannels(of: process)
            masters?.ended()
        })
        var servers: SimulatedEnsemble?
        zookeeper = SimulatedProcess("zookeeper", began: { _ in servers?.started() }, ended: { [network] process in
            servers?.stopped()
            network.breakChannels(of: process)
        })
        let timeout = simulation.pick([Duration.seconds(2), .seconds(4), .seconds(10)]) ?? .seconds(10)
        ensemble = SimulatedEnsemble(network, on: Endpoint(process: zookeeper, host: "zookeeper"), timeout: timeout)
        servers = ensemble
        store = SimulatedStore(network, on: Endpoint(process: storeServer, host: "store"), checks: checks, planted: planted)
        mesos = SimulatedMesos(network, on: Endpoint(process: master, host: "mesos"), checks: checks, planted: planted)
        masters = mesos
        simulation.restart(storeServer)
        simulation.restart(master)
        simulation.restart(zookeeper)
        for host in World.nodeHosts { addNode(host) }
        for host in World.masterHosts { addReplica(host) }
    }

    private func addNode(_ host: String) {
        var executor: SimulatedExecutor?
        let process = SimulatedProcess("executor-\(host)", began: { _ in executor?.began() }, ended: { [network] process in
            network.breakChannels(of: process)
            executor?.ended()
        })
        let new = SimulatedExecutor(network, host: host, process: process, store: store, checks: checks, planted: planted)
        executor = new
        executors.append(new)
        mesos.add(
            SimulatedMesos.Agent(
                id: AgentID("agent-\(host)"), host: host, total: Amounts(milliCPU: 4000, memory: 4 << 30), ports: PortSet([31000...31009]),
                executor: new, at: simulation.now))
    }

    private func addReplica(_ host: String) {
        var replica: Replica?
        let process = SimulatedProcess("kmd-\(host)", began: { _ in replica?.began() }, ended: { [network] process in
            replica?.ended()
            network.breakChannels(of: process)
        })
        let new = Replica(self, process: process, host: host)
        replica = new
        replicas.append(new)
        simulation.restart(process)
    }

    /// The run is over. Its parts hold on to each other, and let go, so that thousands of runs take no more memory than one.
    func end() {
        for replica in replicas { replica.ended() }
        for executor in executors { executor.detach() }
        for process in replicas.map(\.process) + executors.map(\.process) + [zookeeper, master, storeServer] { process.forget() }
        network.end()
        simulation.end()
    }

    // MARK: Users

    func createPods(_ count: Int) {
        for _ in 0..<count {
            nextPod += 1
            let isJob = simulation.chance(0.3)
            let name = "\(isJob ? "job" : "pod")-\(nextPod)"
            var ports: [PodDemand.HostPort] = []
            if simulation.chance(0.2) { ports.append(.init(containerPort: 80, fixed: 31000 + Int(simulation.random.next() % 4))) }
            let demand = PodDemand(
                key: PodKey(namespace: "default", name: name), uid: PodUID("uid-\(name)"), amounts: Amounts(milliCPU: 200, memory: 64 << 20), hostPorts: ports)
            wanted.insert(demand.uid)
            simulation.note("a user creates \(name)")
            store.create(demand)
        }
    }

    /// A pod for each node, that may run nowhere else: whether what each node has is still offered.
    func createLastPods() {
        for host in World.nodeHosts {
            let name = "last-\(host)"
            var wishes = PodShape.Wishes(namespace: "default")
            (wishes.amounts, wishes.nodeName) = (Amounts(milliCPU: 100, memory: 32 << 20), host)
            let demand = PodDemand(key: PodKey(namespace: "default", name: name), uid: PodUID("uid-\(name)"), shape: PodShape(wishes))
            wanted.insert(demand.uid)
            simulation.note("a user creates \(name)")
            store.create(demand)
        }
    }

    func deletePod() {
        guard let uid = simulation.pick(wanted.sorted()) else { return }
        wanted.remove(uid)
        simulation.note("a user deletes \(uid)")
        store.delete(uid)
    }

    // MARK: Faults

    func suffer(_ fault: Fault) {
        simulation.note("fault: \(fault)")
        switch fault {
        case .kill(let name, let down): if let process = process(name) { stop(process, for: down) }
        case .freeze(let name, let time):
            guard let process = process(name), process.isUp, !process.isFrozen else { return }
            simulation.freeze(process)
            simulation.after(time) { [simulation] in simulation.thaw(process) }
        case .cut(let name, let other, let time):
            let one = name == FaultSchedule.leader ? leader.endpoint.host : name
            network.cut(one, other)
            simulation.after(time) { [network] in network.heal(one, other) }
        case .stepClock(let name, let by):
            guard let process = process(name) else { return }
            simulation.note("the clock of \(name) is stepped by \(Fault.text(by))")
            process.clockError += by
        case .expireSessions(let name):
            guard hasZooKeeper else { return }
            checks.sessionsEndedEarly = true
            ensemble.expireSessions(of: name == FaultSchedule.leader ? leader.endpoint.host : name)
        case .stopEnsemble(let time): if hasZooKeeper { stop(zookeeper, for: time) }
        case .replaceMaster(let time): stop(master, for: time)
        case .stopStore(let time): stop(storeServer, for: time)
        case .resign(let name):
            guard let process = process(name), process.isUp, !process.isFrozen else { return }
            replicas.first { $0.process === process }?.resign()
        case .deletePod: deletePod()
        case .createPods(let count): createPods(count)
        }
    }

    private func stop(_ process: SimulatedProcess, for time: Duration) {
        guard process.isUp else { return }
        simulation.crash(process)
        simulation.after(time) { [simulation] in simulation.restart(process) }
    }

    private var leader: Replica { replicas.last { $0.leads } ?? replicas[0] }

    private func process(_ name: String) -> SimulatedProcess? {
        if name == FaultSchedule.leader { return leader.process }
        return replicas.first { $0.process.name == name }?.process ?? executors.first { $0.process.name == name }?.process
    }

    // MARK: What is true at last

    /// Whether what an update says stands in the store: the pod's end where its task ended by itself, else its binding.
    func isDurable(_ update: TaskUpdate) -> Bool {
        guard let pod = store.pods.values.first(where: { $0.task == update.task }) else { return true }
        // A deletion stands in the store already, and ends the pod whatever becomes of its tasks.
        return update.state != .finished || pod.isFinished || pod.isDeleting
    }

    /// Whether nothing is left to do.
    var isAtRest: Bool {
        guard replicas.contains(where: { $0.leads }), store.intents.isEmpty else { return false }
        return store.pods.values.allSatisfy { pod in
            wanted.contains(pod.uid) && (pod.isFinished || (pod.phase == "Running" && checks.runningPods[pod.uid] == [pod.node]) || hasNoRoom(pod))
        } && checks.runningPods.keys.allSatisfy { store.pods[$0] != nil }
    }

    /// It waits, says so, and there is no room for it: three nodes have each host port three times, and twenty pods fill a node.
    private func hasNoRoom(_ pod: SimulatedStore.PodObject) -> Bool {
        guard pod.node.isEmpty, !pod.why.isEmpty else { return false }
        return !mesos.agents.contains { agent in
            let wish = pod.demand.shape.wishes.nodeName
            let isFree = pod.demand.hostPorts.allSatisfy { port in port.fixed.map { !agent.usedPorts.contains($0) } ?? true }
            return isFree && (wish == nil || wish == agent.host) && (agent.used + pod.demand.amounts).fits(in: agent.total)
        }
    }

    /// What is not as it should be, after all has healed and enough time has passed.
    func checkRest() {
        if let twice = ensemble.twiceInLine.first { checks.fail(.onceInLine, "\(twice) is one of two nodes of its session") }
        guard replicas.contains(where: { $0.leads }) else { return checks.fail(.noLeader, "nobody leads after all has healed") }
        for pod in store.pods.values.sorted(by: { $0.uid < $1.uid }) {
            if !wanted.contains(pod.uid) { checks.fail(.undeleted, "\(pod.uid) is still there: \(pod.phase) on '\(pod.node)'") }
            if pod.isFinished || pod.phase == "Running" || hasNoRoom(pod) { continue }
            checks.fail(.waitsForever, "\(pod.uid) is \(pod.phase) on '\(pod.node)' and says '\(pod.why)'")
        }
        for (uid, nodes) in checks.runningPods.sorted(by: { $0.key < $1.key }) where store.pods[uid] == nil {
            checks.fail(.undeleted, "the containers of \(uid) still run on \(nodes.sorted().joined(separator: ", "))")
        }
        if let intent = store.allIntents.first { checks.fail(.undeleted, "the intent of \(intent.task) for \(intent.uid) is still there") }
    }
}
