import Foundation
import JSON
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

/// What schedulers said to a real master, said to ours: the answers are the same, and so is what comes on the streams.
///
/// Compared is each subject of a stream by itself (a task, the executors, the offers, the stream's own life), since a real master's threads order
/// subjects as they like. Ids are mapped, times and addresses left aside; an update that comes again within a second counts once.
///
/// Left out, beside what each file of Tests/Fixtures/mesos/conversations names under `left_out`: recording 04 is in `RecordedAnswersTests`, 07 asks operator pages, whose
/// form is in `RecordedPagesTests`, and 08 is ZooKeeper's: `ElectionTests`. The executors' side is in `ExecutorConversationTests`; of
/// executor/* are left out those that say the same again.
@Suite struct ConversationTests {
    @Test(arguments: ["01-offers", "02-tasks", "03-failover", "05-agent-loss", "06-master-failover", "09-roles-and-launches", "10-groups-and-restarts"])
    func oursGoesAsTheRecordedOne(name: String) throws {
        let conversation = try Conversation.load(name)
        #expect(conversation.steps.count > 20)
        var replay = try Replay(conversation)
        try replay.run()
        for difference in replay.differences { Issue.record("\(name): \(difference)") }
    }

    @Test func aConversationThatWentAnotherWayIsNoticed() throws {
        var conversation = try Conversation.load("01-offers")
        for (index, entry) in conversation.steps.enumerated() {
            guard case .event(let stream, var event) = entry.step, event.type == .offers else { continue }
            event.offers.offers[0].resources[0].name = "gpus"
            conversation.steps[index].step = .event(stream: stream, event)
            break
        }
        var replay = try Replay(conversation)
        try replay.run()
        #expect(!replay.differences.isEmpty)
    }
}

/// Plays a conversation's calls against the rig at their recorded times, and compares.
struct Replay {
    private let conversation: Conversation
    private var rig: ConversationRig
    private(set) var differences: [String] = []
    /// From recorded ids to ours.
    private var ids: [String: String] = [:]

    init(_ conversation: Conversation) throws {
        self.conversation = conversation
        rig = try ConversationRig(conversation)
    }

    mutating func run() throws {
        for (index, (at, step)) in conversation.steps.enumerated() {
            rig.advance(to: at)
            switch step {
            case .call(let call, let opens, let on, let status, let text):
                mapIDs(upTo: index)
                try say(call, opens: opens, on: on, status: status, text: text, at: at)
            case .leave(let stream): rig.leave(stream)
            case .agent(let id, .starts): rig.startAgent(id)
            case .agent(let id, .startsAlone): rig.startAgent(id, alone: true)
            case .agent(let id, .findsMaster): rig.connectAgent(id)
            case .agent(let id, .dies): rig.killAgent(id)
            case .masterDies: rig.killMaster()
            case .event, .closed: break
            }
        }
        // What the last call led to.
        rig.advance(to: (conversation.steps.last?.at ?? 0) + 0.05)
        compare()
    }

    private mutating func say(_ call: JSONValue, opens: String?, on: String?, status: Int?, text: String?, at: Double) throws {
        var words = String(decoding: call.encoded(), as: UTF8.self)
        for (recorded, ours) in ids { words = words.replacingOccurrences(of: "\"\(recorded)\"", with: "\"\(ours)\"") }
        let ours: Mesos_V1_Scheduler_Call = try Conversation.message(JSONValue(parsing: Array(words.utf8)))
        let answer = rig.call(ours, opens: opens, on: on)
        if let status, status != answer?.status ?? 200 { differences.append("\(at) s: \(ours.type) was answered \(answer?.status ?? 200), not \(status)") }
        if let text, plain(text) != plain(answer?.text ?? "") { differences.append("\(at) s: \(ours.type) was answered '\(answer?.text ?? "")'") }
    }

    /// Without the ids that an answer repeats.
    private func plain(_ text: String) -> String {
        text.hasPrefix("The stream ID '") ? "The stream ID" : text
    }

    // MARK: Ids

    /// Offers, updates and frameworks get their counterparts from what both sides have told so far.
    private mutating func mapIDs(upTo index: Int) {
        let recorded = conversation.steps[..<index].compactMap { entry -> (String, Mesos_V1_Scheduler_Event)? in
            if case .event(let stream, let event) = entry.step { (stream, event) } else { nil }
        }
        let ours = rig.seen.compactMap { entry -> (String, Mesos_V1_Scheduler_Event)? in
            if case .event(let event) = entry.what { (entry.stream, event) } else { nil }
        }
        for stream in Set(recorded.map(\.0)).sorted() {
            let theirs = recorded.filter { $0.0 == stream }.map(\.1)
            let mine = ours.filter { $0.0 == stream }.map(\.1)
            for (one, other) in zip(offers(theirs), offers(mine)) { ids[one.id.value] = other.id.value }
            if let one = theirs.first(where: { $0.type == .subscribed }), let other = mine.first(where: { $0.type == .subscribed }) {
                ids[one.subscribed.frameworkID.value] = other.subscribed.frameworkID.value
            }
            for event in theirs where event.type == .update && event.update.status.hasUuid {
                let status = event.update.status
                let match = mine.last { $0.update.status.taskID == status.taskID && $0.update.status.state == status.state && $0.update.status.hasUuid }
                if let match { ids[status.uuid.base64EncodedString()] = match.update.status.uuid.base64EncodedString() }
            }
        }
    }

