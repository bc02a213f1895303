import ActorKit
import Core

/// Follows services, endpoint slices and namespaces (and pods, where only real ones have names), and tells which names change.
///
/// Until all kinds are known nothing is told: what was kept on disk answers meanwhile, and a zone that is half read would say of names
/// that they are not there. A new list after a doubt is compared with what is known, so it costs nobody an answer.
public struct DNSRegistrarState: ComponentState {
    public struct Options: Sendable, Hashable {
        public var domain: String
        /// Seconds, as the file says them.
        public var ttl = 5
        /// The file is written at most this often.
        public var saveEvery: Duration = .seconds(3)
        /// Pods have names only while they are there; without it any address has one, and pods need not be followed.
        public var followsPods = false
        public init(domain: String) { self.domain = domain }
    }

    private enum Kind: Hashable, Sendable { case services, slices, namespaces, pods }

    private let options: Options
    private var zone: ClusterZone
    private var missing: Set<Kind>
    private var services: Set<ZoneKey> = []
    private var slices: Set<ZoneKey> = []
    private var namespaces: Set<String> = []
    private var pods: Set<ZoneKey> = []
    private var now: Instant
    private var isDirty = false
    private var isSaving = false
    private var saveNoEarlierThan: Instant

    public init(_ options: Options, startingAt now: Instant) {
        (self.options, zone, self.now, saveNoEarlierThan) = (options, ClusterZone(domain: options.domain), now, now)
        missing = options.followsPods ? [.services, .slices, .namespaces, .pods] : [.services, .slices, .namespaces]
    }

    /// All names as they are known now.
    public var names: [ZoneChange] { zone.all }

    public var nextDeadline: Instant? { isDirty && !isSaving && missing.isEmpty ? max(saveNoEarlierThan, now) : nil }

    public mutating func handle(_ input: RegistrarFact) -> [RegistrarEffect] {
        switch input {
        case .servicesSynced(let all):
            let gone = services.subtracting(all.map(\.key)).sorted().map(ZoneInput.serviceGone)
            return sync(.services, gone + all.map(ZoneInput.service))
        case .slicesSynced(let all):
            let gone = slices.subtracting(all.map(\.key)).sorted().map(ZoneInput.sliceGone)
            return sync(.slices, gone + all.map(ZoneInput.slice))
        case .namespacesSynced(let all):
            let gone = namespaces.subtracting(all).sorted().map(ZoneInput.namespaceGone)
            return sync(.namespaces, gone + all.map(ZoneInput.namespace))
        case .podsSynced(let all):
            let gone = pods.subtracting(all.map(\.key)).sorted().map(ZoneInput.podGone)
            return sync(.pods, gone + all.map(ZoneInput.pod))
        case .changed(let input): return told(take([input]))
        case .saved(let succeeded):
            isSaving = false
            if !succeeded { isDirty = true }
            return []
        case .timePassed(let to):
            now = max(now, to)
            return save()
        }
    }

    private mutating func sync(_ kind: Kind, _ inputs: [ZoneInput]) -> [RegistrarEffect] {
        let changes = take(inputs)
        guard missing.contains(kind) else { return told(changes) }
        missing.remove(kind)
        guard missing.isEmpty else { return [] }
        isDirty = true
        return [.replace(zone.all)]
    }

    private mutating func told(_ changes: [ZoneChange]) -> [RegistrarEffect] {
        guard missing.isEmpty, !changes.isEmpty else { return [] }
        isDirty = true
        return [.change(changes)]
    }

    /// Changes of several inputs, each name once, as it is after the last of them.
    private mutating func take(_ inputs: [ZoneInput]) -> [ZoneChange] {
        var latest: [String: ZoneChange] = [:]
        for input in inputs {
            remember(input)
            for change in zone.apply(input) { latest[change.name] = change }
        }
        return latest.keys.sorted().compactMap { latest[$0] }
    }

    private mutating func remember(_ input: ZoneInput) {
        switch input {
        case .service(let facts): services.insert(facts.key)
        case .serviceGone(let key): services.remove(key)
        case .slice(let facts): slices.insert(facts.key)
        case .sliceGone(let key): slices.remove(key)
        case .namespace(let name): namespaces.insert(name)
        case .namespaceGone(let name): namespaces.remove(name)
        case .pod(let facts): pods.insert(facts.key)
        case .podGone(let key): pods.remove(key)
        }
    }

    private mutating func save() -> [RegistrarEffect] {
        guard let deadline = nextDeadline, deadline <= now else { return [] }
        (isDirty, isSaving, saveNoEarlierThan) = (false, true, now + options.saveEvery)
        return [.save(ZoneFile.write(zone.all, domain: zone.domain, ttl: options.ttl))]
    }
}
