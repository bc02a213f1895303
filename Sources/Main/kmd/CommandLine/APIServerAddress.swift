/// An API server as a command line names it: `host:port`, or a URL of plain HTTP.
struct APIServerAddress: Sendable, Equatable {
    /// `http://host:port`
    let url: String
    /// As `KubeClient` and the executors take it.
    var text: String { url }

    /// - Parameters:
    ///   - written: the flag's value; without it, what `KUBERNETES_MASTER` says, or this machine's loopback.
    ///   - flag: named in refusals.
    /// - Throws: `PlainFailure` for what is no address, or is more than one.
    init(_ written: String?, flag: String, environment: String? = Invocation.variable("KUBERNETES_MASTER")) throws {
        let (word, source) = written.map { ($0, flag) } ?? environment.map { ($0, "KUBERNETES_MASTER") } ?? ("127.0.0.1:8888", flag)
        func refusal(_ why: String) -> PlainFailure { PlainFailure("\(source)=\(word): \(why) Write it as host:port or http://host:port.") }
        guard !word.contains(",") else { throw refusal("only one API server can be named, as yet.") }
        guard !word.hasPrefix("https://") else { throw refusal("the API is served over plain HTTP only, as yet.") }
        var rest = word[...]
        if rest.hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        let allowed = rest.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"/?#@\\\"'<>".utf8.contains($0) }
        guard !rest.isEmpty, allowed else { throw refusal("this is no address.") }
        let colon = rest.hasSuffix("]") ? nil : rest.lastIndex(of: ":")
        if let colon {
            guard let port = Int(rest[rest.index(after: colon)...]), (1...65535).contains(port), colon > rest.startIndex else {
                throw refusal("the port is missing, or is not a number from 1 to 65535.")
            }
        }
        url = "http://\(rest)" + (colon == nil ? ":8888" : "")
    }
}
