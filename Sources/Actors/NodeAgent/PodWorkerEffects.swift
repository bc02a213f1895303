import Core
import KubeObjects

/// The single steps of a pod worker. Each ends with exactly one answer to the state.
extension PodWorker {
    private var builder: SpecBuilder {
        SpecBuilder(
            pod: state.pod, podIP: state.podIP, node: node, api: ports.api, volumes: ports.volumes, volumePaths: volumePaths,
            services: ports.services)
    }

    private func container(_ name: String) -> Container? { state.pod.allContainers.first { $0.name == name } }

    private func say(_ name: String, warning: Bool = false, _ reason: String, _ message: String) {
        let isInit = state.pod.spec.initContainers.contains { $0.name == name }
        let path = "spec.\(isInit ? "initContainers" : "containers"){\(name)}"
        ports.api.record(PodEvent(isWarning: warning, reason: reason, message: message, fieldPath: path), about: state.pod)
    }

    func prepareVolumes() async {
        let (paths, failures) = await VolumeSetup(pod: state.pod, node: node, api: ports.api, volumes: ports.volumes).prepare()
        volumePaths = paths
        if failures.isEmpty {
            inbox.feed(.volumesReady)
            return
        }
        let events = failures.map {
            PodEvent(isWarning: true, reason: "FailedMount", message: "MountVolume.SetUp failed for volume \"\($0.volume)\" : \($0.message)")
        }
        inbox.feed(.volumesFailed(events, message: events.first?.message ?? ""))
    }

    func createSandbox(_ attempt: Int, _ replacing: [String]) async {
        let spec = builder.sandbox(attempt: attempt)
        let (runtime, volumes) = (ports.runtime, ports.volumes)
        let answer: PodWorkerState.Input = await gate.pass {
            do {
                for id in replacing {
                    try await runtime.stopSandbox(id)
                    try await runtime.removeSandbox(id)
                }
                try await volumes.makeDirectory(spec.logDirectory)
                let (id, ip) = try await runtime.runSandbox(spec)
                return .sandboxReady(id: id, ip: ip)
            } catch let failure as RuntimeFailure {
                return .sandboxFailed(failure)
            } catch {
                return .sandboxFailed(RuntimeFailure(.refused, "\(error)"))
            }
        }
        inbox.feed(answer)
    }

