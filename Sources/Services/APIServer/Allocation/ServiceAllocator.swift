import JSON
import KubeAPI
import Logging
import Store
import Synchronization

/// What a change of a service takes and gives back, in the same transaction as the change itself.
struct AllocationPlan: Sendable {
    /// The service with the numbers that were chosen for it; `nil` when it is removed.
    var object: JSONValue?
    fileprivate(set) var taken: [Grant] = []
    fileprivate(set) var given: [Grant] = []
    fileprivate(set) var conditions: [Compare] = []
    fileprivate(set) var operations: [Operation] = []

    /// Reads of what was to be taken, for a transaction that fails to say who has it.
    var probes: [Operation] { taken.map { .get(KeyRange(key: $0.key)) } }
}

/// Gives out cluster IPs and node ports.
///
/// Each number has a key of its own, which the change of the service creates on the condition that it does not exist. So no number is
/// given twice, whoever writes to the store, and none outlives its service. What this type remembers only makes good choices likely.
final class ServiceAllocator: Sendable {
    fileprivate struct State {
        var addresses: NumberPool
        var ports: NumberPool
    }

    let range: ServiceAddressRange
    let portRange: NodePortRange
    let store: any Store
    let logger: Logger
    private let ids: any IDGenerator
    private let state: Mutex<State>

    init(range: ServiceAddressRange, ports: NodePortRange, store: any Store, ids: any IDGenerator, logger: Logger) {
        (self.range, portRange, self.store, self.ids, self.logger) = (range, ports, store, ids, logger)
        state = Mutex(
            State(
                addresses: NumberPool(range.usable, staticCount: range.staticCount),
                ports: NumberPool(ports.ports, staticCount: ports.staticCount)))
    }

    /// Learns anew from the store what is given out.
    func refresh() async throws {
        var addresses: [UInt32] = []
        var ports: [UInt32] = []
        for prefix in [Grant.addressPrefix, Grant.portPrefix] {
            for item in try await store.read(KeyRange(prefix: prefix), at: nil, limit: 0).items {
                guard let grant = Grant(key: item.key) else { continue }
                if grant.sort == .address { addresses.append(grant.number) } else { ports.append(grant.number) }
            }
        }
        state.withLock { state in
            state.addresses.replaceTaken(addresses)
            state.ports.replaceTaken(ports)
        }
    }

    /// What a change from `old` to `new` (both `nil` when there is none) takes and gives back. What it chose is held until `settle`.
    ///
    /// Throws 422 for what is asked for and cannot be had, 500 when nothing is left.
    func plan(old: JSONValue?, new: JSONValue?) async throws -> AllocationPlan {
        var plan = AllocationPlan(object: new)
        let held = ServiceHoldings.grants(of: old)
        do {
            if var service = new {
                try await takeAsked(of: service, held: held, &plan)
                try await takeWanted(for: &service, &plan)
                plan.object = service
                let owner = GrantOwner(service).encoded
                for grant in plan.taken {
                    plan.conditions.append(.absent(grant.key))
                    plan.operations.append(.put(key: grant.key, value: owner))
                }
            }
            if let old { try await giveBack(held, of: old, &plan) }
        } catch {
            settle(plan)
            throw error
        }
        return plan
    }

    /// The end of a plan: with the answer of the transaction that carried it, or without one when it was not tried.
    ///
    /// - Parameter skipping: reads of the failed transaction that stand before the plan's probes.
    func settle(_ plan: AllocationPlan, _ result: TransactionResult? = nil, skipping: Int = 0) {
        state.withLock { state in
            for (position, grant) in plan.taken.enumerated() {
                var isTaken: Bool?
                if result?.succeeded == true { isTaken = true }
                if let result, !result.succeeded, result.results.indices.contains(skipping + position),
                    case .got(let found) = result.results[skipping + position]
                {
                    isTaken = !found.isEmpty
                }
                state.settle(grant, isTaken)
            }
            if result?.succeeded == true { for grant in plan.given { state.settle(grant, false) } }
        }
    }

    /// What the service names itself and did not have before.
    private func takeAsked(of service: JSONValue, held: [Grant], _ plan: inout AllocationPlan) async throws {
        let name = service.at("metadata", "name")?.string ?? ""
        let uid = service.at("metadata", "uid")?.string ?? ""
        let all = ServiceShape(spec: service["spec"] ?? .null).clusterIPs
        for grant in ServiceHoldings.grants(of: service) where !held.contains(grant) {
            func refused(_ why: String) -> APIStatus {
                switch grant.sort {
                case .address: .clusterIPRefused(IPText.text(ipv4: grant.number), all, name: name, because: why)
                case .port:
                    .nodePortRefused(
                        Int64(grant.number), at: ServiceHoldings.position(ofPort: grant.number, in: service), name: name, because: why)
                }
            }
            switch grant.sort {
            case .address where !range.contains(grant.number):
                throw refused(
                    "the provided IP (\(IPText.text(ipv4: grant.number))) is not in the valid range. The range of valid IPs is \(range)")
            case .port where !portRange.ports.contains(grant.number):
                throw refused("provided port is not in the valid range. The range of valid ports is \(portRange)")
            default: break
            }
            if let item = try await store.read(KeyRange(key: grant.key), at: nil, limit: 1).items.first {
                // Its own, from before the service forgot it.
                if !uid.isEmpty, GrantOwner(stored: item.value)?.uid == uid { continue }
                throw refused(grant.sort == .address ? "provided IP is already allocated" : "provided port is already allocated")
            }
            state.withLock { $0.hold(grant) }
            plan.taken.append(grant)
        }
    }

