/// How an attempt to place a pod ended.
public enum AttemptOutcome: Sendable, Hashable {
    /// Mesos was asked to launch it. It leaves the queue when the API server says that it is bound.
    case launched
    /// No agent fits.
    case vetoed(Explanation)
    /// It could have been launched, but something failed: what, for the log.
    case failed(String)
    /// Nothing was tried; it waits on as before.
    case putBack

    /// As metrics and pages name it.
    public var name: String {
        switch self {
        case .launched: "launched"
        case .vetoed: "vetoed"
        case .failed: "failed"
        case .putBack: "put_back"
        }
    }
}
