import ArgumentParser

/// The flags by which the guides tell a server about its Mesos.
struct CloudFlags: ParsableArguments {
    /// What `--cloud-provider` may say.
    enum Provider: String, CaseIterable, ExpressibleByArgument { case mesos }

    @Option(help: "The cloud that the cluster runs on: mesos, the only one there is. (default: mesos)", transform: CloudFlags.provider)
    var cloudProvider: Provider = .mesos

    @Option(help: "A file that says where Mesos is: [mesos-cloud] with mesos-master = host:port.")
    var cloudConfig: String?

    /// What the file says; the defaults without one.
    /// - Throws: `PlainFailure` that names file, line and remedy.
    func read() throws -> CloudConfig {
        guard let cloudConfig else { return CloudConfig() }
        let text: String
        do { text = try DataFiles.text(of: cloudConfig, limit: 64 << 10) } catch {
            throw PlainFailure("--cloud-config=\(cloudConfig): \(error)")
        }
        do { return try CloudConfig(text) } catch { throw PlainFailure("\(cloudConfig): \(error)") }
    }

    private static func provider(_ text: String) throws -> Provider {
        guard let provider = Provider(rawValue: text) else {
            throw ValidationError(NearestWord.refusal("--cloud-provider", text, known: Provider.allCases.map(\.rawValue)))
        }
        return provider
    }
}

/// What `mesos-cloud.conf` says: one section, `[mesos-cloud]`, in the form of git's configuration files.
struct CloudConfig: Sendable, Equatable {
    /// `host:port`, or several with commas; `nil`: the file does not say.
    var mesosMaster: String?
    /// How long a question to the master may take.
    var httpClientTimeout: Duration = .seconds(10)
    /// How long an answer of the master's is good.
    var stateCacheTTL: Duration = .seconds(5)

    /// Why a file cannot be used, with its line.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let line: Int
        let what: String
        var description: String { "line \(line): \(what)" }
    }

    static let keys = ["mesos-master", "http-client-timeout", "state-cache-ttl"]

    init() {}

    init(_ text: String) throws(Problem) {
        var isOurs = false
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = CloudConfig.content(of: raw)
            func problem(_ what: String) -> Problem { Problem(line: index + 1, what: what) }
            if line.isEmpty { continue }
            if line.hasPrefix("[") {
                guard line.hasSuffix("]") else { throw problem("'\(line)' is no section; write [mesos-cloud]") }
                let section = String(line.dropFirst().dropLast())
                guard section == "mesos-cloud" else { throw problem(NearestWord.refusal("section", section, known: ["mesos-cloud"])) }
                isOurs = true
                continue
            }
            guard isOurs else { throw problem("'\(line)' comes before the section [mesos-cloud]") }
            guard let equals = line.firstIndex(of: "=") else { throw problem("'\(line)' is not KEY = VALUE") }
            let key = CloudConfig.trimmed(line[..<equals])
            let value = CloudConfig.unquoted(CloudConfig.trimmed(line[line.index(after: equals)...]))
            switch key {
            case "mesos-master":
                guard !value.isEmpty else { throw problem("mesos-master is empty; write host:port") }
                mesosMaster = value
            case "http-client-timeout": httpClientTimeout = try CloudConfig.duration(value, key, problem)
            case "state-cache-ttl": stateCacheTTL = try CloudConfig.duration(value, key, problem)
            default: throw problem(NearestWord.refusal("key", key, known: CloudConfig.keys))
            }
        }
    }

    private static func duration(_ text: String, _ key: String, _ problem: (String) -> Problem) throws(Problem) -> Duration {
        guard let duration = GoDuration.parse(text), duration > .zero else {
            throw problem("\(key): '\(text)' is no duration; write it as 10s, 500ms, 1m30s")
        }
        return duration
    }

    /// The line without its comment and the space around it. `;` and `#` begin one where they are not between quotes.
    private static func content(of line: Substring) -> String {
        var isQuoted = false
        var end = line.startIndex
        while end < line.endIndex, isQuoted || (line[end] != ";" && line[end] != "#") {
            if line[end] == "\"" { isQuoted.toggle() }
            end = line.index(after: end)
        }
        return trimmed(line[..<end])
    }

    private static func trimmed(_ text: Substring) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(text[first...last])
    }

    private static func unquoted(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }
}

/// Durations as Go writes them: `1h2m3.5s`, `500ms`.
enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// `nil` when it is none, or longer than a century.
    static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        if rest == "0" { return .zero }
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = units.first(where: { $0.name == unit })?.nanoseconds else { return nil }
            sum += value * factor
        }
        guard sum < 100 * 365 * 86400 * 1e9 else { return nil }
        return .nanoseconds(Int64(sum))
    }
}
