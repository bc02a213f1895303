import Store

extension StoreContract {
    /// What leaders, and several servers on one store, rely on.
    static var sharing: [ContractClause<S>] {
        [
            ContractClause("synchronize brings a watch to the present, though nothing of its range has changed", on: { store in
                let watch = try await store.watch(KeyRange(prefix: "/b/"), from: 1)
                try await store.put("/a/1", "1")
                let revision = try await store.synchronize(KeyRange(prefix: "/b/"))
                try expect(revision >= 1, "the revision is \(revision)")
                var iterator = watch.makeAsyncIterator()
                let batch = try await iterator.next()
                try expect(batch?.events.isEmpty == true, "\(String(describing: batch))")
                try expect((batch?.revision ?? 0) >= revision, "\(String(describing: batch)) is before \(revision)")
                let next = try await store.put("/b/1", "1").revision
                try expect(try await iterator.next()?.revision, is: next)
            }),
            ContractClause("synchronize comes after the changes that were answered before it", on: { store in
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 1)
                for number in 1...5 { try await store.put("/a/\(number)", "") }
                let revision = try await store.synchronize(KeyRange(prefix: "/"))
                var iterator = watch.makeAsyncIterator()
                var seen: [Revision] = []
                while seen.last ?? 0 < min(revision, 5), let batch = try await iterator.next() { seen.append(batch.revision) }
                try expect(seen, is: [1, 2, 3, 4, 5])
            }),
            ContractClause("a term that has not written raises the fence with its first write, and writes on", on: { store in
                let fence = Fence(key: "/fence", term: 7)
                let first = try await store.commit(Transaction(then: [.put(key: "/a", value: [1])]), fencedBy: fence)
                try expect(first.succeeded && first.results.count == 1 && first.revision == 1, "\(first)")
                try expect(try await store.get("/fence")?.modRevision, is: 1, "the fence's revision")
                let second = try await store.commit(Transaction(then: [.put(key: "/a", value: [2])]), fencedBy: fence)
                try expect(second.succeeded && second.revision == 2, "\(second)")
                try expect(try await store.get("/fence")?.modRevision, is: 1, "the fence's revision")
            }),
            ContractClause("a lower term is refused once a higher one has written, and names both", on: { store in
                let (old, new) = (Fence(key: "/fence", term: 9), Fence(key: "/fence", term: 10))
                _ = try await store.commit(Transaction(then: [.put(key: "/a", value: [1])]), fencedBy: old)
                _ = try await store.commit(Transaction(then: []), fencedBy: new)
                try await expect(throws: .fenced(old, by: 10)) {
                    try await store.commit(Transaction(then: [.put(key: "/a", value: [2])]), fencedBy: old)
                }
                try await expect(throws: .fenced(old, by: 10)) {
                    try await store.commit(Transaction(if: [.absent("/b")], then: [.delete(KeyRange(prefix: "/"))]), fencedBy: old)
                }
                try await expect(throws: .fenced(old, by: 10)) { try await store.commit(Transaction(then: []), fencedBy: old) }
                try expect(try await store.get("/a")?.value, is: [1])
                try expect(try await store.commit(Transaction(then: [.put(key: "/a", value: [3])]), fencedBy: new).succeeded, is: true)
            }),
            ContractClause("fences of different elections do not meet", on: { store in
                _ = try await store.commit(Transaction(then: []), fencedBy: Fence(key: "/fences/a", term: 5))
                let other = try await store.commit(Transaction(then: [.put(key: "/x", value: [])]), fencedBy: Fence(key: "/fences/b", term: 1))
                try expect(other.succeeded, is: true)
            }),
            ContractClause("a fenced transaction whose own condition fails says so, with its own results", on: { store in
                let fence = Fence(key: "/fence", term: 1)
                for _ in 0..<2 {
                    let result = try await store.commit(
                        Transaction(if: [.absent("/a")], then: [.put(key: "/a", value: [1])], else: [.get(KeyRange(key: "/a"))]), fencedBy: fence)
                    if result.succeeded { continue }
                    guard case .got(let found)? = result.results.first, result.results.count == 1 else {
                        throw ContractFailure(description: "\(result)")
                    }
                    try expect(found.map(\.line), is: ["/a=\u{1} 1/1/1"])
                }
                try await expect(throws: .invalid("")) {
                    try await store.commit(Transaction(then: [], else: [.put(key: "/b", value: [])]), fencedBy: fence)
                }
            }),
            ContractClause("many writes of one term at once all pass, though each may be the first", on: { store in
                let fence = Fence(key: "/fence", term: 3)
                let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            try await store.commit(Transaction(if: [.absent("/k\(number)")], then: [.put(key: "/k\(number)", value: [])]), fencedBy: fence)
                                .succeeded
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try expect(passed, is: 20)
            }),
            ContractClause("of two terms that write at the same time, nothing of the lower comes after the higher's first") { subject in
                let store = try await subject.open()
                func writes(of term: UInt64) async throws -> [Revision] {
                    var revisions: [Revision] = []
                    for number in 0..<40 {
                        do {
                            let write = Transaction(then: [.put(key: "/t\(term)/\(number)", value: [])])
                            revisions.append(try await store.commit(write, fencedBy: Fence(key: "/fence", term: term)).revision)
                        } catch StoreError.fenced(_, let by) {
                            try expect(by, is: 2)
                            return revisions
                        }
                        if term == 2, number == 0 { break }
                        if term == 1, number == 20 { break }
                    }
                    return revisions
                }
                async let low = writes(of: 1)
                async let high = writes(of: 2)
                let (old, new) = try await (low, high)
                let firstOfHigher = try new.min() ?? { throw ContractFailure(description: "the higher term wrote nothing") }()
                try expect(old.allSatisfy { $0 < firstOfHigher }, "\(old) beside \(firstOfHigher)")
                await store.close()
            },
        ]
    }
}
