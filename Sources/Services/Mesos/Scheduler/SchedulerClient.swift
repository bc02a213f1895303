import Core
import FoundationEssentials
import Logging
import MesosProto
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// The scheduler's side of Mesos' v1 scheduler API.
///
/// One `run` keeps the framework subscribed: it asks the detector who leads (and follows 307), opens the event stream, watches heartbeats and
/// the detector, and after a loss subscribes again with exponential back-off and full jitter. It ends when its task is cancelled, or when the
/// master ends the subscription for good: then the caller decides, since taking a framework id back could fence off the rightful leader.
/// Events come in order through `events`; a consumer that is slow stops the reading of the socket. Calls (SchedulerCalls.swift) use
/// connections of their own and the stream id of the current subscription.
public actor MesosSchedulerClient {
    public struct Configuration: Sendable {
        /// Where masters are looked for.
        public var masters: any MasterDetector
        public var framework: FrameworkDescription
        public var access = MesosAccess.anonymous
        /// How long a call, or the head of the stream, may take.
        public var callTimeout: Duration = .seconds(30)
        public var firstBackoff: Duration = .milliseconds(250)
        public var longestBackoff: Duration = .seconds(15)
        /// How many heartbeats in a row may be missing.
        public var missedHeartbeats = 5
        /// Asked just before each subscription and each call: `false`, and nothing is sent. A subscription takes the framework from whoever has it,
        /// so a leader whose term is over must not make one.
        public var mayAct: @Sendable () -> Bool = { true }
        /// The longest event taken, in bytes: an offer is a thousand, and a master may offer all agents at once.
        public var longestEvent = 64 * 1024 * 1024
        /// Writes each call and event as JSON to the debug log.
        public var logsMessages = false
        /// Events that may wait for the consumer before the socket is no longer read.
        public var eventCapacity = 64

        public init(masters: any MasterDetector, framework: FrameworkDescription) { (self.masters, self.framework) = (masters, framework) }
    }

    struct Subscription: Sendable {
        var master: MesosEndpoint
        var streamID: String
    }

    public nonisolated let events: EventChannel<SchedulerEvent>
    /// The id of the framework, once there is one.
    public private(set) var frameworkID: FrameworkID?
    /// What the master is told of the framework; `update(framework:)` changes it.
    var framework: FrameworkDescription

    let configuration: Configuration
    let log: Logger
    let http: MesosHTTP
    var subscription: Subscription?
    /// Why we want to leave; `nil`: we do not.
    private let leaving = ChangingValue<String?>(nil)
    private let time: any TimeSource
    private let random: @Sendable () -> Double

    /// - Parameter random: numbers in 0..<1 for the jitter.
    public init(
        _ configuration: Configuration, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos"),
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        (self.configuration, self.time, self.log, self.random) = (configuration, time, logger, random)
        framework = configuration.framework
        http = MesosHTTP(access: configuration.access, time: time)
        events = EventChannel(capacity: configuration.eventCapacity)
    }

    // MARK: The subscription

    /// Keeps the framework subscribed until the task is cancelled (returns `nil`) or the master ends it for good.
    ///
    /// - Parameter id: what an earlier subscription used; `nil` asks the master for a new one.
    public func run(as id: FrameworkID?) async -> SchedulerStreamError? {
        frameworkID = id
        leaving.set(nil)
        var route = Route(configuration.masters)
        var attempt = 0
        while let master = await route.next() {
            let began = time.now
            let outcome = await subscribeOnce(to: master, seenIn: route.generation)
            subscription = nil
            if Task.isCancelled { return nil }
            switch outcome {
            case .ended(let error):
                log.notice("the subscription ended", metadata: ["because": "\(error)"])
                await events.send(.error(error))
                return error
            case .redirected(let leader):
                log.debug("\(master) redirects to \(leader)")
                if route.follow(leader) { continue }
                await events.send(.disconnected(because: "\(leader) does not lead either"))
            case .led(let reason):
                await events.send(.disconnected(because: reason))
                route.restart()
                continue
            case .lost(let reason, let wasSubscribed):
                // One that is lost at once was no success: masters that come and go are not asked without a pause.
                if wasSubscribed, time.now >= began + configuration.longestBackoff { attempt = 0 }
                log.info("not subscribed to Mesos", metadata: ["master": "\(master)", "because": "\(reason)"])
                await events.send(.disconnected(because: reason))
                route.fail()
            }
            let wait = backoff(attempt)
            attempt += 1
            try? await time.sleep(for: wait)
        }
        return nil
    }

    /// Ends the current `run`, which then returns `left`; the framework stays registered until its failover timeout.
    public nonisolated func leave(because reason: String) { leaving.set(reason) }

    /// No events follow. To be called when `run` is not called again.
    public nonisolated func close() { events.finish() }

    enum Outcome {
        case ended(SchedulerStreamError)
        case redirected(MesosEndpoint)
        /// Another master leads now.
        case led(String)
        case lost(String, wasSubscribed: Bool)
    }

    /// Which master is next: the one that the detector sees, or the leader that it named.
    private struct Route {
        private let detector: any MasterDetector
        private(set) var generation = 0
        private var current: MesosEndpoint?
        private var named: MesosEndpoint?
        private var failed: MesosEndpoint?
        private var redirects = 0
        init(_ detector: any MasterDetector) { self.detector = detector }

        mutating func next() async -> MesosEndpoint? {
            if let named, !Task.isCancelled {
                current = named
                return named
            }
            guard let sighting = await detector.master(after: failed), !Task.isCancelled else { return nil }
            (current, generation, failed) = (sighting.endpoint, sighting.generation, nil)
            return sighting.endpoint
        }

        /// `false` when the masters send us in circles: then it is time to wait.
        mutating func follow(_ leader: MesosEndpoint) -> Bool {
            redirects += 1
            guard leader != current, redirects <= detector.candidates + 1 else {
                fail()
                return false
            }
            named = leader
            return true
        }
        mutating func fail() {
            failed = named == nil ? current : nil
            (named, redirects) = (nil, 0)
        }
        mutating func restart() { (named, failed, redirects) = (nil, nil, 0) }
    }

    private func backoff(_ attempt: Int) -> Duration {
        let limit = min(configuration.longestBackoff.inSeconds, configuration.firstBackoff.inSeconds * Double(1 << min(attempt, 16)))
        return .seconds(limit * random())
    }

    private func subscribeOnce(to master: MesosEndpoint, seenIn generation: Int) async -> Outcome {
        let call = Mesos_V1_Scheduler_Call.with {
            if let frameworkID { $0.frameworkID.value = frameworkID.value }
            $0.type = .subscribe
            $0.subscribe.frameworkInfo = framework.info(id: frameworkID)
        }
        guard configuration.mayAct() else { return .lost("this leader's term is over or not confirmed", wasSubscribed: false) }
        do {
            let response = try await http.open(master.url(MesosSchedulerClient.path), body: bytes(of: call), timeout: configuration.callTimeout)
            guard response.status == .ok else {
                let text = try? await response.body.collect(upTo: MesosHTTP.errorLimit)
                return refusal(
                    of: master, status: Int(response.status.code), location: response.headers.first(name: "Location"),
                    text: text.map { String(buffer: $0) } ?? "")
            }
            guard let streamID = response.headers.first(name: MesosHTTP.streamIDHeader) else {
                return .lost("\(master) answered SUBSCRIBE without a \(MesosHTTP.streamIDHeader) header", wasSubscribed: false)
            }
            subscription = Subscription(master: master, streamID: streamID)
            return await follow(response.body.makeAsyncIterator(), seenIn: generation)
        } catch {
            return .lost("\(master): \(error)", wasSubscribed: false)
        }
    }

    static let path = "/api/v1/scheduler"

    /// What an answer other than 200 means. 404 and 503 come from masters that start or are being elected.
    private func refusal(of master: MesosEndpoint, status: Int, location: String?, text: String) -> Outcome {
        switch status {
        case 307, 302:
            guard let location, let leader = MesosEndpoint(location, defaultPort: 5050, secure: master.isSecure) else {
                return .lost("a redirect without a usable Location: '\(location ?? "")'", wasSubscribed: false)
            }
            return .redirected(leader)
        case 401: return .ended(.rejected("401: \(text.isEmpty ? "the master wants another principal or secret" : text)"))
        case 400, 403, 406, 415: return .ended(.rejected("\(status): \(text)"))
        default: return .lost("HTTP status \(status): \(text)", wasSubscribed: false)
        }
    }

    /// Reads the stream to its end; the heartbeats' absence, and news of another leader, end it too.
    private func follow<Body: AsyncIteratorProtocol & SendableMetatype>(_ body: sending Body, seenIn generation: Int) async -> Outcome
    where Body.Element == ByteBuffer {
        let watch = SilenceWatch(time: time)
        let interval = MutexBox(Duration.seconds(15))
        let missed = configuration.missedHeartbeats
        let box = IteratorBox(body)
        return await withTaskGroup(of: Outcome?.self) { group in
            group.addTask { await self.read(box, watch: watch, interval: interval) }
            group.addTask {
                do {
                    try await watch.silence { interval.withLock { $0 } * missed }
                    return .lost("no heartbeat", wasSubscribed: true)
                } catch { return nil }
            }
            group.addTask { [masters = configuration.masters] in
                await masters.changed(after: generation)
                return Task.isCancelled ? nil : .led("another master leads")
            }
            group.addTask { [leaving] in
                let (reason, generation) = leaving.current
                if let reason { return .ended(.left(reason)) }
                await leaving.changed(after: generation)
                return leaving.current.value.map { .ended(.left($0)) }
            }
            var outcome: Outcome?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome ?? .lost("cancelled", wasSubscribed: true)
        }
    }

    private func read<Body: AsyncIteratorProtocol>(_ box: IteratorBox<Body>, watch: SilenceWatch, interval: MutexBox<Duration>) async -> Outcome
    where Body.Element == ByteBuffer {
        var decoder = RecordIODecoder(limit: configuration.longestEvent)
        var subscribed = false
        do {
            while true {
                watch.startsWaiting()
                let chunk = try await box.next()
                watch.stopsWaiting()
                guard let chunk else { break }
                decoder.feed(chunk)
                while let record = try decoder.next() {
                    let event = try Mesos_V1_Scheduler_Event(serializedBytes: Array(record.readableBytesView))
                    if configuration.logsMessages { log.debug("event \(json(event))") }
                    if event.type == .error { return .ended(SchedulerStreamError(message: event.error.message)) }
                    if event.type == .subscribed {
                        subscribed = true
                        began(event.subscribed, interval)
                    }
                    guard let typed = SchedulerEvent(event, heartbeat: interval.withLock { $0 }) else {
                        log.notice("an event of a kind that is not known is left out", metadata: ["bytes": "\(record.readableBytes)"])
                        continue
                    }
                    await events.send(typed)
                }
            }
            try decoder.finish()
            return .lost("the master closed the stream", wasSubscribed: subscribed)
        } catch {
            return .lost("\(error)", wasSubscribed: subscribed)
        }
    }

    private func began(_ event: Mesos_V1_Scheduler_Event.Subscribed, _ interval: MutexBox<Duration>) {
        frameworkID = FrameworkID(event.frameworkID.value)
        guard event.heartbeatIntervalSeconds > 0 else { return }
        let seconds = min(max(event.heartbeatIntervalSeconds, 0.01), 3600)
        interval.withLock { $0 = .seconds(seconds) }
    }
}

/// Lends a body's iterator to the one task that reads it.
///
/// @unchecked Sendable: `next` is called by one task only (the reading child of `follow`), which ends before the box is dropped.
final class IteratorBox<Body: AsyncIteratorProtocol>: @unchecked Sendable where Body.Element == ByteBuffer {
    private var iterator: Body
    init(_ iterator: Body) { self.iterator = iterator }
    func next() async throws -> ByteBuffer? { try await iterator.next() }
}
