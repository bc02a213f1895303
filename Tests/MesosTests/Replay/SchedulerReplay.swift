import Core
import Foundation
import HTTPKit
import JSON
import Logging
import Mesos
import MesosProto
import NIOHTTP1
import SwiftProtobuf

/// Plays a recorded conversation with masters: our client makes the recorded calls, the server sends the recorded answers and events, and
/// everything that the client sends or reports is compared with the recording.
///
/// A recorded SUBSCRIBE is met by the client that lost its stream or was redirected, if it is of the same framework, and else by a new one.
final class SchedulerReplay {
    struct Report {
        var calls = 0
        var events = 0
        /// Recorded calls that no client of ours can make, by type.
        var leftOut: [String] = []
        /// How subscriptions ended for good.
        var ends: [SchedulerStreamError] = []
    }

    private final class Player {
        let client: MesosSchedulerClient
        let run: Task<SchedulerStreamError?, Never>
        var framework: String?
        /// It has no stream and looks for one.
        var isLooking = false
        var stream: HTTPBodyStream?
        init(client: MesosSchedulerClient, run: Task<SchedulerStreamError?, Never>) {
            (self.client, self.run) = (client, run)
        }
    }

    private struct Open {
        let arrival: ReplayServer.Arrival
        let player: Player
        let call: Task<Result<Void, MesosCallError>, Never>?
    }

    private let recording: Recording
    private var servers: [String: (server: HTTPServer, service: ReplayServer, port: Int)] = [:]
    private var players: [String: Player] = [:]
    private var all: [Player] = []
    private var open: [Int64: Open] = [:]
    private var report = Report()

    init(_ recording: Recording) { self.recording = recording }

    func play() async throws -> Report {
        let hosts = Set(recording.steps.compactMap { $0.json["host"]?.string }).sorted()
        for host in hosts {
            let service = ReplayServer()
            let server = HTTPServer(service: service, logger: Logger(label: host))
            servers[host] = (server, service, try await server.start())
        }
        let result: Result<Void, any Error>
        do {
            for step in recording.steps { try await play(step) }
            result = .success(())
        } catch { result = .failure(error) }
        for player in all {
            player.run.cancel()
            _ = await player.run.value
        }
        for (_, entry) in servers { await entry.server.shutdown(grace: .milliseconds(50)) }
        try result.get()
        return report
    }

    private func play(_ step: Recording.Step) async throws {
        switch step.kind {
        case "call": try await call(step)
        case "head": try await head(step)
        case "answer": try await answer(step)
        case "event": try await event(step)
        case "closed": try await closed(step)
        case "left":
            guard let player = step.stream.flatMap({ players.removeValue(forKey: $0) }) else { return }
            player.run.cancel()
            _ = await player.run.value
        default: throw ReplayFailure(step, "an unknown kind of step")
        }
    }

    // MARK: Calls

