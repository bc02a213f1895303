import Core
import MesosProto

/// An executor as the master has it.
public struct MesosExecutor: Sendable, Hashable {
    public let agent: AgentID
    /// For `ExecutorDescription.exact`.
    public let description: [UInt8]
    public let labels: [String: String]
}

extension MesosOperatorClient {
    /// The executors of a framework, with what each was launched with. Agents checkpoint it, so it outlives masters and schedulers.
    public func executors(of framework: FrameworkID, id: ExecutorID) async throws(MesosCallError) -> [MesosExecutor] {
        try await ask(.with { $0.type = .getExecutors }).getExecutors.executors.compactMap { executor in
            let info = executor.executorInfo
            guard info.frameworkID.value == framework.value, info.executorID.value == id.value, let bytes: [UInt8] = try? info.serializedBytes()
            else { return nil }
            return MesosExecutor(
                agent: AgentID(executor.agentID.value), description: bytes,
                labels: Dictionary(info.labels.labels.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
        }
    }
}

extension ExecutorDescription {
    /// The description as a message of Mesos', for `exact`.
    public func bytes(framework: FrameworkID) -> [UInt8] { (try? info(framework: framework).serializedBytes()) ?? [] }
}
