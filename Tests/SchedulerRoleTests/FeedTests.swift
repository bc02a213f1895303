import Core
import JSON
import KubeObjects
import Mesos
import OfferBroker
import Testing

@testable import kmd

/// Which pods wait for a node, what a plan takes, and what an answer of the master to a call about offers means.
@Suite struct FeedTests {
    private func waits(_ change: (inout JSONValue) -> Void) -> Bool {
        var pod: JSONValue = ["metadata": ["name": "a", "namespace": "default", "uid": "u"], "spec": [:], "status": [:]]
        change(&pod)
        return PodFeed.waits(Pod(json: pod))
    }

    @Test func aPodWaitsUntilItIsBoundDeletedOrFinishedAndNotWhileItIsGated() {
        #expect(waits { _ in })
        #expect(!waits { $0.set("n1", at: "spec", "nodeName") })
        #expect(!waits { $0.set("2026-01-01T00:00:00Z", at: "metadata", "deletionTimestamp") })
        #expect(!waits { $0.set("Succeeded", at: "status", "phase") })
        #expect(!waits { $0.set([["name": "example.com/quota"]], at: "spec", "schedulingGates") })
        #expect(waits { $0.set([], at: "spec", "schedulingGates") })
    }

    @Test func aPlanTakesMorePodsWhereOffersAreFew() {
        #expect(BinderAdapter.podsPerPlan(512, offers: 0) == 2048)
        #expect(BinderAdapter.podsPerPlan(512, offers: 500) == 2048)
        #expect(BinderAdapter.podsPerPlan(512, offers: 1024) == 1024)
        #expect(BinderAdapter.podsPerPlan(512, offers: 5000) == 512)
    }

    @Test func onlyWhatTheMasterWillNeverTakeIsNotCalledAgain() {
        for error in [MesosCallError.notSubscribed, .unreachable("reset"), .refused(status: 503, message: ""), .refused(status: 500, message: "")] {
            #expect(OfferAdapter.answer(to: error) == .lost(error.description))
        }
        #expect(OfferAdapter.answer(to: .refused(status: 403, message: "not the stream")) == .lost("Mesos answered 403: not the stream"))
        #expect(OfferAdapter.answer(to: .refused(status: 400, message: "no")) == .refused("400: no"))
    }
}
