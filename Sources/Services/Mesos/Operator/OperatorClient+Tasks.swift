import Core
import MesosProto

extension MesosOperatorClient {
    /// The labels of a framework's tasks, of those that the master knows, in whatever state. An update made by the master has none, so this
    /// is how a task is asked whose it is. The answer holds all tasks: ask for many at once, and seldom.
    public func labels(of wanted: Set<TaskID>, framework: FrameworkID) async throws(MesosCallError) -> [TaskID: [String: String]] {
        let answer = try await ask(.with { $0.type = .getTasks }).getTasks
        var found: [TaskID: [String: String]] = [:]
        for task in answer.tasks + answer.unreachableTasks where task.frameworkID.value == framework.value {
            let id = TaskID(task.taskID.value)
            guard wanted.contains(id) else { continue }
            found[id] = Dictionary(task.labels.labels.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        return found
    }
}
