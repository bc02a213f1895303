import Store

extension StoreContract {
    static var keys: [ContractClause<S>] {
        [
            ContractClause("an empty store is at revision 0 and has nothing", on: { store in
                try expect(try await store.currentRevision(), is: 0)
                let found = try await store.read(KeyRange(prefix: "/"), at: nil, limit: 0)
                try expect(found.items.isEmpty && found.count == 0 && !found.more && found.revision == 0, "\(found)")
            }),
            ContractClause("the first change is revision 1, and each change has the next", on: { store in
                try expect(try await store.put("/a", "1").revision, is: 1)
                try expect(try await store.put("/b", "1").revision, is: 2)
                try expect(try await store.put("/a", "1").revision, is: 3)
                try expect(try await store.currentRevision(), is: 3)
            }),
            ContractClause("a key keeps its create revision and counts its versions until it is deleted", on: { store in
                try await store.put("/a", "x")
                try await store.put("/a", "y")
                try expect(try await store.get("/a")?.line, is: "/a=y 1/2/2")
                try await store.delete("/a")
                try expect(try await store.get("/a") == nil, "the key is still there")
                try await store.put("/a", "z")
                try expect(try await store.get("/a")?.line, is: "/a=z 4/4/1")
            }),
            ContractClause("values are any bytes, also none", on: { store in
                let all = (0...255).map { UInt8($0) }
                _ = try await store.commit(Transaction(then: [.put(key: "/all", value: all), .put(key: "/none", value: [])]))
                try expect(try await store.get("/all")?.value, is: all)
                try expect(try await store.get("/none")?.value, is: [])
            }),
            ContractClause("a range is in the order of UTF-8 bytes, from start up to end", on: { store in
                for key in ["/b", "/a", "/a/1", "/é", "/e\u{301}", "/z", "/\u{1F600}", "/a0", "/B"] { try await store.put(key, key) }
                let all = try await store.read(KeyRange(prefix: "/"), at: nil, limit: 0).items.map(\.key)
                let sorted = ["/B", "/a", "/a/1", "/a0", "/b", "/e\u{301}", "/z", "/é", "/\u{1F600}"]
                try expect(all.map { Array($0.utf8) }, is: sorted.map { Array($0.utf8) })
                let some = try await store.read(KeyRange(start: "/a", end: "/b"), at: nil, limit: 0).items.map(\.key)
                try expect(some, is: ["/a", "/a/1", "/a0"])
                try expect(try await store.read(KeyRange(start: "/b", end: "/a"), at: nil, limit: 0).count, is: 0)
            }),
            ContractClause("a prefix takes its own keys only", on: { store in
                for key in ["/pods/a/x", "/pods/ab/x", "/pods/a", "/pods/a0"] { try await store.put(key, "") }
                let found = try await store.read(KeyRange(prefix: "/pods/a/"), at: nil, limit: 0).items.map(\.key)
                try expect(found, is: ["/pods/a/x"])
            }),
            ContractClause("a limit cuts the items, not the count, and says that there are more", on: { store in
                for number in 1...5 { try await store.put("/k\(number)", "") }
                let two = try await store.read(KeyRange(prefix: "/"), at: nil, limit: 2)
                try expect(two.items.map(\.key), is: ["/k1", "/k2"])
                try expect(two.more && two.count == 5, "more \(two.more), count \(two.count)")
                let five = try await store.read(KeyRange(prefix: "/"), at: nil, limit: 5)
                try expect(!five.more && five.items.count == 5, "more \(five.more), \(five.items.count) items")
            }),
            ContractClause("a put and a delete tell what was there before", on: { store in
                guard case .put(nil) = try await store.put("/a", "1").results.first else {
                    throw ContractFailure(description: "a new key has a previous value")
                }
                guard case .put(let old?) = try await store.put("/a", "2").results.first else {
                    throw ContractFailure(description: "an old key has no previous value")
                }
                try expect(old.line, is: "/a=1 1/1/1")
                guard case .deleted(let gone) = try await store.delete("/a").results.first else {
                    throw ContractFailure(description: "a delete does not tell what it deleted")
                }
                try expect(gone.map(\.line), is: ["/a=2 1/2/2"])
            }),
            ContractClause("deleting what is not there changes nothing, not even the revision", on: { store in
                try await store.put("/a", "1")
                let result = try await store.delete("/b")
                try expect(result.succeeded && result.revision == 1, "\(result)")
                try expect(try await store.currentRevision(), is: 1)
            }),
            ContractClause("a delete of a range takes all of it at one revision", on: { store in
                for key in ["/a/1", "/a/2", "/b/1"] { try await store.put(key, "") }
                let result = try await store.commit(Transaction(then: [.delete(KeyRange(prefix: "/a/"))]))
                try expect(result.revision, is: 4)
                try expect(try await store.read(KeyRange(prefix: "/"), at: nil, limit: 0).items.map(\.key), is: ["/b/1"])
            }),
            ContractClause("empty and oversized keys, and oversized values, are refused", on: { store in
                try await expect(throws: .invalid("")) { try await store.put("", "x") }
                try await expect(throws: .invalid("")) { try await store.put(String(repeating: "k", count: StoreLimits.keyBytes + 1), "x") }
                let large = [UInt8](repeating: 7, count: StoreLimits.valueBytes + 1)
                try await expect(throws: .invalid("")) { try await store.commit(Transaction(then: [.put(key: "/a", value: large)])) }
                try await expect(throws: .invalid("")) { try await store.read(KeyRange(key: ""), at: nil, limit: 0) }
                try expect(try await store.currentRevision(), is: 0)
                _ = try await store.commit(Transaction(then: [.put(key: "/a", value: Array(large.dropLast()))]))
                try expect(try await store.get("/a")?.value.count, is: StoreLimits.valueBytes)
            }),
        ]
    }

