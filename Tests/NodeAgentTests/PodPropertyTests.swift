import Core
import JSON
import KubeObjects
import NodeAgent
import Testing

/// Whatever the order of events, no instance is started twice, no container has two live instances, and a deleted pod ends.
@Suite struct PodPropertyTests {
    private struct Numbers {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    private func step(_ rig: inout PodRig, _ numbers: inout Numbers) {
        switch numbers.next(12) {
        case 0...4: if !rig.owed.isEmpty { rig.answer(rig.owed.remove(at: numbers.next(rig.owed.count))) }
        case 5: loseAnswer(&rig, &numbers)
        case 6: rig.look()
        case 7:
            let running = rig.runtime.containers.filter { $0.condition == .running }
            if !running.isEmpty { rig.exit(running[numbers.next(running.count)].id, code: Int64(numbers.next(2))) }
        case 8:
            rig.now = rig.now.advanced(by: .seconds(numbers.next(40)))
            rig.send(.timePassed)
        case 9: rig.send(.timePassed)
        case 10: if numbers.next(20) == 0 { rig.runtime = RuntimeSnapshot() }
        default: rig.now = rig.now.advanced(by: .milliseconds(1 + numbers.next(900)))
        }
    }

    /// The runtime goes away in the middle of a step: it is done or not, and nobody hears of it.
    private func loseAnswer(_ rig: inout PodRig, _ numbers: inout Numbers) {
        guard let index = rig.owed.firstIndex(where: {
            switch $0 {
            case .createContainer, .startContainer: true
            default: false
            }
        }) else { return }
        let done = numbers.next(2) == 0
        switch rig.owed.remove(at: index) {
        case .createContainer(let name, let attempt, let imageID):
            if done {
                rig.nextID += 1
                rig.runtime.containers.append(
                    ObservedContainer(
                        id: "c\(rig.nextID)", sandboxID: rig.state.sandboxID ?? "", uid: rig.state.uid, name: name, attempt: attempt,
                        condition: .created, imageID: imageID))
            }
            rig.send(.createFailed(container: name, reason: "CreateContainerError", message: "reset", unavailable: true))
        case .startContainer(let name, let id):
            if done { rig.begin(id) }
            rig.send(.startFailed(container: name, message: "reset", unavailable: true))
        default: break
        }
    }

    private func check(_ rig: PodRig, _ seed: Int) {
        let names = Set(rig.runtime.containers.map(\.name))
        for name in names {
            let live = rig.runtime.containers.filter { $0.name == name && $0.condition == .running }
            #expect(live.count <= 1, "seed \(seed): \(name) runs \(live.count) times")
        }
    }

    @Test(arguments: 0..<200)
    func randomOrdersKeepThePromises(seed: Int) {
        var numbers = Numbers(state: UInt64(seed) &* 7919 &+ 1)
        let policies = ["Always", "OnFailure", "Never"]
        let spec: JSONValue = [
            "restartPolicy": .string(policies[numbers.next(3)]), "initContainers": [PodRig.container("i")],
            "containers": [PodRig.container("a"), PodRig.container("b")],
        ]
        var rig = PodRig(spec)
        for _ in 0..<numbers.next(250) {
            step(&rig, &numbers)
            check(rig, seed)
        }
        rig.send(.updated(PodRig.pod(spec, deletionGrace: 30)))
        for _ in 0..<60 {
            rig.look()
            rig.settle()
            rig.pass(.seconds(5))
            check(rig, seed)
            if rig.state.isFinished { break }
        }
        #expect(rig.state.isFinished, "seed \(seed): never ends: \(rig.status.text)")
        #expect(rig.runtime.isEmpty, "seed \(seed): something is left behind")
        #expect(!rig.objectExists)
        #expect(rig.tasks.last == .killed || rig.tasks.last?.isTerminal == true)
    }
}
