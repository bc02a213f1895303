import Core
import JSON
import KubeAPI
import KubeObjects
import OfferBroker
import PodQueue
import Scheduling

/// All that one scheduler process knows of a pod and its way to a node, as facts; `json` is what `/debug/scheduler/explain` serves.
///
/// Pure. Times are told as whole seconds before (or after) now, so that two machines' clocks do not matter.
struct PodReport: Sendable {
    /// Who looks.
    struct Observer: Sendable {
        /// Whether this process places pods. A standby knows only what the API server knows.
        var leads: Bool
        var identity: String
        /// `nil` for a standby.
        var term: Term?
        /// Who leads, as far as the Lease says; empty: nobody.
        var leader = ""
    }
    /// What the planner says now, whatever the last attempt said.
    enum Fitting: Sendable { case fits, refused(Explanation) }
    struct Task: Sendable {
        var id: TaskID
        var agent: String
        var hostname: String
        /// `TASK_RUNNING`; empty: Mesos has not spoken of it.
        var state: String
    }

    let key: PodKey
    let observer: Observer
    /// As the API server has it; `nil`: it has it not, or cannot be reached.
    var pod: Pod?
    /// What could not be learnt, and why.
    var gaps: [String] = []
    var account: PodAccount?
    var fitting: Fitting?
    var intents: [LaunchIntent] = []
    var task: Task?
    var offers: OfferReport?
    var events: [JSONValue] = []
    let now: Instant
    let wallClock: Timestamp

    var json: JSONValue {
        var page: JSONValue = [
            "pod": .string(key.description), "uid": .string(pod?.uid.value ?? account?.pod.uid.value ?? ""), "observer": observerJSON,
            "summary": .string(summary),
        ]
        if let pod { page["status"] = status(of: pod) }
        if let account { page["queue"] = queue(account) }
        if let explanation {
            page["explanation"] = PodReport.json(explanation)
            page["explains"] = isOfLastAttempt ? "lastAttempt" : "offersNow"
        }
        if let fitting { page["fitsNow"] = .bool(fitting.isFit) }
        if let account, !account.history.isEmpty { page["history"] = .array(account.history.map(attempt)) }
        if !intents.isEmpty || task != nil { page["launch"] = launch }
        if let offers { page["offers"] = PodReport.json(offers, now: now) }
        if !events.isEmpty { page["events"] = .array(events.map(event)) }
        if !help.isEmpty { page["help"] = .array(help.map { .string($0) }) }
        if !gaps.isEmpty { page["gaps"] = .array(gaps.map { .string($0) }) }
        return page
    }

    /// What the planner says now comes before what it said at the last attempt; but without an offer it has nothing to look at.
    private var explanation: Explanation? {
        if isOfLastAttempt { return account?.explanation }
        if case .refused(let explanation)? = fitting { return explanation }
        return nil
    }

    private var isOfLastAttempt: Bool {
        guard account?.explanation != nil else { return false }
        if case .refused? = fitting { return offers.map { $0.live == 0 } ?? false }
        return fitting == nil
    }

    // MARK: In words

    /// Where the pod is on its way, in one or two sentences.
    var summary: String {
        if let pod, pod.isFinished { return "It has ended: \(pod.status.phase.rawValue)." }
        if let pod, pod.isTerminating, pod.spec.nodeName.isEmpty { return "It is being deleted, and was never placed." }
        if let pod, !pod.spec.nodeName.isEmpty, account == nil { return bound(pod) }
        if let account { return waiting(account) }
        if let intent = intents.first { return "Mesos was asked to launch it on \(intent.hostname) as \(intent.task); it is not bound yet." }
        if observer.leads { return "It waits for a node, but is not in the queue: the scheduler has not heard of it yet, or it is not ours to place." }
        return "It waits for a node. This process is a standby and does not place pods" + (observer.leader.isEmpty ? "." : "; \(observer.leader) does.")
    }

