import Store

/// Random operations, done alike on a store and on the model (`MemoryStore`), and compared. The same seed gives the same run.
public struct ModelCheck: Sendable {
    public let seed: UInt64
    public let steps: Int
    /// Close and open the store this often, at random. Zero: never.
    public let reopenings: Int

    public init(seed: UInt64, steps: Int, reopenings: Int) { (self.seed, self.steps, self.reopenings) = (seed, steps, reopenings) }

    /// Throws `ContractFailure`, with the seed and the step, at the first difference.
    public func run<S: Store>(_ subject: ContractSubject<S>) async throws {
        var random = SplitMix(state: seed)
        let model = MemoryStore()
        var store = try await subject.open()
        do {
            for step in 0..<steps {
                do { try await compare(store, model, &random) } catch let failure as ContractFailure {
                    throw ContractFailure(description: "seed \(seed), step \(step): \(failure)")
                }
                if reopenings > 0, random.below(max(1, steps / reopenings)) == 0 {
                    await store.close()
                    store = try await subject.open()
                }
            }
            try await compareAll(store, model)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private func compare(_ store: some Store, _ model: MemoryStore, _ random: inout SplitMix) async throws {
        let current = try await model.currentRevision()
        switch random.below(12) {
        case 0..<7:
            let transaction = random.transaction(current)
            let wanted = await outcome { describe(try await model.commit(transaction)) }
            try expect(await outcome { describe(try await store.commit(transaction)) }, is: wanted, "\(transaction)")
        case 7..<10:
            let range = random.range()
            let revision = random.below(2) == 0 ? nil : random.revision(current)
            let limit = random.below(4)
            let wanted = await outcome { describe(try await model.read(range, at: revision, limit: limit)) }
            let got = await outcome { describe(try await store.read(range, at: revision, limit: limit)) }
            try expect(got, is: wanted, "\(range) at \(String(describing: revision))")
        case 10:
            let range = random.range()
            let from = random.revision(current)
            let wanted = await outcome { try await history(model, range, from) }
            try expect(await outcome { try await history(store, range, from) }, is: wanted, "the history of \(range) from \(from)")
        default:
            guard random.below(4) == 0 else { return }
            let before = random.revision(current)
            let wanted = await outcome { try await model.compact(before: before); return "compacted" }
            try expect(await outcome { try await store.compact(before: before); return "compacted" }, is: wanted, "compact(\(before))")
        }
    }

    private func compareAll(_ store: some Store, _ model: MemoryStore) async throws {
        let wanted = describe(try await model.read(KeyRange(prefix: "/"), at: nil, limit: 0))
        try expect(describe(try await store.read(KeyRange(prefix: "/"), at: nil, limit: 0)), is: wanted, "everything at the end")
    }

    /// All changes from a revision to the present. What was before a change may be forgotten, so it is not compared.
    private func history(_ store: some Store, _ range: KeyRange, _ from: Revision) async throws -> String {
        let end = try await store.currentRevision()
        // As many as the range had: known from the last revision that touched it.
        var lines: [String] = []
        let watch = try await store.watch(range, from: from)
        let last = try await lastChange(store, range, from: from, end)
        guard last >= from, last > 0 else { return "nothing" }
        for try await batch in watch {
            lines += batch.events.map { event in
                event.kind == .put ? "\(batch.revision) \(event.current.line)" : "\(batch.revision) \(event.current.key) gone"
            }
            if batch.revision >= last { break }
        }
        return lines.joined(separator: "\n")
    }

    private func lastChange(_ store: some Store, _ range: KeyRange, from: Revision, _ end: Revision) async throws -> Revision {
        var revision = end
        while revision >= max(from, 1) {
            let now = try await store.read(range, at: revision, limit: 0).items
            if now.contains(where: { $0.modRevision == revision }) { return revision }
            // A deletion shows as a key that was there one revision before.
            let before: RangeResult
            do { before = try await store.read(range, at: revision - 1, limit: 0) } catch StoreError.compacted { return 0 }
            if before.items.map(\.key) != now.map(\.key) { return revision }
            revision -= 1
        }
        return 0
    }

    private func outcome(_ body: () async throws -> String) async -> String {
        do { return try await body() } catch StoreError.invalid { return "invalid" } catch { return "\(error)" }
    }

    private func describe(_ result: RangeResult) -> String {
        "\(result.items.map(\.line)) more \(result.more) count \(result.count) at \(result.revision)"
    }

    private func describe(_ result: TransactionResult) -> String {
        let steps = result.results.map { step -> String in
            switch step {
            case .put(let previous): "put, was \(previous?.line ?? "-")"
            case .deleted(let gone): "deleted \(gone.map(\.line))"
            case .got(let items): "got \(items.map(\.line))"
            }
        }
        return "\(result.succeeded) at \(result.revision): \(steps)"
    }
}

/// A small generator of random numbers with a seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64
    public init(state: UInt64) { self.state = state }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 up to, not including, `bound`.
    public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

extension SplitMix {
    fileprivate mutating func key() -> String { "/\("abc".randomElement(using: &self) ?? "a")/\(below(5))" }

    fileprivate mutating func range() -> KeyRange {
        switch below(4) {
        case 0: KeyRange(key: key())
        case 1: KeyRange(prefix: "/\("abc".randomElement(using: &self) ?? "a")/")
        case 2: KeyRange(start: key(), end: key())
        default: KeyRange(prefix: "/")
        }
    }

    fileprivate mutating func revision(_ current: Revision) -> Revision { max(0, current + 1 - Revision(below(40))) }

    fileprivate mutating func transaction(_ current: Revision) -> Transaction {
        let conditions = (0..<below(3)).map { _ in compare(current) }
        return Transaction(if: conditions, then: operations(), else: operations())
    }

    private mutating func operations() -> [Operation] {
        (0..<below(5)).map { _ in
            switch below(6) {
            case 0: .delete(KeyRange(key: key()))
            case 1: below(4) == 0 ? .delete(range()) : .get(range())
            default: .put(key: key(), value: Array("\(below(1_000))".utf8))
            }
        }
    }

    private mutating func compare(_ current: Revision) -> Compare {
        let relations: [Compare.Relation] = [.equal, .notEqual, .less, .greater]
        let relation = relations[below(4)]
        return switch below(4) {
        case 0: .modRevision(key(), relation, revision(current))
        case 1: .createRevision(key(), relation, below(2) == 0 ? 0 : revision(current))
        case 2: .version(key(), relation, Int64(below(4)))
        default: .value(key(), relation, Array("\(below(1_000))".utf8))
        }
    }
}
