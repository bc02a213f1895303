import Core
import OfferBroker
import PodQueue
import Scheduling

/// What a fact costs the scheduler's states, in a small cluster and in a large one: it shall hardly depend on that.
func schedulerStateBenchmarks() async throws {
    for count in [500, 5_000, 50_000] {
        try await podQueueBenchmarks(pods: count)
        try await offerBrokerBenchmarks(offers: count / 5)
    }
}

private func podQueueBenchmarks(pods count: Int) async throws {
    let start = ContinuousClock.now
    var state = PodQueueState(startingAt: start)
    let pods = (0..<count).map { number in
        PodDemand(
            key: PodKey(namespace: "default", name: "pod-\(number)"), uid: PodUID("uid-\(number)"),
            amounts: Amounts(milliCPU: Int64(100 + number % 20), memory: 64 << 20))
    }
    try await measure("queue of \(count): a new pod", count: count) {
        for pod in pods { _ = (state.handle(.waiting(pod, at: start)), state.nextDeadline) }
    }
    var taken: [PodDemand] = []
    try await measure("queue of \(count): a pod handed out", count: count) {
        while taken.count < count { taken += state.take(limit: 256) }
    }
    let why = Explanation([AgentVeto(agent: "agent", reasons: [.insufficient(.cpu, wanted: 1000, available: 500)])])
    try await measure("queue of \(count): a vetoed pod", count: count) {
        for pod in taken { _ = (state.handle(.tried(pod.uid, .vetoed(why), at: start, fraction: 0.9)), state.nextDeadline) }
    }
    try await measure("queue of \(count), 20 kinds: a batch of offers", count: 100) {
        for _ in 0..<100 {
            _ = state.handle(.offered(count: 1, at: start))
            _ = state.handle(.judged(suited: [], at: start))
        }
    }
}

private func offerBrokerBenchmarks(offers count: Int) async throws {
    let start = ContinuousClock.now
    var state = OfferBrokerState(startingAt: start)
    for fact in [.connected(at: start), .wanted(at: start), .clusterTotal(Amounts(milliCPU: 1 << 40))] as [OfferFact] { _ = state.handle(fact) }
    let offers = (0..<count).map { number in
        Offer(
            id: OfferID("offer-\(number)"), agent: AgentID("agent-\(number / 2)"), hostname: "host-\(number / 2)",
            resources: Resources(milliCPU: 4000, memory: 8 << 30))
    }
    try await measure("broker of \(count): a new offer", count: count) {
        for offer in offers { _ = (state.handle(.offered([offer], at: start)), state.nextDeadline) }
    }
    try await measure("broker of \(count): a claim, and its use", count: count / 2) {
        for offer in offers.prefix(count / 2) { _ = (state.claim([offer.id], by: 1), state.handle(.used([offer.id], by: 1)), state.nextDeadline) }
    }
    try await measure("broker of \(count): an offer that expires", count: count - count / 2) {
        _ = state.handle(.timePassed(to: start + .seconds(6)))
    }
}
