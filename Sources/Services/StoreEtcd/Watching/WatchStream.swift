import EtcdProto
import GRPCCore
import GRPCProtobuf
import Store

/// One watch on one member, over everything that is ours.
struct WatchStream: Sendable {
    let member: EtcdConnections.Member
    let token: String?
    let keys: KeySpace

    /// Tells `handle` of all changes from `revision` on, in order, each revision once and whole, until it returns false.
    /// A batch without events says how far nothing happened. `created` is called when etcd has accepted the watch.
    ///
    /// Throws `StoreError.compacted` when some of it is forgotten, and whatever ended the stream.
    func follow(
        from revision: Revision, created: @escaping @Sendable () -> Void, _ handle: @escaping @Sendable (WatchBatch) async -> Bool
    ) async throws {
        var metadata = Metadata(token: token)
        // A member that has lost the others must end the watch, not be silent (clientv3's WithRequireLeader).
        metadata.addString("true", forKey: "hasleader")
        let message = create(from: revision)
        let request = StreamingClientRequest<Etcdserverpb_WatchRequest>(metadata: metadata) { writer in
            try await writer.write(message)
            // The request's side stays open as long as the watch.
            let (never, end) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
            for await _ in never {}
            end.finish()
        }
        var options = CallOptions.defaults
        options.waitForReady = false
        options.maxResponseMessageBytes = 512 << 20
        let keys = keys
        try await member.client.bidirectionalStreaming(
            request: request, descriptor: Etcdserverpb_Watch.Method.Watch.descriptor,
            serializer: ProtobufSerializer<Etcdserverpb_WatchRequest>(), deserializer: ProtobufDeserializer<Etcdserverpb_WatchResponse>(),
            options: options
        ) { response in
            var assembler = WatchAssembler(keys)
            for try await message in response.messages {
                switch assembler.take(message) {
                case .created: created()
                case .incomplete: break
                case .progress(let reached): guard await handle(WatchBatch(events: [], revision: reached)) else { return }
                case .compacted(let compaction): throw StoreError.compacted(oldest: compaction + 1)
                case .cancelled(let why): throw RPCError(code: .aborted, message: "etcd cancelled the watch: \(why)")
                case .batches(let batches):
                    for batch in batches where batch.revision >= revision { guard await handle(batch) else { return } }
                }
            }
            throw RPCError(code: .unavailable, message: "etcd ended the watch")
        }
    }

    /// The watch begins one revision early: etcd 3.4 forgets, with a compaction at a revision, the deletions of that revision too,
    /// and would not say that they are missing. So a watch from there is refused rather than answered with a gap.
    private func create(from revision: Revision) -> Etcdserverpb_WatchRequest {
        var request = Etcdserverpb_WatchRequest()
        let all = keys.all
        request.createRequest.key = .init(all.start.utf8)
        request.createRequest.rangeEnd = .init((all.end ?? "\0").utf8)
        request.createRequest.startRevision = max(1, revision - 1)
        request.createRequest.progressNotify = true
        request.createRequest.prevKv = true
        request.createRequest.fragment = true
        return request
    }
}
