/// How many pods are in which phase.
struct PhaseCounts: Sendable {
    private var (ready, inFlight, launched, backingOff) = (0, 0, 0, 0)
    var waiting: Int { ready + inFlight + backingOff }

    subscript(phase: QueuedPod.Phase) -> Int {
        switch phase {
        case .ready: ready
        case .inFlight: inFlight
        case .launched: launched
        case .backingOff: backingOff
        case .waitingForGroup: 0
        }
    }

    mutating func add(_ phase: WaitingPod.Phase, _ amount: Int) {
        switch phase {
        case .ready: ready += amount
        case .inFlight: inFlight += amount
        case .launched: launched += amount
        case .backingOff: backingOff += amount
        }
    }
}
