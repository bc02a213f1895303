import ActorKit
import Core
import Reconciler
import Scheduling
import Testing

let key = PodKey(namespace: "default", name: "a")

func intent(_ task: TaskID, uid: PodUID = "a", agent: AgentID = "s1", host: String = "n1") -> LaunchIntent {
    LaunchIntent(task: task, term: Term(1), pod: key, uid: uid, agent: agent, hostname: host)
}

func unbound(_ uid: PodUID = "a", deleting: Duration? = nil) -> PodStanding {
    PodStanding(key: key, uid: uid, deletionGrace: deleting)
}

func bound(
    _ uid: PodUID = "a", node: String = "n1", task: TaskID? = "t1", finished: Bool = false, deleting: Duration? = nil,
    unreachable: UnreachablePolicy = .replace(after: .seconds(300))
) -> PodStanding {
    PodStanding(
        key: key, uid: uid, nodeName: node, task: task, agent: "s1", isFinished: finished, deletionGrace: deleting, unreachable: unreachable)
}

func update(
    _ task: TaskID, _ state: TaskState, from source: TaskUpdate.Source? = .executor, _ reason: String = "", uuid: [UInt8]? = [1],
    of identity: TaskIdentity? = nil
) -> TaskUpdate {
    TaskUpdate(task: task, state: state, source: source, reason: reason, agent: "s1", uuid: uuid, identity: identity)
}

let start = ContinuousClock.now

/// A reconciler that is subscribed and ready, with one pod in it.
func ready(_ pod: PodStanding? = nil, task: LaunchIntent? = nil) -> ReconcilerState {
    var state = ReconcilerState(startingAt: start)
    _ = state.handle(.agents(["s1": "n1"], at: start))
    _ = state.handle(.intents([], at: start))
    _ = state.handle(.podsSynced([], at: start))
    _ = state.handle(.subscribed(at: start))
    if let task { _ = state.handle(.launching([task], at: start)) }
    if let pod { _ = state.handle(.podChanged(pod, at: start)) }
    return state
}

extension ReconcilerState {
    /// What happens by the clock alone, but for the questions that are asked on a schedule.
    mutating func pass(_ seconds: Int) -> [ReconcilerEffect] {
        handle(.timePassed(to: start + .seconds(seconds))).filter { if case .reconcile = $0 { false } else { true } }
    }
}