    /// What the service needs and leaves to us.
    private func takeWanted(for service: inout JSONValue, _ plan: inout AllocationPlan) async throws {
        var chosen: [Grant] = []
        defer { plan.taken += chosen }
        if ServiceHoldings.wantsAddress(service) {
            guard let grant = try await choose(.address) else {
                throw APIStatus.internalError("failed to allocate a serviceIP: range is full")
            }
            chosen.append(grant)
            ServiceHoldings.giveAddress(grant.number, to: &service)
        }
        // The tree's walk is synchronous, so the ports are chosen beforehand: at most one for each.
        let wanted = ServiceHoldings.countOfWantedPorts(service)
        var ports: [Grant] = []
        for _ in 0..<wanted {
            guard let grant = try await choose(.port) else {
                for port in ports { state.withLock { $0.settle(port, nil) } }
                throw APIStatus.internalError("failed to allocate a nodePort: range is full")
            }
            ports.append(grant)
        }
        var next = ports[...]
        ServiceHoldings.giveNodePorts(to: &service) { next.removeFirst().number }
        chosen += ports.prefix(ports.count - next.count)
        for port in next { state.withLock { $0.settle(port, nil) } }
    }

    /// A free number; when there seems to be none, the store is asked before that is believed.
    private func choose(_ sort: Grant.Sort) async throws -> Grant? {
        if let grant = state.withLock({ $0.choose(sort, ids) }) { return grant }
        try await refresh()
        return state.withLock { $0.choose(sort, ids) }
    }

    /// What the old state held and the new one does not. Only what is really this service's is given back.
    private func giveBack(_ held: [Grant], of old: JSONValue, _ plan: inout AllocationPlan) async throws {
        let kept = Set(ServiceHoldings.grants(of: plan.object))
        let uid = old.at("metadata", "uid")?.string ?? ""
        for grant in held where !kept.contains(grant) {
            guard let item = try await store.read(KeyRange(key: grant.key), at: nil, limit: 1).items.first,
                GrantOwner(stored: item.value)?.uid == uid
            else { continue }
            plan.conditions.append(.unchanged(grant.key, since: item.modRevision))
            plan.operations.append(.delete(KeyRange(key: grant.key)))
            plan.given.append(grant)
        }
    }
}

extension ServiceAllocator.State {
    fileprivate mutating func hold(_ grant: Grant) {
        if grant.sort == .address { addresses.hold(grant.number) } else { ports.hold(grant.number) }
    }

    fileprivate mutating func settle(_ grant: Grant, _ isTaken: Bool?) {
        if grant.sort == .address { addresses.settle(grant.number, isTaken: isTaken) } else { ports.settle(grant.number, isTaken: isTaken) }
    }

    fileprivate mutating func choose(_ sort: Grant.Sort, _ ids: any IDGenerator) -> Grant? {
        let pick = { (range: ClosedRange<UInt32>) in UInt32(ids.int64(in: Int64(range.lowerBound)...Int64(range.upperBound))) }
        let number = sort == .address ? addresses.chooseAny(pick) : ports.chooseAny(pick)
        return number.map { Grant(sort, $0) }
    }
}

extension APIService {
    /// The numbers that go with a change of an object; `nil` for kinds that have none.
    func allocation(_ kind: ResourceKind, old: JSONValue?, new: JSONValue?) async throws -> AllocationPlan? {
        guard kind.plural == "services", kind.group.isEmpty else { return nil }
        return try await allocator.plan(old: old, new: new)
    }

    /// Commits a change together with what it takes and gives back.
    func commit(_ transaction: Transaction, with plan: AllocationPlan?, _ kind: ResourceKind) async throws -> TransactionResult {
        guard let plan else { return try await commit(transaction, kind) }
        var whole = transaction
        whole.conditions += plan.conditions
        whole.success += plan.operations
        whole.failure += plan.probes
        do {
            let result = try await commit(whole, kind)
            allocator.settle(plan, result, skipping: transaction.failure.count)
            return result
        } catch {
            allocator.settle(plan)
            throw error
        }
    }
}
