import ArgumentParser
import Mesos

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where Mesos is, and how kmd proves who it is.
struct MesosClientFlags: ParsableArguments {
    @Option(
        help: """
            The Mesos masters: host:port, or several with commas, or zk://[user:password@]host:port,…/path; https://host:port for TLS. \
            When not given: what --cloud-config says, the embedded one with --role=all, or 127.0.0.1:5050.
            """)
    var mesosMaster: String?

    @Option(help: "The principal that Mesos authenticates; it is also the framework's.")
    var mesosAuthenticationPrincipal: String?

    @Option(help: "The file with the principal's secret, readable by its owner only.")
    var mesosAuthenticationSecretFile: String?

    @Option(help: "The certificates (PEM) of the authorities that signed the masters'; masters found by zk:// are then spoken to over TLS.")
    var mesosCaFile: String?

    func validate() throws {
        guard (mesosAuthenticationPrincipal == nil) == (mesosAuthenticationSecretFile == nil) else {
            throw ValidationError("--mesos-authentication-principal and --mesos-authentication-secret-file belong together: give both, or none.")
        }
    }

    /// - Throws: `PlainFailure` that names flag, value and remedy; never the secret.
    func access() throws -> MesosAccess {
        var access = MesosAccess()
        if let principal = mesosAuthenticationPrincipal, let file = mesosAuthenticationSecretFile {
            do { access.credential = try MesosCredential(principal: principal, secret: try MesosClientFlags.secret(in: file)) } catch {
                throw PlainFailure("--mesos-authentication-secret-file=\(file): \(error)")
            }
        }
        if let mesosCaFile {
            do {
                let text = try DataFiles.text(of: mesosCaFile, limit: 4 << 20)
                guard text.contains("-----BEGIN CERTIFICATE-----") else { throw PlainFailure("it holds no certificate in PEM") }
                access.trustedCertificates = Array(text.utf8)
            } catch { throw PlainFailure("--mesos-ca-file=\(mesosCaFile): \(error)") }
        }
        return access
    }

    /// The file's text without the line end that editors add.
    private static func secret(in path: String) throws -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { throw PlainFailure(String(cString: strerror(errno))) }
        guard status.st_mode & 0o077 == 0 else {
            throw PlainFailure("others may read it (mode \(String(status.st_mode & 0o777, radix: 8))); say chmod 600 \(path)")
        }
        var text = try DataFiles.text(of: path, limit: 64 << 10)
        while let last = text.last, last.isNewline { text.removeLast() }
        return text
    }
}

/// What the framework tells Mesos of itself.
struct FrameworkFlags: ParsableArguments {
    @Option(help: "The user that executors run as.")
    var mesosUser = "root"

    @Option(help: "The name of the framework, as Mesos shows it.")
    var frameworkName = "Kubernetes"

    @Option(help: "The page that Mesos' own page links to for this framework.")
    var frameworkWeburi: String?

    @Option(help: "The host that Mesos shows for this framework; this machine's name when not given.")
    var frameworkHostname: String?

    @Option(help: "Labels of the framework in Mesos: name=value, several with commas.")
    var frameworkLabels: String?

    @Option(help: "The roles that the framework subscribes with, with commas.")
    var mesosFrameworkRoles = "*"

    @Option(help: "Those of the framework's roles that pods take resources of, the first ones first; all of them when not given.")
    var mesosDefaultPodRoles: String?

    @Option(
        help: ArgumentHelp(
            "Whether agents keep tasks over their own restart. Cannot change later for the same framework id.", valueName: "true|false"))
    var checkpoint = true

    @Option(
        help: ArgumentHelp(
            "How long Mesos keeps the tasks when no scheduler is there: seconds, or 168h. 0: not at all, and the framework id is forgotten.",
            valueName: "time"),
        transform: FrameworkFlags.duration)
    var failoverTimeout: Duration = .seconds(7 * 86400)

    @Flag(help: "Be offered agents with GPUs, which Mesos keeps for those that ask.")
    var mesosGpuResources = false

    func validate() throws {
        let roles = try FrameworkFlags.roles(mesosFrameworkRoles, "--mesos-framework-roles")
        if let mesosDefaultPodRoles {
            let chosen = try FrameworkFlags.roles(mesosDefaultPodRoles, "--mesos-default-pod-roles")
            if let strange = chosen.first(where: { !roles.contains($0) }) {
                throw ValidationError("--mesos-default-pod-roles names '\(strange)', which --mesos-framework-roles=\(mesosFrameworkRoles) does not.")
            }
        }
        _ = try FrameworkFlags.labels(frameworkLabels)
    }

    /// - Parameters:
    ///   - principal: the one that authenticates.
    ///   - hostname: this machine's.
    func description(principal: String?, hostname: String) throws -> FrameworkDescription {
        var capabilities = FrameworkCapability.usual
        if mesosGpuResources { capabilities.insert(.gpuResources) }
        return FrameworkDescription(
            name: frameworkName, user: mesosUser, roles: try FrameworkFlags.roles(mesosFrameworkRoles, "--mesos-framework-roles"),
            checkpoint: checkpoint, failoverTimeout: failoverTimeout, hostname: frameworkHostname ?? hostname, webUIURL: frameworkWeburi,
            principal: principal, capabilities: capabilities, labels: try FrameworkFlags.labels(frameworkLabels))
    }

    func podRoles() throws -> [String]? { try mesosDefaultPodRoles.map { try FrameworkFlags.roles($0, "--mesos-default-pod-roles") } }

    /// A list of roles, as Mesos allows them: paths of words, none of them `.`, `..` or `*`, no white space, no `-` in front.
    static func roles(_ text: String, _ flag: String) throws -> [String] {
        var roles: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let role = String(part.drop { $0 == " " })
            let words = role.split(separator: "/", omittingEmptySubsequences: false)
            let isRole = role == "*" || words.allSatisfy { word in
                !word.isEmpty && ![".", "..", "*"].contains(word) && !word.hasPrefix("-")
                    && word.unicodeScalars.allSatisfy { $0.value > 32 && $0.value != 127 && $0 != "\\" }
            }
            guard isRole else { throw ValidationError("\(flag): '\(role)' is no role of Mesos.") }
            if !roles.contains(role) { roles.append(role) }
        }
        return roles
    }

    private static func labels(_ text: String?) throws -> [String: String] {
        var labels: [String: String] = [:]
        for part in text?.split(separator: ",") ?? [] {
            guard let equals = part.firstIndex(of: "="), equals > part.startIndex else {
                throw ValidationError("--framework-labels: '\(part)' is no name=value.")
            }
            labels[String(part[..<equals])] = String(part[part.index(after: equals)...])
        }
        return labels
    }

    private static func duration(_ text: String) throws -> Duration {
        // A number, as in the original, is in seconds. Mesos counts nanoseconds in 64 bits, which end after 292 years.
        if let seconds = Double(text), (0...9e9).contains(seconds) { return .seconds(seconds) }
        guard let duration = GoDuration.parse(text) else {
            throw ValidationError("--failover-timeout: '\(text)' is no time; write seconds (604800), or 168h.")
        }
        return duration
    }
}
