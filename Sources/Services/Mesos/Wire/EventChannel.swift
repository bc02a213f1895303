import Synchronization

/// Carries events from the one reader of a socket to the one consumer, in order, holding at most `capacity` of them.
///
/// When it is full the reader waits, so that it stops reading its socket: a slow consumer slows the master, nothing is dropped.
public final class EventChannel<Event: Sendable>: AsyncSequence, Sendable {
    public typealias Element = Event
    public typealias Failure = Never

    private struct Contents {
        var events: [Event] = []
        var finished = false
        var consumer: CheckedContinuation<Void, Never>?
        var producer: CheckedContinuation<Void, Never>?
    }

    /// How many events may wait for the consumer.
    public let capacity: Int
    private let contents = Mutex(Contents())

    public init(capacity: Int = 64) { self.capacity = Swift.max(1, capacity) }

    /// Hands an event over, waiting for room. An event sent after `finish`, or by a cancelled task that found no room, is dropped.
    public func send(_ event: Event) async {
        while true {
            let (done, consumer): (Bool, CheckedContinuation<Void, Never>?) = contents.withLock { contents in
                if contents.finished { return (true, nil) }
                guard contents.events.count < capacity else { return (false, nil) }
                contents.events.append(event)
                return (true, contents.consumer.take())
            }
            consumer?.resume()
            if done || Task.isCancelled { return }
            await wait(until: { $0.finished || $0.events.count < self.capacity }, in: \.producer)
        }
    }

    /// No more events; those that wait are still delivered.
    public func finish() {
        let waiting = contents.withLock { contents in
            contents.finished = true
            return [contents.consumer.take(), contents.producer.take()]
        }
        for continuation in waiting { continuation?.resume() }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let channel: EventChannel<Event>
        public mutating func next() async -> Event? { await channel.next() }
        public mutating func next(isolation actor: isolated (any Actor)?) async -> Event? { await channel.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(channel: self) }

    private func next() async -> Event? {
        while !Task.isCancelled {
            let (event, over, producer): (Event?, Bool, CheckedContinuation<Void, Never>?) = contents.withLock { contents in
                if contents.events.isEmpty { return (nil, contents.finished, nil) }
                return (contents.events.removeFirst(), false, contents.producer.take())
            }
            producer?.resume()
            if let event { return event }
            if over { return nil }
            await wait(until: { $0.finished || !$0.events.isEmpty }, in: \.consumer)
        }
        return nil
    }

    private func wait(
        until ready: @Sendable (borrowing Contents) -> Bool, in slot: any WritableKeyPath<Contents, CheckedContinuation<Void, Never>?> & Sendable
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let displaced = contents.withLock { contents -> CheckedContinuation<Void, Never>? in
                    if ready(contents) || Task.isCancelled { return continuation }
                    defer { contents[keyPath: slot] = continuation }
                    return contents[keyPath: slot]
                }
                displaced?.resume()
            }
        } onCancel: {
            contents.withLock { $0[keyPath: slot].take() }?.resume()
        }
    }
}
