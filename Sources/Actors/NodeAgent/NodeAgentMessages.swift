import Core
import KubeObjects

/// A pod that Mesos wants to run here.
public struct PodLaunch: Sendable {
    public var task: TaskID
    /// As the scheduler saw it; not bound yet, or bound to this node by an earlier task.
    public var pod: Pod
    /// What the binding writes into the pod's annotations (`k8s.mesosphere.io/taskId` …).
    public var annotations: [String: String]
    public init(task: TaskID, pod: Pod, annotations: [String: String]) {
        (self.task, self.pod, self.annotations) = (task, pod, annotations)
    }
}

/// What the outside tells a node agent.
public enum NodeAgentInput: Sendable {
    case launch(PodLaunch)
    case kill(TaskID, graceSeconds: Int64?)
    /// End all pods; Mesos wants this executor gone.
    case shutdown(graceSeconds: Int64)
    /// All pods of this node, after a list.
    case podsSynced([Pod])
    case podChanged(Pod)
    case podDeleted(Pod)
}

/// A pod on this node, for the debug page.
public struct NodePod: Sendable {
    public var pod: Pod
    public var task: TaskID?
}

/// What a node agent hears: from outside, and of what it has begun itself.
package enum NodeAgentMessage: Sendable {
    case outside(NodeAgentInput)
    case listed(RuntimeSnapshot, since: Instant)
    case bound(PodLaunch, BindOutcome)
    /// A task's end was reported.
    case taskEnded(TaskID)
    case workerEnded(PodUID)
    case confirmedGone(PodUID)
}

/// How the binding of a launched pod ended.
package enum BindOutcome: Sendable {
    case bound(Pod)
    /// The pod, or this incarnation of it, does not exist any more.
    case gone
    case refused(String)
}
