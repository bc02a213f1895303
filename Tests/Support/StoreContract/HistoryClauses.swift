import Store

extension StoreContract {
    static var revisions: [ContractClause<S>] {
        [
            ContractClause("a read at an old revision sees what was then", on: { store in
                try await store.put("/a", "1")
                try await store.put("/b", "1")
                try await store.put("/a", "2")
                try await store.delete("/b")
                try await store.put("/b", "2")
                let wanted: [[String]] = [
                    [], ["/a=1 1/1/1"], ["/a=1 1/1/1", "/b=1 2/2/1"], ["/a=2 1/3/2", "/b=1 2/2/1"], ["/a=2 1/3/2"],
                    ["/a=2 1/3/2", "/b=2 5/5/1"],
                ]
                for (revision, lines) in wanted.enumerated() {
                    let found = try await store.read(KeyRange(prefix: "/"), at: Revision(revision), limit: 0)
                    try expect(found.items.map(\.line), is: lines, "revision \(revision)")
                    try expect(found.revision, is: 5)
                    try expect(found.count, is: lines.count)
                }
            }),
            ContractClause("a revision that is still to come is refused", on: { store in
                try await store.put("/a", "1")
                try await expect(throws: .futureRevision(asked: 2, current: 1)) {
                    try await store.read(KeyRange(key: "/a"), at: 2, limit: 0)
                }
                try await expect(throws: .futureRevision(asked: 5, current: 1)) { try await store.compact(before: 5) }
            }),
            ContractClause("compaction keeps what is live and refuses what is older", on: { store in
                try await store.put("/a", "1")
                try await store.put("/b", "1")
                try await store.put("/a", "2")
                try await store.delete("/b")
                try await store.put("/c", "1")
                try await store.compact(before: 4)
                try await expect(throws: .compacted(oldest: 4)) { try await store.read(KeyRange(prefix: "/"), at: 3, limit: 0) }
                try await expect(throws: .compacted(oldest: 4)) { try await store.watch(KeyRange(prefix: "/"), from: 3) }
                try await expect(throws: .compacted(oldest: 4)) { try await store.compact(before: 4) }
                try await expect(throws: .compacted(oldest: 4)) { try await store.compact(before: 2) }
                try expect(try await store.read(KeyRange(prefix: "/"), at: 4, limit: 0).items.map(\.line), is: ["/a=2 1/3/2"])
                let live = try await store.read(KeyRange(prefix: "/"), at: nil, limit: 0)
                try expect(live.items.map(\.line), is: ["/a=2 1/3/2", "/c=1 5/5/1"])
                try expect(live.revision, is: 5)
            }),
            ContractClause("the history after a compaction is whole, deletions included", on: { store in
                try await store.put("/a", "1")
                try await store.put("/b", "1")
                try await store.delete("/a")
                try await store.put("/a", "2")
                try await store.compact(before: 3)
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 3)
                let lines = try await take(2, from: watch).map { $0.split(separator: " was ")[0] }
                try expect(lines, is: ["3: /a gone at 3", "4: /a=2 4/4/1"])
            }),
            ContractClause("the revision goes on after everything was deleted and compacted", on: { store in
                try await store.put("/a", "1")
                try await store.delete("/a")
                try await store.compact(before: 2)
                try expect(try await store.currentRevision(), is: 2)
                try expect(try await store.put("/a", "1").revision, is: 3)
            }),
        ]
    }

    static var lives: [ContractClause<S>] {
        [
            ContractClause("what was committed is there after close and open, history included") { subject in
                let first = try await subject.open()
                try await first.put("/a", "1")
                try await first.put("/a", "2")
                try await first.put("/b", "1")
                try await first.delete("/b")
                await first.close()
                let second = try await subject.open()
                try expect(try await second.currentRevision(), is: 4)
                try expect(try await second.read(KeyRange(prefix: "/"), at: nil, limit: 0).items.map(\.line), is: ["/a=2 1/2/2"])
                try expect(try await second.get("/b", at: 3)?.line, is: "/b=1 3/3/1")
                let lines = try await take(3, from: try await second.watch(KeyRange(prefix: "/"), from: 2))
                try expect(lines, is: ["2: /a=2 1/2/2 was 1", "3: /b=1 3/3/1 was -", "4: /b gone at 4 was 1"])
                try expect(try await second.put("/a", "3").revision, is: 5)
                try expect(try await second.get("/a")?.line, is: "/a=3 1/5/3")
                await second.close()
            },
            ContractClause("revision and compaction survive close and open, even of a store that was emptied") { subject in
                let first = try await subject.open()
                try await first.put("/a", "1")
                try await first.delete("/a")
                try await first.compact(before: 2)
                await first.close()
                let second = try await subject.open()
                try expect(try await second.currentRevision(), is: 2)
                try await expect(throws: .compacted(oldest: 2)) { try await second.get("/a", at: 1) }
                try expect(try await second.put("/a", "2").revision, is: 3)
                try expect(try await second.get("/a")?.line, is: "/a=2 3/3/1")
                await second.close()
            },
            ContractClause("a closed store refuses everything, and closing twice is closing once") { subject in
                let store = try await subject.open()
                try await store.put("/a", "1")
                await store.close()
                await store.close()
                try await expect(throws: .closed) { try await store.put("/a", "2") }
                try await expect(throws: .closed) { try await store.get("/a") }
                try await expect(throws: .closed) { try await store.currentRevision() }
                try await expect(throws: .closed) { try await store.watch(KeyRange(prefix: "/"), from: 1) }
                try await expect(throws: .closed) { try await store.compact(before: 1) }
            },
            ContractClause("closing finishes the writes under way: what was answered is kept, what was refused is not") { subject in
                let store = try await subject.open()
                let answered = await withTaskGroup(of: Int?.self) { group in
                    for number in 0..<200 {
                        group.addTask { (try? await store.put("/k\(number)", "1")) == nil ? nil : number }
                    }
                    group.addTask {
                        await store.close()
                        return nil
                    }
                    return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
                }
                let again = try await subject.open()
                let kept = try await again.read(KeyRange(prefix: "/k"), at: nil, limit: 0).items.map(\.key)
                try expect(Set(kept), is: Set(answered.map { "/k\($0)" }))
                await again.close()
            },
            ContractClause("closing ends the watches, after what they had coming") { subject in
                let store = try await subject.open()
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 1)
                try await store.put("/a", "1")
                await store.close()
                var iterator = watch.makeAsyncIterator()
                try expect(try await iterator.next()?.revision, is: 1)
                var last = iterator
                try await expect(throws: .closed) { try await last.next() }
            },
        ]
    }
}
