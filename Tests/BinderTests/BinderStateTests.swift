import ActorKit
import Binder
import Core
import Scheduling
import Testing

private func pod(_ name: String, cpu: Int64 = 100) -> PodDemand {
    PodDemand(key: PodKey(namespace: "default", name: name), uid: PodUID(name), amounts: Amounts(milliCPU: cpu))
}

private func agent(_ name: String, cpu: Int64 = 1000) -> AgentRecord {
    let offer = Offer(id: OfferID("o-\(name)"), agent: AgentID(name), hostname: name, resources: Resources(milliCPU: cpu))
    return AgentRecord(agent: AgentID(name), hostname: name, offers: [offer], runsOurExecutor: true)
}

private let start = ContinuousClock.now

private func ids(_ count: Int) -> [TaskID] { (1...count).map { TaskID("t\($0)") } }

@Suite struct BinderStateTests {
    /// A binder that is open, with a plan for `pods` that waits for its claim.
    func planned(_ pods: [PodDemand], on agents: [AgentRecord]) -> BinderState {
        var state = BinderState(term: Term(3), fit: Fit(executorShare: .zero))
        _ = state.handle(.opened)
        _ = state.handle(.stimulus(explain: false))
        _ = state.handle(.gathered(1, pods: pods, cluster: ClusterSnapshot(agents: agents), ids: ids(pods.count), at: start))
        return state
    }

    @Test func aPlanGoesFromClaimOverDurableIntentsToOneAcceptPerAgent() {
        var state = BinderState(term: Term(3), fit: Fit(executorShare: .zero))
        #expect(state.handle(.stimulus(explain: false)) == [])
        #expect(state.handle(.opened) == [.gather(1, explain: false)])
        let gathered = BinderFact.gathered(1, pods: [pod("a"), pod("b", cpu: 950), pod("c")], cluster: ClusterSnapshot(agents: [agent("n1"), agent("n2")]), ids: ids(3), at: start)
        #expect(state.handle(gathered) == [.claim(1, ["o-n1", "o-n2"])])
        guard case .writeIntents(1, let intents)? = state.handle(.claimed(1)).first else { Issue.record("no intents"); return }
        #expect(intents.map(\.task) == ["t1", "t2", "t3"])
        #expect(intents.map(\.uid) == ["a", "c", "b"])
        #expect(intents.map(\.agent) == ["n1", "n1", "n2"])
        #expect(intents.allSatisfy { $0.term == Term(3) })
        let launch = state.handle(.intentsWritten(1))
        #expect(launch.first == .expect(intents))
        let accepts = launch.compactMap { if case .accept(1, let launch) = $0 { launch } else { nil } }
        #expect(accepts.map { $0.tasks.map(\.id) } == [["t1", "t2"], ["t3"]])
        #expect(state.handle(.accepted(1, .init(agent: "n1"), .sent)) == [.used(1, ["o-n1"]), .outcome("a", .launched), .outcome("c", .launched)])
        #expect(
            state.handle(.accepted(1, .init(agent: "n2"), .sent)) == [.used(1, ["o-n2"]), .outcome("b", .launched), .gather(2, explain: false)])
    }

    @Test func nothingIsPlannedBeforeThisLeaderMayLaunch() {
        var state = BinderState(term: Term(1), fit: Fit(executorShare: .zero))
        #expect(state.handle(.stimulus(explain: true)) == [])
        _ = state.handle(.opened)
        _ = state.handle(.closed)
        #expect(state.handle(.gathered(1, pods: [pod("a")], cluster: ClusterSnapshot(agents: [agent("n1")]), ids: ids(1), at: start)) == [.outcome("a", .putBack)])
        #expect(state.handle(.stimulus(explain: false)) == [])
    }

    @Test func podsThatNoAgentFitsGoBackWithTheirVetoes() {
        var state = BinderState(term: Term(1), fit: Fit(executorShare: .zero))
        _ = state.handle(.opened)
        _ = state.handle(.stimulus(explain: false))
        let effects = state.handle(.gathered(1, pods: [pod("big", cpu: 4000)], cluster: ClusterSnapshot(agents: [agent("n1")]), ids: ids(1), at: start))
        let veto = AgentVeto(agent: "n1", reasons: [.insufficient(.cpu, wanted: 4000, available: 1000)])
        #expect(effects == [.outcome("big", .vetoed(Explanation([veto]))), .gather(2, explain: false)])
        #expect(state.handle(.gathered(2, pods: [], cluster: ClusterSnapshot(agents: []), ids: [], at: start)) == [])
    }

    @Test func aRefusedClaimIsPlannedAnewWithoutBlame() {
        var state = planned([pod("a")], on: [agent("n1")])
        #expect(state.handle(.claimRefused(1, "rescinded")) == [.outcome("a", .putBack), .gather(2, explain: false)])
    }

    @Test func intentsThatCouldNotBeStoredAreWithdrawnAndTheOffersReleased() {
        var state = planned([pod("a")], on: [agent("n1")])
        _ = state.handle(.claimed(1))
        #expect(
            state.handle(.intentsFailed(1, "timeout")) == [
                .release(1, ["o-n1"]), .withdraw(["t1"]), .outcome("a", .failed("the launch intents could not be stored: timeout")),
                .gather(2, explain: false),
            ])
    }

    @Test func aRefusedAcceptIsUndoneForItsAgentOnly() {
        var state = planned([pod("a", cpu: 900), pod("b", cpu: 900)], on: [agent("n1"), agent("n2")])
        _ = state.handle(.claimed(1))
        _ = state.handle(.intentsWritten(1))
        #expect(
            state.handle(.accepted(1, .init(agent: "n1"), .refused("not subscribed"))) == [
                .unusable(1, ["o-n1"]), .withdraw(["t1"]), .outcome("a", .failed("Mesos did not take the launch: not subscribed")),
            ])
        #expect(state.handle(.accepted(1, .init(agent: "n2"), .sent)).contains(.outcome("b", .launched)))
    }

    /// The offers go back: an ACCEPT that never arrived would leave them with us for ever, as far as Mesos knows.
    @Test func anUnansweredAcceptKeepsItsIntentsGivesItsOffersBackAndAsksMesos() {
        var state = planned([pod("a")], on: [agent("n1")])
        _ = state.handle(.claimed(1))
        _ = state.handle(.intentsWritten(1))
        let effects = state.handle(.accepted(1, .init(agent: "n1"), .inDoubt("timeout")))
        #expect(effects.starts(with: [.unusable(1, ["o-n1"]), .doubt(["t1"]), .outcome("a", .launched)]))
        #expect(!effects.contains(.withdraw(["t1"])))
    }

    @Test func aPodDeletedBeforeTheIntentsIsLeftOut() {
        var state = planned([pod("a"), pod("b")], on: [agent("n1")])
        _ = state.handle(.podGone("a"))
        guard case .writeIntents(1, let intents)? = state.handle(.claimed(1)).first else { Issue.record("no intents"); return }
        #expect(intents.map(\.uid) == ["b"])
    }

    @Test func aPodDeletedAfterTheIntentsIsNotLaunched() {
        var state = planned([pod("a")], on: [agent("n1")])
        _ = state.handle(.claimed(1))
        _ = state.handle(.podGone("a"))
        #expect(state.handle(.intentsWritten(1)) == [.release(1, ["o-n1"]), .withdraw(["t1"]), .gather(2, explain: false)])
    }

    @Test func aLeaderThatLostItsPlaceLaunchesNothingMore() {
        var state = planned([pod("a")], on: [agent("n1")])
        _ = state.handle(.claimed(1))
        _ = state.handle(.closed)
        #expect(state.handle(.intentsWritten(1)) == [.release(1, ["o-n1"]), .withdraw(["t1"]), .outcome("a", .putBack)])
    }

    @Test func lateAnswersOfAnEarlierPlanChangeNothing() {
        var state = planned([pod("a")], on: [agent("n1")])
        _ = state.handle(.claimRefused(1, "expired"))
        #expect(state.handle(.claimed(1)) == [])
        #expect(state.handle(.intentsWritten(1)) == [])
        #expect(state.handle(.accepted(1, .init(agent: "n1"), .sent)) == [])
        #expect(state.handle(.gathered(1, pods: [pod("x")], cluster: ClusterSnapshot(agents: []), ids: ids(1), at: start)) == [.outcome("x", .putBack)])
    }

    @Test func workThatComesDuringAPlanIsTakenUpAfterIt() {
        var state = planned([pod("a")], on: [agent("n1")])
        #expect(state.handle(.stimulus(explain: true)) == [])
        #expect(state.handle(.claimRefused(1, "expired")) == [.outcome("a", .putBack), .gather(2, explain: true)])
    }
}

