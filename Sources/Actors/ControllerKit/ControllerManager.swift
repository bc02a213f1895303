import ActorKit
import Core

/// Where a controller process hears of the cluster. `Main` fulfils it.
public protocol ObjectFeed: Sendable {
    /// Lists and watches `kind`, handing on the news in order, until the task is cancelled.
    func follow(_ kind: ObjectKind, _ handle: @escaping @Sendable (ObjectCache.News) async -> Void) async
}

/// All controllers of a process over one cache: each watched kind is followed once, whoever watches it.
public struct ControllerManager: Component {
    public let name = "controller-manager"
    private let controllers: [any RunningController]
    private let cache: ObjectCache
    private let feed: any ObjectFeed

    public init(_ controllers: [any RunningController], cache: ObjectCache, feed: any ObjectFeed) {
        (self.controllers, self.cache, self.feed) = (controllers, cache, feed)
    }

    /// Runs until its task is cancelled. No controller begins before every kind has been listed.
    public func run() async {
        let kinds = Set(controllers.flatMap(\.watchedKinds)).sorted()
        let starter = Starter(waitingFor: kinds)
        await withDiscardingTaskGroup { group in
            for controller in controllers { group.addTask { await controller.run() } }
            for kind in kinds {
                group.addTask {
                    await feed.follow(kind) { news in
                        await absorb(kind, news)
                        if case .listed = news, await starter.listed(kind) {
                            for controller in controllers { await controller.begin() }
                        }
                    }
                }
            }
        }
    }

    private func absorb(_ kind: ObjectKind, _ news: ObjectCache.News) async {
        let concerns = cache.absorb(kind, news) { changes, view in
            controllers.filter { $0.watchedKinds.contains(kind) }.map { ($0, $0.concerned(by: kind, changes, in: view)) }
        }
        for (controller, concern) in concerns { await controller.tell(concern) }
    }

    /// Knows when the last kind has been listed.
    private actor Starter {
        private var missing: Set<ObjectKind>
        init(waitingFor kinds: [ObjectKind]) { missing = Set(kinds) }
        /// Whether this was the last one.
        func listed(_ kind: ObjectKind) -> Bool { missing.remove(kind) != nil && missing.isEmpty }
    }
}
