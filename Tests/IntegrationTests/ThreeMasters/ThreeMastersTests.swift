import ClusterKit
import Foundation
import Testing

/// The three-master guide of Kubernetes on Mesos, command by command, and then what it is for: a master dies.
@Suite(.enabled(if: ThreeMasterCluster.isPossible), .serialized, .timeLimit(.minutes(5)), .threeMasters) struct ThreeMastersIntegrationTests {
    /// 一: `telnet HOST 2181`, then `stat`.
    @Test func zooKeeperServesOnEachMasterHost() async throws {
        let cluster = try theMasters()
        var modes: [String] = []
        for host in ThreeMasterCluster.masters {
            let words = "exec 3<>/dev/tcp/\(cluster.address(of: host))/2181; echo stat >&3; cat <&3"
            let answer = try await cluster.ha("exec", host, "timeout", "5", "bash", "-c", words)
            modes += answer.split(separator: "\n").filter { $0.hasPrefix("Mode: ") }.map(String.init)
        }
        #expect(modes.sorted() == ["Mode: follower", "Mode: follower", "Mode: leader"])
    }

    /// 二, 三 and 五: Mesos' masters and agents, and the scheduler registered there.
    @Test func eachMesosMasterLeadsToTheOneThatKnowsAgentsAndFramework() async throws {
        let cluster = try theMasters()
        var seen: Set<String> = []
        for host in ThreeMasterCluster.masters {
            #expect(try await cluster.get("http://\(cluster.address(of: host)):5050/health").status == 200)
            let state = try await cluster.mesosState(from: host)
            #expect(state.agents == ["n1", "n2"])
            #expect(state.connected == ["Kubernetes"])
            seen.insert(state.leader)
        }
        #expect(seen.count == 1)
    }

    /// 四: who leads etcd. The guide asks /v2/stats/leader, which etcd 3 does not serve unless it is told to.
    @Test func etcdHasThreeMembersAndOneLeader() async throws {
        let cluster = try theMasters()
        let endpoints = ThreeMasterCluster.masters.map { "http://\(cluster.address(of: $0)):2379" }.joined(separator: ",")
        let table = try await cluster.ha("exec", "m1", "etcdctl", "--endpoints=\(endpoints)", "endpoint", "status")
        let leads = table.split(separator: "\n").map { $0.split(separator: ",")[4].trimmingCharacters(in: .whitespaces) }
        #expect(leads.sorted() == ["false", "false", "true"])
    }

    /// The guide's haproxy: its check, its balance, and its last line, `kubectl get … --server=http://BALANCER`.
    @Test func haproxyFindsAllThreeAPIServersWellAndKubectlGoesThroughIt() async throws {
        let cluster = try theMasters()
        for host in ThreeMasterCluster.masters {
            let check = ["--silent", "--noproxy", "*", "--head", "--header", "Host:localhost", "http://\(cluster.address(of: host)):8888/"]
            #expect(try await Command.run("/usr/bin/curl", check).output.hasPrefix("HTTP/1.1 200"))
        }
        try await cluster.eventually("haproxy calls all three well") {
            let lines = try await cluster.ha("exec", "lb", "curl", "--silent", "http://127.0.0.1:1936/;csv").split(separator: "\n")
            return lines.filter { $0.hasPrefix("appservs,k8s") && $0.contains(",UP,") }.count == 3
        }
        let all = try await cluster.kubectl("get", "pod,events,ep", "--server=\(cluster.server)")
        #expect(all.succeeded && all.output.contains("pod/nginx") && all.output.contains("endpoints/kubernetes"), "\(all)")
        // As the guide writes it: these are names of pods, and there are none.
        let written = try await cluster.kubectl("get", "pod", "events", "ep", "--server=\(cluster.server)")
        #expect(written.errors.contains(#"pods "events" not found"#))
        // The service kubernetes leads to all three.
        let addresses = try await cluster.value("endpoints/kubernetes", "{.subsets[*].addresses[*].ip}").split(separator: " ").map(String.init)
        #expect(addresses.sorted() == ThreeMasterCluster.masters.map(cluster.address(of:)))
    }

    @Test func aPodOutlivesTheLeaderThatLaunchedItAndAnotherLeaderLaunchesTheNext() async throws {
        let cluster = try theMasters()
        try await cluster.apply(Manifests.deployment("steady", replicas: 4, mark: "steady-work"))
        try await cluster.ready("steady", 4)
        let (programs, containers) = (try await cluster.programs("steady-work"), try await cluster.containers("app=steady"))
        #expect(programs.count == 4 && containers.count == 4)
        let before = try await (cluster.election("scheduler"), cluster.election("controller-manager"))

        try await cluster.ha("kill", try #require(before.0.holder.split(separator: "-").first.map(String.init)), "kmd")
        try await cluster.create("after")
        try await cluster.eventually("a pod that was created after the leader's death runs", within: 60) {
            try await cluster.value("pod/after", "{.status.phase}") == "Running"
        }
        let after = try await cluster.election("scheduler")
        #expect(after.term > before.0.term && after.holder != before.0.holder)
        // Controllers are elected apart from the scheduler: here both were one process.
        try await cluster.kubectl("scale", "deployment", "steady", "--replicas=5")
        try await cluster.ready("steady", 5)
        #expect(try await cluster.election("controller-manager").term > before.1.term)

        // Nobody has touched the four, whoever is asked.
        #expect(try await cluster.programs("steady-work").isSuperset(of: programs))
        #expect(try await cluster.programs("steady-work").count == 5)
        #expect(Set(try await cluster.containers("app=steady")).isSuperset(of: containers))
        // One task for each pod: the four, the fifth, nginx, and the one after.
        try await cluster.eventually("Mesos has seven tasks that run") { try await cluster.mesosState(from: "m1").running == 7 }
        // The dead one stands by again.
        try await cluster.eventually("three take part again") { try await cluster.election("scheduler").candidates.count == 3 }
        try await cluster.remove("deployment/steady", "pod/after")
        try await cluster.eventually("their programs are gone") { try await cluster.programs("steady-work").isEmpty }
    }

    @Test func aLeaderHandsOverWhenItIsAskedTo() async throws {
        let cluster = try theMasters()
        let before = try await cluster.election("scheduler")
        let resigned = try await Command.run(TestCluster.binary, ["leader", "resign", "scheduler", "--zk=\(cluster.ensemble)"])
        #expect(resigned.succeeded, "\(resigned)")
        let after = try await cluster.election("scheduler")
        #expect(after.term > before.term && after.holder != before.holder && after.candidates.contains(before.holder))
        try await cluster.create("handed")
        try await cluster.eventually("the next leader launches") { try await cluster.value("pod/handed", "{.status.phase}") == "Running" }
        try await cluster.remove("pod/handed")
    }

    /// ZooKeeper, etcd, Mesos master and kmd at once, each perhaps the one that leads.
    @Test func aMasterHostThatLosesPowerIsMissedByNobody() async throws {
        let cluster = try theMasters()
        let programs = try await cluster.programs("nginx")
        let host = try await cluster.ha("leader").trimmingCharacters(in: .whitespacesAndNewlines)
        try await cluster.ha("plug", host)
        try await cluster.create("unplugged")
        try await cluster.eventually("a pod that was created after that runs", within: 90) {
            try await cluster.value("pod/unplugged", "{.status.phase}") == "Running"
        }
        #expect(try await cluster.programs("nginx") == programs)
        try await cluster.ha("boot", host)
        try await cluster.eventually("it takes part again", within: 60) { try await cluster.election("scheduler").candidates.count == 3 }
        try await cluster.remove("pod/unplugged")
    }
}

extension ThreeMasterCluster {
    struct MesosState {
        let leader: String
        let agents, connected: [String]
        let running: Int
    }

    /// `/state`, asked at one master, which may send us to another.
    func mesosState(from host: String) async throws -> MesosState {
        struct State: Decodable {
            struct Agent: Decodable { let hostname: String; let active: Bool }
            struct Task: Decodable { let state: String }
            struct Framework: Decodable { let name: String; let connected: Bool; let tasks: [Task] }
            let pid: String
            let slaves: [Agent]
            let frameworks: [Framework]
        }
        let body = try await Command.run("/usr/bin/curl", ["--silent", "--location", "--noproxy", "*", "http://\(address(of: host)):5050/state"]).output
        let state = try JSONDecoder().decode(State.self, from: Data(body.utf8))
        return MesosState(
            leader: state.pid, agents: state.slaves.filter(\.active).map(\.hostname).sorted(), connected: state.frameworks.filter(\.connected).map(\.name),
            running: state.frameworks.flatMap(\.tasks).filter { $0.state == "TASK_RUNNING" }.count)
    }

    /// Ids and restarts of the containers of the pods that a selector finds.
    func containers(_ selector: String) async throws -> [String] {
        let path = "jsonpath={range .items[*].status.containerStatuses[*]}{.containerID} {.restartCount}{\"\\n\"}{end}"
        return try await kubectl("get", "pods", "-l", selector, "-o", path).output.split(separator: "\n").map(String.init)
    }

    func ready(_ deployment: String, _ count: Int) async throws {
        try await eventually("\(count) pods of \(deployment) are ready") {
            try await self.value("deployment/\(deployment)", "{.status.readyReplicas}") == String(count)
        }
    }

    /// Creates a pod while servers die: what was not answered is asked again.
    func create(_ name: String) async throws {
        let pod = Manifests.busybox(name)
        try await eventually("the pod \(name) is created", within: 60) {
            let result = try await self.kubectl("create", "-f", "-", input: pod)
            return result.succeeded || result.errors.contains("AlreadyExists")
        }
    }

    func remove(_ objects: String...) async throws {
        for object in objects {
            try await eventually("\(object) is gone") {
                try await self.kubectl(Kubectl.newest, ["delete", object, "--grace-period=1", "--wait=false"]).errors.contains("NotFound")
            }
        }
    }
}
