import JSON
import Synchronization

/// The one cache that all controllers of a process read.
///
/// Readers run under its lock, so that a reconciler sees one state and no copy is made: they must be quick and must not wait.
public final class ObjectCache: Sendable {
    /// What the API server told of a kind.
    public enum News: Sendable {
        /// All that there is, as of this resource version (0 when the server named none).
        case listed([JSONValue], revision: UInt64)
        case put(JSONValue)
        case removed(JSONValue)
        /// Nothing changed up to this resource version.
        case progressed(UInt64)
    }

    private let view = Mutex(ClusterView())

    public init() {}

    /// Reads under the lock.
    public func read<Result: Sendable>(_ body: (ClusterView) -> sending Result) -> Result { view.withLock { body($0) } }

    /// Takes news in, and calls `concerned` for each change while the view is as it was told.
    func absorb<Result: Sendable>(
        _ kind: ObjectKind, _ news: News, _ concerned: ([ClusterView.Change], ClusterView) -> sending Result
    ) -> Result {
        view.withLock { view in
            let changes: [ClusterView.Change] =
                switch news {
                case .listed(let objects, let revision): view.replace(kind, with: objects.map(kind.trimmed), revision: revision)
                case .put(let object): view.put(kind, kind.trimmed(object)).map { [$0] } ?? []
                case .removed(let object): view.remove(kind, ObjectName(of: object), revision: object.revision).map { [$0] } ?? []
                case .progressed: []
                }
            if case .progressed(let revision) = news { view.progress(kind, to: revision) }
            return concerned(changes, view)
        }
    }
}
