import ActorKit
import Core
import PodQueue
import Scheduling
import Testing

private struct Noting: PodQueueOutlet {
    let ready = Inbox<Bool>(capacity: 10)
    let notes = Inbox<AttemptNote>(capacity: 10)
    let asked = Inbox<[PodKind]>(capacity: 10)
    func podsReady(explain: Bool) { ready.feed(explain) }
    func offersWanted(fresh: Bool) {}
    func offersUnwanted() {}
    func explain(_ pod: PodDemand, _ why: String) {}
    func suited(_ kinds: [PodKind]) -> [KindNumber] {
        asked.feed(kinds)
        return kinds.map(\.number)
    }
    func handedOut(_ count: Int) {}
    func note(_ note: AttemptNote) { notes.feed(note) }
}

@Suite struct PodQueueTests {
    let pod = PodDemand(key: PodKey(namespace: "default", name: "a"), uid: "a", amounts: Amounts(milliCPU: 100))
    let tooSmall = AttemptOutcome.vetoed(Explanation([AgentVeto(agent: "n1", reasons: [.unschedulable])]))

    @Test(.timeLimit(.minutes(1))) func announcesWhatIsReadyAndWakesByItself() async {
        let outlet = Noting()
        var times = PodQueueState.Times()
        times.firstBackoff = .milliseconds(1)
        let queue = PodQueue(times: times, outlet: outlet, random: SeededRandom(seed: 1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await queue.run() }
            await queue.tell(.waiting(pod, at: .now))
            #expect(await taken(from: queue, outlet) == 1)
            await queue.tried("a", .failed("no luck"))
            #expect(await taken(from: queue, outlet) == 1)
            group.cancelAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func asksThePlannerWhomAnOfferSuitsAndWakesThem() async {
        let outlet = Noting()
        var times = PodQueueState.Times()
        (times.firstBackoff, times.longestBackoff) = (.seconds(3600), .seconds(3600))
        let queue = PodQueue(times: times, outlet: outlet, random: SeededRandom(seed: 1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await queue.run() }
            await queue.tell(.waiting(pod, at: .now))
            #expect(await taken(from: queue, outlet) == 1)
            await queue.tried("a", tooSmall)
            await queue.tell(.offered(count: 1, at: .now))
            #expect(await outlet.asked.batch(limit: 1, on: SystemTime())?.first?.map(\.demand) == [pod])
            #expect(await taken(from: queue, outlet) == 1)
            group.cancelAll()
        }
    }

    @Test func aRetryNeedsAPodThatWaits() async {
        let outlet = Noting()
        let queue = PodQueue(outlet: outlet, random: SeededRandom(seed: 1))
        await queue.tell(.waiting(pod, at: .now))
        _ = await queue.take(limit: 1)
        await queue.tried("a", tooSmall)
        #expect(await queue.account(of: pod.key)?.pod.phase == .backingOff)
        #expect(await queue.retry(pod.key))
        #expect(await queue.account(of: pod.key)?.pod.phase == .ready)
        #expect(await queue.retry(PodKey(namespace: "default", name: "b")) == false)
        _ = await queue.take(limit: 1)
        await queue.tried("a", .launched)
        #expect(await queue.retry(pod.key) == false)
        #expect(outlet.notes.drain().map(\.outcome) == [tooSmall, .launched])
    }

    /// How many pods an announcement leads to. One may come that speaks of what was taken before; the next one counts then.
    private func taken(from queue: PodQueue, _ outlet: Noting) async -> Int {
        while await outlet.ready.batch(limit: 1, on: SystemTime()) != nil {
            let count = await queue.take(limit: 9).count
            if count > 0 { return count }
        }
        return 0
    }
}
