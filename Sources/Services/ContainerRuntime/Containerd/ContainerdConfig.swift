/// What this machine allows, as far as containerd must know it.
public struct MachineFacts: Sendable, Hashable {
    /// Without CAP_SYS_RESOURCE an oom_score_adj cannot be lowered, and a pod that asks for it dies at once with
    /// `can't get final child's PID from pipe: EOF`.
    public var mayLowerOOMScore: Bool
    public var hasAppArmor: Bool
    /// Overlays cannot lie on an overlay, as in most containers.
    public var overlayWorks: Bool

    public init(mayLowerOOMScore: Bool, hasAppArmor: Bool, overlayWorks: Bool) {
        (self.mayLowerOOMScore, self.hasAppArmor, self.overlayWorks) = (mayLowerOOMScore, hasAppArmor, overlayWorks)
    }

    /// Reads /proc and /sys, and the kind of file system that `directory` (which exists) is on.
    static func detect(for directory: String) -> MachineFacts {
        let capSysResource: UInt64 = 24
        let status = Files.text("/proc/self/status") ?? ""
        let capabilities =
            status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
            .flatMap { UInt64($0.dropFirst(7).trimmingBlanks, radix: 16) } ?? 0
        let appArmor = Files.text("/sys/module/apparmor/parameters/enabled")?.hasPrefix("Y") ?? false
        return MachineFacts(
            mayLowerOOMScore: capabilities & (1 << capSysResource) != 0,
            hasAppArmor: appArmor && Files.find(program: "apparmor_parser") != nil,
            overlayWorks: MountTable.read().type(of: directory) != "overlay")
    }
}

extension Substring {
    var trimmingBlanks: Substring {
        var rest = drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return rest
    }
}

/// The files that make a containerd ours. Pure: the same input gives the same text, and a changed text means a restart.
public enum ContainerdConfig {
    /// containerd's `config.toml`, version 2 (containerd 1.5 and later).
    public static func toml(
        _ options: ContainerdOptions, _ layout: ContainerdLayout, _ programs: ContainerdPrograms, _ machine: MachineFacts
    ) -> String {
        """
        # Written by kmd at each start; changes here are lost.
        version = 2
        root = \(quoted(layout.root))
        state = \(quoted(layout.state + "/containerd"))
        disabled_plugins = [
          "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
          "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
        ]

        [grpc]
          address = \(quoted(layout.socket))

        [ttrpc]
          address = \(quoted(layout.socket + ".ttrpc"))

        [debug]
          level = \(quoted(options.logLevel))

        [plugins."io.containerd.internal.v1.opt"]
          path = \(quoted(layout.home + "/opt"))

        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = \(quoted(options.sandboxImage))
          restrict_oom_score_adj = \(!machine.mayLowerOOMScore)
          disable_apparmor = \(!machine.hasAppArmor)
          stream_server_address = "127.0.0.1"
          stream_server_port = "0"
          max_container_log_line_size = 16384

          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = \(quoted(programs.cniDirectory))
            conf_dir = \(quoted(layout.cniConfigDirectory))
            max_conf_num = 1

          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = \(quoted(snapshotter(options, machine)))
            default_runtime_name = "runc"

            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
              runtime_type = "io.containerd.runc.v2"

              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                BinaryName = \(quoted(programs.runc))
                SystemdCgroup = false

        """
    }

    /// A network of its own bridge: pods reach each other and the host; host ports lead to pods. What leaves for other machines is masqueraded
    /// by the node's own rules (ServiceRouting), which know the cluster's other pods; the plugin would masquerade what goes to them too.
    public static func cni(_ options: ContainerdOptions, _ layout: ContainerdLayout) -> String {
        // Not isDefaultGateway beside the route: the two together are refused.
        """
        {
          "cniVersion": "0.4.0",
          "name": \(quoted(layout.networkName)),
          "plugins": [
            {
              "type": "bridge",
              "bridge": \(quoted(layout.bridge)),
              "isGateway": true,
              "ipMasq": false,
              "hairpinMode": true,
              "ipam": {
                "type": "host-local",
                "dataDir": \(quoted(layout.cniAddresses)),
                "ranges": [[{ "subnet": \(quoted(options.podSubnet)) }]],
                "routes": [{ "dst": "0.0.0.0/0" }]
              }
            },
            { "type": "portmap", "capabilities": { "portMappings": true } }
          ]
        }

        """
    }

    static func snapshotter(_ options: ContainerdOptions, _ machine: MachineFacts) -> String {
        options.snapshotter == "auto" ? (machine.overlayWorks ? "overlayfs" : "native") : options.snapshotter
    }

    /// A string of both TOML and JSON: quotes, backslashes and control characters escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
