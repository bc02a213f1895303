import ArgumentParser

/// Where the API server keeps its objects.
struct StoreFlags: ParsableArguments {
    /// The stores that there are.
    enum Kind: String, CaseIterable { case sqlite }

    @Option(
        help: "Where objects are kept: sqlite, a file below --data-dir. Say it (or set KMD_STORE=sqlite) when --etcd-servers is given.",
        transform: StoreFlags.kind)
    var store: Kind?

    @Option(help: "etcd, as the guides have it. Not used yet: refused unless --store=sqlite says that the file is meant after all.")
    var etcdServers: String?

    @Option(help: "The port of HTTPS; only 0, none, is possible yet.")
    var securePort = 0

    func validate() throws {
        guard securePort == 0 else {
            throw ValidationError("--secure-port=\(securePort): the API is served over plain HTTP only, as yet. Say --secure-port=0.")
        }
    }

    /// Nobody shall believe that objects are in etcd while they are in a file.
    /// - Parameter chosen: what `KMD_STORE` says.
    /// - Throws: `PlainFailure` with the remedy.
    func check(chosen: String? = Invocation.variable("KMD_STORE")) throws {
        let meant = try store ?? chosen.map { text in
            do { return try StoreFlags.kind(text) } catch { throw PlainFailure("KMD_STORE: \(error)") }
        }
        guard let etcdServers, meant == nil else { return }
        throw PlainFailure(
            "--etcd-servers=\(etcdServers): kmd cannot keep its objects in etcd yet; it has a store of its own, a file below --data-dir. "
                + "Leave the flag out, or say --store=sqlite (or set KMD_STORE=sqlite) to use the file although the flag is there.")
    }

    private static func kind(_ text: String) throws -> Kind {
        if text == "etcd" { throw ValidationError("--store=etcd: kmd cannot keep its objects in etcd yet; --store=sqlite is what there is.") }
        guard let kind = Kind(rawValue: text) else {
            throw ValidationError(NearestWord.refusal("--store", text, known: Kind.allCases.map(\.rawValue)))
        }
        return kind
    }
}

/// Flags of the guides for which kmd has no use, each for a reason that is said at the start.
struct UnusedFlags: ParsableArguments {
    @Option(help: "Not used: this server keeps its state with the API server.")
    var etcdServers: String?

    @Option(help: "Not used: the executor holds the service proxy.")
    var proxyPath: String?

    /// One line for each that was given.
    var words: [String] {
        var words: [String] = []
        if etcdServers != nil { words.append("--etcd-servers is not used: the framework id and the election are kept with the API server") }
        if proxyPath != nil { words.append("--proxy-path is not used: the executor holds the service proxy") }
        return words
    }
}
