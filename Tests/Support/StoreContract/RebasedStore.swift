import Store

/// A store whose revisions begin at 0, over one whose revisions do not: what a cluster that others have used before looks like to the contract.
public struct RebasedStore<Base: Store>: Store {
    public struct Watch: StoreWatch {
        public typealias Element = WatchBatch
        public typealias Failure = any Error
        fileprivate let watch: Base.Watch
        fileprivate let offset: Revision

        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate var iterator: Base.Watch.AsyncIterator
            fileprivate let offset: Revision
            public mutating func next() async throws -> WatchBatch? {
                do { return try await iterator.next()?.moved(by: -offset) } catch let error as StoreError { throw error.moved(by: -offset) }
            }
        }
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(iterator: watch.makeAsyncIterator(), offset: offset) }
    }

    public let base: Base
    private let offset: Revision
    /// Called when a commit's outcome is not known: what follows from it proves nothing.
    private let doubted: @Sendable () -> Void

    /// - Parameter offset: the revision of the base that is 0 here.
    public init(_ base: Base, offset: Revision, doubted: @escaping @Sendable () -> Void = {}) {
        (self.base, self.offset, self.doubted) = (base, offset, doubted)
    }

    private func moved<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch let error as StoreError {
            if case .outcomeUnknown = error { doubted() }
            throw error.moved(by: -offset)
        }
    }

    public func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        try await moved {
            let found = try await base.read(range, at: revision.map { $0 + offset }, limit: limit)
            return RangeResult(
                items: found.items.map { $0.moved(by: -offset) }, more: found.more, count: found.count, revision: found.revision - offset)
        }
    }

    public func commit(_ transaction: Transaction) async throws -> TransactionResult {
        var moving = transaction
        moving.conditions = transaction.conditions.map { $0.moved(by: offset) }
        return try await moved { [moving] in
            let result = try await base.commit(moving)
            return TransactionResult(
                succeeded: result.succeeded, revision: result.revision - offset, results: result.results.map { $0.moved(by: -offset) })
        }
    }

    public func watch(_ range: KeyRange, from revision: Revision) async throws -> Watch {
        try await moved { Watch(watch: try await base.watch(range, from: revision + offset), offset: offset) }
    }

    public func compact(before revision: Revision) async throws { try await moved { try await base.compact(before: revision + offset) } }
    public func currentRevision() async throws -> Revision { try await moved { try await base.currentRevision() - offset } }
    public func synchronize(_ range: KeyRange) async throws -> Revision { try await moved { try await base.synchronize(range) - offset } }
    public var isShared: Bool { base.isShared }
    public var operationLimit: Int { base.operationLimit }
    public var byteLimit: Int { base.byteLimit }
    public func close() async { await base.close() }
}

extension KeyValue {
    fileprivate func moved(by offset: Revision) -> KeyValue {
        KeyValue(
            key: key, value: value, createRevision: createRevision == 0 ? 0 : createRevision + offset, modRevision: modRevision + offset,
            version: version)
    }
}

extension WatchBatch {
    fileprivate func moved(by offset: Revision) -> WatchBatch {
        let events = events.map { event in
            StoreEvent(kind: event.kind, current: event.current.moved(by: offset), previous: event.previous?.moved(by: offset))
        }
        return WatchBatch(events: events, revision: revision + offset)
    }
}

extension TransactionResult.Step {
    fileprivate func moved(by offset: Revision) -> TransactionResult.Step {
        switch self {
        case .put(let previous): .put(previous: previous?.moved(by: offset))
        case .deleted(let items): .deleted(items.map { $0.moved(by: offset) })
        case .got(let items): .got(items.map { $0.moved(by: offset) })
        }
    }
}

extension Compare {
    /// Revision 0 says that the key is not there; it stays.
    fileprivate func moved(by offset: Revision) -> Compare {
        switch self {
        case .modRevision(let key, let relation, let revision): .modRevision(key, relation, revision == 0 ? 0 : revision + offset)
        case .createRevision(let key, let relation, let revision): .createRevision(key, relation, revision == 0 ? 0 : revision + offset)
        case .version, .value: self
        }
    }
}

extension StoreError {
    fileprivate func moved(by offset: Revision) -> StoreError {
        switch self {
        case .compacted(let oldest): .compacted(oldest: oldest + offset)
        case .futureRevision(let asked, let current): .futureRevision(asked: asked + offset, current: current + offset)
        default: self
        }
    }
}
