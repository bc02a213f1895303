import Core
import JSON
import Mesos
import Synchronization

/// How the framework stands with Mesos: what /healthz, /debug/scheduler/mesos, the log and an event say of it.
enum MesosStanding: Sendable, Equatable {
    /// No subscription has been tried yet.
    case starting
    case subscribed(FrameworkID, master: String)
    /// The client looks for a master by itself.
    case disconnected(because: String)
    /// The master does not take us as we are: credential, roles, description. Tried again now and then.
    case refused(String)
    /// The master has done with this id for ever. Only a person may give it up.
    case removed(FrameworkID)
    /// The id that is stored is not the one that is subscribed.
    case mismatch(stored: FrameworkID?, subscribed: FrameworkID)
    /// Another scheduler has taken our id.
    case failedOver(FrameworkID?)

    /// Whether pods may be launched.
    var isSubscribed: Bool { if case .subscribed = self { true } else { false } }

    /// One word, for pages and metrics.
    var name: String {
        switch self {
        case .starting: "Starting"
        case .subscribed: "Subscribed"
        case .disconnected: "Disconnected"
        case .refused: "Refused"
        case .removed: "FrameworkRemoved"
        case .mismatch: "FrameworkMismatch"
        case .failedOver: "FailedOver"
        }
    }

    /// What is wrong that does not heal by itself; `nil`: nothing is.
    var fault: String? {
        switch self {
        case .starting, .subscribed, .disconnected: nil
        case .refused(let why): "Mesos refuses the framework: \(why)"
        case .removed(let id): "Mesos has removed framework \(id)"
        case .mismatch(let stored, let subscribed): "subscribed as framework \(subscribed), but \(stored.map { "\($0) is stored" } ?? "no id is stored")"
        case .failedOver: "another scheduler subscribed with our framework id"
        }
    }

    /// The command, or the step, that resolves the fault.
    var remedy: String? {
        switch self {
        case .starting, .subscribed, .disconnected: nil
        case .refused: "mend what the master names (principal, secret file, roles, user); it is tried again every half minute"
        case .removed: "kmd framework forget"
        case .mismatch(let stored?, let subscribed):
            "kmd framework adopt \(subscribed), to go on with its tasks; or kmd framework teardown \(subscribed) --yes, which kills them, to go on as \(stored)"
        case .mismatch(nil, let subscribed):
            "kmd framework adopt \(subscribed), to go on with its tasks; or kmd framework teardown \(subscribed) --yes, which kills them"
        case .failedOver: "stop one of the two schedulers, then start this one again"
        }
    }

    var json: JSONValue {
        var object: JSONValue = ["state": .string(name)]
        switch self {
        case .subscribed(let id, let master):
            object["framework"] = .string(id.value)
            object["master"] = .string(master)
        case .disconnected(let why): object["reason"] = .string(why)
        case .removed(let id), .failedOver(let id?): object["framework"] = .string(id.value)
        case .mismatch(let stored, let subscribed):
            object["framework"] = .string(subscribed.value)
            object["stored"] = stored.map { .string($0.value) } ?? .null
        case .starting, .refused, .failedOver(nil): break
        }
        if let fault { object["fault"] = .string(fault) }
        if let remedy { object["remedy"] = .string(remedy) }
        return object
    }
}

/// The standing now, for all who show it.
final class MesosStatus: Sendable {
    private let contents = Mutex<(standing: MesosStanding, since: Timestamp?)>((.starting, nil))

    var standing: MesosStanding { contents.withLock { $0.standing } }

    /// - Returns: whether that is news.
    @discardableResult func set(_ standing: MesosStanding, at now: Timestamp) -> Bool {
        contents.withLock { contents in
            guard contents.standing != standing else { return false }
            contents = (standing, now)
            return true
        }
    }

    var json: JSONValue {
        let (standing, since) = contents.withLock { $0 }
        var object = standing.json
        if let since { object["since"] = .string(since.rfc3339) }
        return object
    }
}
