import ActorKit
import Core
import Testing

@testable import DNSRegistrar

@Suite struct DNSRegistrarStateTests {
    let start = ContinuousClock.now
    func state() -> DNSRegistrarState { DNSRegistrarState(DNSRegistrarState.Options(domain: "cluster.local"), startingAt: start) }
    func service(_ name: String, _ address: String) -> ServiceFacts {
        ServiceFacts(ZoneKey(namespace: "default", name: name), .addressed([IPAddress(address)!]))
    }

    @Test func nothingIsToldUntilAllKindsAreKnown() {
        var state = state()
        #expect(state.handle(.servicesSynced([service("a", "10.0.0.1")])) == [])
        #expect(state.handle(.changed(.service(service("b", "10.0.0.2")))) == [])
        #expect(state.handle(.slicesSynced([])) == [])
        #expect(state.nextDeadline == nil)
        let effects = state.handle(.namespacesSynced(["default"]))
        #expect(effects == [.replace(state.names)])
        #expect(state.names.count == 6)
    }

    @Test func aNewListIsComparedWithWhatIsKnown() {
        var state = state()
        _ = state.handle(all: [
            .servicesSynced([service("a", "10.0.0.1"), service("b", "10.0.0.2")]), .slicesSynced([]), .namespacesSynced([]),
        ])
        #expect(state.handle(.servicesSynced([service("a", "10.0.0.1"), service("b", "10.0.0.2")])) == [])
        let effects = state.handle(.servicesSynced([service("b", "10.0.0.2")]))
        #expect(
            effects == [
                .change([
                    ZoneChange("1.0.0.10.in-addr.arpa", [], exists: false),
                    ZoneChange("a.default.svc.cluster.local", [], exists: false),
                ])
            ])
    }

    @Test func theZoneIsWrittenAtMostEverySoOften() {
        var state = state()
        _ = state.handle(all: [.servicesSynced([]), .slicesSynced([]), .namespacesSynced(["x"])])
        func saves(_ effects: [RegistrarEffect]) -> Int { effects.count { if case .save = $0 { true } else { false } } }
        #expect(saves(state.handle(.timePassed(to: start))) == 1)
        _ = state.handle(.changed(.service(service("a", "10.0.0.1"))))
        #expect(saves(state.handle(.timePassed(to: start + .seconds(10)))) == 0, "one is under way")
        _ = state.handle(.saved(succeeded: true))
        #expect(state.nextDeadline == start + .seconds(10))
        #expect(saves(state.handle(.timePassed(to: start + .seconds(10)))) == 1)
        _ = state.handle(.saved(succeeded: true))
        #expect(state.nextDeadline == nil)
        _ = state.handle(.changed(.serviceGone(ZoneKey(namespace: "default", name: "a"))))
        #expect(state.nextDeadline == start + .seconds(13))
    }

    @Test func aSaveThatFailedIsDoneAgain() {
        var state = state()
        _ = state.handle(all: [.servicesSynced([]), .slicesSynced([]), .namespacesSynced([]), .timePassed(to: start)])
        #expect(state.nextDeadline == nil)
        _ = state.handle(.saved(succeeded: false))
        #expect(state.nextDeadline == start + .seconds(3))
    }
}

@Suite struct ZoneFileTests {
    @Test(arguments: 1...20)
    func whatIsWrittenIsRead(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        var zone = ClusterZone(domain: "cluster.local")
        for _ in 0..<100 { _ = zone.apply(ZoneInputs.any(random)) }
        let bytes = ZoneFile.write(zone.all, domain: "cluster.local", ttl: 5)
        #expect(ZoneFile.read(bytes, domain: "cluster.local") == zone.all)
    }

    @Test func aFileThatIsNotWholeIsNotRead() {
        let bytes = ZoneFile.write(
            [ZoneChange("a.default.svc.cluster.local", [.address(IPAddress("10.0.0.1")!)])], domain: "cluster.local", ttl: 5)
        #expect(ZoneFile.read(bytes.dropLast(3) + [], domain: "cluster.local") == nil)
        #expect(ZoneFile.read(bytes, domain: "other.local") == nil)
        #expect(ZoneFile.read([], domain: "cluster.local") == nil)
        #expect(ZoneFile.read([0xff, 0x00, 0x0a], domain: "cluster.local") == nil)
    }
}

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3"), ("fd00::1", "fd00:0:0:0:0:0:0:1"), ("::", "0:0:0:0:0:0:0:0"),
        ("::ffff:10.0.0.1", "0:0:0:0:0:ffff:a00:1"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ])
    func anAddressIsRead(text: String, whole: String) { #expect(IPAddress(text)?.description == whole) }

    @Test(arguments: [
        "", "10.1.2", "10.1.2.256", "10.1.2.03", "10.1.2.+3", "1.2.3.4.5", ":", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9",
        "g::", "None", "1:2:3:4:5:6:7",
    ])
    func anythingElseIsNot(text: String) { #expect(IPAddress(text) == nil) }
}