    private func bound(_ pod: Pod) -> String {
        let state = task.flatMap { $0.state.isEmpty ? nil : ", and its task is \($0.state)" } ?? ""
        return "It waits for no node: it is bound to \(pod.spec.nodeName)\(state)."
    }

    private func waiting(_ account: PodAccount) -> String {
        switch account.pod.phase {
        case .ready where account.ahead > 0: return "It is ready to be placed; \(account.ahead) pods come before it."
        case .ready where (offers?.live ?? 0) == 0: return "It is ready to be placed and waits for an offer from Mesos."
        case .ready: return "It is ready to be placed, and next."
        case .inFlight: return "A plan is being made with it now."
        case .launched: return "Mesos was asked to launch it\(intents.first.map { " on \($0.hostname)" } ?? ""); its executor has not bound it yet."
        case .waitingForGroup: return "It waits for other pods of its group\(account.demand.group.map { " \($0.name)" } ?? "")."
        case .backingOff:
            let next = account.pod.nextTry.map { " It is tried again in \(HumanDuration.text(seconds: PodReport.ahead(now, $0)))" } ?? ""
            let sooner = account.explanation == nil ? "." : ", or sooner when a suitable offer comes."
            let fits = fitting?.isFit == true ? " What is offered now would suit it." : ""
            return account.pod.reason + "." + next + (next.isEmpty ? "" : sooner) + fits
        }
    }

    /// What somebody can do, the most promising first, each once.
    var help: [String] {
        var result: [String] = []
        for reason in explanation?.reasons ?? [] where !result.contains(reason.help) { result.append(reason.help) }
        if account?.pod.phase == .waitingForGroup { result.append("create the missing pods of the group, or lower its minimum") }
        if account?.pod.phase == .backingOff { result.append("kmd explain pod \(key.name) -n \(key.namespace) --retry: tries it now, its back-off forgotten") }
        if !observer.leads { result.append("ask the leader\(observer.leader.isEmpty ? "" : " (\(observer.leader))"): it knows the offers and what they lack") }
        return result
    }

    // MARK: In JSON

    private var observerJSON: JSONValue {
        [
            "role": observer.leads ? "leader" : "standby", "identity": .string(observer.identity), "leader": .string(observer.leader),
            "term": observer.term.map { .integer(Int64(clamping: $0.number)) } ?? .null,
        ]
    }

    private func status(of pod: Pod) -> JSONValue {
        var status: JSONValue = ["phase": .string(pod.status.phase.rawValue), "node": .string(pod.spec.nodeName)]
        let conditions = pod.json.at("status", "conditions")?.array ?? []
        if let scheduled = conditions.first(where: { $0["type"] == "PodScheduled" }) { status["scheduled"] = scheduled }
        if let nominated = pod.json.at("status", "nominatedNodeName")?.string, !nominated.isEmpty { status["nominatedNode"] = .string(nominated) }
        return status
    }

    private func queue(_ account: PodAccount) -> JSONValue {
        [
            "phase": .string(account.pod.phase.rawValue), "priority": .integer(Int64(account.pod.priority)),
            "group": account.demand.group.map { .string($0.name) } ?? .null, "waitingSeconds": .integer(PodReport.ago(account.since, now)),
            "ahead": .integer(Int64(account.ahead)), "attempts": .integer(Int64(account.pod.attempts)),
            "nextTrySeconds": account.pod.nextTry.map { .integer(PodReport.ahead(now, $0)) } ?? .null,
            "offersSeen": .integer(Int64(clamping: account.offersSeen)),
            "lastOfferSeconds": account.lastOffer.map { .integer(PodReport.ago($0, now)) } ?? .null, "reason": .string(account.pod.reason),
            "relaunch": .bool(account.pod.isRelaunch),
        ]
    }

