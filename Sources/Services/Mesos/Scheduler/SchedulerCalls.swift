import Core
import FoundationEssentials
import MesosProto

/// The calls of a subscribed framework. Each is answered before what it causes is told, or after: events may come first.
extension MesosSchedulerClient {
    // MARK: Offers

    /// Launches `tasks` on these offers (of one agent) and returns the rest, which is not offered again for `refuse` (5 s by default).
    public func accept(_ offers: [OfferID], launch tasks: [TaskLaunch], refuse: Duration? = nil) async throws(MesosCallError) {
        guard let framework = frameworkID else { throw .notSubscribed }
        try await send {
            $0.type = .accept
            $0.accept.offerIds = offers.map { id in .with { $0.value = id.value } }
            if !tasks.isEmpty {
                $0.accept.operations = [
                    .with {
                        $0.type = .launch
                        $0.launch.taskInfos = tasks.map { $0.info(framework: framework) }
                    }
                ]
            }
            if let refuse { $0.accept.filters.refuseSeconds = refuse.inSeconds }
        }
    }

    /// Gives offers back; the same resources are not offered again for `refuse` (5 s by default).
    public func decline(_ offers: [OfferID], refuse: Duration? = nil) async throws(MesosCallError) {
        try await send {
            $0.type = .decline
            $0.decline.offerIds = offers.map { id in .with { $0.value = id.value } }
            if let refuse { $0.decline.filters.refuseSeconds = refuse.inSeconds }
        }
    }

    /// Forgets all refusals, and any `suppress`: offers come at once.
    ///
    /// - Parameter roles: those to be offered to; all of the framework's when empty.
    public func revive(roles: [String] = []) async throws(MesosCallError) {
        try await send {
            $0.type = .revive
            if !roles.isEmpty { $0.revive.roles = roles }
        }
    }

    /// No offers until `revive`. Offers that are out stay valid.
    ///
    /// - Parameter roles: those that want no offers; all of the framework's when empty.
    public func suppress(roles: [String] = []) async throws(MesosCallError) {
        try await send {
            $0.type = .suppress
            if !roles.isEmpty { $0.suppress.roles = roles }
        }
    }

    /// Says that the resources of these inverse offers will be free when the maintenance begins; asked again after `refuse`.
    public func acceptInverse(_ offers: [OfferID], refuse: Duration? = nil) async throws(MesosCallError) {
        try await send {
            $0.type = .acceptInverseOffers
            $0.acceptInverseOffers.inverseOfferIds = offers.map { id in .with { $0.value = id.value } }
            if let refuse { $0.acceptInverseOffers.filters.refuseSeconds = refuse.inSeconds }
        }
    }

    /// Says that they will not be free as things stand; asked again after `refuse`.
    public func declineInverse(_ offers: [OfferID], refuse: Duration? = nil) async throws(MesosCallError) {
        try await send {
            $0.type = .declineInverseOffers
            $0.declineInverseOffers.inverseOfferIds = offers.map { id in .with { $0.value = id.value } }
            if let refuse { $0.declineInverseOffers.filters.refuseSeconds = refuse.inSeconds }
        }
    }

    // MARK: Tasks

    public func kill(_ task: TaskID, on agent: AgentID? = nil, gracePeriod: Duration? = nil) async throws(MesosCallError) {
        try await send {
            $0.type = .kill
            $0.kill.taskID.value = task.value
            if let agent { $0.kill.agentID.value = agent.value }
            if let gracePeriod { $0.kill.killPolicy.gracePeriod.nanoseconds = Int64(gracePeriod.inSeconds * 1e9) }
        }
    }

    /// Ends an executor with all its tasks.
    public func shutdown(_ executor: ExecutorID, on agent: AgentID) async throws(MesosCallError) {
        try await send {
            $0.type = .shutdown
            $0.shutdown.executorID.value = executor.value
            $0.shutdown.agentID.value = agent.value
        }
    }

    /// Tells that `update` is durable; only then comes the task's next one. Does nothing for an update without uuid.
    public func acknowledge(_ update: TaskStatusUpdate) async throws(MesosCallError) {
        guard let uuid = update.uuid, let agent = update.agentID else { return }
        try await send {
            $0.type = .acknowledge
            $0.acknowledge.agentID.value = agent.value
            $0.acknowledge.taskID.value = update.taskID.value
            $0.acknowledge.uuid = Data(uuid)
        }
    }

    /// Tells that the status of an operation is known. Does nothing for one without uuid.
    public func acknowledge(_ operation: MesosOperationStatus) async throws(MesosCallError) {
        guard let uuid = operation.uuid else { return }
        try await send {
            $0.type = .acknowledgeOperationStatus
            $0.acknowledgeOperationStatus.operationID.value = operation.id
            $0.acknowledgeOperationStatus.uuid = Data(uuid)
            if let agent = operation.agentID { $0.acknowledgeOperationStatus.agentID.value = agent.value }
            if let provider = operation.resourceProviderID { $0.acknowledgeOperationStatus.resourceProviderID.value = provider }
        }
    }

    /// Asks for the states of these tasks; of all known tasks when empty. Answers are updates without uuid.
    /// Just after a change of the leading master there may be no answer: ask again.
    public func reconcile(_ tasks: [(task: TaskID, agent: AgentID?)]) async throws(MesosCallError) {
        try await send {
            $0.type = .reconcile
            $0.reconcile.tasks = tasks.map { entry in
                .with {
                    $0.taskID.value = entry.task.value
                    if let agent = entry.agent { $0.agentID.value = agent.value }
                }
            }
        }
    }

    /// Sends bytes to an executor; delivery is not guaranteed.
    public func message(_ data: [UInt8], to executor: ExecutorID, on agent: AgentID) async throws(MesosCallError) {
        try await send {
            $0.type = .message
            $0.message.agentID.value = agent.value
            $0.message.executorID.value = executor.value
            $0.message.data = Data(data)
        }
    }

    // MARK: The framework

    /// Changes what the master knows of the framework, now and at later subscriptions: roles, name, web page, failover timeout and so on.
    /// User and checkpoint cannot change. Offers to roles that are no longer there are rescinded by the master.
    ///
    /// - Parameter suppressed: roles that want no offers.
    public func update(framework description: FrameworkDescription, suppressed: [String] = []) async throws(MesosCallError) {
        let id = frameworkID
        try await send {
            $0.type = .updateFramework
            $0.updateFramework.frameworkInfo = description.info(id: id)
            if !suppressed.isEmpty { $0.updateFramework.suppressedRoles = suppressed }
        }
        framework = description
    }

    /// Removes the framework: all its tasks and executors are killed, and the id is dead for ever.
    public func teardown() async throws(MesosCallError) { try await send { $0.type = .teardown } }

    private func send(_ fill: (inout Mesos_V1_Scheduler_Call) -> Void) async throws(MesosCallError) {
        guard let subscription, let frameworkID, configuration.mayAct() else { throw .notSubscribed }
        var call = Mesos_V1_Scheduler_Call()
        call.frameworkID.value = frameworkID.value
        fill(&call)
        if configuration.logsMessages { log.debug("call \(json(call))") }
        let url = subscription.master.url(MesosSchedulerClient.path)
        let answer = try await http.call(url, body: bytes(of: call), streamID: subscription.streamID, timeout: configuration.callTimeout)
        guard (200..<300).contains(answer.status) else { throw .refused(status: answer.status, message: answer.text) }
    }
}
