import Core

extension Inbox {
    /// The run of a component: gives `decide` the facts in batches, an empty one when `deadline` came first, on the component's
    /// own actor. Facts leave the inbox there, so that a method of the actor that empties it misses none. Beside it run the loops that
    /// perform effects, so that a slow one never delays a fact. Returns when the inbox is closed and empty or the task is cancelled,
    /// after the loops have returned, which are cancelled then.
    public func consume(
        until deadline: () -> Instant?, on time: any TimeSource, beside loops: [@Sendable () async -> Void],
        isolation: isolated (any Actor)? = #isolation, decide: ([Element]) -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            // A closure is on the actor only if it captures it; else `decide` would run beside the actor's other methods (SE-0420).
            _ = isolation
            for loop in loops { group.addTask { await loop() } }
            while await wait(until: deadline(), on: time) { decide(drain(limit: 256)) }
            group.cancelAll()
        }
    }

    /// A loop that performs effects, one after the other, in the order in which they were fed.
    public func perform(on time: any TimeSource, _ effect: (Element) async -> Void) async {
        while let batch = await batch(on: time) {
            for element in batch { await effect(element) }
        }
    }
}
