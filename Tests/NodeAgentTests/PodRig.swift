import Core
import JSON
import KubeObjects
import NodeAgent

/// Drives one pod's state by hand: a clock, a runtime on paper, and answers to each effect.
struct PodRig {
    var state: PodWorkerState
    var now: Moment
    var runtime = RuntimeSnapshot()
    /// Every effect since the last `take`.
    var log: [PodWorkerState.Effect] = []
    /// Effects whose answers are still owed.
    var owed: [PodWorkerState.Effect] = []
    var imageFailure: String?
    var startFailure: String?
    var configFailure: String?
    /// Every instance that was ever started, by container name and attempt.
    var started: [String] = []
    var objectExists = true
    /// Services go on sending traffic to the pod.
    var trafficStays = false
    var nextID = 0

    static let begin = Moment(instant: ContinuousClock.now, wall: Timestamp(secondsSinceEpoch: 1_000_000_000))

    init(_ spec: JSONValue, status: JSONValue? = nil, runtime: RuntimeSnapshot = RuntimeSnapshot()) {
        now = PodRig.begin
        self.runtime = runtime
        state = PodWorkerState(pod: PodRig.pod(spec, status: status), hasTask: true, nodeName: "n1", hostIP: "10.0.0.1", at: now)
    }

    static func pod(_ spec: JSONValue, status: JSONValue? = nil, deletionGrace: Int64? = nil) -> Pod {
        var json: JSONValue = ["metadata": ["name": "web", "namespace": "default", "uid": "u1"], "spec": spec]
        if let status { json["status"] = status }
        if let deletionGrace {
            json.set("2001-09-09T01:46:40Z", at: "metadata", "deletionTimestamp")
            json.set(.integer(deletionGrace), at: "metadata", "deletionGracePeriodSeconds")
        }
        return Pod(json: json)
    }

    static func container(_ name: String = "c", _ extra: JSONValue = [:]) -> JSONValue {
        var container: JSONValue = ["name": .string(name), "image": "nginx:1"]
        for (key, value) in extra.object ?? JSONObject() { container[key] = value }
        return container
    }

    mutating func send(_ input: PodWorkerState.Input) {
        let effects = state.handle(input, at: now)
        log += effects
        owed += effects
    }

    /// Lets time pass, in the steps that the state asks for.
    mutating func pass(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while let deadline = state.nextDeadline, deadline <= end.instant, deadline > now.instant {
            now = now.advanced(by: deadline - now.instant)
            send(.timePassed)
            settle()
        }
        now = end
        send(.timePassed)
        settle()
    }

    mutating func look() {
        now = now.advanced(by: .milliseconds(1))
        let since = now.instant
        now = now.advanced(by: .milliseconds(1))
        send(.observed(runtime, since: since))
    }

    /// Answers everything that is owed, and what follows from it.
    mutating func settle() {
        var rounds = 0
        while !owed.isEmpty, rounds < 500 {
            rounds += 1
            answer(owed.removeFirst())
        }
    }

    mutating func launch() {
        look()
        settle()
    }

    mutating func answer(_ effect: PodWorkerState.Effect) {
        switch effect {
        case .prepareVolumes: send(.volumesReady)
        case .createSandbox(let attempt, let replacing):
            runtime.sandboxes.removeAll { replacing.contains($0.id) }
            nextID += 1
            runtime.sandboxes.append(
                ObservedSandbox(
                    id: "s\(nextID)", key: state.key, uid: state.uid, attempt: attempt, isReady: true, createdAt: now.wall, ip: "10.22.0.5"))
            send(.sandboxReady(id: "s\(nextID)", ip: "10.22.0.5"))
        case .pullImage(let name):
            if let imageFailure {
                send(.imageFailed(container: name, reason: "ErrImagePull", message: imageFailure))
            } else {
                send(.imageReady(container: name, imageID: "sha256:1"))
            }
        case .createContainer(let name, let attempt, let imageID):
            if let configFailure {
                send(.createFailed(container: name, reason: "CreateContainerConfigError", message: configFailure, unavailable: false))
                return
            }
            nextID += 1
            runtime.containers.append(
                ObservedContainer(
                    id: "c\(nextID)", sandboxID: state.sandboxID ?? "", uid: state.uid, name: name, attempt: attempt, condition: .created,
                    imageID: imageID))
            send(.created(container: name, id: "c\(nextID)"))
        case .startContainer(let name, let id):
            if let startFailure { return send(.startFailed(container: name, message: startFailure, unavailable: false)) }
            begin(id)
            send(.started(container: name))
        case .stopContainer(let name, let id, _, _):
            exit(id, code: 143)
            send(.stopped(container: name, failed: nil))
            look()
        case .removeSandbox(let id):
            runtime.sandboxes.removeAll { $0.id == id }
            send(.removed(id: id, failed: false))
        case .awaitRelease: if !trafficStays { send(.released) }
        case .removeContainer(_, let id, _):
            runtime.containers.removeAll { $0.id == id }
            send(.removed(id: id, failed: false))
        case .stopSandbox(let id):
            for index in runtime.sandboxes.indices where runtime.sandboxes[index].id == id { runtime.sandboxes[index].isReady = false }
        case .cleanUp:
            runtime = RuntimeSnapshot()
            send(.cleanedUp(failed: nil))
        case .deleteObject:
            objectExists = false
            send(.objectDeleted)
        case .probe(let name, let kind, let id): send(.probed(container: name, kind: kind, id: id, answer: .success))
        default: break
        }
    }

    mutating func begin(_ id: String) {
        for index in runtime.containers.indices where runtime.containers[index].id == id {
            runtime.containers[index].condition = .running
            runtime.containers[index].startedAt = now.wall
            started.append("\(runtime.containers[index].name)/\(runtime.containers[index].attempt)")
        }
    }

    mutating func exit(_ id: String, code: Int64) {
        for index in runtime.containers.indices
        where runtime.containers[index].id == id && runtime.containers[index].condition == .running {
            runtime.containers[index].condition = .exited
            runtime.containers[index].exitCode = code
            runtime.containers[index].finishedAt = now.wall
        }
    }

    /// Ends the running instance of a container and lets the state see it.
    mutating func end(_ name: String, code: Int64) {
        for one in runtime.containers where one.name == name && one.condition == .running { exit(one.id, code: code) }
        look()
        settle()
    }

    // MARK: What is to be seen

    var status: JSONValue {
        for effect in log.reversed() { if case .writeStatus(let status) = effect { return status } }
        return .null
    }
    var phase: String { status["phase"]?.string ?? "" }
    func container(_ name: String = "c") -> ContainerStatus? {
        let all = (status["containerStatuses"]?.array ?? []) + (status["initContainerStatuses"]?.array ?? [])
        return all.map(ContainerStatus.init(json:)).first { $0.name == name }
    }
    var events: [String] {
        log.compactMap { if case .event(let event) = $0 { "\(event.reason): \(event.message)" } else { nil } }
    }
    var tasks: [TaskState] { log.compactMap { if case .reportTask(let state, _) = $0 { state } else { nil } } }
    func condition(_ type: String) -> PodCondition? {
        (status["conditions"]?.array ?? []).map(PodCondition.init(json:)).first { $0.type == type }
    }
    var runningCount: Int { runtime.containers.filter { $0.condition == .running }.count }
}
