import ActorKit
import Core
import OfferBroker
import Scheduling
import Testing

/// Notes what the broker does.
private actor Notes: OfferOutlet {
    enum Call: Sendable, Hashable { case decline([OfferID], GoneReason), suppress([String]), revive([String]), arrived([AgentID]), noted([OfferNote]) }
    let calls = Inbox<Call>(capacity: 1000)
    /// The first DECLINE waits for this, when it is there.
    private let gate: Inbox<Int>?
    /// So many calls are lost.
    private var lost: Int
    init(gate: Inbox<Int>? = nil, lost: Int = 0) { (self.gate, self.lost) = (gate, lost) }

    func call(_ call: OfferCall) async -> OfferCallAnswer {
        switch call {
        case .decline(let offers, let why, _): calls.feed(.decline(offers, why))
        case .suppress(let roles): calls.feed(.suppress(roles))
        case .revive(let roles): calls.feed(.revive(roles))
        }
        if case .decline = call, let gate { _ = await gate.batch(limit: 1, on: SystemTime()) }
        lost -= 1
        return lost >= 0 ? .lost("no answer") : .taken
    }
    func offersArrived(on agents: [AgentID]) { calls.feed(.arrived(agents)) }
    func note(_ notes: [OfferNote]) { calls.feed(.noted(notes)) }

    nonisolated func next() async -> Call? { await calls.batch(limit: 1, on: SystemTime())?.first }
}

private func offer(_ id: OfferID, on agent: AgentID, away: Unavailability? = nil) -> Offer {
    Offer(id: id, agent: agent, hostname: "host-\(agent)", resources: Resources(milliCPU: 1000), unavailability: away)
}

@Suite struct OfferBrokerTests {
    @Test func aClaimSeesWhatWasToldBeforeIt() async {
        let broker = OfferBroker(outlet: Notes())
        await broker.tell(.offered([offer("o1", on: "a1")], at: .now))
        #expect(await broker.changes(since: nil).live.map(\.id) == ["o1"])
        await broker.tell(.rescinded("o1"))
        #expect(await broker.claim(["o1"], by: 1) == .refused("o1", because: .rescinded))
    }

    @Test(.timeLimit(.minutes(1))) func announcesOffersAndAsksForThemAndEndsWhenCancelled() async {
        let notes = Notes()
        let broker = OfferBroker(outlet: notes)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await broker.run() }
            await broker.tell(.connected(at: .now))
            broker.want()
            #expect(await notes.next() == .revive([]))
            await broker.tell(.offered([offer("o1", on: "a1")], at: .now))
            #expect(await notes.next() == .arrived(["a1"]))
            #expect(await broker.claim(["o1"], by: 1) == .granted)
            #expect(await notes.next() == .noted([OfferNote(hostname: "host-a1", .acquired)]))
            group.cancelAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func aLostReviveIsCalledAgainUntilTheMasterTakesIt() async {
        let notes = Notes(lost: 2)
        let broker = OfferBroker(outlet: notes)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await broker.run() }
            await broker.tell(.connected(at: .now))
            broker.want()
            for _ in 1...3 { #expect(await notes.next() == .revive([])) }
            while await broker.report().callsWaiting > 0 { await Task.yield() }
            group.cancelAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func declinesThatGatherBehindASlowOneGoInOneCall() async {
        let gate = Inbox<Int>(capacity: 9)
        let notes = Notes(gate: gate)
        let broker = OfferBroker(outlet: notes)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await broker.run() }
            await broker.tell(.connected(at: .now))
            for number in 1...4 {
                await broker.tell(.offered([offer(OfferID("o\(number)"), on: "a")], at: .now))
                _ = await broker.claim([OfferID("o\(number)")], by: 1)
            }
            await broker.unusable(["o1"], by: 1)
            var call = await notes.next()
            while call != .decline(["o1"], .launchFailed) { call = await notes.next() }
            for number in 2...4 { await broker.unusable([OfferID("o\(number)")], by: 1) }
            gate.feed(1)
            gate.feed(1)
            while true {
                call = await notes.next()
                if case .decline? = call { break }
            }
            #expect(call == .decline(["o2", "o3", "o4"], .launchFailed))
            group.cancelAll()
        }
    }

    @Test func anOfferOfAnAgentInMaintenanceIsJudgedByTheTimeOfDay() async {
        let broker = OfferBroker(outlet: Notes())
        let now = SystemTime().wallClock
        await broker.tell(
            .offered(
                [
                    offer("begun", on: "a1", away: Unavailability(start: now.advanced(by: .seconds(-5)), duration: .seconds(3600))),
                    offer("later", on: "a2", away: Unavailability(start: now.advanced(by: .seconds(3600)))),
                ], at: .now))
        #expect(await broker.changes(since: nil).live.map(\.id) == ["later"])
        #expect(await broker.claim(["begun"], by: 1) == .refused("begun", because: .maintenance))
    }
}
