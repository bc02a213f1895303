internal import CZooKeeper

extension ZooKeeperSession {
    /// The most bytes of a node that the servers take (`jute.maxbuffer`, by default 1 MiB, for the whole request).
    public static let dataLimit = 1_000_000

    /// Makes a node, and answers its path as it is: with its number, for a sequential one.
    ///
    /// After an unknown outcome look for it: a sequential node is found again only by something in its name that no other has.
    @discardableResult public func create(
        _ path: String, _ data: [UInt8] = [], mode: CreateMode = .persistent, access: [AccessRule] = AccessRule.open
    ) async throws(ZooKeeperError) -> (path: String, stat: NodeStat) {
        try check(data, "create", path)
        let (flag, timeToLive) = mode.library
        let reply = try await call("create", path, isWrite: true) { handle, pending in
            withACL(access) { access in
                withBytes(data) { bytes, count in
                    zoo_acreate2_ttl(handle, path, bytes, count, access, flag, timeToLive, Completion.created, pending)
                }
            }
        }
        guard case .created(let path, let stat) = reply else { throw unexpected("create", path) }
        return (path, stat)
    }

    /// Makes a persistent node and those above it that are missing; one that exists stays as it is.
    public func createPath(_ path: String, access: [AccessRule] = AccessRule.open) async throws(ZooKeeperError) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            do throws(ZooKeeperError) { try await create(made, access: access) } catch {
                // Without the right to create it may still be there.
                guard error.code != .nodeExists else { continue }
                if error.code == .notAuthorized, try await exists(made) != nil { continue }
                throw error
            }
        }
    }

    /// A node's data.
    public func get(_ path: String) async throws(ZooKeeperError) -> NodeData { try await get(path, watch: false) }

    func get(_ path: String, watch: Bool) async throws(ZooKeeperError) -> NodeData {
        let reply = try await call("get", path) { zoo_aget($0, path, watch ? 1 : 0, Completion.data, $1) }
        guard case .data(let data) = reply else { throw unexpected("get", path) }
        return data
    }

    /// `nil`: there is no such node.
    public func exists(_ path: String) async throws(ZooKeeperError) -> NodeStat? { try await exists(path, watch: false) }

    func exists(_ path: String, watch: Bool) async throws(ZooKeeperError) -> NodeStat? {
        do throws(ZooKeeperError) {
            let reply = try await call("exists", path) { zoo_aexists($0, path, watch ? 1 : 0, Completion.stat, $1) }
            guard case .stat(let stat) = reply else { throw unexpected("exists", path) }
            return stat
        } catch {
            if error.code == .noNode { return nil }
            throw error
        }
    }

    /// The names of a node's children, in no order.
    public func children(_ path: String) async throws(ZooKeeperError) -> (names: [String], stat: NodeStat) {
        try await children(path, watch: false)
    }

    func children(_ path: String, watch: Bool) async throws(ZooKeeperError) -> (names: [String], stat: NodeStat) {
        let reply = try await call("children", path) { zoo_aget_children2($0, path, watch ? 1 : 0, Completion.names, $1) }
        guard case .names(let names, let stat) = reply else { throw unexpected("children", path) }
        return (names, stat)
    }

    /// Replaces a node's data.
    ///
    /// - Parameter version: the node's, or -1 for any.
    @discardableResult public func set(_ path: String, _ data: [UInt8], version: Int32 = -1) async throws(ZooKeeperError) -> NodeStat {
        try check(data, "set", path)
        let reply = try await call("set", path, isWrite: true) { handle, pending in
            withBytes(data) { bytes, count in zoo_aset(handle, path, bytes, count, version, Completion.stat, pending) }
        }
        guard case .stat(let stat) = reply else { throw unexpected("set", path) }
        return stat
    }

    /// Removes a node that has no children.
    ///
    /// - Parameter version: the node's, or -1 for any.
    public func delete(_ path: String, version: Int32 = -1) async throws(ZooKeeperError) {
        _ = try await call("delete", path, isWrite: true) { zoo_adelete($0, path, version, Completion.void, $1) }
    }

    /// Returns when the server that serves the session has seen all that was committed before this call.
    public func sync(_ path: String = "/") async throws(ZooKeeperError) {
        _ = try await call("sync", path) { zoo_async($0, path, Completion.string, $1) }
    }

    /// Who may do what with a node.
    public func access(_ path: String) async throws(ZooKeeperError) -> (rules: [AccessRule], stat: NodeStat) {
        let reply = try await call("access", path) { zoo_aget_acl($0, path, Completion.access, $1) }
        guard case .access(let rules, let stat) = reply else { throw unexpected("access", path) }
        return (rules, stat)
    }

    /// Replaces a node's rules.
    ///
    /// - Parameter version: of its rules (`aclVersion`), or -1 for any.
    public func setAccess(_ path: String, _ rules: [AccessRule], version: Int32 = -1) async throws(ZooKeeperError) {
        _ = try await call("setAccess", path, isWrite: true) { handle, pending in
            // The function takes the vector as mutable, and only reads it.
            withACL(rules) { zoo_aset_acl(handle, path, version, UnsafeMutablePointer(mutating: $0), Completion.void, pending) }
        }
    }

    /// Does all of `operations`, in order, or none.
    ///
    /// - Throws: with the index of the operation that failed; nothing was done then.
    @discardableResult public func multi(_ operations: [MultiOperation]) async throws(ZooKeeperError) -> [MultiResult] {
        for (index, operation) in operations.enumerated() {
            if let problem = operation.problem {
                throw ZooKeeperError(.badArguments(problem), operation: "multi", path: operation.path, index: index)
            }
        }
        guard !operations.isEmpty else { return [] }
        let memory = MultiMemory(operations)
        let failure: ZooKeeperError
        do throws(ZooKeeperError) {
            _ = try await call("multi", operations[0].path, isWrite: true) { handle, pending in
                zoo_amulti(handle, Int32(operations.count), memory.operations, memory.results, Completion.void, pending)
            }
            return memory.answers(operations)
        } catch { failure = error }
        guard let (index, number) = memory.firstFailure(in: operations.indices) else { throw failure }
        throw ZooKeeperError(ZooKeeperError.Code(library: number), operation: "multi", path: operations[index].path, index: index)
    }

    private func check(_ data: [UInt8], _ operation: String, _ path: String) throws(ZooKeeperError) {
        guard data.count <= Self.dataLimit else {
            throw ZooKeeperError(.badArguments("\(data.count) bytes are more than the \(Self.dataLimit) that a node takes"), operation: operation, path: path)
        }
    }

    private func unexpected(_ operation: String, _ path: String) -> ZooKeeperError {
        ZooKeeperError(.other(0, "the library answered another kind of request"), operation: operation, path: path)
    }
}

