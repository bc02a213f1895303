import Core
import HTTPKit
import JSON
import KubeAPI
import NIOCore
import Synchronization

extension APIService {
    /// Starts a watch. It ends when the client goes, when its time is up, when it falls too far behind, or with the server.
    func watch(_ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        var options = try ListOptions(request.query, for: target.kind)
        let form = try AnswerForm(request.headers)
        guard form != .yaml else { throw .notAcceptable }
        if let name = target.name { options.fields = try FieldSelector(parsing: "metadata.name=\(name)", for: target.kind) }
        let included = try IncludedObject(parameter: request.query.first("includeObject"))
        let cache = try cache(of: target.kind)
        let start: WatchStart
        switch options.resourceVersion {
        case .some(let revision) where revision > 0 && !options.sendsInitialEvents: start = .after(revision)
        default: start = .initial(bookmark: options.sendsInitialEvents && options.allowsBookmarks)
        }
        let stream = exchange.stream(.ok, headers: jsonHeaders, limit: 256 << 10)
        let sink = WatchStream(kind: target.kind, form: form, included: included, stream: stream, exchange: exchange, time: time)
        do {
            let watch = try cache.subscribe(options.filter(in: target.namespace), from: start, sink: sink)
            exchange.onClose { watch.cancel() }
            schedule(watch, sink, options, exchange)
        } catch {
            sink.fail(apiStatus(of: error))
        }
    }

    /// The watch's end by time, and its bookmarks: about once a minute, and shortly before the end.
    private func schedule(_ watch: CacheWatch, _ sink: WatchStream, _ options: ListOptions, _ exchange: HTTPExchange) {
        let seconds = max(1, options.timeoutSeconds ?? ids.int64(in: 1800...3600))
        let bound = NIOLoopBoundBox.makeBoxSendingValue([Scheduled<Void>](), eventLoop: exchange.eventLoop)
        let plan: @Sendable () -> Void = {
            let loop = exchange.eventLoop
            var timers = [
                loop.scheduleTask(in: .seconds(seconds)) {
                    watch.cancel()
                    sink.end(.closed)
                }
            ]
            if options.allowsBookmarks {
                if seconds > 2 { timers.append(loop.scheduleTask(in: .seconds(seconds - 2)) { watch.offerBookmark() }) }
                for minute in stride(from: Int64(60), to: min(seconds, 7200) - 2, by: 60) {
                    timers.append(loop.scheduleTask(in: .seconds(minute)) { watch.offerBookmark() })
                }
            }
            bound.value = timers
        }
        if exchange.eventLoop.inEventLoop { plan() } else { exchange.eventLoop.execute(plan) }
        let cancel: @Sendable () -> Void = {
            exchange.eventLoop.execute {
                for timer in bound.value { timer.cancel() }
                bound.value = []
            }
        }
        exchange.onClose(cancel)
        sink.whenFinished(cancel)
    }
}

/// A watch's client: takes events from the cache and writes them at the client's pace.
///
/// At most `limit` events wait; one more ends the watch. What the cache hands over is queued here and written from the event
/// loop, since the cache holds its lock while it calls.
final class WatchStream: WatchSink {
    static let limit = 8192

    private let kind: ResourceKind
    private let form: AnswerForm
    private let included: IncludedObject
    private let stream: HTTPBodyStream
    private let exchange: HTTPExchange
    private let time: any TimeSource
    private let state = Mutex(State())

    private struct State {
        var queue: [CacheEvent] = []
        var head = 0
        var pumping = false
        var last: ByteBuffer?
        var ended = false
        var sentColumns = false
        var finished: (@Sendable () -> Void)?
    }

    init(
        kind: ResourceKind, form: AnswerForm, included: IncludedObject, stream: HTTPBodyStream, exchange: HTTPExchange,
        time: any TimeSource
    ) {
        (self.kind, self.form, self.included, self.stream, self.exchange, self.time) = (
            kind, form, included, stream, exchange, time
        )
    }