private actor Outlet: BinderOutlet {
    var waiting: [PodDemand]
    var steps: [String] = []
    let launched = Inbox<PodUID>(capacity: 10)
    init(_ pods: [PodDemand]) { waiting = pods }
    func gather(limit: Int, explain: Bool) -> (pods: [PodDemand], cluster: ClusterSnapshot) {
        defer { waiting = [] }
        return (waiting, ClusterSnapshot(agents: [agent("n1")]))
    }
    func claim(_ offers: [OfferID], by plan: PlanNumber) -> String? { steps.append("claim"); return nil }
    func release(_ offers: [OfferID], by plan: PlanNumber) {}
    func used(_ offers: [OfferID], by plan: PlanNumber) { steps.append("used") }
    func unusable(_ offers: [OfferID], by plan: PlanNumber) {}
    func write(_ intents: [LaunchIntent]) -> String? { steps.append("write \(intents.count)"); return nil }
    func expect(_ intents: [LaunchIntent]) { steps.append("expect") }
    func accept(_ launch: AgentLaunch) -> AcceptAnswer { steps.append("accept \(launch.tasks.count)"); return .sent }
    func withdraw(_ tasks: [TaskID]) {}
    func doubt(_ tasks: [TaskID]) {}
    func evict(_ preemption: Plan.Preemption) {}
    func outcome(_ pod: PodUID, _ outcome: AttemptOutcome) { if outcome == .launched { launched.feed(pod) } }
}

@Suite struct BinderTests {
    @Test func launchesWhatWaitsStepByStep() async {
        let outlet = Outlet([pod("a"), pod("b")])
        let random = SeededRandom(seed: 1)
        let binder = Binder(term: Term(1), fit: Fit(executorShare: .zero), outlet: outlet) { TaskID("pod.\(random.uuid())") }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await binder.run() }
            binder.open()
            binder.stimulate()
            var launched: [PodUID] = []
            while launched.count < 2, let more = await outlet.launched.batch(on: SystemTime()) { launched += more }
            #expect(launched == ["a", "b"])
            group.cancelAll()
        }
        #expect(await outlet.steps == ["claim", "write 2", "expect", "accept 2", "used"])
    }
}