extension MultiOperation {
    var problem: String? {
        if let problem = ZooKeeperPath.problem(with: path) { return "the path \(problem)" }
        guard case .create(_, _, let mode, _) = self else { return nil }
        switch mode {
        // The library sends them in a form that servers do not take in a multi.
        case .container, .timeToLive, .timeToLiveSequential: return "a multi does not create containers and nodes with a time to live"
        case .persistent, .persistentSequential, .ephemeral, .ephemeralSequential: return nil
        }
    }
}

/// What the library reads while it takes a multi, and writes before it calls back: alive until the call has ended.
private final class MultiMemory {
    let operations: UnsafeMutablePointer<zoo_op_t>
    let results: UnsafeMutablePointer<zoo_op_result_t>
    private let stats: UnsafeMutablePointer<Stat>
    private var vectors: [(vector: UnsafeMutablePointer<ACL_vector>, rules: UnsafeMutablePointer<ACL>)] = []
    private var strings = CStrings()
    private let count: Int
    /// Not touched by any operation: none failed there.
    private static let untouched: Int32 = Int32.max

    init(_ wanted: [MultiOperation]) {
        count = wanted.count
        operations = .allocate(capacity: count)
        results = .allocate(capacity: count)
        stats = .allocate(capacity: count)
        operations.initialize(repeating: zoo_op_t(), count: count)
        results.initialize(repeating: zoo_op_result_t(), count: count)
        stats.initialize(repeating: Stat(), count: count)
        for (index, operation) in wanted.enumerated() {
            results[index].err = Self.untouched
            let slot = operations + index
            switch operation {
            case .create(let path, let data, let mode, let access):
                // The path as it is made may be longer by eleven characters, and the chroot is cut off by the library only in its answer.
                let room = path.utf8.count + 4096
                let buffer = strings.copy([UInt8](repeating: 0, count: room))
                zoo_create_op_init(
                    slot, strings.copy(path), strings.copy(data), Int32(data.count), vector(access), mode.library.flag, buffer, Int32(room))
            case .set(let path, let data, let version):
                zoo_set_op_init(slot, strings.copy(path), strings.copy(data), Int32(data.count), version, stats + index)
            case .delete(let path, let version): zoo_delete_op_init(slot, strings.copy(path), version)
            case .check(let path, let version): zoo_check_op_init(slot, strings.copy(path), version)
            }
        }
    }

    private func vector(_ access: [AccessRule]) -> UnsafePointer<ACL_vector> {
        let rules = UnsafeMutablePointer<ACL>.allocate(capacity: max(1, access.count))
        for (index, rule) in access.enumerated() {
            rules[index] = ACL(perms: rule.permissions.rawValue, id: Id(scheme: strings.copy(rule.scheme), id: strings.copy(rule.identity)))
        }
        let vector = UnsafeMutablePointer<ACL_vector>.allocate(capacity: 1)
        vector.initialize(to: ACL_vector(count: Int32(access.count), data: rules))
        vectors.append((vector, rules))
        return UnsafePointer(vector)
    }

    /// The first operation whose own answer was an error.
    func firstFailure(in indices: Range<Int>) -> (Int, Int32)? {
        indices.lazy.map { ($0, self.results[$0].err) }
            .first { ![0, Self.untouched, ZRUNTIMEINCONSISTENCY.rawValue, ZCONNECTIONLOSS.rawValue, ZOPERATIONTIMEOUT.rawValue, ZCLOSING.rawValue].contains($0.1) }
    }

    func answers(_ wanted: [MultiOperation]) -> [MultiResult] {
        wanted.enumerated().map { index, operation in
            switch operation {
            case .create(let path, _, _, _): .created(results[index].value.map { String(cString: $0) } ?? path)
            case .set: .set(NodeStat(stats[index]))
            case .delete: .deleted
            case .check: .checked
            }
        }
    }

    deinit {
        operations.deallocate()
        results.deallocate()
        stats.deallocate()
        for (vector, rules) in vectors {
            vector.deallocate()
            rules.deallocate()
        }
    }
}
