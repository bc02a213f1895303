import ArgumentParser
import StoreEtcd

/// Where the API server keeps its objects.
struct StoreFlags: ParsableArguments {
    /// The stores that there are.
    enum Kind: String, CaseIterable { case sqlite, etcd }

    @Option(
        help: """
            Where objects are kept: etcd, or sqlite, a file below --data-dir. When not given: what KMD_STORE says, or etcd if --etcd-servers \
            names one, or sqlite.
            """,
        transform: StoreFlags.kind)
    var store: Kind?

    @OptionGroup var etcd: EtcdFlags

    @Option(help: "The port of HTTPS; only 0, none, is possible yet.")
    var securePort = 0

    func validate() throws {
        guard securePort == 0 else {
            throw ValidationError("--secure-port=\(securePort): the API is served over plain HTTP only, as yet. Say --secure-port=0.")
        }
    }

    /// What was chosen.
    ///
    /// - Parameter variable: what `KMD_STORE` says.
    /// - Throws: `PlainFailure` with the remedy.
    func choice(directory: String, variable: String? = Invocation.variable("KMD_STORE")) throws -> StorePlace {
        let meant = try store ?? variable.map { text in
            do { return try StoreFlags.kind(text) } catch { throw PlainFailure("KMD_STORE: \(error)") }
        }
        switch meant {
        case .sqlite: return .sqlite(directory: directory)
        case .etcd:
            guard let options = try etcd.options() else {
                throw PlainFailure("--store=etcd: say where, with --etcd-servers=http://host:2379, several with commas.")
            }
            return .etcd(options)
        case nil: return try etcd.options().map { .etcd($0) } ?? .sqlite(directory: directory)
        }
    }

    private static func kind(_ text: String) throws -> Kind {
        guard let kind = Kind(rawValue: text) else {
            throw ValidationError(NearestWord.refusal("--store", text, known: Kind.allCases.map(\.rawValue)))
        }
        return kind
    }
}

/// How etcd is reached: Kubernetes' names where it has some.
struct EtcdFlags: ParsableArguments {
    @Option(help: "The members of an etcd cluster that keeps the objects: http://host:2379, several with commas.")
    var etcdServers: String?

    @Option(help: "The root of all keys in etcd.")
    var etcdPrefix = "/registry"

    @Option(help: "A PEM file with who signs the certificates of etcd's members; the system's authorities when not given.")
    var etcdCafile: String?

    @Option(help: "A PEM file with our own certificate for etcd, with --etcd-keyfile.")
    var etcdCertfile: String?

    @Option(help: "A PEM file with the certificate's key.")
    var etcdKeyfile: String?

    @Option(help: "The user to be in etcd, with --etcd-password-file.")
    var etcdUsername: String?

    @Option(help: "A file with the user's password in etcd, readable by its owner only.")
    var etcdPasswordFile: String?

    @Option(help: "How often one of the API servers makes etcd forget old history, in seconds; 0: never.")
    var etcdCompactionInterval = 300

    /// `nil` when no etcd was named.
    ///
    /// - Throws: `PlainFailure` or `ValidationError`, with the remedy.
    func options() throws -> EtcdStoreOptions? {
        guard let etcdServers else { return nil }
        return try options(for: etcdServers, flag: "--etcd-servers")
    }

    /// - Parameter flag: which one named the servers.
    func options(for servers: String, flag: String) throws -> EtcdStoreOptions {
        guard let endpoints = EtcdEndpoint.list(servers) else {
            throw PlainFailure("\(flag)=\(servers): this is no list of etcd's members. Name them: http://host:2379, with commas.")
        }
        var options = EtcdStoreOptions(endpoints: endpoints)
        guard etcdPrefix.hasPrefix("/"), etcdPrefix.count > 1, etcdPrefix.utf8.last.map({ $0 < 0x80 && $0 != UInt8(ascii: "/") }) == true else {
            throw PlainFailure("--etcd-prefix=\(etcdPrefix): it must begin with a slash, and not end in one: /registry.")
        }
        options.keys = KeySpace(root: StorePlace.root, prefix: etcdPrefix + "/")
        guard (etcdCertfile == nil) == (etcdKeyfile == nil) else {
            throw PlainFailure("--etcd-certfile and --etcd-keyfile go together: one is given without the other.")
        }
        if endpoints.allSatisfy({ !$0.isSecure }), etcdCafile != nil || etcdCertfile != nil {
            throw PlainFailure("certificates are given for etcd, but \(flag) names http:// members only. Write https://.")
        }
        (options.tls.authorities, options.tls.certificate, options.tls.key) = (etcdCafile, etcdCertfile, etcdKeyfile)
        guard (etcdUsername == nil) == (etcdPasswordFile == nil) else {
            throw PlainFailure("--etcd-username and --etcd-password-file go together: one is given without the other.")
        }
        if let etcdUsername, let etcdPasswordFile {
            options.user = (etcdUsername, try SecretFile.read(etcdPasswordFile, flag: "--etcd-password-file"))
        }
        options.compaction = etcdCompactionInterval > 0 ? .seconds(etcdCompactionInterval) : nil
        return options
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