    static var transactions: [ContractClause<S>] {
        [
            ContractClause("all changes of a transaction share one revision", on: { store in
                try await store.put("/old", "1")
                let result = try await store.commit(
                    Transaction(then: [.put(key: "/a", value: [1]), .put(key: "/b", value: [2]), .delete(KeyRange(key: "/old"))]))
                try expect(result.revision, is: 2)
                try expect(try await store.get("/a")?.modRevision, is: 2)
                try expect(try await store.get("/b")?.modRevision, is: 2)
                try expect(try await store.currentRevision(), is: 2)
            }),
            ContractClause("steps see the steps before them", on: { store in
                let result = try await store.commit(
                    Transaction(then: [
                        .get(KeyRange(prefix: "/")), .put(key: "/a", value: [1]), .get(KeyRange(prefix: "/")),
                        .delete(KeyRange(key: "/b")),
                    ]))
                guard case .got(let before) = result.results[0], case .got(let after) = result.results[2] else {
                    throw ContractFailure(description: "a get got nothing: \(result)")
                }
                try expect(before.isEmpty && after.map(\.key) == ["/a"], "\(before) \(after)")
            }),
            ContractClause("each kind of comparison and each relation decides", on: { store in
                try await store.put("/a", "m")
                try await store.put("/a", "n")
                // As in etcd, a missing key has revisions and version 0, and no value that could compare.
                let cases: [(Compare, Bool)] = [
                    (.modRevision("/a", .equal, 2), true), (.modRevision("/a", .equal, 1), false),
                    (.modRevision("/a", .notEqual, 1), true), (.modRevision("/a", .less, 3), true),
                    (.modRevision("/a", .less, 2), false), (.modRevision("/a", .greater, 1), true),
                    (.modRevision("/a", .greater, 2), false), (.createRevision("/a", .equal, 1), true),
                    (.createRevision("/a", .greater, 1), false), (.version("/a", .equal, 2), true), (.version("/a", .less, 2), false),
                    (.value("/a", .equal, [0x6e]), true), (.value("/a", .equal, [0x6d]), false), (.value("/a", .less, [0x6f]), true),
                    (.value("/a", .greater, [0x6d, 0x7a]), true), (.value("/a", .notEqual, [0x6d]), true),
                    (.value("/a", .greater, [0x6e, 0x00]), false), (.absent("/a"), false), (.absent("/b"), true),
                    (.unchanged("/a", since: 2), true), (.version("/b", .equal, 0), true), (.modRevision("/b", .less, 1), true),
                    (.value("/b", .equal, []), false), (.value("/b", .notEqual, [1]), false),
                ]
                for (compare, wanted) in cases {
                    let result = try await store.commit(Transaction(if: [compare], then: []))
                    try expect(result.succeeded, is: wanted, "\(compare)")
                }
            }),
            ContractClause("one condition that fails takes the other branch, and only that", on: { store in
                try await store.put("/a", "1")
                let result = try await store.commit(
                    Transaction(
                        if: [.unchanged("/a", since: 1), .absent("/a")], then: [.put(key: "/yes", value: [])],
                        else: [.put(key: "/no", value: []), .get(KeyRange(key: "/a"))]))
                try expect(!result.succeeded && result.revision == 2 && result.results.count == 2, "\(result)")
                try expect(try await store.read(KeyRange(prefix: "/"), at: nil, limit: 0).items.map(\.key), is: ["/a", "/no"])
            }),
            ContractClause("a transaction that changes nothing keeps the revision", on: { store in
                try await store.put("/a", "1")
                let result = try await store.commit(Transaction(if: [.absent("/a")], then: [.put(key: "/a", value: [])]))
                try expect(!result.succeeded && result.revision == 1, "\(result)")
            }),
            ContractClause("a key twice in one branch is refused, and nothing of it happens", on: { store in
                let put = Operation.put(key: "/a", value: [])
                let twice: [[Operation]] = [
                    [put, put], [put, .delete(KeyRange(key: "/a"))], [.delete(KeyRange(prefix: "/")), put],
                    [.delete(KeyRange(prefix: "/a")), .delete(KeyRange(key: "/ab"))],
                ]
                for steps in twice {
                    try await expect(throws: .invalid("")) { try await store.commit(Transaction(then: steps)) }
                    try await expect(throws: .invalid("")) { try await store.commit(Transaction(then: [], else: steps)) }
                }
                try expect(try await store.currentRevision(), is: 0)
                _ = try await store.commit(Transaction(then: [put], else: [put]))
                _ = try await store.commit(Transaction(then: [put, .get(KeyRange(key: "/a")), .get(KeyRange(prefix: "/"))]))
            }),
            ContractClause("of many who create the same key at once, one succeeds", on: { store in
                let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<50 {
                        group.addTask {
                            let mine = Operation.put(key: "/one", value: [UInt8(number)])
                            return try await store.commit(Transaction(if: [.absent("/one")], then: [mine])).succeeded
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try expect(wins, is: 1)
                try expect(try await store.get("/one")?.version, is: 1)
            }),
            ContractClause("no increment by compare and put is lost among concurrent writers", on: { store in
                try await store.put("/n", "0")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            var done = 0
                            while done < 10 {
                                guard let now = try await store.get("/n"), let number = Int(now.text) else { return }
                                let next = Operation.put(key: "/n", value: Array("\(number + 1)".utf8))
                                let result = try await store.commit(
                                    Transaction(if: [.unchanged("/n", since: now.modRevision)], then: [next]))
                                if result.succeeded { done += 1 }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                try expect(try await store.get("/n")?.line, is: "/n=80 1/81/81")
            }),
        ]
    }
}
