import EtcdProto
import GRPCCore
import Store
import Testing

@testable import StoreEtcd

@Suite struct EtcdUnitTests {
    @Test(arguments: [
        ("http://10.0.0.1:2379", EtcdEndpoint(host: "10.0.0.1", port: 2379)), ("10.0.0.1:4001", EtcdEndpoint(host: "10.0.0.1", port: 4001)),
        ("https://etcd-1", EtcdEndpoint(host: "etcd-1", port: 2379, isSecure: true)), ("http://[::1]:2380/", EtcdEndpoint(host: "::1", port: 2380)),
    ])
    func anEndpointIsReadAsTheGuidesWriteIt(text: String, endpoint: EtcdEndpoint) {
        #expect(EtcdEndpoint(parsing: text) == endpoint)
        #expect(EtcdEndpoint(parsing: endpoint.description) == endpoint)
    }

    @Test(arguments: ["", "http://", "ftp://a:1", "a:b", "a:0", "a:70000", "http://a:1/path", "user@a:1", "[::1", "[::1]x"])
    func whatIsNoEndpointIsRefused(text: String) { #expect(EtcdEndpoint(parsing: text) == nil) }

    @Test func aListWithOneBadMemberIsNoList() {
        #expect(EtcdEndpoint.list("http://a:1, http://b:2")?.count == 2)
        #expect(EtcdEndpoint.list("http://a:1,b:x") == nil)
        #expect(EtcdEndpoint.list("") == nil)
    }

    @Test func keysMoveFromTheRootToThePrefixAndBack() throws {
        let keys = KeySpace(root: "/registry/", prefix: "/kmd/a/")
        let bytes = try keys.bytes("/registry/core/pods/é")
        #expect(String(decoding: bytes, as: UTF8.self) == "/kmd/a/core/pods/é")
        #expect(keys.key(bytes) == "/registry/core/pods/é")
        #expect(throws: StoreError.self) { try keys.bytes("/other") }
        let all = try keys.range(KeyRange(prefix: "/registry/"))
        #expect(String(decoding: all.rangeEnd, as: UTF8.self) == "/kmd/a0")
        let part = try keys.range(KeyRange(start: "/registry/a", end: "/registry/b"))
        #expect(String(decoding: part.rangeEnd, as: UTF8.self) == "/kmd/a/b")
        let inverted = try keys.range(KeyRange(start: "/registry/b", end: "/a"))
        #expect(inverted.rangeEnd == inverted.key)
    }

    // MARK: Faults

    static let unsure = ["etcdserver: request timed out", "etcdserver: request timed out, possibly due to connection lost", "Stream unexpectedly closed."]

    @Test(arguments: unsure) func aWriteThatMayHaveHappenedIsNeverSaidNotToHave(words: String) {
        #expect(EtcdFault(RPCError(code: .unavailable, message: words), wasSent: true) == .unknown("unavailable: \(words)"))
        #expect(EtcdFault(RPCError(code: .unavailable, message: words), wasSent: false) == .elsewhere("unavailable: \(words)"))
    }

    @Test func aDeadlineOrAnErrorOfTheTransportLeavesASentWriteUnknown() {
        struct Odd: Error {}
        guard case .unknown = EtcdFault(RPCError(code: .deadlineExceeded, message: ""), wasSent: true) else { Issue.record("known"); return }
        guard case .unknown = EtcdFault(Odd(), wasSent: true) else { Issue.record("known"); return }
        guard case .unknown = EtcdFault(CancellationError(), wasSent: true) else { Issue.record("known"); return }
        #expect(EtcdFault(CancellationError(), wasSent: false) == .cancelled)
    }

    @Test(arguments: ["etcdserver: no leader", "raft proposal dropped", "etcdserver: too many requests"])
    func whatWasRefusedBeforeItWasProposedMayBeTriedElsewhere(words: String) {
        #expect(EtcdFault(RPCError(code: .unavailable, message: words), wasSent: true) == .elsewhere(words))
    }

    @Test func refusalsAreKnownByTheirWords() {
        func fault(_ words: String) -> EtcdFault { EtcdFault(RPCError(code: .unknown, message: words), wasSent: true) }
        #expect(fault("etcdserver: mvcc: required revision has been compacted") == .compacted)
        #expect(fault("etcdserver: mvcc: required revision is a future revision") == .future)
        #expect(fault("etcdserver: invalid auth token") == .loginNeeded("etcdserver: invalid auth token"))
        #expect(fault("etcdserver: request is too large") == .final(.invalid("etcdserver: request is too large")))
        guard case .final(.denied) = fault("etcdserver: permission denied") else { Issue.record("not denied"); return }
        guard case .final(.unavailable) = fault("etcdserver: mvcc: database space exceeded") else { Issue.record("not unavailable"); return }
    }

    // MARK: Watches

    private func event(_ key: String, at revision: Int64) -> Etcdserverpb_Event {
        var event = Etcdserverpb_Event()
        event.kv.key = .init(key.utf8)
        event.kv.modRevision = revision
        return event
    }

    @Test func fragmentsAreJoinedAndRevisionsParted() {
        var assembler = WatchAssembler(KeySpace())
        var part = Etcdserverpb_WatchResponse()
        part.events = [event("/a", at: 5), event("/b", at: 5)]
        part.fragment = true
        guard case .incomplete = assembler.take(part) else { Issue.record("a fragment is whole"); return }
        part.events = [event("/c", at: 5), event("/a", at: 6)]
        part.fragment = false
        guard case .batches(let batches) = assembler.take(part) else { Issue.record("no batches"); return }
        #expect(batches.map(\.revision) == [5, 6])
        #expect(batches.map { $0.events.map(\.current.key) } == [["/a", "/b", "/c"], ["/a"]])
        var progress = Etcdserverpb_WatchResponse()
        progress.header.revision = 9
        guard case .progress(9) = assembler.take(progress) else { Issue.record("no progress"); return }
    }

    @Test func aCancelledWatchSaysWhetherHistoryIsGone() {
        var assembler = WatchAssembler(KeySpace())
        var response = Etcdserverpb_WatchResponse()
        response.canceled = true
        response.compactRevision = 7
        guard case .compacted(7) = assembler.take(response) else { Issue.record("not compacted"); return }
        (response.compactRevision, response.cancelReason) = (0, "permission denied")
        guard case .cancelled("permission denied") = assembler.take(response) else { Issue.record("not cancelled"); return }
    }

    // MARK: Compaction

    /// Several stores with one common key, as `Compactor` keeps it.
    @Test func onlyOneOfManyCompactsAndHistoryStaysForAnInterval() {
        var version: Int64 = 0
        var revision: Revision = 100
        func attempt(_ round: Compactor.Round) -> (Compactor.Round, Revision?) {
            guard case .version(_, .equal, let seen)? = round.transaction.conditions.first else { return (round, nil) }
            if seen == version {
                (version, revision) = (version + 1, revision + 1)
                return round.after(TransactionResult(succeeded: true, revision: revision, results: [.put(previous: nil)]))
            }
            let item = KeyValue(key: Compactor.key, value: [], createRevision: 1, modRevision: revision, version: version)
            return round.after(TransactionResult(succeeded: false, revision: revision, results: [.got([item])]))
        }
        var stores = [Compactor.Round(), Compactor.Round(), Compactor.Round()]
        var compactions: [Revision] = []
        for _ in 0..<6 {
            let now = revision
            var inRound = 0
            for index in stores.indices {
                let (next, due) = attempt(stores[index])
                stores[index] = next
                if let due {
                    inRound += 1
                    compactions.append(due)
                    #expect(due <= now, "what happened in this interval is kept")
                }
            }
            #expect(inRound <= 1)
            revision += 50
        }
        #expect(compactions == compactions.sorted() && compactions.count >= 4, "\(compactions)")
    }
}
