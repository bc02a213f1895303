import Core
import Glibc
import Logging
import NIOPosix
import Synchronization

/// How the container runtime is.
public enum ContainerRuntimeState: Sendable, Hashable {
    case starting
    /// It serves; `adopted`: it was there before us.
    case ready(RuntimeVersion, adopted: Bool)
    /// It does not serve, and why; it is tried again after `retryIn`.
    case down(reason: String, retryIn: Duration)
    case stopped
}

/// Keeps one private containerd alive: starts it, takes a living one over, starts it again when it dies, imports images.
///
/// containerd lives in its own session and outlives us; its shims outlive it. Only one supervisor acts for a data directory (a file
/// lock); another waits its turn while containerd serves both.
public actor ContainerdSupervisor {
    public nonisolated let options: ContainerdOptions
    public nonisolated let layout: ContainerdLayout
    nonisolated let logger: Logger
    private let time: any TimeSource
    private let states: StateBoard<ContainerRuntimeState>
    private let imports = StateBoard<Bool>(false)
    private var containerd: ProcessIdentity?
    /// Set when it is our child: its end is collected by us.
    private var child: pid_t?
    private var lock: Int32 = -1
    private var stopping = false

    public init(options: ContainerdOptions, logger: Logger, time: any TimeSource = SystemTime()) {
        self.options = options
        self.logger = logger
        self.time = time
        layout = ContainerdLayout(options)
        states = StateBoard(.starting)
    }

    /// The state now.
    public nonisolated var state: ContainerRuntimeState { states.value }
    /// Each change from now on, the state now first. A slow reader sees the newest only.
    public nonisolated func changes() -> AsyncStream<ContainerRuntimeState> { states.changes() }

    /// Returns when all archives have been imported, or have failed to be.
    public nonisolated func waitForImports() async {
        for await done in imports.changes() where done { return }
    }

    /// Supervises until cancelled (containerd goes on then) or until `stop()`.
    ///
    /// - Parameter client: must be running beside.
    public func run(client: CRIClient) async {
        var failures = 0
        while !Task.isCancelled && !stopping {
            let began = time.now
            let reason: String
            do {
                try await takeLock()
                try await serve(client)
                reason = "containerd ended; its last words are in \(layout.log)"
            } catch is CancellationError {
                break
            } catch {
                reason = "\(error)"
            }
            guard !stopping && !Task.isCancelled else { break }
            // Long service clears the record: the next fault is a new one.
            failures = time.now - began > .seconds(60) ? 1 : failures + 1
            let pause = Self.pause(afterFailures: failures)
            logger.error("containerd is down", metadata: ["why": "\(reason)", "retry_in": "\(pause)"])
            states.set(.down(reason: reason, retryIn: pause))
            do { try await time.sleep(for: pause) } catch { break }
        }
        imports.set(true)
        if lock >= 0 { close(lock) }
        lock = -1
    }

    /// 0.1 s after the first failure, doubling to 10 s.
    static func pause(afterFailures count: Int) -> Duration {
        .milliseconds(min(10_000, 100 << min(max(0, count - 1), 10)))
    }

    /// Ends containerd, and only it: pods run on. Returns when it is gone, at most 10 s later.
    public func stop() async {
        stopping = true
        if containerd == nil { containerd = runningContainerd().first }
        await end(within: .seconds(10))
        states.set(.stopped)
    }

    /// Mends what is known to go wrong with the pod network: a bridge that was left without a hardware address is removed, and
    /// is made anew with the next pod.
    public nonisolated func repairNetwork(_ message: String) async -> Bool {
        guard message.contains("bridge"),
            Files.text("/sys/class/net/\(layout.bridge)/address")?.hasPrefix("00:00:00:00:00:00") == true
        else { return false }
        logger.warning("the pods' bridge has no hardware address, removing it", metadata: ["bridge": "\(layout.bridge)"])
        guard let ip = Files.find(program: "ip") else { return false }
        return await Command.run([ip, "link", "delete", layout.bridge], timeout: .seconds(10)).succeeded
    }

    // MARK: One life of containerd

    private func serve(_ client: CRIClient) async throws {
        states.set(.starting)
        let programs = try ContainerdPrograms.find(options)
        let changed = try prepareFiles(programs)
        var adopted = false
        if let living = runningContainerd().first {
            containerd = living
            let answers = await answersSoon(client)
            if answers && !changed {
                adopted = true
                logger.info("took over the containerd that was running", metadata: ["pid": "\(living.pid)"])
            } else {
                logger.info("restarting containerd: \(answers ? "its configuration has changed" : "it does not answer")")
                await end(within: .seconds(10))
            }
        }
        if !adopted { try start(programs) }
        let version = try await waitUntilServing(client)
        // Every pod needs the sandbox image; the other images may come while pods start.
        let importer = ImageImporter(
            layout: layout, directories: options.imageDirectories, ctr: programs.ctr,
            snapshotter: ContainerdConfig.snapshotter(options, .detect(for: layout.home)), logger: logger)
        let hasSandboxImage = (try? await client.imageStatusNow(options.sandboxImage)) != nil
        await importer.importSandboxImage(evenIfRecorded: !hasSandboxImage)
        states.set(.ready(version, adopted: adopted))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await importer.importAll()
                await self.importsEnded()
            }
            await watch()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    /// Imports that failed because containerd died are not over: they are tried again with the next one.
    private func importsEnded() {
        if isContainerdAlive() && !Task.isCancelled { imports.set(true) }
    }

    /// Writes the configuration; true when it is not what a running containerd was started with.
    private func prepareFiles(_ programs: ContainerdPrograms) throws -> Bool {
        for directory in [layout.home, layout.root, layout.cniConfigDirectory, layout.cniAddresses] {
            try Files.makeDirectory(directory, mode: 0o711)
        }
        try Files.makeDirectory(layout.state, mode: 0o711)
        let toml = ContainerdConfig.toml(options, layout, programs, .detect(for: layout.home))
        let cni = ContainerdConfig.cni(options, layout)
        let changed = Files.text(layout.config) != toml
        if changed { try Files.write(toml, to: layout.config) }
        // containerd watches the network's file itself.
        if Files.text(layout.cniConfig) != cni { try Files.write(cni, to: layout.cniConfig) }
        return changed
    }

    private func start(_ programs: ContainerdPrograms) throws {
        var info = stat()
        if stat(layout.log, &info) == 0 && info.st_size > 10 << 20 { _ = rename(layout.log, layout.log + ".1") }
        let log = open(layout.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard log >= 0 else { throw FileError(operation: "write", path: layout.log, code: errno) }
        defer { close(log) }
        unlink(layout.socket)
        let pid = try Spawner.spawn([programs.containerd, "--config", layout.config], output: log, ownSession: true)
        child = pid
        containerd = ProcessIdentity(pid: pid)
        logger.info("started containerd", metadata: ["pid": "\(pid)", "socket": "\(layout.socket)", "log": "\(layout.log)"])
    }

    private func runningContainerd() -> [ProcessIdentity] { ProcessTable.running(with: ["--config", layout.config]) }

    private func waitUntilServing(_ client: CRIClient) async throws -> RuntimeVersion {
        let deadline = time.now + .seconds(30)
        while true {
            if Files.exists(layout.socket), let version = try? await client.version(within: .seconds(2)) { return version }
            guard isContainerdAlive() else { throw SupervisorError("containerd ended while starting; see \(layout.log)") }
            guard time.now < deadline else {
                await end(within: .seconds(5))
                throw SupervisorError("containerd did not serve \(layout.socket) within 30 s; see \(layout.log)")
            }
            try await time.sleep(for: .milliseconds(20))
        }
    }

    private func answersSoon(_ client: CRIClient) async -> Bool {
        let deadline = time.now + .seconds(5)
        while time.now < deadline && isContainerdAlive() {
            if (try? await client.version(within: .seconds(2))) != nil { return true }
            do { try await time.sleep(for: .milliseconds(20)) } catch { return false }
        }
        return false
    }

    /// Returns when containerd has ended, or when it is no longer ours to watch.
    private func watch() async {
        while isContainerdAlive() && !stopping {
            do { try await time.sleep(for: .milliseconds(200)) } catch { return }
        }
    }

    private func isContainerdAlive() -> Bool {
        collectChild()
        return containerd?.isAlive ?? false
    }

    private func collectChild() {
        var status: Int32 = 0
        if let pid = child, waitpid(pid, &status, WNOHANG) != 0 { child = nil }
    }

    /// SIGTERM, and SIGKILL when the time is over.
    private func end(within patience: Duration) async {
        guard let process = containerd else { return }
        process.signal(SIGTERM)
        let deadline = time.now + patience
        while isContainerdAlive() {
            if time.now >= deadline { process.signal(SIGKILL) }
            // To be finished even in a cancelled task: a containerd that is half gone helps nobody.
            await Self.pauseBriefly()
        }
        containerd = nil
    }

    private static func pauseBriefly() async {
        _ = try? await NIOThreadPool.singleton.runIfActive { usleep(20_000) }
    }

    /// One supervisor at a time: an old executor may still be leaving.
    private func takeLock() async throws {
        guard lock < 0 else { return }
        try Files.makeDirectory(layout.home, mode: 0o711)
        let file = open(layout.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileError(operation: "open", path: layout.lock, code: errno) }
        var told = false
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            if !told {
                logger.warning("another process supervises containerd here; waiting", metadata: ["lock": "\(layout.lock)"])
            }
            told = true
            do { try await time.sleep(for: .milliseconds(100)) } catch {
                close(file)
                throw error
            }
        }
        lock = file
    }
}

/// Why containerd could not be brought up, in words for people.
struct SupervisorError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A value that others wait for: readers get it as it is, and then each change. A slow reader misses all but the newest.
final class StateBoard<Value: Sendable & Equatable>: Sendable {
    private struct Contents {
        var value: Value
        var readers: [Int: AsyncStream<Value>.Continuation] = [:]
        var nextReader = 0
    }
    private let contents: Mutex<Contents>

    init(_ value: Value) { contents = Mutex(Contents(value: value)) }

    var value: Value { contents.withLock { $0.value } }

    func set(_ value: Value) {
        contents.withLock { contents in
            guard contents.value != value else { return }
            contents.value = value
            for reader in contents.readers.values { reader.yield(value) }
        }
    }

    func changes() -> AsyncStream<Value> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number = contents.withLock { contents in
                let number = contents.nextReader
                contents.nextReader += 1
                contents.readers[number] = continuation
                continuation.yield(contents.value)
                return number
            }
            continuation.onTermination = { [weak self] _ in
                _ = self?.contents.withLock { $0.readers.removeValue(forKey: number) }
            }
        }
    }
}
