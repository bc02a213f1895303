import ActorKit
import Core
import KubeClient
import Scheduling

/// The launch intents at the API server: written by the plan, many in a call; deleted one task after the other as they come to run, and yet in few calls.
final class IntentStore: Sendable {
    private static let path = "/apis/kmd.dev/v1/launchintents"
    private static let (kind, apiVersion) = ("LaunchIntent", "kmd.dev/v1")

    private let kube: KubeClient
    private let deletions: SharedCalls<TaskID, Bool>

    init(kube: KubeClient) {
        self.kube = kube
        deletions = SharedCalls(limit: KubeClient.bulkLimit) { tasks in await IntentStore.delete(tasks, kube) }
    }

    /// What earlier leaders were about to launch, and this one.
    func all() async throws(KubeClientError) -> [LaunchIntent] {
        try await kube.list(IntentStore.path).items.compactMap(SchedulerConversions.intent)
    }

    /// All of them are durable when this returns; when it throws, some may be.
    func write(_ intents: [LaunchIntent]) async throws(KubeClientError) {
        try await kube.createAll(
            IntentStore.path, intents.map(SchedulerConversions.json), kind: IntentStore.kind, apiVersion: IntentStore.apiVersion)
    }

    /// Tries until it is gone. `false`: it may stand still, since the task is cancelled or another leads.
    func delete(_ task: TaskID) async -> Bool { await deletions.call(task) ?? false }

    /// The same of many.
    func delete(_ tasks: [TaskID]) async { _ = await IntentStore.delete(tasks, kube) }

    private static func delete(_ tasks: [TaskID], _ kube: KubeClient) async -> Bool? {
        let answer = await untilAnswered { () async throws(KubeClientError) in
            do throws(KubeClientError) {
                try await kube.deleteAll(path, names: tasks.map(\.value), kind: kind, apiVersion: apiVersion)
            } catch {
                // A server of before this was possible.
                guard error.isRefusedAsUnknown else { throw error }
                for task in tasks { try await deleteAlone(task, kube) }
            }
        }
        return answer.map { isSettled($0) }
    }

    private static func deleteAlone(_ task: TaskID, _ kube: KubeClient) async throws(KubeClientError) {
        do throws(KubeClientError) { try await kube.delete("\(path)/\(KubeClient.escaped(task.value))") } catch {
            guard error.isNotFound else { throw error }
        }
    }
}
