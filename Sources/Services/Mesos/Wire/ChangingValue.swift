import Synchronization

/// A value that changes, and those who wait for it to. Each change has a number; waiters see the latest, not each one.
final class ChangingValue<Value: Sendable & Equatable>: Sendable {
    private struct Contents {
        var value: Value
        var generation = 0
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }
    private let contents: Mutex<Contents>

    init(_ value: Value) { contents = Mutex(Contents(value: value)) }

    /// The value now, and the number of its change.
    var current: (value: Value, generation: Int) { contents.withLock { ($0.value, $0.generation) } }

    func set(_ value: Value) {
        let waiters = contents.withLock { contents -> [CheckedContinuation<Void, Never>] in
            guard contents.value != value else { return [] }
            contents.value = value
            contents.generation += 1
            defer { contents.waiters = [:] }
            return contents.waiters.sorted { $0.key < $1.key }.map(\.value)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the value has changed after `generation`, or the task is cancelled.
    func changed(after generation: Int) async {
        let id = contents.withLock { contents in
            contents.nextWaiter += 1
            return contents.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = contents.withLock { contents in
                    guard contents.generation == generation, !Task.isCancelled else { return false }
                    contents.waiters[id] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            contents.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
