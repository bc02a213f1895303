import ActorKit
import Core
import Logging
import Mesos
import NodeAgent
import Synchronization

/// Carries the node agent's task states to Mesos, in their order. The client keeps each until the agent has it.
final class MesosReporter: TaskReporter {
    private struct Report: Sendable {
        let task: TaskID
        let state: TaskState
        let message: String
    }

    private let client: MesosExecutorClient
    private let logger: Logger
    /// Two or three reports a task, taken at once by an actor that only stores them: a full inbox means that Mesos is beyond help.
    private let reports = Inbox<Report>(capacity: 65_536)
    /// Of the tasks that live: each update repeats them, so that it can be known from it alone whose it is.
    private let labels = Mutex<[TaskID: [String: String]]>([:])

    init(client: MesosExecutorClient, logger: Logger) { (self.client, self.logger) = (client, logger) }

    /// A task was launched with these labels.
    func note(_ task: TaskID, labels given: [String: String]) { labels.withLock { $0[task] = given } }

    func report(_ task: TaskID, _ state: TaskState, message: String) {
        let answer = reports.offer(Report(task: task, state: state, message: message))
        if answer == .busy { logger.error("a task's state was dropped: too many wait", metadata: ["task": "\(task)", "state": "\(state.rawValue)"]) }
    }

    /// Delivers until the task is cancelled or `finish` was called and all is delivered.
    func run() async {
        while let batch = await reports.batch(on: SystemTime()) {
            for report in batch {
                var status = TaskStatusUpdate(taskID: report.task, state: MesosTaskState(report.state), message: report.message)
                status.labels = labels.withLock { (report.state.isTerminal ? $0.removeValue(forKey: report.task) : $0[report.task]) ?? [:] }
                do {
                    try await client.update(status)
                } catch {
                    logger.error("a task's state was refused: \(error)", metadata: ["task": "\(report.task)", "state": "\(report.state.rawValue)"])
                }
            }
        }
    }

    func finish() { reports.close() }
}

extension MesosTaskState {
    init(_ state: TaskState) {
        switch state {
        case .starting: self = .starting
        case .running: self = .running
        case .finished: self = .finished
        case .failed: self = .failed
        case .killed: self = .killed
        }
    }
}
