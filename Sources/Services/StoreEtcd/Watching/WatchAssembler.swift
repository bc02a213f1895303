import EtcdProto
import Store

/// Makes whole revisions of what a watch on etcd brings: joins fragments, and parts a response that holds several revisions.
///
/// etcd promises that the changes of one revision are never in two responses, but for fragments of one, which say that more is to come.
struct WatchAssembler {
    enum Happening {
        case created
        /// In order; each revision whole.
        case batches([WatchBatch])
        /// Nothing happened up to this revision that was not told.
        case progress(Revision)
        /// etcd has forgotten what the watch asks for; the last compaction is named.
        case compacted(Revision)
        case cancelled(String)
        /// A fragment; its rest is to come.
        case incomplete
    }

    private let keys: KeySpace
    private var events: [StoreEvent] = []

    init(_ keys: KeySpace) { self.keys = keys }

    mutating func take(_ response: Etcdserverpb_WatchResponse) -> Happening {
        if response.canceled {
            return response.compactRevision > 0 ? .compacted(response.compactRevision) : .cancelled(response.cancelReason)
        }
        if response.created { return .created }
        events += response.events.map(keys.event)
        if response.fragment { return .incomplete }
        guard !events.isEmpty else { return .progress(response.header.revision) }
        defer { events = [] }
        var batches: [WatchBatch] = []
        var rest = events[...]
        while let revision = rest.first?.current.modRevision {
            let end = rest.firstIndex { $0.current.modRevision != revision } ?? rest.endIndex
            batches.append(WatchBatch(events: Array(rest[..<end]), revision: revision))
            rest = rest[end...]
        }
        return .batches(batches)
    }
}
