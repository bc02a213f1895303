import Core
import ServiceProxier
import ServiceRouting
import Testing

@Suite struct ServiceProxierStateTests {
    private static let start = Instant.now
    private let configuration = RoutingConfiguration(
        table: "kmd-00000001", bridge: "kmd-00000001", podRange: IPv4Range("10.244.0.0/24")!, serviceRange: IPv4Range("10.10.10.0/24")!,
        nodeName: "n1")

    private func service(_ number: Int) -> Service {
        var service = Service(key: ServiceKey("default", "s\(number)"))
        service.clusterIPs = [IPv4Address("10.10.10.\(number + 1)")!]
        service.ports = [.init(port: 80)]
        return service
    }

    private func slice(_ number: Int, _ ready: Int...) -> EndpointSlice {
        EndpointSlice(
            namespace: "default", name: "s\(number)-1", service: "s\(number)", ports: [.init(port: 80)],
            endpoints: ready.map { .init(address: IPv4Address("10.244.0.\($0)")!) })
    }

    private func at(_ milliseconds: Int) -> Instant { Self.start + .milliseconds(milliseconds) }
    private func passed(_ milliseconds: Int) -> ServiceProxierFact { .timePassed(to: at(milliseconds)) }

    /// A state whose first table is in the kernel, at 0 ms.
    private func settled(_ services: Int = 2) -> ServiceProxierState {
        var state = ServiceProxierState(configuration, startingAt: at(0))
        _ = state.handle(all: [
            .servicesSynced((0..<services).map { service($0) }), .slicesSynced((0..<services).map { slice($0, $0 + 2) }), passed(0),
        ])
        _ = state.handle(.applied(1, at: at(0)))
        return state
    }

