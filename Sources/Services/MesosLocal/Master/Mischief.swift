import Core
import MesosProto

/// What a master may do to a scheduler without breaking the protocol, done often and by a seed: for tests.
///
/// Offers are rescinded soon after they were made, updates come twice or three times, events come before the answer to the call that caused
/// them, acknowledgements take their time on the way to the agent, so that updates are sent again. The order of one stream's events and
/// of one agent's messages is kept, as TCP keeps it.
public struct Mischief: Sendable, Hashable {
    public var seed: UInt64
    /// Which part of the offers is rescinded within `delay`.
    public var rescinds = 0.2
    /// Which part of the updates comes again at once.
    public var duplicates = 0.3
    /// Which part of the answers comes after what the call caused.
    public var lateAnswers = 0.5
    /// How long offers live that are rescinded, and how long messages to agents take, at most.
    public var delay: Duration = .milliseconds(50)

    public init(seed: UInt64) { self.seed = seed }
}

/// The state of a `Mischief`: pure, effects in, effects out.
struct Mischiefs: Sendable {
    let settings: Mischief
    private var random: UUIDSource
    /// Messages to agents that are on their way, in the order of their arrival.
    private var delayed: [(due: Instant, effect: MasterState.Effect)] = []
    /// Offers that will be rescinded.
    private var doomed: [(due: Instant, offer: OfferID)] = []

    init(_ settings: Mischief) {
        self.settings = settings
        random = UUIDSource(seed: settings.seed)
    }

    var nextDeadline: Instant? { (delayed.map(\.due) + doomed.map(\.due)).min() }

    private mutating func chance() -> Double {
        let bytes = random.bytes()
        return Double(bytes[0]) / 256 + Double(bytes[1]) / 65_536
    }

    /// What happens now instead of `effects`.
    mutating func disturb(_ effects: [MasterState.Effect], at now: Instant) -> [MasterState.Effect] {
        var result: [MasterState.Effect] = []
        for effect in effects {
            switch effect {
            case .send(_, let event):
                result.append(effect)
                if event.type == .update {
                    while chance() < settings.duplicates { result.append(effect) }
                } else if event.type == .offers {
                    for offer in event.offers.offers where chance() < settings.rescinds {
                        doomed.append((now + settings.delay * chance(), OfferID(offer.id.value)))
                    }
                }
            case .tell, .unlink:
                let due = max(now + settings.delay * chance(), delayed.last?.due ?? now)
                delayed.append((due, effect))
            case .answer, .close, .persist: result.append(effect)
            }
        }
        if let answer = result.firstIndex(where: { if case .answer = $0 { true } else { false } }) {
            let moved = result.remove(at: answer)
            if chance() < settings.lateAnswers { result.append(moved) } else { result.insert(moved, at: 0) }
        }
        return result
    }

    /// What has arrived at agents by now, and which offers end.
    mutating func due(at now: Instant) -> (effects: [MasterState.Effect], offers: [OfferID]) {
        let arrived = delayed.prefix { $0.due <= now }.map(\.effect)
        delayed.removeFirst(arrived.count)
        let ended = doomed.filter { $0.due <= now }.map(\.offer)
        doomed.removeAll { $0.due <= now }
        return (arrived, ended)
    }
}
