import Core
import JSON
import KubeObjects
import NodeAgent
import Synchronization
import Testing

/// One pod in an API server of a few lines. Requests can be held back, as a network does with those of an executor that is dead by then.
private final class OnePod: PodBindingAPI {
    struct Standing {
        var node = ""
        var task = ""
        var revision = 1
    }
    private let state: Mutex<Standing>
    /// What comes between a read and the write that follows it.
    private let meanwhile: Mutex<(@Sendable (OnePod) -> Void)?>
    let writes = Mutex(0)

    init(_ standing: Standing = Standing(), meanwhile: (@Sendable (OnePod) -> Void)? = nil) {
        state = Mutex(standing)
        self.meanwhile = Mutex(meanwhile)
    }

    var now: Standing { state.withLock { $0 } }

    func set(node: String? = nil, task: String? = nil) {
        state.withLock { ($0.node, $0.task, $0.revision) = (node ?? $0.node, task ?? $0.task, $0.revision + 1) }
    }

    func pod(_ key: PodKey) -> Pod {
        let read = now
        let hook = meanwhile.withLock { hook in
            defer { hook = nil }
            return hook
        }
        hook?(self)
        return OnePod.pod(node: read.node, task: read.task, revision: read.revision)
    }

    func bind(_ key: PodKey, uid: PodUID, nodeName: String, annotations: [String: String]) throws(APIFailure) {
        guard now.node.isEmpty else { throw APIFailure(.conflict, "pod a is already assigned to node") }
        writes.withLock { $0 += 1 }
        set(node: nodeName, task: annotations["task"])
    }

    func annotate(_ pod: Pod, annotations: [String: String]) throws(APIFailure) -> Pod {
        guard pod.metadata.resourceVersion == String(now.revision) else { throw APIFailure(.conflict, "the object has been modified") }
        writes.withLock { $0 += 1 }
        set(task: annotations["task"])
        return self.pod(pod.key)
    }

    static func pod(node: String, task: String, revision: Int) -> Pod {
        Pod(json: [
            "metadata": [
                "name": "a", "namespace": "default", "uid": "u", "resourceVersion": .string(String(revision)), "annotations": ["task": .string(task)],
            ],
            "spec": ["nodeName": .string(node), "containers": []],
        ])
    }
}

@Suite struct PodBindingTests {
    private func launch(_ task: String, boundTo node: String = "") -> PodLaunch {
        PodLaunch(task: TaskID(task), pod: OnePod.pod(node: node, task: "", revision: 1), annotations: ["task": task])
    }
    private func bind(_ api: OnePod, _ launch: PodLaunch) async -> String {
        switch await PodBinding(api: api, time: SystemTime(), nodeName: "n1").bind(launch) {
        case .bound(let pod): "bound by \(pod.metadata.annotations["task"] ?? "-")"
        case .gone: "gone"
        case .refused: "refused"
        }
    }

    @Test func aPodIsBoundOnce() async {
        let api = OnePod()
        #expect(await bind(api, launch("t1")) == "bound by t1")
        #expect(api.now.node == "n1")
        // Told again, as after an answer that was lost.
        #expect(await bind(api, launch("t1")) == "bound by t1")
        #expect(api.writes.withLock { $0 } == 1)
    }

    @Test func aBoundPodGetsItsNextTask() async {
        let api = OnePod(.init(node: "n1", task: "t1"))
        #expect(await bind(api, launch("t2", boundTo: "n1")) == "bound by t2")
        #expect(api.now.task == "t2")
    }

    @Test func aPodThatAnotherNodeHasIsRefused() async {
        let api = OnePod(.init(node: "n2", task: "t1"))
        #expect(await bind(api, launch("t2")) == "refused")
        #expect(api.now.task == "t1")
    }

    /// What an executor read before it was killed, and writes after the next one has bound the pod.
    @Test func aWriteFromBeforeAnotherTaskHadThePodDoesNothing() async throws {
        let api = OnePod(.init(node: "n1", task: "t0"))
        let seen = api.pod(PodKey(namespace: "default", name: "a"))
        #expect(await bind(api, launch("t2", boundTo: "n1")) == "bound by t2")
        #expect(throws: APIFailure.self) { try api.annotate(seen, annotations: ["task": "t1"]) }
        #expect(api.now.task == "t2")
    }

    /// Its status changes while it is being bound.
    @Test func whatChangedMeanwhileIsReadAgain() async {
        let api = OnePod(.init(node: "n1", task: "t0")) { $0.set() }
        #expect(await bind(api, launch("t1", boundTo: "n1")) == "bound by t1")
        #expect(api.now.task == "t1")
    }
}