    @Test func `Nothing is changed before services and slices have both been read`() {
        var state = ServiceProxierState(configuration, startingAt: at(0))
        #expect(state.handle(all: [.servicesSynced([service(0)]), passed(0)]).isEmpty && state.nextDeadline == nil)
        #expect(state.handle(all: [.serviceChanged(service(1)), passed(10)]).isEmpty)
        let effects = state.handle(all: [.slicesSynced([slice(0, 2)]), passed(20)])
        guard case .replace(1, let contents, _) = effects.first, effects.count == 1 else { return #expect(Bool(false), "\(effects)") }
        #expect(contents.chains.keys.sorted() == ["svc/default/s0/tcp/80"])
        #expect(contents.elements[RuleElement(.refused, "10.10.10.2 . tcp . 80")] == "goto refuse")
    }

    @Test func `Changes during a transaction wait for its end and a short rest, and share the next`() {
        var state = settled()
        guard case .apply(2, _) = state.handle(all: [.sliceChanged(slice(0, 2, 3)), passed(100)]).first else { return #expect(Bool(false)) }
        #expect(state.handle(all: [.sliceChanged(slice(0, 3)), .sliceChanged(slice(1, 9)), passed(110)]).isEmpty)
        #expect(state.nextDeadline == nil)
        #expect(state.handle(all: [.applied(2, at: at(150)), passed(150)]).isEmpty)
        #expect(state.nextDeadline == at(250))
        guard case .apply(3, let change) = state.handle(passed(250)).first else { return #expect(Bool(false)) }
        #expect(change.changedChains.keys.sorted() == ["svc/default/s0/tcp/80", "svc/default/s1/tcp/80"])
    }

    @Test func `Traffic has left an address only when the rules that say so are in the kernel`() throws {
        var state = settled()
        let address = try #require(IPv4Address("10.244.0.2"))
        #expect(state.mayRoute(to: address))
        #expect(!state.mayRoute(to: try #require(IPv4Address("10.244.0.99"))), "no service ever sent anything there")
        _ = state.handle(all: [.sliceChanged(slice(0, 3)), passed(100)])
        #expect(state.mayRoute(to: address), "the transaction is under way")
        _ = state.handle(.applied(2, at: at(150)))
        #expect(!state.mayRoute(to: address))
    }

    @Test func `A relist with the same content changes nothing, and what it lacks goes`() {
        var state = settled()
        #expect(state.handle(all: [.servicesSynced([service(0), service(1)]), .slicesSynced([slice(0, 2), slice(1, 3)]), passed(200)]).isEmpty)
        let effects = state.handle(all: [.servicesSynced([service(1)]), passed(300)])
        guard case .apply(_, let change) = effects.first else { return #expect(Bool(false)) }
        #expect(change.removedChains == ["svc/default/s0/tcp/80"] && change.changedChains.isEmpty)
    }

    @Test func `A change that comes and goes again before its turn is none`() {
        var state = settled()
        #expect(state.handle(all: [.sliceChanged(slice(0, 7)), .sliceChanged(slice(0, 2)), passed(200)]).isEmpty)
        #expect(state.isSettled)
    }

    @Test func `After a failure the whole table is made anew, each time later, and forgets what is still to be forgotten`() {
        var state = settled()
        _ = state.handle(all: [.sliceChanged(slice(0, 7)), passed(200)])
        #expect(state.handle(all: [.failed(2, at: at(200), fraction: 1), passed(200)]).isEmpty)
        #expect(state.nextDeadline == at(400))
        guard case .replace(3, let contents, _) = state.handle(passed(400)).first else { return #expect(Bool(false)) }
        #expect(contents.chains["svc/default/s0/tcp/80"]?.last == "meta l4proto tcp dnat to 10.244.0.7:80")
        _ = state.handle(.failed(3, at: at(400), fraction: 1))
        #expect(state.nextDeadline == at(800))
        #expect(state.handle(passed(799)).isEmpty)
        guard case .replace(4, _, _) = state.handle(passed(800)).first else { return #expect(Bool(false)) }
        _ = state.handle(.applied(4, at: at(900)))
        #expect(state.isSettled)
    }

    @Test func `Flows of a failed transaction are forgotten with the next that succeeds`() {
        var state = ServiceProxierState(configuration, startingAt: at(0))
        var dns = service(0)
        dns.ports = [.init(transport: .udp, port: 53)]
        func slice(_ ready: Int) -> EndpointSlice {
            var slice = self.slice(0, ready)
            slice.ports = [.init(transport: .udp, port: 53)]
            return slice
        }
        _ = state.handle(all: [.servicesSynced([dns]), .slicesSynced([slice(2)]), passed(0), .applied(1, at: at(0))])
        _ = state.handle(all: [.sliceChanged(slice(3)), passed(200), .failed(2, at: at(200), fraction: 0)])
        guard case .replace(3, _, let flows) = state.handle(passed(1000)).first else { return #expect(Bool(false)) }
        #expect(flows == [DatagramFlow(address: IPv4Address("10.10.10.1"), port: 53, endpoint: IPv4Address("10.244.0.2"))])
    }

    @Test func `A quiet table is looked at, and a damaged one is made anew`() {
        var state = settled()
        #expect(state.nextDeadline == at(5000))
        guard case .look(2, let expected) = state.handle(passed(5000)).first else { return #expect(Bool(false)) }
        #expect(expected.contents.chains["svc/default/s0/tcp/80"]?.count == 2)
        #expect(state.handle(all: [.looked(2, at: at(5001), isIntact: true), passed(5001)]).isEmpty)
        guard case .look(3, _) = state.handle(passed(10_001)).first else { return #expect(Bool(false)) }
        let effects = state.handle(all: [.looked(3, at: at(10_002), isIntact: false), passed(10_002)])
        guard case .replace(4, let contents, _) = effects.first else { return #expect(Bool(false)) }
        #expect(contents.chains.count == 2)
    }

    @Test func `When nobody can tell how the table is, it is looked at again later`() {
        var state = settled()
        _ = state.handle(passed(5000))
        #expect(state.handle(all: [.looked(2, at: at(5000), isIntact: nil), passed(5000)]).isEmpty)
        #expect(state.nextDeadline == at(10_000))
    }

    @Test func `An answer to an older transaction is not taken for the one under way`() {
        var state = settled()
        _ = state.handle(all: [.sliceChanged(slice(0, 7)), passed(200)])
        #expect(state.handle(all: [.applied(1, at: at(210)), .failed(1, at: at(210), fraction: 0), passed(1000)]).isEmpty)
        #expect(!state.isSettled)
    }

    @Test func `A slice that moves to another service leaves the first`() {
        var state = settled()
        var moved = slice(0, 2)
        moved.service = ServiceKey("default", "s1")
        guard case .apply(_, let change) = state.handle(all: [.sliceChanged(moved), passed(200)]).first else { return #expect(Bool(false)) }
        #expect(change.removedChains == ["svc/default/s0/tcp/80"] && change.changedChains.keys.sorted() == ["svc/default/s1/tcp/80"])
    }

    /// Facts in any order, transactions that fail at any time: what the kernel holds in the end is what the last facts ask for.
    @Test(arguments: 1...30)
    func `The kernel's table comes to what is known, whatever fails on the way`(seed: Int) {
        var random = Seeded(UInt64(seed))
        var state = ServiceProxierState(configuration, startingAt: at(0))
        var kernel = Kernel()
        _ = state.handle(all: [.servicesSynced([]), .slicesSynced([])])
        var clock = 0
        for round in 0..<200 {
            let number = Int.random(in: 0..<4, using: &random)
            if round < 150 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0: _ = state.handle(.serviceGone(ServiceKey("default", "s\(number)")))
                case 1: _ = state.handle(.serviceChanged(service(number)))
                case 2: _ = state.handle(.sliceGone(namespace: "default", name: "s\(number)-1"))
                default: _ = state.handle(.sliceChanged(slice(number, Int.random(in: 2..<9, using: &random))))
                }
            }
            clock += round < 150 ? Int.random(in: 0..<300, using: &random) : 60_000
            for effect in state.handle(passed(clock)) {
                let fails = round < 150 && Int.random(in: 0..<4, using: &random) == 0
                _ = state.handle(kernel.run(effect, fails: fails, at: at(clock)))
            }
        }
        #expect(state.isSettled)
        var fresh = RoutingTable()
        var fragments: [ServiceKey: ServiceFragment?] = [:]
        for service in state.services { fragments[service.key] = .some(state.fragment(for: service.key)) }
        _ = fresh.replace(fragments)
        #expect(kernel.contents == fresh.contents)
    }
}

/// What the kernel would hold.
private struct Kernel {
    var contents = RuleContents()

    mutating func run(_ effect: ServiceProxierEffect, fails: Bool, at now: Instant) -> ServiceProxierFact {
        switch effect {
        case .replace(let number, let whole, _):
            if fails { return .failed(number, at: now, fraction: 0.5) }
            contents = whole
            return .applied(number, at: now)
        case .apply(let number, let change):
            if fails { return .failed(number, at: now, fraction: 0.5) }
            for chain in change.removedChains { contents.chains[chain] = nil }
            contents.chains.merge(change.newChains) { $1 }
            contents.chains.merge(change.changedChains) { $1 }
            for set in change.removedClientSets { contents.clientSets[set] = nil }
            contents.clientSets.merge(change.newClientSets) { $1 }
            for element in change.removedElements { contents.elements[element] = nil }
            contents.elements.merge(change.addedElements) { $1 }
            return .applied(number, at: now)
        case .look(let number, _): return .looked(number, at: now, isIntact: fails ? false : true)
        }
    }
}

private struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