    func pullImage(_ name: String) async {
        guard let one = container(name) else { return }
        let image = one.image
        func fail(_ reason: String, _ message: String) { inbox.feed(.imageFailed(container: name, reason: reason, message: message)) }
        guard ImageName.isValid(image) else {
            let message = "Failed to apply default image tag \"\(image)\": couldn't parse image name \"\(image)\": invalid reference format"
            say(name, warning: true, "InspectFailed", message)
            return fail("InvalidImageName", message)
        }
        do {
            let present = try await ports.runtime.imageID(image)
            let preloaded = await ports.runtime.isPreloaded(image)
            if let present, one.pullPolicy != .always || preloaded {
                say(name, "Pulled", "Container image \"\(image)\" already present on machine")
                inbox.feed(.imageReady(container: name, imageID: present))
                return
            }
            if one.pullPolicy == .never {
                let message = "Container image \"\(image)\" is not present with pull policy of Never"
                say(name, warning: true, "ErrImageNeverPull", message)
                return fail("ErrImageNeverPull", message)
            }
        } catch {
            return fail("ErrImagePull", error.message)
        }
        say(name, "Pulling", "Pulling image \"\(image)\"")
        let begun = ports.time.now
        do {
            let id = try await ports.runtime.pullImage(image)
            let text = PodWorker.seconds(ports.time.now - begun)
            say(name, "Pulled", "Successfully pulled image \"\(image)\" in \(text) (\(text) including waiting)")
            inbox.feed(.imageReady(container: name, imageID: id))
        } catch {
            say(name, warning: true, "Failed", "Failed to pull image \"\(image)\": \(error.message)")
            fail("ErrImagePull", error.message)
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let (whole, rest) = duration.components
        let milliseconds = whole * 1000 + rest / 1_000_000_000_000_000
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        let digits = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(digits)s"
    }

    func createContainer(_ name: String, _ attempt: Int, _ imageID: String) async {
        guard let one = container(name), let sandboxID = state.sandboxID else {
            inbox.feed(.createFailed(container: name, reason: "CreateContainerError", message: "the pod has no sandbox", unavailable: true))
            return
        }
        let spec: ContainerSpec
        do {
            spec = try await builder.container(one, attempt: attempt, imageID: imageID)
        } catch {
            let message = (error as? ConfigProblem)?.message ?? "\(error)"
            inbox.feed(.createFailed(container: name, reason: "CreateContainerConfigError", message: message, unavailable: false))
            return
        }
        let sandbox = builder.sandbox(attempt: state.sandboxAttempt)
        let runtime = ports.runtime
        let answer: PodWorkerState.Input = await gate.pass {
            do {
                return .created(container: name, id: try await runtime.createContainer(spec, in: sandboxID, of: sandbox))
            } catch {
                let gone = (error as? RuntimeFailure)?.isAmbiguous == true
                return .createFailed(container: name, reason: "CreateContainerError", message: "\(error)", unavailable: gone)
            }
        }
        inbox.feed(answer)
    }

    func startContainer(_ name: String, _ id: String) async {
        let runtime = ports.runtime
        let failure: RuntimeFailure? = await gate.pass {
            do {
                try await runtime.startContainer(id)
                return nil
            } catch {
                return error as? RuntimeFailure ?? RuntimeFailure(.refused, "\(error)")
            }
        }
        if let failure {
            inbox.feed(.startFailed(container: name, message: failure.message, unavailable: failure.isAmbiguous))
            return
        }
        inbox.feed(.started(container: name))
        guard let hook = container(name)?.postStart, case .failure(let message) = await ask(hook, name, id, timeout: 120) else { return }
        say(name, warning: true, "FailedPostStartHook", "PostStartHook failed: \(message)")
        try? await runtime.stopContainer(id, graceSeconds: state.pod.spec.terminationGracePeriodSeconds)
    }

    func stopContainer(_ name: String, _ id: String, _ grace: Int64, _ preStop: Bool) async {
        let begun = ports.time.now
        if preStop, let hook = container(name)?.preStop, case .failure(let message) = await ask(hook, name, id, timeout: max(1, grace)) {
            say(name, warning: true, "FailedPreStopHook", "PreStopHook failed: \(message)")
        }
        let left = preStop ? max(2, grace - (ports.time.now - begun).components.seconds) : grace
        do {
            try await ports.runtime.stopContainer(id, graceSeconds: left)
            inbox.feed(.stopped(container: name, failed: nil))
        } catch {
            // One that is gone has stopped; a look at the runtime will say so.
            if error.kind == .notFound { _ = inbox.feed(.stopped(container: name, failed: nil)); return }
            try? await ports.time.sleep(for: .seconds(1))
            inbox.feed(.stopped(container: name, failed: error.message))
        }
    }

    func cleanUp() async {
        do {
            let mine = try await ports.runtime.list().of(uid)
            try await PodRemoval.remove(mine, ports.runtime)
            try await ports.volumes.removePod(state.key, uid)
            inbox.feed(.cleanedUp(failed: nil))
        } catch {
            inbox.feed(.cleanedUp(failed: "\(error)"))
        }
    }

    // MARK: Probes and hooks

    func probe(_ name: String, _ kind: ProbeKind, _ id: String) async {
        guard let one = container(name) else { return }
        let probe: Probe? = switch kind {
        case .startup: one.startupProbe
        case .liveness: one.livenessProbe
        case .readiness: one.readinessProbe
        }
        guard let probe else { return }
        let answer = await ask(probe.handler, name, id, timeout: probe.timeoutSeconds)
        inbox.feed(.probed(container: name, kind: kind, id: id, answer: answer))
    }

    private func ask(_ handler: Handler, _ name: String, _ id: String, timeout: Int64) async -> ProbeAnswer {
        func number(_ port: IntOrString) -> Int {
            switch port {
            case .number(let number): Int(number)
            case .name(let text): container(name)?.ports.first { $0.name == text }?.containerPort ?? Int(text) ?? 0
            }
        }
        let podHost = state.podIP.isEmpty ? "127.0.0.1" : state.podIP
        switch handler {
        case .httpGet(let host, let port, let path, let scheme, let headers):
            return await ports.probes.httpGet(
                host: host.isEmpty ? podHost : host, port: number(port), path: path, scheme: scheme, headers: headers, timeoutSeconds: timeout)
        case .tcpSocket(let host, let port):
            return await ports.probes.tcpConnect(host: host.isEmpty ? podHost : host, port: number(port), timeoutSeconds: timeout)
        case .exec(let command):
            do {
                let (code, output) = try await ports.runtime.exec(id, command: command, timeoutSeconds: timeout)
                return code == 0 ? .success : .failure(output.isEmpty ? "command exited with code \(code)" : output)
            } catch {
                return .failure(error.kind == .timedOut ? "command timed out: \"\(command.joined(separator: " "))\" timed out after \(timeout)s" : error.message)
            }
        case .sleep(let seconds):
            try? await ports.time.sleep(for: .seconds(min(seconds, timeout)))
            return .success
        case .grpc: return .failure("grpc probes are not supported by this node")
        }
    }
}

extension PodWorker {
    /// What fails is tried again with the next look at the runtime.
    func removeSandbox(_ id: String) async {
        do throws(RuntimeFailure) {
            try await ports.runtime.stopSandbox(id)
            try await ports.runtime.removeSandbox(id)
            inbox.feed(.removed(id: id, failed: false))
        } catch { inbox.feed(.removed(id: id, failed: error.kind != .notFound)) }
    }

