import Core
import Mesos
import MesosProto

/// RESERVE and UNRESERVE, by frameworks and by operators.
extension MasterState {
    /// Performs a framework's operation on what its offers hold, and tells how it ended if the framework gave it an id.
    mutating func perform(_ operation: Mesos_V1_Offer.Operation, from available: inout MesosResources, of offer: Offer, by id: FrameworkID) {
        let isReserve = operation.type == .reserve
        let named = isReserve ? operation.reserve.resources : operation.unreserve.resources
        let conversion = MasterState.conversion(of: named.map(MasterState.internalForm), reserving: isReserve)
        switch conversion {
        case .failure(let problem): report(operation, of: id, problem.text)
        case .success(let (before, after)):
            guard available.contains(before) else {
                return report(operation, of: id, "Invalid \(isReserve ? "RESERVE" : "UNRESERVE") Operation: \(MasterState.text(before, offer.role)) is not in the offer")
            }
            if isReserve, let foreign = after.items.first(where: { MasterState.reservation(of: $0) != offer.role }) {
                let role = MasterState.reservation(of: foreign) ?? "*"
                return report(operation, of: id, "A reserve operation was attempted for a resource allocated to role '\(offer.role)' with role '\(role)'")
            }
            available.subtract(before)
            available.add(after)
            convert(before, to: after, on: offer.agent)
            report(operation, of: id, nil)
        }
    }

    /// What cannot be reserved or unreserved, in words.
    struct OperationProblem: Error, Sendable, Hashable { var text: String }

    /// The resources before and after: a reservation is pushed on top of what there is, or the topmost is taken off.
    static func conversion(of named: [Mesos_V1_Resource], reserving: Bool) -> Result<(MesosResources, MesosResources), OperationProblem> {
        var (with, without) = (MesosResources(), MesosResources())
        if named.isEmpty { return .failure(OperationProblem(text: "no resources are named")) }
        for resource in named {
            guard let top = resource.reservations.last else {
                return .failure(OperationProblem(text: "Resource \(resource.name) must be reserved"))
            }
            guard top.type == .dynamic else { return .failure(OperationProblem(text: "Resource \(resource.name) must be dynamically reserved")) }
            if let problem = problem(ofRole: top.role) ?? (top.role == "*" ? "Role '*' cannot be reserved" : nil) {
                return .failure(OperationProblem(text: problem))
            }
            var rest = resource
            rest.reservations.removeLast()
            with.add(resource)
            without.add(rest)
        }
        return .success(reserving ? (without, with) : (with, without))
    }

    /// The agent keeps it, and tells it with its next registration.
    private mutating func convert(_ before: MesosResources, to after: MesosResources, on id: AgentID) {
        guard let agent = agents[id] else { return }
        agents[id]?.convert(before, to: after)
        if let link = agent.link, let total = agents[id]?.total.items { effects.append(.tell(link, .resources(total))) }
    }

    /// UPDATE_OPERATION_STATUS for an operation with an id; without one a framework is told nothing, as in Mesos.
    mutating func report(_ operation: Mesos_V1_Offer.Operation, of id: FrameworkID, _ problem: String?) {
        guard operation.hasID else { return }
        send(id) {
            $0.type = .updateOperationStatus
            $0.updateOperationStatus.status = .with {
                $0.operationID = operation.id
                $0.state = problem == nil ? .operationFinished : .operationError
                if let problem { $0.message = problem }
            }
        }
    }

    /// An operator's RESERVE_RESOURCES or UNRESERVE_RESOURCES: offers that stand in the way are rescinded.
    mutating func reserve(_ named: [Mesos_V1_Resource], on id: AgentID, reserving: Bool) -> HTTPAnswer {
        guard agents[id] != nil else { return .badRequest("No agent found with specified ID") }
        switch MasterState.conversion(of: named.map(MasterState.internalForm), reserving: reserving) {
        case .failure(let problem): return .badRequest("Invalid \(reserving ? "RESERVE" : "UNRESERVE") operation: \(problem.text)")
        case .success(let (before, after)):
            for offer in (agents[id]?.offers ?? []).compactMap({ offers[$0] }).sorted(by: { $0.number < $1.number }) {
                if agents[id]?.free.contains(before) == true { break }
                dropOffer(offer.id, rescinding: true)
            }
            guard agents[id]?.free.contains(before) == true else {
                return HTTPAnswer(status: 409, text: "Failed to apply the operation: not enough of it is free")
            }
            agents[id]?.takeFree(before)
            agents[id]?.giveBack(after)
            convert(before, to: after, on: id)
            allocateSoon()
            return .accepted
        }
    }
}
