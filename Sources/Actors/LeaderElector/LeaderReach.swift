import ActorKit
import Core

/// One thing that a leader must reach to be of use.
public struct LeaderNeed: Sendable {
    /// For people: `Mesos`, `the store`.
    public let name: String
    /// `nil`: it is reached; otherwise why not.
    public let look: @Sendable () async -> String?
    public init(_ name: String, look: @escaping @Sendable () async -> String?) { (self.name, self.look) = (name, look) }
}

/// How a replica's reach is shown in the election, and what is seen of the others'.
public protocol ReachBoard: Sendable {
    /// Whether this replica leads now.
    var leads: Bool { get }
    /// Shows what this replica lacks; `false`: it could not be shown now.
    func show(_ lacks: String) async -> Bool
    /// The other replicas that lack nothing; `nil`: not known now.
    func able() async -> [String]?
    func resign(because why: String)
}

/// Looks after the needs of a component's leader, in every replica, and lets another one lead when this one cannot: see `LeaderReachState`.
public actor LeaderReach: Component {
    public nonisolated let name = "leader-reach"
    private var state: LeaderReachState
    private let needs: [LeaderNeed]
    private let board: any ReachBoard
    private let interval: Duration
    private let limit: Duration
    private let time: any TimeSource
    /// A look of each need and an answer of the board at a time: the capacity is never reached.
    private let inbox = Inbox<LeaderReachState.Input>(capacity: 64)

    /// - Parameters:
    ///   - patience: see `LeaderReachState`.
    ///   - interval: between two looks at the same need.
    ///   - limit: a look that takes longer has not reached it.
    public init(
        needs: [LeaderNeed], patience: Duration, board: any ReachBoard, interval: Duration = .seconds(1), limit: Duration = .seconds(2),
        time: any TimeSource = SystemTime()
    ) {
        state = LeaderReachState(patience: patience)
        (self.needs, self.board, self.interval, self.limit, self.time) = (needs, board, interval, limit, time)
    }

    public func run() async {
        await withDiscardingTaskGroup { group in
            for need in needs { group.addTask { await self.follow(need) } }
            while let inputs = await inbox.batch(until: state.nextDeadline, on: time) {
                for input in inputs + [.timePassed(to: time.now)] {
                    for effect in state.handle(input) { perform(effect, &group) }
                }
            }
            group.cancelAll()
        }
    }

    private func perform(_ effect: LeaderReachState.Effect, _ group: inout DiscardingTaskGroup) {
        switch effect {
        case .declare(let lacks): group.addTask { [board, inbox] in inbox.feed(.declared(await board.show(lacks))) }
        case .ask: group.addTask { [board, inbox, time] in inbox.feed(.able(await board.able(), leads: board.leads, at: time.now)) }
        case .resign(let why): board.resign(because: why)
        }
    }

    private nonisolated func follow(_ need: LeaderNeed) async {
        while !Task.isCancelled {
            let because = await look(at: need)
            guard !Task.isCancelled else { return }
            inbox.feed(.looked(need.name, because: because, leads: board.leads, at: time.now))
            try? await time.sleep(for: interval)
        }
    }

    private nonisolated func look(at need: LeaderNeed) async -> String? {
        await withTaskGroup(of: String?.self) { [time, limit] group in
            group.addTask { await need.look() }
            group.addTask {
                try? await time.sleep(for: limit)
                return "no answer within \(limit)"
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
