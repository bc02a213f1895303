import Synchronization

/// Calls that are wanted at the same time become one.
///
/// Nobody waits for company: the first goes alone, and what is wanted while a call is under way goes together with the next one. So a single call
/// is as quick as without this, and under load a few calls carry all. There is no task behind it: each call is made by one of those who wait for it.
public final class SharedCalls<Item: Sendable, Answer: Sendable>: Sendable {
    private typealias Turn = CheckedContinuation<Role, Never>
    /// What comes of waiting.
    private enum Role: Sendable {
        case answered(Answer)
        /// It is for this one to make the call, for those too.
        case caller(others: [(item: Item, turn: CheckedContinuation<Role, Never>)])
        /// Whoever made the call was cancelled: what came of it is not known.
        case again
        case cancelled
    }
    private struct Contents {
        var isUnderWay = false
        var waiting: [(id: UInt64, item: Item, turn: CheckedContinuation<Role, Never>)] = []
        var nextID: UInt64 = 0
    }

    private let contents = Mutex(Contents())
    private let limit: Int
    private let make: @Sendable ([Item]) async -> Answer?

    /// - Parameters:
    ///   - limit: the most items of one call.
    ///   - make: one call for all of these items, at least one; `nil` when the task was cancelled before there was an answer.
    public init(limit: Int, make: @escaping @Sendable ([Item]) async -> Answer?) {
        precondition(limit > 0, "a call is for one item at least")
        (self.limit, self.make) = (limit, make)
    }

    /// Makes the call for `item`, with others or alone. `nil`: this task was cancelled; the call may have been made.
    public func call(_ item: Item) async -> Answer? {
        while !Task.isCancelled {
            switch await join(item) {
            case .answered(let answer): return answer
            case .caller(let others): return await lead(item, others)
            case .again: continue
            case .cancelled: return nil
            }
        }
        return nil
    }

    /// How many wait for the next call.
    public var waiting: Int { contents.withLock { $0.waiting.count } }

    private func lead(_ item: Item, _ others: [(item: Item, turn: Turn)]) async -> Answer? {
        let answer = await make([item] + others.map(\.item))
        for other in others { other.turn.resume(returning: answer.map { .answered($0) } ?? .again) }
        handOver()
        return answer
    }

    /// The longest waiting one makes the next call, for as many as it may carry.
    private func handOver() {
        let next = contents.withLock { contents -> (turn: Turn, others: [(item: Item, turn: Turn)])? in
            guard let first = contents.waiting.first else {
                contents.isUnderWay = false
                return nil
            }
            let others = contents.waiting.prefix(limit).dropFirst().map { (item: $0.item, turn: $0.turn) }
            contents.waiting.removeFirst(min(limit, contents.waiting.count))
            return (first.turn, others)
        }
        next?.turn.resume(returning: .caller(others: next?.others ?? []))
    }

    private func join(_ item: Item) async -> Role {
        let id = contents.withLock { contents in
            contents.nextID += 1
            return contents.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                let role = contents.withLock { contents -> Role? in
                    if Task.isCancelled { return .cancelled }
                    if !contents.isUnderWay {
                        contents.isUnderWay = true
                        return .caller(others: [])
                    }
                    contents.waiting.append((id, item, turn))
                    return nil
                }
                if let role { turn.resume(returning: role) }
            }
        } onCancel: {
            let waiting = contents.withLock { contents in
                contents.waiting.firstIndex { $0.id == id }.map { contents.waiting.remove(at: $0) }
            }
            waiting?.turn.resume(returning: .cancelled)
        }
    }
}
