#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How the program was called: by which name, and with which words.
struct Invocation: Sendable, Equatable {
    /// The name that help shows: `km` for a link of that name, else `kmd`.
    let program: String
    /// The words for the parser, in its one form.
    let words: [String]

    /// A link with the name of a server is that server, as in the original; the names of the first guide's programs mean the same.
    static let links: [String: [String]] = [
        "kubernetes-mesos": ["run", "--role=apiserver,scheduler"], "kubernetes-executor": ["executor"], "kube-proxy": ["proxy"],
        // The programs in the pod of cluster/addons/dns.
        "kube2sky": ["dns", "registrar"], "skydns": ["dns", "server"], "exechealthz": ["dns", "healthz"],
    ]

    /// - Parameters:
    ///   - arguments: all of them, the program's own name first.
    ///   - servers: names that a link may have.
    init(_ arguments: [String], servers: [String]) {
        let name = String((arguments.first ?? "").split(separator: "/").last ?? "kmd")
        program = name == "km" ? "km" : "kmd"
        let given = CommandLineForms.canonical(Array(arguments.dropFirst()))
        let meant = Invocation.links[name] ?? (servers.contains(name) ? [name] : [])
        // What starts an executor through such a link says the server's name all the same.
        words = meant.isEmpty || given.first == meant.first ? given : meant + given
    }

    /// This process's.
    static let current = Invocation(CommandLine.arguments, servers: Kmd.serverNames)

    /// A variable of the environment; `nil` when it is not set, or empty.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
        return value
    }
}
