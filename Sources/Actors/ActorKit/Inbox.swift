import Core
import Synchronization

/// The bounded queue of facts before a component, emptied in batches by the component's one `run()`.
///
/// A producer is told at once whether its element was taken. `busy` means: stop reading your own source and come back
/// (`send` waits for room). What a component learns from its own effects enters through `feed`, which is never refused;
/// it is bounded by the number of effects that the component has under way.
public final class Inbox<Element: Sendable>: Sendable {
    /// The answer to an offered element.
    public enum Answer: Sendable, Hashable { case accepted, busy, closed }

    private struct Contents {
        var elements: [Element] = []
        var closed = false
        /// The consumer, when it waits. There is one consumer at most.
        var consumer: CheckedContinuation<Void, Never>?
        /// Producers that wait for room, oldest first.
        var producers: [(id: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
        var nextProducer: UInt64 = 0
    }

    /// How many elements may wait; offers beyond it are answered `busy`.
    public let capacity: Int
    private let contents = Mutex(Contents())

    public init(capacity: Int) {
        precondition(capacity > 0, "an inbox holds at least one element")
        self.capacity = capacity
    }

    /// Puts `element` in if there is room.
    public func offer(_ element: Element) -> Answer {
        let (answer, consumer): (Answer, CheckedContinuation<Void, Never>?) = contents.withLock { contents in
            if contents.closed { return (.closed, nil) }
            if contents.elements.count >= capacity { return (.busy, nil) }
            contents.elements.append(element)
            return (.accepted, contents.consumer.take())
        }
        consumer?.resume()
        return answer
    }

    /// Puts `element` in even beyond the capacity: for the results of the component's own effects, and for timers. `false` when
    /// closed.
    @discardableResult public func feed(_ element: Element) -> Bool {
        let (taken, consumer): (Bool, CheckedContinuation<Void, Never>?) = contents.withLock { contents in
            if contents.closed { return (false, nil) }
            contents.elements.append(element)
            return (true, contents.consumer.take())
        }
        consumer?.resume()
        return taken
    }

    /// Puts `element` in, waiting for room. `false` when the inbox is closed or the task is cancelled.
    @discardableResult public func send(_ element: Element) async -> Bool {
        while !Task.isCancelled {
            switch offer(element) {
            case .accepted: return true
            case .closed: return false
            case .busy: await waitForRoom()
            }
        }
        return false
    }

    /// No more elements; those that wait are still delivered.
    public func close() {
        let (consumer, producers) = contents.withLock { contents in
            contents.closed = true
            defer { contents.producers = [] }
            return (contents.consumer.take(), contents.producers)
        }
        consumer?.resume()
        for producer in producers { producer.continuation.resume() }
    }

    /// How many elements wait now.
    public var count: Int { contents.withLock { $0.elements.count } }

    /// Waits for elements and takes up to `limit` of them, in order. Empty when `deadline` came first;
    /// `nil` when the inbox is closed and empty, or the task is cancelled.
    public func batch(limit: Int = 256, until deadline: Instant? = nil, on time: any TimeSource) async -> [Element]? {
        if Task.isCancelled { return nil }
        if let ready = take(limit) { return ready }
        return await wait(until: deadline, on: time) ? take(limit) ?? [] : nil
    }

    /// Waits for elements, which stay where they are. `true`: there are some, or `deadline` came first; `false`: there will be none, since the
    /// inbox is closed and empty, or the task is cancelled.
    public func wait(until deadline: Instant? = nil, on time: any TimeSource) async -> Bool {
        if Task.isCancelled { return false }
        if count > 0 { return true }
        if isClosed { return false }
        if let deadline {
            if deadline <= time.now { return true }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.waitForElement() }
                group.addTask { try? await time.sleep(until: deadline) }
                await group.next()
                group.cancelAll()
            }
        } else {
            await waitForElement()
        }
        return !Task.isCancelled && (count > 0 || !isClosed)
    }

    /// Takes what is there now, without waiting.
    public func drain(limit: Int = .max) -> [Element] { take(limit) ?? [] }

    private var isClosed: Bool { contents.withLock { $0.closed } }

    private func take(_ limit: Int) -> [Element]? {
        let (taken, producers): ([Element]?, [(id: UInt64, continuation: CheckedContinuation<Void, Never>)]) = contents.withLock {
            contents in
            guard !contents.elements.isEmpty else { return (nil, []) }
            let count = min(limit, contents.elements.count)
            let taken = Array(contents.elements[..<count])
            contents.elements.removeFirst(count)
            guard contents.elements.count < capacity else { return (taken, []) }
            defer { contents.producers = [] }
            return (taken, contents.producers)
        }
        for producer in producers { producer.continuation.resume() }
        return taken
    }

    private func waitForElement() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (now, before) = contents.withLock { contents -> (Bool, CheckedContinuation<Void, Never>?) in
                    if !contents.elements.isEmpty || contents.closed || Task.isCancelled { return (true, nil) }
                    let before = contents.consumer
                    contents.consumer = continuation
                    return (false, before)
                }
                before?.resume()
                if now { continuation.resume() }
            }
        } onCancel: {
            contents.withLock { $0.consumer.take() }?.resume()
        }
    }

    private func waitForRoom() async {
        let id = contents.withLock { contents in
            contents.nextProducer += 1
            return contents.nextProducer
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = contents.withLock { contents -> Bool in
                    if contents.elements.count < capacity || contents.closed || Task.isCancelled { return true }
                    contents.producers.append((id, continuation))
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let producer = contents.withLock { contents in
                contents.producers.firstIndex { $0.id == id }.map { contents.producers.remove(at: $0) }
            }
            producer?.continuation.resume()
        }
    }
}
