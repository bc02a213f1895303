import Core
import JSON
import KubeObjects

/// A moment as a state needs it: for deadlines, and for what people read.
public struct Moment: Sendable, Hashable {
    public let instant: Instant
    public let wall: Timestamp
    public init(instant: Instant, wall: Timestamp) { (self.instant, self.wall) = (instant, wall) }
    public func advanced(by duration: Duration) -> Moment { Moment(instant: instant + duration, wall: wall.advanced(by: duration)) }
}

public enum ProbeKind: String, Sendable, Hashable, Comparable, CaseIterable {
    case startup = "Startup", liveness = "Liveness", readiness = "Readiness"
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension PodWorkerState {
    /// What has happened.
    public enum Input: Sendable {
        /// Another version of the object.
        case updated(Pod)
        /// The object is gone, or another one has its name: end at once, there is nobody to tell.
        case objectGone
        /// The pod belongs to a (new) Mesos task: everything is reported to it again.
        case taskGiven
        /// Mesos wants the task gone; the object stays.
        case killed(graceSeconds: Int64?)
        /// A look at the runtime that began at `since`.
        case observed(RuntimeSnapshot, since: Instant)
        case volumesReady
        case volumesFailed([PodEvent], message: String)
        case sandboxReady(id: String, ip: String)
        case sandboxFailed(RuntimeFailure)
        case imageReady(container: String, imageID: String)
        case imageFailed(container: String, reason: String, message: String)
        case created(container: String, id: String)
        case createFailed(container: String, reason: String, message: String, unavailable: Bool)
        case started(container: String)
        case startFailed(container: String, message: String, unavailable: Bool)
        /// The runtime's stop call has returned; a look will show the end.
        case stopped(container: String, failed: String?)
        case probed(container: String, kind: ProbeKind, id: String, answer: ProbeAnswer)
        /// No new traffic comes any more.
        case released
        /// An ended instance is out of the runtime, or could not be taken out.
        case removed(id: String, failed: Bool)
        case cleanedUp(failed: String?)
        case objectDeleted
        case timePassed
    }

    /// What must happen now.
    public enum Effect: Sendable, Equatable {
        case prepareVolumes
        case createSandbox(attempt: Int, replacing: [String])
        case pullImage(container: String)
        case createContainer(container: String, attempt: Int, imageID: String)
        case startContainer(container: String, id: String)
        /// `preStop`: run the hook first, within the grace period.
        case stopContainer(container: String, id: String, graceSeconds: Int64, preStop: Bool)
        /// An ended instance that nobody asks for any more, with its log.
        case removeContainer(container: String, id: String, attempt: Int)
        case probe(container: String, kind: ProbeKind, id: String)
        case stopSandbox(id: String)
        /// A sandbox that another has taken the place of.
        case removeSandbox(id: String)
        /// Say when this node sends no new traffic to the pod's address.
        case awaitRelease(address: String)
        case writeStatus(JSONValue)
        case event(PodEvent)
        case reportTask(TaskState, message: String)
        /// Remove every container, sandbox and file of the pod.
        case cleanUp
        case deleteObject
        /// Nothing is left to do; the worker ends.
        case finished
    }
}