    private func offers(_ events: [Mesos_V1_Scheduler_Event]) -> [Mesos_V1_Offer] {
        events.filter { $0.type == .offers }.flatMap { event in
            event.offers.offers.sorted { Subjects.text($0) < Subjects.text($1) }
        }
    }

    // MARK: Comparing

    private mutating func compare() {
        var (theirs, ours) = (Subjects(), Subjects())
        for (at, step) in conversation.steps {
            switch step {
            case .event(let stream, let event): theirs.note(event, on: stream, at: at)
            case .closed(let stream): theirs.noteClose(of: stream)
            case .call, .leave, .agent, .masterDies: break
            }
        }
        for entry in rig.seen {
            switch entry.what {
            case .event(let event): ours.note(event, on: entry.stream, at: entry.at)
            case .closed: ours.noteClose(of: entry.stream)
            }
        }
        for subject in Set(theirs.told.keys).union(ours.told.keys).sorted() {
            let (recorded, mine) = (theirs.told[subject] ?? [], ours.told[subject] ?? [])
            guard recorded != mine else { continue }
            let index = zip(recorded, mine).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(recorded.count, mine.count)
            func at(_ list: [String]) -> String { index < list.count ? list[index] : "nothing" }
            differences.append("\(subject), number \(index): recorded \(at(recorded)), ours \(at(mine))")
        }
    }
}

/// What was told, by stream and subject, in words without ids and times.
private struct Subjects {
    private(set) var told: [String: [String]] = [:]
    private var lastUUID: [String: (uuid: Data, at: Double)] = [:]

    mutating func noteClose(of stream: String) { told["stream \(stream)", default: []].append("closed") }

    mutating func note(_ event: Mesos_V1_Scheduler_Event, on stream: String, at: Double) {
        switch event.type {
        case .subscribed: told["stream \(stream)", default: []].append("subscribed")
        case .error: told["stream \(stream)", default: []].append("error: \(event.error.message)")
        case .heartbeat: told["stream \(stream), heartbeats", default: []].append("heartbeat")
        case .offers: told["stream \(stream), offers", default: []].append(event.offers.offers.map(Subjects.text).sorted().joined(separator: " + "))
        case .rescind: told["stream \(stream), offers", default: []].append("rescind")
        case .update: note(event.update.status, on: stream, at: at)
        case .message: told["stream \(stream), executors", default: []].append("message \(String(decoding: event.message.data, as: UTF8.self))")
        case .failure:
            let failure = event.failure
            told["stream \(stream), executors", default: []].append(
                "failure \(failure.agentID.value) \(failure.executorID.value) \(failure.hasStatus ? String(failure.status) : "-")")
        default: told["stream \(stream)", default: []].append("\(event.type)")
        }
    }

    private mutating func note(_ status: Mesos_V1_TaskStatus, on stream: String, at: Double) {
        let subject = "stream \(stream), task \(status.taskID.value)"
        if status.hasUuid, let last = lastUUID[subject], last.uuid == status.uuid, at - last.at < 1 { return }
        if status.hasUuid { lastUUID[subject] = (status.uuid, at) }
        let message = status.message.split(separator: "\n").first.map(String.init) ?? ""
        // An offer's or a container's id stands in some texts.
        let words = message.split(separator: " ").map { $0.contains("-O") || ($0.hasPrefix("'") && $0.count > 36) ? "ID" : String($0) }.joined(separator: " ")
        told[subject, default: []].append(
            "\(status.state) of \(status.source), \(status.hasReason ? "\(status.reason)" : "-"), '\(words)', \(status.hasUuid ? "uuid" : "no uuid"), "
                + "\(status.agentID.value) \(status.executorID.value)\(status.hasUnreachableTime ? " since" : "")")
    }

    static func text(_ offer: Mesos_V1_Offer) -> String {
        let resources = offer.resources.map { resource in
            var resource = resource
            resource.scalar.value = resource.type == .scalar ? (resource.scalar.value * 1000).rounded() / 1000 : 0
            if resource.type != .scalar { resource.clearScalar() }
            let amount = resource.type == .scalar ? "\(resource.scalar.value)" : resource.closedRanges.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
            let reservations = resource.reservations.map { "\($0.type):\($0.role)" }.joined(separator: ",")
            return "\(resource.name) \(amount) role=\(resource.hasRole ? resource.role : "-") [\(reservations)] to=\(resource.hasAllocationInfo ? resource.allocationInfo.role : "-")"
        }
        let attributes = offer.attributes.map { "\($0.name)=\(MesosAttribute($0).text)" }.sorted()
        return "\(offer.agentID.value) \(offer.hostname) to=\(offer.hasAllocationInfo ? offer.allocationInfo.role : "-") "
            + "\(resources.sorted()) \(offer.executorIds.map(\.value).sorted()) \(attributes)"
    }
}