    private func call(_ step: Recording.Step) async throws {
        guard let message = try? SchedulerCallForm.message(step.body), step.json["odd"] == nil else { return leaveOut(step, "malformed") }
        if message.type == .subscribe { return try await subscribe(step, message) }
        guard let stream = step.stream, let player = players[stream] else { return leaveOut(step, "without a stream") }
        guard message.frameworkID.value == player.framework else { return leaveOut(step, "of another framework") }
        guard message.isInitialized else { return leaveOut(step, "malformed") }
        guard let make = SchedulerCallForm.making(message) else { return leaveOut(step, "unknown to the client") }
        let client = player.client
        let task = Task { () -> Result<Void, MesosCallError> in
            // Some were recorded right after the answer to SUBSCRIBE, which our client may not have read yet.
            let end = ContinuousClock.now + .seconds(10)
            while true {
                do throws(MesosCallError) { return .success(try await make(client)) } catch {
                    guard error == .notSubscribed, ContinuousClock.now < end else { return .failure(error) }
                }
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        let arrival = try await server(step).next("\(step)") { $0.streamID == stream }
        try compare(arrival, message, step)
        open[step.number] = Open(arrival: arrival, player: player, call: task)
        report.calls += 1
    }

    private func subscribe(_ step: Recording.Step, _ message: Mesos_V1_Scheduler_Call) async throws {
        guard message.subscribe.hasFrameworkInfo, message.isInitialized, let framework = SchedulerCallForm.framework(message.subscribe.frameworkInfo),
            step.body["force"] == nil, step.body.at("subscribe", "force") == nil,
            message.frameworkID.value == message.subscribe.frameworkInfo.id.value
        else { return leaveOut(step, "not to be said") }
        let id = message.hasFrameworkID ? message.frameworkID.value : nil
        let player: Player
        if let looking = all.first(where: { $0.isLooking && $0.framework == id }) {
            player = looking
        } else {
            player = start(framework, id, at: step)
        }
        player.isLooking = false
        let arrival = try await server(step).next("\(step)") { arrival in
            let call = try? Mesos_V1_Scheduler_Call(serializedBytes: arrival.body)
            return call?.type == .subscribe && (call?.hasFrameworkID == true ? call?.frameworkID.value : nil) == id
        }
        // A client that only lost its stream says what it said before.
        if all.last === player { try compare(arrival, message, step) }
        guard arrival.streamID == nil else { throw ReplayFailure(step, "SUBSCRIBE with a stream id") }
        open[step.number] = Open(arrival: arrival, player: player, call: nil)
        report.calls += 1
    }

    private func start(_ framework: FrameworkDescription, _ id: String?, at step: Recording.Step) -> Player {
        // The recorded master first, then the others: where a client looks when it has lost that one.
        let first = step.json["host"]?.string ?? ""
        let ports = [servers[first]?.port].compactMap { $0 } + servers.filter { $0.key != first }.sorted { $0.key < $1.key }.map(\.value.port)
        var configuration = MesosSchedulerClient.Configuration(
            masters: StaticMasters(ports.map { MesosEndpoint(host: "127.0.0.1", port: $0) }), framework: framework)
        (configuration.firstBackoff, configuration.longestBackoff) = (.milliseconds(1), .milliseconds(20))
        let client = MesosSchedulerClient(configuration)
        let player = Player(
            client: client,
            run: Task {
                defer { client.close() }
                return await client.run(as: id.map { FrameworkID($0) })
            })
        player.framework = id
        all.append(player)
        return player
    }

    private func server(_ step: Recording.Step) throws -> ReplayServer {
        guard let host = step.json["host"]?.string, let entry = servers[host] else { throw ReplayFailure(step, "no such server") }
        return entry.service
    }

    private func compare(_ arrival: ReplayServer.Arrival, _ recorded: Mesos_V1_Scheduler_Call, _ step: Recording.Step) throws {
        let ours = SchedulerCallForm.normal(try Mesos_V1_Scheduler_Call(serializedBytes: arrival.body))
        let theirs = SchedulerCallForm.normal(recorded)
        if ours != theirs { throw ReplayFailure(step, "our call\n\(ours.textFormatString())\nis not the recorded\n\(theirs.textFormatString())") }
    }

    private func leaveOut(_ step: Recording.Step, _ why: String) { report.leftOut.append("\(step.type): \(why)") }

    // MARK: Answers and events

    private func head(_ step: Recording.Step) async throws {
        guard let stream = step.stream, let open = open.removeValue(forKey: step.number) else { return }
        open.player.stream = open.arrival.exchange.stream(
            .ok, headers: ["Content-Type": "application/x-protobuf", "Mesos-Stream-Id": stream])
        players[stream] = open.player
    }

    private func answer(_ step: Recording.Step) async throws {
        guard let open = open.removeValue(forKey: step.number) else { return }
        var headers: HTTPHeaders = ["Content-Type": "text/plain"]
        if let location = step.json["location"]?.string { headers.add(name: "Location", value: relocated(location)) }
        open.arrival.exchange.respond(.init(statusCode: step.status), headers: headers, body: .init(string: step.text))
        if let call = open.call {
            switch await call.value {
            case .success: if !(200..<300).contains(step.status) { throw ReplayFailure(step, "our client took it for a success") }
            case .failure(let error):
                if error != .refused(status: step.status, message: step.text) { throw ReplayFailure(step, "our client reports \(error)") }
            }
        } else if step.status == 307 {
            open.player.isLooking = true
        } else {
            try await ended(open.player, .rejected("\(step.status): \(step.text)"), step)
        }
    }

    /// A recorded address, as one of our servers.
    private func relocated(_ location: String) -> String {
        var text = location
        for (host, entry) in servers { text = text.replacingOccurrences(of: host, with: "127.0.0.1:\(entry.port)") }
        return text
    }

    private func event(_ step: Recording.Step) async throws {
        guard let player = step.stream.flatMap({ players[$0] }), let stream = player.stream else { return }
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        let message = try Mesos_V1_Scheduler_Event(jsonUTF8Bytes: step.body.encoded(), options: options)
        let bytes: [UInt8] = try message.serializedBytes()
        // Not `write`, which waits for room: after an ERROR the client may be gone before that.
        guard stream.offer(RecordIO.encode(bytes)) else { throw ReplayFailure(step, "the client has left") }
        report.events += 1
        if message.type == .error { return try await ended(player, nil, step) }
        let event = try await next(player, step)
        let differences = EventCheck.differences(event, step.body)
        if !differences.isEmpty { throw ReplayFailure(step, differences.joined(separator: "; ")) }
        if message.type == .subscribed { player.framework = message.subscribed.frameworkID.value }
    }

    private func next(_ player: Player, _ step: Recording.Step) async throws -> SchedulerEvent {
        guard let event = try await MesosTests.next(of: player.client.events) else { throw ReplayFailure(step, "the client reported nothing") }
        return event
    }

    /// The client has to give up, and to say why.
    private func ended(_ player: Player, _ expected: SchedulerStreamError?, _ step: Recording.Step) async throws {
        guard case .error(let told) = try await next(player, step) else { throw ReplayFailure(step, "the end was not reported") }
        guard let end = await player.run.value, end == told else { throw ReplayFailure(step, "the client did not end") }
        if let expected, expected != end { throw ReplayFailure(step, "ended by \(end)") }
        if let message = step.body.at("error", "message")?.string, end != .failedOver, end.description != message {
            throw ReplayFailure(step, "ended by '\(end)'")
        }
        report.ends.append(end)
        player.stream?.finish()
        if let stream = players.first(where: { $0.value === player })?.key { players[stream] = nil }
    }

    private func closed(_ step: Recording.Step) async throws {
        guard let player = step.stream.flatMap({ players.removeValue(forKey: $0) }) else { return }
        if step.json["cleanly"]?.bool == true { player.stream?.finish() } else { player.stream?.abort() }
        guard case .disconnected = try await next(player, step) else { throw ReplayFailure(step, "the loss was not reported") }
        player.isLooking = true
    }
}

/// The next element of a channel; `nil` when nothing came in time, or nothing comes any more.
func next<Event: Sendable>(of channel: EventChannel<Event>, within limit: Duration = .seconds(10)) async throws -> Event? {
    try await withThrowingTaskGroup(of: Event?.self) { group in
        group.addTask {
            var iterator = channel.makeAsyncIterator()
            return await iterator.next()
        }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
