/// Faults that are put in on purpose, to see that the simulation finds them. None is in the program: each is a wrong part of the simulated world or of
/// the way in which the real states are driven.
enum PlantedFault: String, CaseIterable {
    /// The store takes writes of a lower term.
    case skippedFence = "skipped-fence"
    /// Executors take launches and kills of a lower term.
    case skippedExecutorFence = "skipped-executor-fence"
    /// An update is acknowledged when it is read.
    case earlyAcknowledgement = "early-acknowledgement"
    /// Pods are listed first and followed a moment later.
    case lateWatch = "late-watch"
    /// A leader that went silent acts on until it hears of its end.
    case noSelfFence = "no-self-fence"
    /// Intents are not made durable before ACCEPT.
    case forgottenIntents = "forgotten-intents"
    /// A new leader launches before it has asked about the tasks that there may be.
    case launchBeforeReconciling = "launch-before-reconciling"
    /// An ACCEPT without an answer is taken as not sent.
    case doubtIsNo = "doubt-is-no"
    /// An offer is used again after it was claimed.
    case offerUsedTwice = "offer-used-twice"
    /// A ZooKeeper server that is cut off from the others confirms a leader from its memory.
    case confirmedByOneServer = "confirmed-by-one-server"
    /// A candidate that lost the answer to its create makes another node, and watches the wrong one.
    case forgottenCandidate = "forgotten-candidate"
    /// A DECLINE or REVIVE whose answer was lost is not sent again.
    case declineOnce = "decline-once"
    /// A task of which a master says nothing for five seconds is taken for gone.
    case silenceIsGone = "silence-is-gone"
    /// The framework subscribes anew after each failover.
    case newFramework = "new-framework"

    /// It is found within so many seeds, counted from 1. Seeds are cheap and the program changes: about twice of what it takes today (docs/simulation.md).
    var seeds: UInt64 {
        switch self {
        case .earlyAcknowledgement, .offerUsedTwice, .newFramework: 10
        case .forgottenIntents, .silenceIsGone: 20
        case .doubtIsNo, .noSelfFence, .launchBeforeReconciling, .confirmedByOneServer, .forgottenCandidate: 80
        case .skippedFence, .declineOnce: 300
        case .lateWatch: 600
        case .skippedExecutorFence: 3_000
        }
    }
}
