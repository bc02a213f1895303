/// The right of one leader to write: the key at which its election keeps the highest term that has written, and its own term.
///
/// The term is compared in the transaction of the write itself, so no pause between looking and writing lets an old leader through.
public struct Fence: Sendable, Hashable {
    /// Where the highest term stands.
    public let key: String
    /// The writer's term; it only grows from leader to leader.
    public let term: UInt64

    public init(key: String, term: UInt64) { (self.key, self.term) = (key, term) }

    /// As it is stored: twenty digits, so that the order of bytes is the order of numbers.
    var encoded: [UInt8] {
        let digits = String(term)
        return Array((String(repeating: "0", count: 20 - digits.count) + digits).utf8)
    }

    /// The term that is stored at a fence's key.
    static func term(of item: KeyValue) throws(StoreError) -> UInt64 {
        guard let term = UInt64(String(decoding: item.value, as: UTF8.self)) else {
            throw .damaged("\(item.key) holds no term. Delete the key if no leader is at work")
        }
        return term
    }
}

extension Store {
    /// `commit`, refused with `.fenced` once a higher term has written. The first write of a term raises the fence, in the same transaction.
    ///
    /// A fenced transaction's other branch may only read, since it is taken also where the fence does not hold. An empty transaction
    /// raises the fence alone: what a new leader does before it reads, so that nothing of its predecessor comes after that.
    public func commit(_ transaction: Transaction, fencedBy fence: Fence?) async throws -> TransactionResult {
        guard let fence else { return try await commit(transaction) }
        for operation in transaction.failure {
            guard case .get = operation else { throw StoreError.invalid("the other branch of a fenced transaction writes") }
        }
        var plan = FencePlan.expecting
        // A round is lost only when the fence was raised meanwhile, by another leader or by another write of this one.
        for _ in 0..<8 {
            var fenced = transaction
            fenced.conditions.append(plan.condition(of: fence))
            fenced.success += plan.operations(of: fence)
            fenced.failure.append(.get(KeyRange(key: fence.key)))
            let result = try await commit(fenced)
            if result.succeeded {
                let own = result.results.prefix(transaction.success.count)
                return TransactionResult(succeeded: true, revision: result.revision, results: Array(own))
            }
            guard case .got(let found)? = result.results.last else { throw StoreError.damaged("a transaction's answer lacks its last step") }
            let standing = try found.first.map { item throws(StoreError) in try Fence.term(of: item) }
            if let standing, standing > fence.term { throw StoreError.fenced(fence, by: standing) }
            if plan.held(found.first, standing, fence) {
                return TransactionResult(succeeded: false, revision: result.revision, results: result.results.dropLast())
            }
            plan = standing == fence.term ? .expecting : .raising(over: found.first)
        }
        throw StoreError.unavailable("the fence \(fence.key) does not come to rest")
    }
}

/// How a fenced write is tried.
private enum FencePlan {
    /// The term has written before: the fence shows it.
    case expecting
    /// The term has not: the fence is raised over what stands there.
    case raising(over: KeyValue?)

    func condition(of fence: Fence) -> Compare {
        switch self {
        case .expecting: .value(fence.key, .equal, fence.encoded)
        case .raising(let item?): .unchanged(fence.key, since: item.modRevision)
        case .raising(nil): .absent(fence.key)
        }
    }

    func operations(of fence: Fence) -> [Operation] {
        if case .raising = self { [.put(key: fence.key, value: fence.encoded)] } else { [] }
    }

    /// Whether the fence's own condition held in a transaction that failed: then another of its conditions did not.
    func held(_ found: KeyValue?, _ standing: UInt64?, _ fence: Fence) -> Bool {
        switch self {
        case .expecting: standing == fence.term
        case .raising(let item): found?.modRevision == item?.modRevision
        }
    }
}
