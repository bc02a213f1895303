import Synchronization

/// A value behind a lock.
public final class Locked<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    public init(_ value: Value) { state = Mutex(value) }
    public func get() -> Value { state.withLock { $0 } }
    public func set(_ value: Value) { state.withLock { $0 = value } }
    public func change<T: Sendable>(_ body: (inout Value) -> T) -> T { state.withLock { body(&$0) } }
}
