import Core
import Synchronization

/// The bounded queue before the master's or the agent's one `run()`, emptied in batches.
final class ItemQueue<Item: Sendable>: Sendable {
    private struct Contents {
        var items: [Item] = []
        var closed = false
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let capacity: Int
    private let contents = Mutex(Contents())

    init(capacity: Int) { self.capacity = capacity }

    /// `false` when the queue is full or closed: a request is answered 503 then.
    @discardableResult func put(_ item: Item) -> Bool { add(item, limit: capacity) }

    /// Takes what must not be lost (an exit, a lost stream, the other side's message); bounded by the number of their sources.
    @discardableResult func feed(_ item: Item) -> Bool { add(item, limit: .max) }

    private func add(_ item: Item, limit: Int) -> Bool {
        let (taken, consumer): (Bool, CheckedContinuation<Void, Never>?) = contents.withLock { contents in
            guard !contents.closed, contents.items.count < limit else { return (false, nil) }
            contents.items.append(item)
            return (true, contents.consumer.take())
        }
        consumer?.resume()
        return taken
    }

    func close() {
        contents.withLock { contents in
            contents.closed = true
            return contents.consumer.take()
        }?.resume()
    }

    /// Waits for items; empty when `deadline` came first, `nil` when the queue is closed and empty or the task is cancelled.
    func batch(until deadline: Instant?, on time: any TimeSource) async -> [Item]? {
        if let ready = take() { return ready }
        if let deadline, deadline <= time.now { return isOver ? nil : [] }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            if let deadline { group.addTask { try? await time.sleep(until: deadline) } }
            await group.next()
            group.cancelAll()
        }
        return take() ?? (isOver ? nil : [])
    }

    private var isOver: Bool { Task.isCancelled || contents.withLock { $0.closed } }

    private func take() -> [Item]? {
        contents.withLock { contents in
            guard !contents.items.isEmpty else { return nil }
            defer { contents.items = [] }
            return contents.items
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = contents.withLock { contents in
                    if !contents.items.isEmpty || contents.closed || Task.isCancelled { return true }
                    contents.consumer = continuation
                    return false
                }
                if ready { continuation.resume() }
            }
        } onCancel: {
            contents.withLock { $0.consumer.take() }?.resume()
        }
    }
}
