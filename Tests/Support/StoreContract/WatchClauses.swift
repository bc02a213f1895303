import Store

extension StoreContract {
    static var watches: [ContractClause<S>] {
        [
            ContractClause("a watch from the next revision brings what comes, with what was before", on: { store in
                try await store.put("/a", "1")
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 2)
                try await store.put("/a", "2")
                try await store.put("/b", "1")
                try await store.delete("/a")
                let lines = try await take(3, from: watch)
                try expect(lines, is: ["2: /a=2 1/2/2 was 1", "3: /b=1 3/3/1 was -", "4: /a gone at 4 was 2"])
            }),
            ContractClause("a watch from the past brings history and then what comes, without a gap", on: { store in
                for number in 1...5 { try await store.put("/k", "\(number)") }
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 3)
                for number in 6...8 { try await store.put("/k", "\(number)") }
                let lines = try await take(6, from: watch)
                try expect(lines, is: (3...8).map { "\($0): /k=\($0) 1/\($0)/\($0) was \($0 - 1)" })
            }),
            ContractClause("a watch of what is still to come begins there", on: { store in
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 3)
                for number in 1...4 { try await store.put("/k\(number)", "") }
                try expect(try await take(2, from: watch), is: ["3: /k3= 3/3/1 was -", "4: /k4= 4/4/1 was -"])
            }),
            ContractClause("a watch sees its own range only", on: { store in
                let one = try await store.watch(KeyRange(key: "/pods/a"), from: 1)
                let all = try await store.watch(KeyRange(prefix: "/pods/"), from: 1)
                for key in ["/nodes/a", "/pods/a", "/pods/ab", "/pods", "/pods/a"] { try await store.put(key, "") }
                try expect(try await take(2, from: one), is: ["2: /pods/a= 2/2/1 was -", "5: /pods/a= 2/5/2 was "])
                try expect(try await take(3, from: all).map { $0.prefix(2) }, is: ["2:", "3:", "5:"])
            }),
            ContractClause("the changes of one transaction come in one batch, in its order, cut to the range", on: { store in
                try await store.put("/old", "1")
                let all = try await store.watch(KeyRange(prefix: "/"), from: 2)
                let some = try await store.watch(KeyRange(prefix: "/b"), from: 2)
                _ = try await store.commit(
                    Transaction(then: [.put(key: "/b", value: []), .delete(KeyRange(key: "/old")), .put(key: "/a", value: [])]))
                var whole = all.makeAsyncIterator()
                let batch = try await whole.next()
                try expect(batch?.revision, is: 2)
                try expect(batch?.events.map(\.line), is: ["/b= 2/2/1 was -", "/old gone at 2 was 1", "/a= 2/2/1 was -"])
                var part = some.makeAsyncIterator()
                try expect(try await part.next()?.events.map(\.current.key), is: ["/b"])
                // And the same from history.
                var past = try await store.watch(KeyRange(prefix: "/"), from: 2).makeAsyncIterator()
                try expect(try await past.next()?.events.map(\.line), is: batch?.events.map(\.line))
            }),
            ContractClause("each watcher gets every change once and in order, wherever it begins, while many write") { subject in
                let store = try await subject.open()
                let writers = 8
                // As many as a watcher's buffer holds, so that none can be too slow.
                let each = subject.watchLimit / writers
                let total = Revision(writers * each)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<writers {
                        group.addTask { for number in 0..<each { try await store.put("/w\(writer)", "\(number)") } }
                    }
                    for watcher in 0..<6 {
                        group.addTask {
                            let now = try await store.currentRevision()
                            let from = watcher % 2 == 0 ? 1 : now + 1
                            var next = from
                            guard next <= total else { return }
                            for try await batch in try await store.watch(KeyRange(prefix: "/"), from: from) {
                                try expect(batch.revision, is: next, "watcher \(watcher)'s revision")
                                try expect(batch.events.count, is: 1)
                                next += 1
                                if batch.revision == total { return }
                            }
                            throw ContractFailure(description: "watcher \(watcher) ended before revision \(next)")
                        }
                    }
                    try await group.waitForAll()
                }
                await store.close()
            },
            ContractClause("a watcher that does not keep up is ended, and the others are not") { subject in
                let store = try await subject.open()
                let slow = try await store.watch(KeyRange(prefix: "/"), from: 1)
                let narrow = try await store.watch(KeyRange(prefix: "/z"), from: 1)
                for number in 0...subject.watchLimit { try await store.put("/a", "\(number)") }
                try await store.put("/z", "1")
                var iterator = slow.makeAsyncIterator()
                var seen: Revision = 0
                do {
                    while let batch = try await iterator.next() {
                        try expect(batch.revision, is: seen + 1, "the revision")
                        seen = batch.revision
                    }
                    throw ContractFailure(description: "the slow watcher ended without an error after \(seen)")
                } catch let error as StoreError {
                    try expect(error, is: .watcherTooSlow, "the error")
                }
                try expect(try await take(1, from: narrow).count, is: 1)
                await store.close()
            },
            ContractClause("a watch whose task is cancelled ends and is freed") { subject in
                let store = try await subject.open()
                let watch = try await store.watch(KeyRange(prefix: "/"), from: 1)
                try expect(try await subject.watcherCount(store), is: 1)
                let reader = Task { () -> Int in
                    var count = 0
                    for try await _ in watch { count += 1 }
                    return count
                }
                try await store.put("/a", "1")
                reader.cancel()
                let count = try await reader.value
                try expect(count <= 1, "the reader saw \(count) batches")
                try expect(try await subject.watcherCount(store), is: 0)
                await store.close()
            },
            ContractClause("a watch that nobody holds any more is freed") { subject in
                let store = try await subject.open()
                do {
                    var iterator = try await store.watch(KeyRange(prefix: "/"), from: 1).makeAsyncIterator()
                    try await store.put("/a", "1")
                    try expect(try await iterator.next()?.revision, is: 1)
                }
                try expect(try await subject.watcherCount(store), is: 0)
                await store.close()
            },
        ]
    }
}
