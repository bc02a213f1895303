import Binder
import Core
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

// What the effects of queue, broker and binder mean: the calls that Main/kmd's adapters make.
extension Leadership {
    // MARK: Offers

    func perform(_ effects: [OfferEffect]) {
        send(calls.handle(.decided(effects)))
        for effect in effects {
            guard case .arrived(let agents) = effect else { continue }
            tell(queue: .offered(count: agents.count, at: simulation.now))
            tell(binder: .stimulus(explain: false))
        }
    }

    func send(_ effects: [OfferCalls.Effect]) {
        let forgets = world.planted == .declineOnce
        for case .send(let number, let call) in effects {
            guard let stream, replica.mayAct(term) else { continue }
            world.network.call(call.name, from: endpoint, to: world.mesos.endpoint) { [self] in
                switch call {
                case .decline(let offers, _, let refuse): world.mesos.decline(offers, refuse: refuse, stream)
                case .suppress: world.mesos.suppress(stream)
                case .revive: world.mesos.revive(stream)
                }
            } answered: { [self] result in
                guard !isOver else { return }
                let answer: OfferCallAnswer = if case .failure(let why) = result, !forgets { .lost("\(why)") } else { .taken }
                send(calls.handle(.answered(number, answer, at: simulation.now)))
                settleTimer()
            }
        }
    }

    // MARK: Queue

    func perform(_ effects: [PodQueueEffect]) {
        for effect in effects {
            switch effect {
            case .ready(let explain): tell(binder: .stimulus(explain: explain))
            case .offersWanted(let fresh): tell(broker: .wanted(fresh: fresh, at: simulation.now))
            case .offersUnwanted: if !queue.isWaiting { tell(broker: .unwanted(at: simulation.now)) }
            case .explain(let pod, let why):
                untilAnswered("explain") { [self] in world.store.explain(pod.uid, why, term: term) } then: { _ in }
            case .judge(let kinds): later(.milliseconds(1)) { [self] in judge(kinds) }
            }
        }
    }

    private func judge(_ kinds: [PodKind]) {
        refreshPicture()
        let (cluster, now) = (picture.snapshot(), simulation.now)
        tell(queue: .judged(suited: kinds.filter { judge.fits($0.demand, on: cluster, at: now) }.map(\.number), at: now))
    }

    func refreshPicture() { picture.setOffers(broker.live) }

    // MARK: Binder

    func perform(_ effect: BinderEffect) {
        switch effect {
        case .gather(let plan, let explain): later(.microseconds(50)) { [self] in gather(plan, explain) }
        case .claim(let plan, let offers): claim(plan, offers)
        case .writeIntents(let plan, let intents): write(plan, intents)
        case .expect(let intents): tell(reconciler: .launching(intents, at: simulation.now))
        case .accept(let plan, let launch): accept(plan, launch)
        case .release(let plan, let offers): tell(broker: .released(offers, by: plan))
        case .used(let plan, let offers): if world.planted != .offerUsedTwice { tell(broker: .used(offers, by: plan)) } else { tell(broker: .released(offers, by: plan)) }
        case .unusable(let plan, let offers): tell(broker: .unusable(offers, by: plan))
        case .withdraw(let tasks): withdraw(tasks)
        case .doubt(let tasks): tell(reconciler: .inDoubt(tasks, at: simulation.now))
        case .evict: break
        case .outcome(let pod, let outcome): note(outcome, of: pod)
        }
    }

    private func gather(_ plan: PlanNumber, _ explain: Bool) {
        refreshPicture()
        let pods = explain || !broker.live.isEmpty ? queue.take(limit: 100) : []
        tell(binder: .gathered(plan, pods: pods, cluster: picture.snapshot(), ids: pods.map { _ in replica.newTask(term) }, at: simulation.now))
    }

    private func claim(_ plan: PlanNumber, _ offers: [OfferID]) {
        let answer = broker.claim(offers, by: plan)
        later(.microseconds(50)) { [self] in
            switch answer {
            case .granted: tell(binder: .claimed(plan))
            case .refused(let offer, let why): tell(binder: .claimRefused(plan, "\(offer) is \(why)"))
            }
        }
    }

    private func write(_ plan: PlanNumber, _ intents: [LaunchIntent]) {
        if world.planted == .forgottenIntents { return later(.milliseconds(1)) { [self] in tell(binder: .intentsWritten(plan)) } }
        guard replica.mayAct(term) else { return later(.milliseconds(1)) { [self] in tell(binder: .intentsFailed(plan, "fenced")) } }
        world.network.call("write \(intents.count) intents", from: endpoint, to: world.store.endpoint) { [self] in
            world.store.write(intents, term: term)
        } answered: { [self] result in
            switch result {
            case .success(.done): tell(binder: .intentsWritten(plan))
            case .success(let answer):
                if case .fenced(let by) = answer { replica.fenced(by: by) }
                tell(binder: .intentsFailed(plan, "\(answer)"))
            case .failure(let why): tell(binder: .intentsFailed(plan, "\(why)"))
            }
        }
    }

    private func accept(_ plan: PlanNumber, _ launch: AgentLaunch) {
        guard let stream else { return later(.microseconds(50)) { [self] in tell(binder: .accepted(plan, launch.key, .refused("not subscribed"))) } }
        let tasks = launch.tasks.compactMap { task -> SimulatedTask? in
            let pod = task.placement.pod
            guard pods[pod.uid] != nil else { return nil }
            return SimulatedTask(id: task.id, pod: pod, amounts: pod.amounts, ports: task.placement.ports, term: term)
        }
        guard tasks.count == launch.tasks.count else {
            return later(.microseconds(50)) { [self] in tell(binder: .accepted(plan, launch.key, .refused("a pod is gone"))) }
        }
        guard replica.mayAct(term) else { return later(.microseconds(50)) { [self] in tell(binder: .accepted(plan, launch.key, .refused("fenced"))) } }
        note("launches \(launch.tasks.map { "\($0.placement.pod.uid) as \($0.id)" }.joined(separator: ", ")) on \(launch.agent)")
        world.network.call("ACCEPT on \(launch.agent)", from: endpoint, to: world.mesos.endpoint) { [self] in
            world.mesos.accept(launch.offers, tasks, stream)
        } answered: { [self] result in
            let answer: AcceptAnswer =
                switch result {
                case .success(.taken): .sent
                case .success(.notSubscribed): .refused("403")
                case .failure(.notSent): .refused("not reached")
                case .failure(.unknown): world.planted == .doubtIsNo ? .refused("no answer") : .inDoubt("no answer")
                }
            tell(binder: .accepted(plan, launch.key, answer))
        }
    }

    private func withdraw(_ tasks: [TaskID]) {
        tell(reconciler: .withdrawn(tasks))
        for task in tasks { untilAnswered("withdraw \(task)") { [self] in world.store.deleteIntent(task, term: term) } then: { _ in } }
    }

    private func note(_ outcome: AttemptOutcome, of pod: PodUID) {
        tell(queue: .tried(pod, outcome, at: simulation.now, fraction: simulation.random.fraction()))
    }
}

extension OfferCall {
    fileprivate var name: String {
        switch self {
        case .decline: "DECLINE"
        case .suppress: "SUPPRESS"
        case .revive: "REVIVE"
        }
    }
}