    /// What fails is tried again with the next look at the runtime.
    func removeContainer(_ name: String, _ id: String, _ attempt: Int) async {
        do throws(RuntimeFailure) { try await ports.runtime.removeContainer(id) } catch {
            guard error.kind == .notFound else {
                inbox.feed(.removed(id: id, failed: true))
                return
            }
        }
        await ports.volumes.removeFiles([
            "\(ports.volumes.logDirectory(state.key, uid))/\(name)/\(attempt).log",
            "\(ports.volumes.podDirectory(uid))/\(SpecBuilder.terminationLog(name, attempt))",
        ])
        inbox.feed(.removed(id: id, failed: false))
    }
}

/// Takes what is left of a pod out of the runtime; what is gone already is no failure.
enum PodRemoval {
    static func remove(_ mine: RuntimeSnapshot, _ runtime: any ContainerRuntimePort) async throws(RuntimeFailure) {
        for one in mine.containers {
            if one.condition == .running { try await ignoringAbsence { () throws(RuntimeFailure) in try await runtime.stopContainer(one.id, graceSeconds: 0) } }
        }
        for sandbox in mine.sandboxes {
            try await ignoringAbsence { () throws(RuntimeFailure) in try await runtime.stopSandbox(sandbox.id) }
        }
        for one in mine.containers {
            try await ignoringAbsence { () throws(RuntimeFailure) in try await runtime.removeContainer(one.id) }
        }
        for sandbox in mine.sandboxes {
            try await ignoringAbsence { () throws(RuntimeFailure) in try await runtime.removeSandbox(sandbox.id) }
        }
    }

    private static func ignoringAbsence(_ body: () async throws(RuntimeFailure) -> Void) async throws(RuntimeFailure) {
        do { try await body() } catch { if error.kind != .notFound { throw error } }
    }
}

/// Whether a text can name an image.
public enum ImageName {
    public static func isValid(_ image: String) -> Bool {
        guard !image.isEmpty, image.utf8.count <= 1024 else { return false }
        var rest = Substring(image)
        if let at = rest.firstIndex(of: "@") {
            guard rest[rest.index(after: at)...].contains(":") else { return false }
            rest = rest[..<at]
        }
        let slash = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
        if let colon = rest[slash...].lastIndex(of: ":") {
            let tag = rest[rest.index(after: colon)...]
            guard !tag.isEmpty, tag.utf8.count <= 128, tag.allSatisfy(isWord), !tag.hasPrefix("."), !tag.hasPrefix("-") else { return false }
            rest = rest[..<colon]
        }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        for (position, part) in parts.enumerated() {
            let isHost = position == 0 && parts.count > 1 && (part.contains(".") || part.contains(":") || part == "localhost")
            let good = isHost
                ? part.allSatisfy { isWord($0) || $0 == ":" }
                : part.allSatisfy { isWord($0) && !$0.isUppercase }
            guard good, let first = part.first, let last = part.last, first.isLetter || first.isNumber, last.isLetter || last.isNumber else {
                return false
            }
        }
        return true
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }
}
