import Core

/// What runs until its task is cancelled or its work is over, and has nothing under way when it returns.
public protocol Component: Sendable {
    /// What logs and the coordinator call it.
    var name: String { get }
    func run() async
}

/// The pure state of a component: facts in, commands out, no clock, no I/O.
public protocol ComponentState: Sendable {
    associatedtype Input: Sendable
    associatedtype Effect: Sendable
    mutating func handle(_ input: Input) -> [Effect]
    /// When the state wants to hear that time has passed, if nothing else happens before.
    var nextDeadline: Instant? { get }
}

extension ComponentState {
    public var nextDeadline: Instant? { nil }

    /// Handles several facts in order.
    public mutating func handle(all inputs: some Sequence<Input>) -> [Effect] {
        var effects: [Effect] = []
        for input in inputs { effects += handle(input) }
        return effects
    }
}
