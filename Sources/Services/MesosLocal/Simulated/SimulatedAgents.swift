import Core
import Mesos
import MesosProto

/// What a whole cluster needs of simulated executors: the API server's side of a pod's life.
public protocol SimulatedPods: Sendable {
    /// Binds the task's pod to its node and reports it as running; `false` when that cannot be.
    func bind(_ task: SimulatedTask) async -> Bool
    /// The task has ended: its pod's object can go.
    func ended(_ task: SimulatedTask) async
}

/// The agents of a `SimulatedAgentsState`, linked to a master in this process.
actor SimulatedAgents {
    /// Calls to the API that may be under way at once.
    static let parallelCalls = 64

    nonisolated let queue = ItemQueue<SimulatedAgentsState.Input>(capacity: 100_000)
    private var state: SimulatedAgentsState
    private let master: ItemQueue<LocalMaster.Item>
    private let pods: (any SimulatedPods)?
    private let time: any TimeSource
    private let links = LinkNumbers()
    private var waiting: ArraySlice<@Sendable () async -> Void> = []
    private var running = 0
    private var calls: [Int: Task<Void, Never>] = [:]
    private var nextCall = 0

    init(_ script: SimulatedAgentScript, master: ItemQueue<LocalMaster.Item>, pods: (any SimulatedPods)?, time: any TimeSource) {
        var script = script
        script.binds = pods != nil
        state = SimulatedAgentsState(script, at: Moment(now: time.now, wall: time.wallClock))
        (self.master, self.pods, self.time) = (master, pods, time)
    }

    /// Links all agents and works until the queue is closed or the task is cancelled.
    func run() async {
        for index in 0..<state.script.agents {
            let (queue, links) = (queue, links)
            master.feed(.connect { link in
                links.set(link, of: index)
                queue.feed(.connected(index))
                return LocalMaster.AgentLink(tell: { message in queue.feed(.heard(index, message)) })
            })
        }
        while let inputs = await queue.batch(until: state.nextDeadline, on: time) {
            perform(state.handle(.tick(Moment(now: time.now, wall: time.wallClock))))
            for input in inputs { perform(state.handle(input)) }
        }
        for call in calls.values { call.cancel() }
        for call in Array(calls.values) { await call.value }
    }

    private func perform(_ effects: [SimulatedAgentsState.Effect]) {
        for effect in effects {
            switch effect {
            case .tell(let index, let message):
                if let link = links.link(of: index) { master.feed(.input(.agent(link, message), reply: nil)) }
            case .bind(let key, let task):
                guard let pods else { continue }
                let queue = queue
                call { queue.feed(.bound(key, await pods.bind(task))) }
            case .ended(let task):
                guard let pods else { continue }
                call { await pods.ended(task) }
            }
        }
    }

    /// Calls run side by side, but not too many; the rest waits in order.
    private func call(_ work: @escaping @Sendable () async -> Void) {
        guard running < SimulatedAgents.parallelCalls else { return waiting.append(work) }
        running += 1
        let number = nextCall
        nextCall += 1
        calls[number] = Task {
            await work()
            self.finished(number)
        }
    }

    private func finished(_ number: Int) {
        calls[number] = nil
        running -= 1
        if let next = waiting.popFirst() { call(next) }
    }
}
