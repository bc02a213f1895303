/// The API servers of the cluster as a command line names them: `host:port` or a URL of plain HTTP, several with commas.
struct APIServerAddress: Sendable, Equatable {
    /// `http://host:port` each; never empty.
    let urls: [String]
    /// As `KubeClient` and the executors take them.
    var text: String { urls.joined(separator: ",") }

    /// - Parameters:
    ///   - written: the flag's value; without it, what `KUBERNETES_MASTER` says, or this machine's loopback.
    ///   - flag: named in refusals.
    /// - Throws: `PlainFailure` that names the flag, for what is no address.
    init(_ written: String?, flag: String, environment: String? = Invocation.variable("KUBERNETES_MASTER")) throws {
        let (word, source) = written.map { ($0, flag) } ?? environment.map { ($0, "KUBERNETES_MASTER") } ?? ("127.0.0.1:8888", flag)
        func refusal(_ why: String) -> PlainFailure {
            PlainFailure("\(source)=\(word): \(why) Write it as host:port or http://host:port, several with commas.")
        }
        var urls: [String] = []
        for part in word.split(separator: ",", omittingEmptySubsequences: false) {
            switch APIServerAddress.url(of: part) {
            case .success(let url): urls.append(url)
            case .failure(let problem): throw refusal(problem.why)
            }
        }
        self.urls = urls
    }

    private struct Problem: Error { let why: String }

    private static func url(of written: Substring) -> Result<String, Problem> {
        guard !written.hasPrefix("https://") else { return .failure(Problem(why: "the API is served over plain HTTP only, as yet.")) }
        var rest = written
        if rest.hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        let allowed = rest.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"/?#@\\\"'<>".utf8.contains($0) }
        guard !rest.isEmpty, allowed else { return .failure(Problem(why: "this is no address.")) }
        let colon = rest.hasSuffix("]") ? nil : rest.lastIndex(of: ":")
        if let colon {
            guard let port = Int(rest[rest.index(after: colon)...]), (1...65535).contains(port), colon > rest.startIndex else {
                return .failure(Problem(why: "the port is missing, or is not a number from 1 to 65535."))
            }
        }
        return .success("http://\(rest)" + (colon == nil ? ":8888" : ""))
    }
}
