import Store

/// What a backend brings to be held to the contract.
public struct ContractSubject<S: Store>: Sendable {
    /// Opens the store at one and the same place: the second time, after a close, it finds what the first has left.
    public let open: @Sendable () async throws -> S
    /// How many events may wait for a slow watcher of the stores that `open` gives.
    public let watchLimit: Int
    /// How many watches the store holds open, where it can tell.
    public let watcherCount: @Sendable (S) async throws -> Int

    public init(
        watchLimit: Int, open: @escaping @Sendable () async throws -> S, watcherCount: @escaping @Sendable (S) async throws -> Int
    ) {
        (self.watchLimit, self.open, self.watcherCount) = (watchLimit, open, watcherCount)
    }
}

/// One sentence of the contract.
public struct ContractClause<S: Store>: Sendable, CustomStringConvertible {
    public let description: String
    /// Throws `ContractFailure` where the store does otherwise.
    public let check: @Sendable (ContractSubject<S>) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (ContractSubject<S>) async throws -> Void) {
        (self.description, self.check) = (description, check)
    }

    /// A clause about one store, opened for it and closed after it.
    init(_ description: String, on check: @escaping @Sendable (S) async throws -> Void) {
        self.init(description) { subject in
            let store = try await subject.open()
            do { try await check(store) } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }
}

/// The suite that any backend of `Store` is held to. It needs no test library, so that a benchmark or a tool can run it too.
/// In a test: `@Test(arguments: StoreContract<MyStore>.clauses) func keepsTheContract(_ clause: …) async throws { try await clause.check(…) }`,
/// with a fresh place for each.
public enum StoreContract<S: Store> {
    public static var clauses: [ContractClause<S>] { keys + transactions + revisions + watches + sharing + lives }
}

/// A store did not do what the contract says.
public struct ContractFailure: Error, CustomStringConvertible {
    public let description: String
}

/// Throws where `condition` does not hold.
func expect(_ condition: Bool, _ what: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID) throws {
    if !condition { throw ContractFailure(description: "\(file):\(line): \(what())") }
}

func expect<T: Equatable>(_ value: T, is wanted: T, _ what: String = "", line: UInt = #line, file: StaticString = #fileID) throws {
    if value != wanted { throw ContractFailure(description: "\(file):\(line): \(what) is \(value), not \(wanted)") }
}

/// Throws unless `body` throws `wanted`, compared by its case where that has a text.
func expect<T>(
    throws wanted: StoreError, line: UInt = #line, file: StaticString = #fileID, _ body: () async throws -> T
) async throws {
    do { _ = try await body() } catch let error as StoreError {
        if case .invalid = wanted, case .invalid = error { return }
        try expect(error, is: wanted, "the error", line: line, file: file)
        return
    }
    throw ContractFailure(description: "\(file):\(line): nothing was thrown where \(wanted) should be")
}

extension Store {
    @discardableResult
    public func put(_ key: String, _ value: String) async throws -> TransactionResult {
        try await commit(Transaction(then: [.put(key: key, value: Array(value.utf8))]))
    }
    @discardableResult
    public func delete(_ key: String) async throws -> TransactionResult {
        try await commit(Transaction(then: [.delete(KeyRange(key: key))]))
    }
    public func get(_ key: String, at revision: Revision? = nil) async throws -> KeyValue? {
        try await read(KeyRange(key: key), at: revision, limit: 0).items.first
    }
}

extension KeyValue {
    public var text: String { String(decoding: value, as: UTF8.self) }
    /// `key=value create/mod/version`, for comparing at a glance.
    var line: String { "\(key)=\(text) \(createRevision)/\(modRevision)/\(version)" }
}

extension StoreEvent {
    var line: String {
        kind == .put ? "\(current.line) was \(previous?.text ?? "-")" : "\(current.key) gone at \(current.modRevision) was \(previous?.text ?? "-")"
    }
}

/// Takes batches until `count` events have come, each line as `revision: event`.
func take<W: StoreWatch>(_ count: Int, from watch: W) async throws -> [String] {
    var lines: [String] = []
    var iterator = watch.makeAsyncIterator()
    while lines.count < count, let batch = try await iterator.next() {
        lines += batch.events.map { "\(batch.revision): \($0.line)" }
    }
    return lines
}
