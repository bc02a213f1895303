/// What a private containerd is to be, and where the programs are.
public struct ContainerdOptions: Sendable, Hashable {
    /// kmd's data directory, absolute. Everything of the runtime that lasts is in `containerd/` below it.
    public var dataDirectory: String
    /// Directories of OCI archives to import (`*.tar`), besides `images/` of the data directory.
    public var imageDirectories: [String] = []
    /// The pods' addresses, IPv4 in CIDR notation. Two clusters on one machine need two ranges.
    public var podSubnet = "10.244.0.0/24"
    /// The image of each pod's first process.
    public var sandboxImage = "registry.k8s.io/pause:3.9"
    /// nil: looked for on PATH and where Debian and others put them.
    public var containerdProgram: String?
    public var runcProgram: String?
    public var cniDirectory: String?
    /// Where the sockets are; short, as a socket's path has at most 107 bytes.
    public var runDirectory = "/run"
    /// `auto`, `overlayfs` or `native`.
    public var snapshotter = "auto"
    /// containerd's own: `debug`, `info`, `warn`, `error`.
    public var logLevel = "info"

    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }
}

/// Where things of a private containerd are. All names come from the data directory's, so that two never meet.
public struct ContainerdLayout: Sendable, Hashable {
    /// 8 hexadecimal digits of the data directory's path.
    public let hash: String
    /// `DATA/containerd`.
    public let home: String
    /// Sockets and mounts of what runs now; lost with a reboot, as they should be.
    public let state: String
    public let imagesDirectory: String

    public init(_ options: ContainerdOptions) {
        let data = Files.realPath(options.dataDirectory)
        hash = Self.hash(of: data)
        home = data + "/containerd"
        state = "\(options.runDirectory)/kmd-\(hash)"
        imagesDirectory = data + "/images"
    }

    public var socket: String { state + "/containerd.sock" }
    /// For `CRIClient`.
    public var endpoint: String { "unix://" + socket }
    public var root: String { home + "/root" }
    public var config: String { home + "/config.toml" }
    public var log: String { home + "/containerd.log" }
    public var lock: String { home + "/supervisor.lock" }
    public var imported: String { home + "/imported-images" }
    public var cniConfigDirectory: String { home + "/cni/net.d" }
    public var cniConfig: String { cniConfigDirectory + "/10-kmd.conflist" }
    /// The addresses that are taken, one file each.
    public var cniAddresses: String { home + "/cni/addresses" }
    /// An interface's name has at most 15 characters.
    public var bridge: String { "kmd-" + hash }
    public var networkName: String { "kmd-" + hash }
    /// The cgroup above all containers of this data directory.
    public var cgroup: String { "/kmd-" + hash }

    /// FNV-1a, folded to 32 bits: the same on each run and each machine, unlike `Hasher`.
    static func hash(of text: String) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(UInt32(truncatingIfNeeded: value ^ (value >> 32)), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// The programs that a private containerd needs, or what is missing.
public struct ContainerdPrograms: Sendable, Hashable {
    public var containerd: String
    public var ctr: String
    public var runc: String
    public var cniDirectory: String

    /// What has to be installed, with the command that does it.
    public struct Missing: Error, Sendable, Hashable, CustomStringConvertible {
        public let programs: [String]
        public let packages: [String]
        public var description: String {
            "no containers without \(programs.joined(separator: ", ")): install with  apt-get install -y \(packages.joined(separator: " "))"
        }
    }

    /// Looks where the options say, then on PATH, then where distributions put them. Reads directories only.
    public static func find(_ options: ContainerdOptions) throws(Missing) -> ContainerdPrograms {
        var missing: [(program: String, package: String)] = []
        func locate(_ program: String, given: String?, package: String) -> String {
            if let given {
                if Files.isExecutable(given) { return given }
            } else if let found = Files.find(program: program) {
                return found
            }
            missing.append((given ?? program, package))
            return ""
        }
        let containerd = locate("containerd", given: options.containerdProgram, package: "containerd")
        // ctr and the shim come with containerd, and are of its version.
        let home = containerd.lastIndex(of: "/").map { String(containerd[..<$0]) } ?? ""
        let ctr = Files.isExecutable(home + "/ctr") ? home + "/ctr" : locate("ctr", given: nil, package: "containerd")
        let runc = locate("runc", given: options.runcProgram, package: "runc")
        for tool in ["iptables", "ip"] { _ = locate(tool, given: nil, package: tool == "ip" ? "iproute2" : "iptables") }
        let plugins = ["bridge", "host-local", "portmap", "loopback"]
        let places = options.cniDirectory.map { [$0] } ?? ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"]
        let complete = places.first { place in plugins.allSatisfy { Files.isExecutable("\(place)/\($0)") } }
        if complete == nil {
            missing.append(("the CNI plugins in \(places.joined(separator: " or "))", "containernetworking-plugins"))
        }
        guard missing.isEmpty, let complete else {
            throw Missing(programs: missing.map(\.program), packages: Set(missing.map(\.package)).sorted())
        }
        return ContainerdPrograms(containerd: containerd, ctr: ctr, runc: runc, cniDirectory: complete)
    }
}
