import ActorKit
import Core
import ServiceRouting

/// Which rules a node needs for the services of its cluster, and when they are to be changed.
///
/// The first transaction waits until services and slices have both been read, and replaces the whole table; the old one works until then.
/// Later ones touch only what changed. Changes that arrive during a transaction, or shortly after it, share the next. After a failure, or
/// when the table is found damaged, the whole table is made anew.
public struct ServiceProxierState: ComponentState {
    public struct Times: Sendable, Hashable {
        /// From the end of one transaction to the next.
        public var rest: Duration = .milliseconds(100)
        /// How often the table is looked at when nothing changes.
        public var look: Duration = .seconds(5)
        public var retry = Backoff(base: .milliseconds(200), cap: .seconds(30), jitter: 0.5)
        public init() {}
    }

    private struct SliceName: Hashable {
        let namespace: String
        let name: String
    }

    private let configuration: RoutingConfiguration
    private let times: Times
    private var backoff: Backoff
    private var servicesByKey: [ServiceKey: Service] = [:]
    private var slices: [SliceName: EndpointSlice] = [:]
    private var slicesOf: [ServiceKey: Set<SliceName>] = [:]
    private var (servicesKnown, slicesKnown) = (false, false)
    private var table = RoutingTable()
    private var dirty: Set<ServiceKey> = []
    private var needsWhole = true
    private var pendingFlows: Set<DatagramFlow> = []
    private var flowsUnderWay: Set<DatagramFlow> = []
    private var underWay: UInt64?
    private var lastNumber: UInt64 = 0
    private var notBefore: Instant
    private var lookAt: Instant
    private var now: Instant

    public init(_ configuration: RoutingConfiguration, times: Times = Times(), startingAt now: Instant) {
        (self.configuration, self.times, self.now) = (configuration, times, now)
        (backoff, notBefore, lookAt) = (times.retry, now, now)
    }

    /// All services, in no order.
    public var services: some Collection<Service> & Sendable { servicesByKey.values }
    /// The services have been read once at least.
    public var knowsServices: Bool { servicesKnown }
    /// The rules are those of all that is known.
    public var isSettled: Bool { isReady && !needsWhole && dirty.isEmpty && underWay == nil }

    private var isReady: Bool { servicesKnown && slicesKnown }

    /// Whether new traffic may go to an endpoint at this address: it is ready for all we know, or the rules do not yet say otherwise.
    /// An ending endpoint that is a service's last resort counts as left.
    public func mayRoute(to address: IPv4Address) -> Bool {
        if !isSettled { return true }
        return slices.values.contains { $0.endpoints.contains { $0.address == address && $0.isReady && !$0.isTerminating } }
    }

    public var nextDeadline: Instant? {
        guard isReady, underWay == nil else { return nil }
        return needsWhole || !dirty.isEmpty ? notBefore : max(lookAt, notBefore)
    }

    public mutating func handle(_ input: ServiceProxierFact) -> [ServiceProxierEffect] {
        switch input {
        case .servicesSynced(let all): sync(all)
        case .serviceChanged(let service): set(service)
        case .serviceGone(let key): if servicesByKey.removeValue(forKey: key) != nil { dirty.insert(key) }
        case .slicesSynced(let all): sync(all)
        case .sliceChanged(let slice): set(slice)
        case .sliceGone(let namespace, let name): remove(SliceName(namespace: namespace, name: name))
        case .applied(let number, let at):
            now = max(now, at)
            if underWay == number { applied() }
        case .failed(let number, let at, let fraction):
            now = max(now, at)
            if underWay == number { failed(fraction) }
        case .looked(let number, let at, let isIntact):
            now = max(now, at)
            guard underWay == number else { break }
            underWay = nil
            lookAt = now + times.look
            if isIntact == false { needsWhole = true }
        case .timePassed(let to): now = max(now, to)
        }
        if case .timePassed = input { return next() }
        return []
    }

    // MARK: What is known

    private mutating func sync(_ all: [Service]) {
        servicesKnown = true
        let keys = Set(all.map(\.key))
        for key in servicesByKey.keys where !keys.contains(key) {
            servicesByKey[key] = nil
            dirty.insert(key)
        }
        for service in all { set(service) }
    }

    private mutating func sync(_ all: [EndpointSlice]) {
        slicesKnown = true
        let names = Set(all.map { SliceName(namespace: $0.namespace, name: $0.name) })
        for name in slices.keys.filter({ !names.contains($0) }) { remove(name) }
        for slice in all { set(slice) }
    }

    private mutating func set(_ service: Service) {
        guard servicesByKey[service.key] != service else { return }
        servicesByKey[service.key] = service
        dirty.insert(service.key)
    }

    private mutating func set(_ slice: EndpointSlice) {
        let name = SliceName(namespace: slice.namespace, name: slice.name)
        guard slices[name] != slice else { return }
        remove(name)
        slices[name] = slice
        slicesOf[slice.service, default: []].insert(name)
        dirty.insert(slice.service)
    }

    private mutating func remove(_ name: SliceName) {
        guard let old = slices.removeValue(forKey: name) else { return }
        slicesOf[old.service]?.remove(name)
        if slicesOf[old.service]?.isEmpty == true { slicesOf[old.service] = nil }
        dirty.insert(old.service)
    }

    /// What a service puts into the table; `nil` when there is no such service.
    public func fragment(for key: ServiceKey) -> ServiceFragment? {
        guard let service = servicesByKey[key] else { return nil }
        return ServiceFragment(service, (slicesOf[key] ?? []).compactMap { slices[$0] }, configuration)
    }

    // MARK: Transactions

    private mutating func applied() {
        underWay = nil
        backoff.reset()
        notBefore = now + times.rest
        lookAt = now + times.look
        flowsUnderWay = []
    }

    private mutating func failed(_ fraction: Double) {
        underWay = nil
        needsWhole = true
        notBefore = now + backoff.next(fraction)
        pendingFlows.formUnion(flowsUnderWay)
        flowsUnderWay = []
    }

    private mutating func next() -> [ServiceProxierEffect] {
        guard isReady, underWay == nil, notBefore <= now else { return [] }
        if needsWhole { return [whole()] }
        if !dirty.isEmpty {
            var fragments: [ServiceKey: ServiceFragment?] = [:]
            for key in dirty { fragments.updateValue(fragment(for: key), forKey: key) }
            dirty = []
            let change = table.replace(fragments)
            if !change.isEmpty {
                flowsUnderWay = change.staleFlows
                return [.apply(number(), change)]
            }
        }
        return lookAt <= now ? [.look(number(), expected: table)] : []
    }

    private mutating func whole() -> ServiceProxierEffect {
        var fragments: [ServiceKey: ServiceFragment?] = [:]
        for key in Set(servicesByKey.keys).union(table.fragments.keys) { fragments.updateValue(fragment(for: key), forKey: key) }
        pendingFlows.formUnion(table.replace(fragments).staleFlows)
        (dirty, needsWhole) = ([], false)
        (flowsUnderWay, pendingFlows) = (pendingFlows, [])
        return .replace(number(), table.contents, forgetting: flowsUnderWay)
    }

    private mutating func number() -> UInt64 {
        lastNumber += 1
        underWay = lastNumber
        return lastNumber
    }
}
