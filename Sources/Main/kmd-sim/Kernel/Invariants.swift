/// A promise of the design that a run has broken.
struct Violation: Error, Hashable, CustomStringConvertible {
    /// Which promise; the same for all violations of it, so that a shrunk schedule fails for the same reason.
    enum Promise: String, Hashable, CaseIterable {
        case lowerTermWrites = "nothing of a lower term takes effect after a higher term's first write"
        case oneTask = "a pod has at most one live task, unless its agent is unreachable and its policy says replace"
        case overcommitted = "what is launched on an agent never exceeds what it has; a port is held by one pod"
        case waitsForever = "a created pod runs, or says why not, as long as there is room"
        case acknowledgedTooSoon = "an update is acknowledged only after what it says is durable"
        case undeleted = "a deleted pod's containers stop and its object goes"
        case killedWell = "no failover, restart or upgrade stops a pod that runs well"
        case frameworkLost = "the framework id is kept"
        case twoActed = "of two who believe to lead, only the one of the higher term has any effect"
        case actsAlone = "who acts as the leader has the highest term that was won"
        case termsGrow = "each term is higher than all before"
        case offerOnce = "an offer is used once"
        case onceInLine = "no candidate stands in the queue twice"
        case noLeader = "someone leads in the end"
    }
    let promise: Promise
    let what: String
    var description: String { "\(promise.rawValue): \(what)" }
}
