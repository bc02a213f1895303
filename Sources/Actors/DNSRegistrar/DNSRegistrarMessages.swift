import Core

/// What has happened.
public enum RegistrarFact: Sendable, Hashable {
    /// All of a kind, at the start and whenever changes may have been missed.
    case servicesSynced([ServiceFacts])
    case slicesSynced([SliceFacts])
    case namespacesSynced([String])
    case podsSynced([PodFacts])
    case changed(ZoneInput)
    /// The zone was written to disk, or could not be.
    case saved(succeeded: Bool)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum RegistrarEffect: Sendable, Hashable {
    /// These are all names from now on.
    case replace([ZoneChange])
    /// These names are different now.
    case change([ZoneChange])
    /// The zone as a file.
    case save([UInt8])
}

/// What the registrar needs of others: servers to answer from the zone, and a disk.
public protocol ZoneOutlet: Sendable {
    func replace(_ names: [ZoneChange]) async
    func change(_ names: [ZoneChange]) async
    /// Whether it was written.
    func save(_ zone: [UInt8]) async -> Bool
}
