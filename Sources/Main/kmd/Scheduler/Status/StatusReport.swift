import Core
import JSON
import LeaderElector

/// How the cluster's control plane stands, as one scheduler process sees it; `json` is what `/debug/status` serves.
///
/// Pure: facts in, JSON out. What is asked of others may be unknown, and then says why.
struct StatusReport: Sendable {
    /// Whether somebody who was asked is well, in his own or in our words.
    enum Health: Sendable, Equatable {
        case well
        case unwell(String)

        var isWell: Bool { self == .well }
        var json: JSONValue {
            switch self {
            case .well: ["healthy": true]
            case .unwell(let why): ["healthy": false, "reason": .string(why)]
            }
        }
    }

    /// What the leading master says.
    struct Mesos: Sendable {
        var health: Health
        /// `host:port`; empty: not known.
        var master = ""
        var version = ""
        var framework: FrameworkID?
        /// `Connected`, `Disconnected`, `Completed`, `Unknown` to the master; empty: it could not be asked.
        var phase = ""
    }

    var election: ElectionSight
    var mesos: Mesos
    var apiServer: Health
    /// The store behind the API server: etcd, or its own file.
    var store: Health
    /// What the leader knows of its subscription, with the command that resolves a fault; `nil`: this process does not lead.
    var standing: JSONValue?
    let wallClock: Timestamp

    /// Somebody leads, and all that it needs answers.
    var isWell: Bool {
        !election.leader.isEmpty && mesos.health.isWell && apiServer.isWell && store.isWell && standing?["fault"] == nil
    }

    var json: JSONValue {
        var page: JSONValue = [
            "healthy": .bool(isWell),
            "observer": ["identity": .string(election.identity), "role": election.leads ? "leader" : "standby"],
            "leader": .string(election.leader), "term": election.term.map { .integer(Int64(clamping: $0.term)) } ?? .null,
            "since": election.term.map { .string($0.since) } ?? .null, "sinceSeconds": seconds(since: election.term?.since),
            "replicas": .array(election.replicas.map(replica)), "session": session, "lastFailover": failover, "mesos": mesosJSON,
            "apiServer": apiServer.json, "store": store.json,
        ]
        if let gap = election.gap { page["gaps"] = [.string(gap)] }
        return page
    }

    private func replica(_ replica: ElectionSight.Replica) -> JSONValue {
        var value: JSONValue = ["identity": .string(replica.identity), "url": .string(replica.url), "standing": .string(replica.standing.rawValue)]
        if !replica.lacks.isEmpty { value["lacks"] = .string(replica.lacks) }
        return value
    }

    private var session: JSONValue {
        guard let session = election.session else { return .null }
        return [
            "connected": .bool(session.isConnected), "id": .string(session.id),
            "timeoutMilliseconds": session.timeout.map { .integer(Int64($0 / .milliseconds(1))) } ?? .null,
        ]
    }

    /// The last time that another one came to lead.
    private var failover: JSONValue {
        guard let term = election.term, !term.before.isEmpty else { return .null }
        return [
            "from": .string(term.before), "to": .string(term.holder), "at": .string(term.since), "secondsAgo": seconds(since: term.since),
            "durationMilliseconds": term.gap.map { .integer($0) } ?? .null, "quietMilliseconds": term.quiet.map { .integer($0) } ?? .null,
        ]
    }

    private var mesosJSON: JSONValue {
        var value = mesos.health.json
        value["master"] = .string(mesos.master)
        value["version"] = .string(mesos.version)
        value["framework"] = mesos.framework.map { .string($0.value) } ?? .null
        value["phase"] = .string(mesos.phase)
        if let standing { value["subscription"] = standing }
        return value
    }

    private func seconds(since text: String?) -> JSONValue {
        guard let text, let then = Timestamp(rfc3339: text) else { return .null }
        return .integer(max(0, wallClock.secondsSinceEpoch - then.secondsSinceEpoch))
    }
}
