import Core
import Glibc
public import Logging
public import ServiceRouting
import Synchronization

/// What this node's rules are for, and where they are.
public struct PacketFilterOptions: Sendable {
    public var routing: RoutingConfiguration
    /// `nft` is given up, and taken as failed, after this.
    public var patience: Duration = .seconds(60)
    /// Whoever changes the table holds this file locked, so that two processes of one node do not work against each other: the other one
    /// stands by. `nil`: nobody else can be there.
    public var lockFile: String?
    public init(routing: RoutingConfiguration, lockFile: String? = nil) { (self.routing, self.lockFile) = (routing, lockFile) }
}

/// One table in the kernel's packet filter, by the programs `nft` and, if there, `conntrack`. Touches no other table.
public final class PacketFilter: Sendable {
    private let options: PacketFilterOptions
    private let text: RuleText
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// The kernel's count of all transactions, after our last one.
        var generation: UInt32?
        var lastProblem = ""
        /// The open file whose lock is ours.
        var lock: Int32?
    }

    public init(_ options: PacketFilterOptions, logger: Logger) {
        (self.options, self.logger) = (options, logger)
        text = RuleText(options.routing)
    }

    /// The programs that are missing, with the command that installs them; `nil`: none.
    public static var missing: String? {
        Programs.find("nft") == nil ? "service addresses need nft: install with  apt-get install -y nftables" : nil
    }

    // MARK: Transactions

    /// Replaces the whole table at once; whether it is in place.
    public func replace(_ contents: RuleContents, forgetting flows: Set<DatagramFlow>) async -> Bool {
        await Machine(options.routing).prepare(logger)
        let whole = text.whole(contents)
        let began = ContinuousClock.now
        guard await commit(whole) else { return false }
        logger.info(
            "service rules replaced",
            metadata: [
                "table": "\(options.routing.table)", "chains": "\(contents.chains.count)", "bytes": "\(whole.utf8.count)",
                "ms": "\(milliseconds(since: began))",
            ])
        await forget(flows)
        return true
    }

    /// Makes a change to a table that is as we left it; whether it was made. All or nothing.
    public func apply(_ change: RuleChange) async -> Bool {
        let text = text.text(change)
        let began = ContinuousClock.now
        guard await commit(text) else { return false }
        logger.debug("service rules changed", metadata: ["bytes": "\(text.utf8.count)", "ms": "\(milliseconds(since: began))"])
        await forget(change.staleFlows)
        return true
    }

    private func commit(_ text: String) async -> Bool {
        guard takeLock() else {
            report("another process keeps this node's service rules (it holds \(options.lockFile ?? "")); this one stands by")
            return false
        }
        guard let nft = Programs.find("nft") else {
            report(PacketFilter.missing ?? "nft is missing")
            return false
        }
        let before = Generation.now
        let result = await Programs.run([nft, "-f", "-"], input: Array(text.utf8), timeout: options.patience)
        guard result.exitCode == 0 else {
            report("nft refused the service rules: \(result.output.prefix(500))")
            return false
        }
        let after = Generation.now
        state.withLock { state in
            state.lastProblem = ""
            // Somebody else's transaction in between may have touched our table: the next look is a thorough one.
            state.generation = before.map { $0 &+ 1 } == after || state.generation == nil ? after : nil
        }
        return true
    }

    private func milliseconds(since began: ContinuousClock.Instant) -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Once it is ours it stays so for as long as this object is there.
    private func takeLock() -> Bool {
        guard let path = options.lockFile else { return true }
        return state.withLock { state in
            if state.lock != nil { return true }
            let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            guard file >= 0 else { return false }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                close(file)
                return false
            }
            state.lock = file
            return true
        }
    }

    deinit { if let file = state.withLock({ $0.lock }) { close(file) } }

    /// Each problem is told once, until it changes or goes.
    private func report(_ problem: String) {
        let isNew = state.withLock { state in
            defer { state.lastProblem = problem }
            return state.lastProblem != problem
        }
        if isNew { logger.error("\(problem)") }
    }

    // MARK: Looking

    /// To be called when the bridge may have appeared or come back: what pods need of it is set.
    public func bridgeMayHaveChanged() async {
        let machine = Machine(options.routing)
        if !machine.isPrepared { await machine.prepare(logger) }
    }

    /// Whether the table holds what we left in it; `nil`: cannot be told. Costs next to nothing while nobody changes any table.
    public func isIntact(_ expected: RoutingTable) async -> Bool? {
        let generation = Generation.now
        if let generation, state.withLock({ $0.generation }) == generation, Machine(options.routing).isPrepared { return true }
        guard let nft = Programs.find("nft") else { return nil }
        await Machine(options.routing).prepare(logger)
        let result = await Programs.run(
            [nft, "list", "table", "ip", options.routing.table], outputLimit: 256 << 20, timeout: options.patience)
        if result.exitCode != 0 {
            let isGone = result.output.contains("No such file")
            if isGone { logger.warning("the service rules were removed; they are made anew") }
            return isGone ? false : nil
        }
        guard TableCounts(listing: result.output) == TableCounts(expected.contents, options.routing) else {
            logger.warning("the service rules were changed by somebody else; they are made anew")
            return false
        }
        state.withLock { $0.generation = generation }
        return true
    }

    // MARK: Datagrams

    /// Where a removed endpoint is remembered, datagrams of a flow that goes on would still be sent to it.
    private func forget(_ flows: Set<DatagramFlow>) async {
        guard !flows.isEmpty, let conntrack = Programs.find("conntrack") else { return }
        for flow in flows.sorted().prefix(1000) {
            var words = [conntrack, "-D", "-f", "ipv4", "-p", "udp", "--orig-port-dst", "\(flow.port)"]
            if let address = flow.address { words += ["--orig-dst", "\(address)"] }
            if let endpoint = flow.endpoint { words += ["--dst-nat", "\(endpoint)"] }
            // "0 flow entries have been deleted" is a failure to it, and none to us.
            _ = await Programs.run(words, timeout: .seconds(5))
        }
    }
}
