import ClusterKit
import EtcdKit
import Foundation
import Store
import StoreContract
import StoreEtcd
import StoreSQLite
import Testing

/// What only a real etcd can show, besides the contract.
@Suite(.enabled(if: EtcdCluster.isPossible), .serialized) struct EtcdClusterTests {
    @Test(.timeLimit(.minutes(1))) func aTransactionBeyondEtcdsLimitIsRefusedInWordsAndOneAtTheLimitIsDone() async throws {
        try await withCluster(size: 1) { cluster in
            let store = try await cluster.store(prefix: "/l")
            func puts(_ count: Int) -> [StoreOperation] { (0..<count).map { .put(key: "/k\($0)", value: []) } }
            #expect(try await store.commit(Transaction(then: puts(store.operationLimit))).results.count == 128)
            await #expect { try await store.commit(Transaction(then: puts(129))) } throws: { "\($0)".contains("--max-txn-ops") }
            // Together larger than one request may be.
            let large = (0..<3).map { StoreOperation.put(key: "/large\($0)", value: [UInt8](repeating: 1, count: 1_000_000)) }
            await #expect { try await store.commit(Transaction(then: large)) } throws: { if case StoreError.invalid? = $0 as? StoreError { true } else { false } }
            #expect(try await store.get("/large0") == nil)
            await store.close()
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRangeLargerThanAPageIsWholeAndOfOneMoment() async throws {
        try await withCluster(size: 1) { cluster in
            let store = try await cluster.store(prefix: "/p")
            for part in 0..<40 {
                _ = try await store.commit(Transaction(then: (0..<125).map { .put(key: "/k/\(part * 125 + $0 + 10_000)", value: [1]) }))
            }
            let all = try await store.read(KeyRange(prefix: "/k/"), at: nil, limit: 0)
            #expect(all.items.count == 5_000 && all.count == 5_000 && !all.more)
            #expect(all.items.map(\.key) == all.items.map(\.key).sorted())
            let most = try await store.read(KeyRange(prefix: "/k/"), at: nil, limit: 4_999)
            #expect(most.items.count == 4_999 && most.more && most.count == 5_000)
            await store.close()
        }
    }

    /// Writers of other keys in the same etcd raise the revision, and no watch of ours would ever show it.
    @Test(.timeLimit(.minutes(1))) func synchronizeComesToAnEndBesideForeignWriters() async throws {
        try await withCluster(size: 1) { cluster in
            let store = try await cluster.store(prefix: "/ours")
            let watch = try await store.watch(KeyRange(prefix: "/a"), from: try await store.currentRevision() + 1)
            for number in 0..<5 {
                try await cluster.ctl(["put", "/foreign", "\(number)"])
                let revision = try await store.synchronize(KeyRange(prefix: "/a"))
                var iterator = watch.makeAsyncIterator()
                while let batch = try await iterator.next() {
                    #expect(batch.events.isEmpty)
                    if batch.revision >= revision { break }
                }
            }
            await store.close()
        }
    }

    @Test(.timeLimit(.minutes(1))) func historyIsCompactedByOneOfTwoStoresAndBothGoOn() async throws {
        try await withCluster(size: 1) { cluster in
            var options = cluster.options(prefix: "/c")
            options.compaction = .milliseconds(300)
            let stores = [try await EtcdStore.open(options, logger: quiet), try await EtcdStore.open(options, logger: quiet)]
            let first = try await stores[0].put("/a", "0").revision
            var compacted = false
            for number in 0..<60 where !compacted {
                try await stores[number % 2].put("/a", "\(number)")
                try await Task.sleep(for: .milliseconds(50))
                do { _ = try await stores[1].get("/a", at: first) } catch StoreError.compacted { compacted = true }
            }
            #expect(compacted, "nobody compacted")
            let last = try await stores[0].put("/a", "end").revision
            #expect(try await stores[1].get("/a", at: last - 1) != nil, "the near past is gone")
            await #expect(throws: StoreError.self) { try await stores[1].watch(KeyRange(prefix: "/"), from: first) }
            for store in stores { await store.close() }
        }
    }

    /// A watch whose next revisions were compacted while it was cut off says so; it has no gap.
    @Test(.timeLimit(.minutes(1))) func aWatchThatACompactionOvertookEndsAndIsNotSilent() async throws {
        try await withCluster(size: 1) { cluster in
            let store = try await cluster.store(prefix: "/o")
            let other = try await cluster.store(prefix: "/o")
            let watch = try await store.watch(KeyRange(prefix: "/"), from: try await store.currentRevision() + 1)
            try await other.put("/a", "1")
            var iterator = watch.makeAsyncIterator()
            #expect(try await iterator.next()?.events.count == 1)
            await cluster.kill(0)
            try cluster.start(0)
            // Another client writes and compacts before the watch is back, or after it: either is right, and a gap is not.
            var written = 0
            for number in 2...40 { if (try? await other.put("/a", "\(number)")) != nil { written = number } }
            try? await other.compact(before: try await other.currentRevision())
            var last = 1
            do {
                while last < written, let batch = try await iterator.next() {
                    for event in batch.events {
                        #expect(Int(event.current.text) == last + 1 || event.previous == nil)
                        last = Int(event.current.text) ?? 0
                    }
                }
            } catch StoreError.compacted {}
            await store.close()
            await other.close()
        }
    }

    @Test(.timeLimit(.minutes(1))) func aUserLogsInAndATokenThatRanOutIsRenewed() async throws {
        try await withCluster(size: 1, arguments: ["--auth-token-ttl=2"]) { cluster in
            _ = try await cluster.store(prefix: "/u").close()
            for words in [
                ["user", "add", "root:secret"], ["user", "grant-role", "root", "root"], ["user", "add", "kmd:s3cret"], ["role", "add", "kmd"],
                ["role", "grant-permission", "kmd", "readwrite", "--prefix=true", "/u"], ["user", "grant-role", "kmd", "kmd"], ["auth", "enable"],
            ] {
                let result = try await cluster.ctl(words)
                try #require(result.succeeded, "\(words): \(result)")
            }
            func open(_ user: (String, String)?, prefix: String = "/u") async throws -> EtcdStore {
                var options = cluster.options(prefix: prefix)
                options.patience = .seconds(4)
                options.user = user.map { (name: $0.0, password: $0.1) }
                return try await EtcdStore.open(options, logger: quiet)
            }
            await #expect { try await open(nil) } throws: { "\($0)".contains("--etcd-username") }
            await #expect { try await open(("kmd", "wrong")) } throws: { if case StoreError.denied? = $0 as? StoreError { true } else { false } }
            await #expect { try await open(("kmd", "s3cret"), prefix: "/elsewhere") } throws: { "\($0)".contains("grant-permission") }
            let store = try await open(("kmd", "s3cret"))
            let watch = try await store.watch(KeyRange(prefix: "/"), from: try await store.currentRevision() + 1)
            try await store.put("/a", "1")
            try await Task.sleep(for: .seconds(4))
            let last = try await store.put("/a", "2").revision
            for try await batch in watch where batch.revision == last { break }
            await store.close()
        }
    }

    @Test(.timeLimit(.minutes(1))) func certificatesAreCheckedOnBothSides() async throws {
        let certificates = try await Certificates()
        let folder = certificates.folder.path
        let flags = [
            "--cert-file=\(folder)/server.pem", "--key-file=\(folder)/server.key", "--trusted-ca-file=\(folder)/ca.pem", "--client-cert-auth",
        ]
        let cluster = try await EtcdCluster(size: 1, arguments: flags, scheme: "https")
        func open(_ change: (inout EtcdStoreOptions.TLS) -> Void) async throws -> EtcdStore {
            var options = cluster.options(prefix: "/t")
            options.patience = .seconds(4)
            change(&options.tls)
            return try await EtcdStore.open(options, logger: quiet)
        }
        do {
            let store = try await open { tls in
                (tls.authorities, tls.certificate, tls.key) = ("\(folder)/ca.pem", "\(folder)/client.pem", "\(folder)/client.key")
            }
            // More calls than an HTTP/2 connection stands pings, if they were counted.
            for number in 0..<400 { try await store.put("/a", "\(number)") }
            #expect(try await store.get("/a")?.text == "399")
            await store.close()
            await #expect(throws: StoreError.self) { try await open { $0.authorities = "\(folder)/ca.pem" } }
            await #expect(throws: StoreError.self) { try await open { _ in } }
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
        certificates.remove()
    }

    @Test(.timeLimit(.minutes(2))) func everythingMovesFromSQLiteToEtcdAndBackUnchanged() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kmd-copy-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await withCluster(size: 1) { cluster in
            let file = try await SQLiteStore.open(directory: folder, logger: quiet)
            for number in 0..<700 { try await file.put("/registry/core/pods/p\(number)", String(repeating: "é\(number)", count: number % 90)) }
            _ = try await file.commit(Transaction(then: [.put(key: "/registry/large", value: (0..<900_000).map { UInt8(truncatingIfNeeded: $0) })]))
            try await file.delete("/registry/core/pods/p5")
            var options = cluster.options()
            options.keys = KeySpace(root: "/registry/", prefix: "/kmd/x/")
            let etcd = try await EtcdStore.open(options, logger: quiet)
            let copier = StoreCopy(range: KeyRange(prefix: "/registry/"), skipping: "/registry/" + EtcdStore.ownPrefix)
            #expect(try await copier.isEmpty(etcd))
            // What a store keeps for itself is not copied.
            _ = try await etcd.watch(KeyRange(prefix: "/registry/"), from: 1)
            let sum = try await copier.copy(from: file, to: etcd)
            #expect(sum.keys == 700)
            #expect(try await copier.sum(of: etcd, at: nil) == sum)
            await #expect(throws: StoreError.self) { try await copier.copy(from: file, to: etcd) }
            let back = try await SQLiteStore.open(directory: folder + "/back", logger: quiet)
            #expect(try await copier.copy(from: etcd, to: back) == sum)
            #expect(try await copier.sum(of: back, at: nil) == sum)
            try await etcd.put("/registry/large", "changed")
            #expect(try await copier.sum(of: etcd, at: nil) != sum)
            try await copier.clear(etcd)
            #expect(try await copier.isEmpty(etcd))
            for store in [file, back] { await store.close() }
            await etcd.close()
        }
    }
}

/// An authority, and certificates by it for a server and a client, by openssl.
private struct Certificates {
    let folder: URL

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kmd-certs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = """
            cd "$1" && set -e
            openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=kmd-test-ca -keyout ca.key -out ca.pem
            for name in server client; do
                openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout $name.key -out $name.csr
                printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\\nextendedKeyUsage=serverAuth,clientAuth\\n' > $name.ext
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile $name.ext -out $name.pem
            done
            """
        let result = try await Command.run("/bin/sh", ["-c", script, "sh", folder.path])
        try #require(result.succeeded, "\(result)")
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
