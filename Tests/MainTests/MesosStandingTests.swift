import Core
import JSON
import Testing

@testable import kmd

@Suite struct MesosStandingTests {
    @Test func whatHealsByItselfIsNoFault() {
        for standing in [MesosStanding.starting, .subscribed("f", master: "m"), .disconnected(because: "x")] {
            #expect(standing.fault == nil)
            #expect(standing.remedy == nil)
        }
    }

    @Test func aFaultNamesTheCommandThatResolvesIt() {
        #expect(MesosStanding.removed("f-1").fault == "Mesos has removed framework f-1")
        #expect(MesosStanding.removed("f-1").remedy == "kmd framework forget")
        let mismatch = MesosStanding.mismatch(stored: "s", subscribed: "f")
        #expect(mismatch.fault == "subscribed as framework f, but s is stored")
        #expect(mismatch.remedy?.contains("kmd framework adopt f") == true)
        #expect(MesosStanding.mismatch(stored: nil, subscribed: "f").fault == "subscribed as framework f, but no id is stored")
        for standing in [MesosStanding.refused("401"), .removed("f"), mismatch, .failedOver("f")] { #expect(standing.remedy != nil) }
    }

    @Test func onlyASubscriptionAllowsLaunching() {
        #expect(MesosStanding.subscribed("f", master: "m").isSubscribed)
        for standing in [MesosStanding.starting, .disconnected(because: ""), .refused(""), .removed("f"), .mismatch(stored: "a", subscribed: "b"), .failedOver(nil)] {
            #expect(!standing.isSubscribed)
        }
    }

    @Test func theSameStandingIsNoNews() {
        let status = MesosStatus()
        #expect(status.set(.removed("f"), at: Timestamp(secondsSinceEpoch: 1)))
        #expect(!status.set(.removed("f"), at: Timestamp(secondsSinceEpoch: 2)))
        #expect(status.json["since"] == "1970-01-01T00:00:01Z")
        #expect(status.json["remedy"] == "kmd framework forget")
    }
}
