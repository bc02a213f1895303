import Core
import PodQueue
import Scheduling
import Testing

/// Whose offers are wanted: the queue says when that changes, and is asked for what it is.
@Suite struct RoleWishTests {
    let start = ContinuousClock.now

    func pod(_ name: String, in namespace: String = "default", roles: [String]? = nil) -> PodDemand {
        var wishes = PodShape.Wishes(namespace: namespace)
        (wishes.amounts, wishes.roles) = (Amounts(milliCPU: 100), roles)
        return PodDemand(key: PodKey(namespace: namespace, name: name), uid: PodUID(name), shape: PodShape(wishes))
    }

    func wish(in namespace: String = "default", roles: [String]? = nil) -> RoleWish { RoleWish(pod("any", in: namespace, roles: roles)) }

    @Test func aPodThatNamesItsRolesDoesNotDependOnItsNamespace() {
        #expect(wish(in: "a", roles: ["web"]) == wish(in: "b", roles: ["web"]))
        #expect(wish(in: "a") != wish(in: "b"))
    }

    @Test func theLastPodThatMayUseARoleEndsTheWishForItWhileOthersWait() {
        var state = PodQueueState(startingAt: start)
        for pod in [pod("a"), pod("w1", roles: ["web"]), pod("w2", roles: ["web"])] { _ = state.handle(.waiting(pod, at: start)) }
        #expect(state.roleWishes == [wish(), wish(roles: ["web"])])
        _ = state.take(limit: 9)
        #expect(state.handle(.tried("w1", .launched, at: start, fraction: 0)) == [])
        #expect(state.handle(.tried("w2", .launched, at: start, fraction: 0)) == [.offersUnwanted])
        #expect(state.roleWishes == [wish()])
        #expect(state.handle(.gone("a")) == [.offersUnwanted])
        #expect(state.roleWishes == [])
    }

    @Test func aLaunchThatCameToNothingWantsItsRoleAgain() {
        var state = PodQueueState(startingAt: start)
        for pod in [pod("a"), pod("w", roles: ["web"])] { _ = state.handle(.waiting(pod, at: start)) }
        _ = state.take(limit: 9)
        _ = state.handle(.tried("w", .launched, at: start, fraction: 0))
        #expect(state.handle(.launchFailed("w", reason: "TASK_DROPPED", at: start, fraction: 0)) == [.offersWanted(fresh: false)])
        #expect(state.roleWishes == [wish(), wish(roles: ["web"])])
    }

    @Test func aPodThatNamesOtherRolesNowIsNewsWhetherOrNotItIsReady() {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(pod("a"), at: start))
        #expect(state.handle(.waiting(pod("a", roles: ["web"]), at: start)) == [.offersWanted(fresh: false)])
        #expect(state.roleWishes == [wish(roles: ["web"])])
        _ = state.take(limit: 1)
        #expect(state.handle(.waiting(pod("a", roles: ["batch"]), at: start)) == [.offersWanted(fresh: false)])
    }
}