    func whenFinished(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.finished = action } }

    // MARK: From the cache

    func begin(_ events: [CacheEvent]) {
        state.withLock { $0.queue = events }
        startPump()
    }

    func offer(_ events: [CacheEvent]) -> Bool {
        let accepted = state.withLock { state in
            guard !state.ended, state.queue.count - state.head + events.count <= max(WatchStream.limit, events.count) else {
                return false
            }
            state.queue.append(contentsOf: events)
            return true
        }
        if accepted { startPump() }
        return accepted
    }

    func end(_ why: WatchEnd) {
        switch why {
        case .closed: finish(nil)
        case .tooSlow: fail(.expired("the watch fell behind and was ended; list again"))
        case .expired: fail(.expired("The resourceVersion for the provided watch is too old."))
        }
    }

    /// Ends the watch with an ERROR event: the answer is 200 already.
    func fail(_ status: APIStatus) { finish(CacheEvent.frame("ERROR", status.encoded())) }

    private func finish(_ last: ByteBuffer?) {
        state.withLock { state in
            guard !state.ended else { return }
            (state.ended, state.last) = (true, last)
        }
        startPump()
    }

    // MARK: To the client

    private func startPump() {
        let start = state.withLock { state in
            defer { state.pumping = true }
            return !state.pumping
        }
        if start { exchange.eventLoop.execute { self.pump() } }
    }

    private enum Step { case send([CacheEvent], withColumns: Bool), last(ByteBuffer?), wait }

    /// On the event loop: writes until the client is slow or the queue is empty.
    private func pump() {
        while stream.hasRoom {
            switch nextStep() {
            case .send(let events, let withColumns): _ = stream.offer(encode(events, withColumns: withColumns))
            case .last(let bytes):
                if let bytes { _ = stream.offer(bytes) }
                stream.finish()
                state.withLock { $0.finished.take() }?()
                return
            case .wait: return
            }
        }
        guard !stream.isClosed else { return }
        stream.whenRoom { result in
            if case .success = result { self.exchange.eventLoop.execute { self.pump() } }
        }
    }

    private func nextStep() -> Step {
        state.withLock { state in
            let count = min(64, state.queue.count - state.head)
            guard count > 0 else {
                (state.queue, state.head) = ([], 0)
                if state.ended { return .last(state.last) }
                state.pumping = false
                return .wait
            }
            let events = Array(state.queue[state.head..<state.head + count])
            state.head += count
            defer { state.sentColumns = true }
            return .send(events, withColumns: !state.sentColumns)
        }
    }

    private func encode(_ events: [CacheEvent], withColumns: Bool) -> ByteBuffer {
        if form == .json {
            guard events.count > 1 else { return events.first?.bytes ?? ByteBuffer() }
            let parts = events.map(\.bytes)
            var buffer = ByteBuffer()
            buffer.reserveCapacity(parts.reduce(0) { $0 + $1.readableBytes })
            for part in parts { buffer.writeImmutableBuffer(part) }
            return buffer
        }
        var buffer = ByteBuffer()
        for (position, event) in events.enumerated() {
            var bytes = transformed(event, withColumns: withColumns && position == 0)
            buffer.writeBuffer(&bytes)
        }
        return buffer
    }

    private func transformed(_ event: CacheEvent, withColumns: Bool) -> ByteBuffer {
        let object = event.object.flatMap { try? JSONValue(parsing: $0.clientBytes) }
        let shown: JSONValue
        switch form {
        case .table(let version):
            let metadata = ListMetadata(resourceVersion: String(event.revision))
            shown = kind.table(
                of: object.map { [$0] } ?? [], metadata: metadata, including: included, withColumns: withColumns,
                version: version,
                now: time.wallClock)
        case .partialMetadata(let version):
            guard let object else { return event.bytes }
            shown = kind.partialMetadata(of: object, version: version)
        case .json, .yaml: return event.bytes
        }
        return CacheEvent.frame(event.type.rawValue, shown.encoded())
    }
}

extension CacheEvent {
    static func frame(_ type: String, _ object: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(object.count + 40)
        buffer.writeString("{\"type\":\"\(type)\",\"object\":")
        buffer.writeBytes(object)
        buffer.writeStaticString("}\n")
        return buffer
    }
}
