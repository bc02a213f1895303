import JSON

/// What an update comes to.
public enum PreparedUpdate: Sendable, Equatable {
    /// Nothing differs: answer with what is stored, and write nothing (the resource version stays).
    case unchanged
    /// Write this.
    case write(JSONValue)
    /// The update took the last finalizer from an object whose time was up: remove it, and answer with this last state.
    case remove(JSONValue)
}

/// What a DELETE comes to.
public enum DeleteDecision: Sendable, Equatable {
    /// Remove the key now. The last state is for the answer of kinds with `returnsDeletedObject`.
    case remove(JSONValue)
    /// Write this state, with its deletionTimestamp; whoever finishes the work (executor, namespace emptier, owners of finalizers)
    /// ends it.
    case markTerminating(JSONValue)
    /// Its deletion is under way and this request changes nothing: answer with the object as it is.
    case alreadyTerminating(JSONValue)
}

/// The options of a DELETE: its body (`DeleteOptions`) and its query parameters.
public struct DeleteOptions: Sendable, Equatable {
    public enum Propagation: String, Sendable, Equatable {
        case orphan = "Orphan", background = "Background", foreground = "Foreground"
    }

    /// Seconds; 0 = at once; `nil` = the object's own.
    public var gracePeriodSeconds: Int64?
    public var uidPrecondition: String?
    public var resourceVersionPrecondition: String?
    public var propagation: Propagation?
    /// The older way to say `Orphan` (true) or not (false); excludes `propagation`.
    public var orphanDependents: Bool?
    public var isDryRun = false

    public init(
        gracePeriodSeconds: Int64? = nil, uidPrecondition: String? = nil, resourceVersionPrecondition: String? = nil,
        propagation: Propagation? = nil, orphanDependents: Bool? = nil, isDryRun: Bool = false
    ) {
        (self.gracePeriodSeconds, self.uidPrecondition) = (gracePeriodSeconds, uidPrecondition)
        (self.resourceVersionPrecondition, self.propagation) = (resourceVersionPrecondition, propagation)
        (self.orphanDependents, self.isDryRun) = (orphanDependents, isDryRun)
    }
}