    private func attempt(_ attempt: PodAccount.Attempt) -> JSONValue {
        let message: String =
            switch attempt.outcome {
            case .vetoed(let explanation): explanation.summary()
            case .failed(let why): why
            case .launched, .putBack: ""
            }
        return [
            "outcome": .string(attempt.outcome.name), "count": .integer(Int64(attempt.count)), "message": .string(message),
            "firstSeconds": .integer(PodReport.ago(attempt.first, now)), "lastSeconds": .integer(PodReport.ago(attempt.last, now)),
        ]
    }

    private var launch: JSONValue {
        var launch: JSONValue = [
            "intents": .array(
                intents.map { intent in
                    [
                        "task": .string(intent.task.value), "agent": .string(intent.agent.value), "host": .string(intent.hostname),
                        "term": .integer(Int64(clamping: intent.term.number)),
                    ]
                })
        ]
        if let task {
            launch["task"] = ["id": .string(task.id.value), "agent": .string(task.agent), "host": .string(task.hostname), "state": .string(task.state)]
        }
        return launch
    }

    private func event(_ event: JSONValue) -> JSONValue {
        let last = event["lastTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) }
        return [
            "type": event["type"] ?? "", "reason": event["reason"] ?? "", "message": event["message"] ?? "", "count": event["count"] ?? 1,
            "lastSeconds": last.map { .integer(max(0, wallClock.secondsSinceEpoch - $0.secondsSinceEpoch)) } ?? .null,
        ]
    }

    static func json(_ explanation: Explanation) -> JSONValue {
        [
            "agents": .integer(Int64(explanation.agents)), "note": explanation.note.map { .string($0) } ?? .null,
            "reasons": .array(
                explanation.reasons.map { reason in
                    [
                        "text": .string(reason.text), "agents": .integer(Int64(reason.agents)), "mayPass": .bool(reason.mayPass),
                        "help": .string(reason.help),
                        "nearest": reason.nearest.map { ["host": .string($0.hostname), "shortBy": .string($0.by)] } ?? .null,
                    ]
                }),
            "nearest": .array(
                explanation.nearest.map { miss in
                    [
                        "host": .string(miss.hostname), "agent": .string(miss.agent.value), "nearness": .double(miss.nearness),
                        "lacks": .array(miss.lacks.map { .string($0) }),
                    ]
                }),
        ]
    }

    static func json(_ offers: OfferReport, now: Instant) -> JSONValue {
        [
            "live": .integer(Int64(offers.live)), "claimed": .integer(Int64(offers.claimed)), "received": .integer(Int64(clamping: offers.received)),
            "used": .integer(Int64(clamping: offers.used)), "wasted": .integer(Int64(clamping: offers.wasted)),
            "lastSeconds": offers.lastArrival.map { .integer(ago($0, now)) } ?? .null,
            "suppressedRoles": .array(offers.suppressed.map { .string($0) }),
            "callsWaiting": .integer(Int64(offers.callsWaiting)), "abandoned": .integer(Int64(clamping: offers.abandoned)),
            "gone": .array(
                offers.gone.map { gone in
                    [
                        "offer": .string(gone.id.value), "agent": .string(gone.agent.value), "host": .string(gone.hostname),
                        "reason": .string(gone.reason.name), "heldMilliseconds": .integer(Int64(gone.held / .milliseconds(1))),
                        "secondsAgo": .integer(ago(gone.at, now)),
                    ]
                }),
        ]
    }

    private static func ago(_ then: Instant, _ now: Instant) -> Int64 { max(0, then.duration(to: now).components.seconds) }
    /// Rounded up: what is due in 0.3 s is due in 1 s, not now.
    private static func ahead(_ now: Instant, _ then: Instant) -> Int64 {
        let (seconds, rest) = now.duration(to: then).components
        return max(0, seconds + (rest > 0 ? 1 : 0))
    }
}

extension PodReport.Fitting {
    var isFit: Bool { if case .fits = self { true } else { false } }
}

