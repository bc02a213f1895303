import Testing

@testable import ContainerRuntime

@Suite struct ConfigTests {
    private var options: ContainerdOptions {
        var options = ContainerdOptions(dataDirectory: "/nowhere/kmd \"data\"")
        options.podSubnet = "10.250.3.0/24"
        return options
    }
    private let programs = ContainerdPrograms(
        containerd: "/usr/bin/containerd", ctr: "/usr/bin/ctr", runc: "/usr/sbin/runc", cniDirectory: "/usr/lib/cni")

    private func config(mayLower: Bool = false, appArmor: Bool = false, overlay: Bool = true) -> String {
        ContainerdConfig.toml(
            options, ContainerdLayout(options), programs,
            MachineFacts(mayLowerOOMScore: mayLower, hasAppArmor: appArmor, overlayWorks: overlay))
    }

    @Test func theConfigurationOfContainerdIsThis() {
        let layout = ContainerdLayout(options)
        let expected = #"""
            # Written by kmd at each start; changes here are lost.
            version = 2
            root = "/nowhere/kmd \"data\"/containerd/root"
            state = "/run/kmd-\#(layout.hash)/containerd"
            disabled_plugins = [
              "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
              "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
            ]

            [grpc]
              address = "/run/kmd-\#(layout.hash)/containerd.sock"

            [ttrpc]
              address = "/run/kmd-\#(layout.hash)/containerd.sock.ttrpc"

            [debug]
              level = "info"

            [plugins."io.containerd.internal.v1.opt"]
              path = "/nowhere/kmd \"data\"/containerd/opt"

            [plugins."io.containerd.grpc.v1.cri"]
              sandbox_image = "registry.k8s.io/pause:3.9"
              restrict_oom_score_adj = true
              disable_apparmor = true
              stream_server_address = "127.0.0.1"
              stream_server_port = "0"
              max_container_log_line_size = 16384

              [plugins."io.containerd.grpc.v1.cri".cni]
                bin_dir = "/usr/lib/cni"
                conf_dir = "/nowhere/kmd \"data\"/containerd/cni/net.d"
                max_conf_num = 1

              [plugins."io.containerd.grpc.v1.cri".containerd]
                snapshotter = "overlayfs"
                default_runtime_name = "runc"

                [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                  runtime_type = "io.containerd.runc.v2"

                  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                    BinaryName = "/usr/sbin/runc"
                    SystemdCgroup = false

            """#
        #expect(config() == expected)
    }

    @Test func onlyAMachineThatMayNotLowerTheOOMScoreIsRestricted() {
        #expect(config(mayLower: true).contains("restrict_oom_score_adj = false"))
        #expect(config(mayLower: false).contains("restrict_oom_score_adj = true"))
    }

    @Test func onAnOverlayTheNativeSnapshotterIsTaken() {
        #expect(config(overlay: false).contains("snapshotter = \"native\""))
        #expect(config(appArmor: true).contains("disable_apparmor = false"))
    }

    @Test func theNetworkIsABridgeOfItsOwnWithHostPorts() {
        let layout = ContainerdLayout(options)
        let text = ContainerdConfig.cni(options, layout)
        #expect(text.contains("\"bridge\": \"\(layout.bridge)\""))
        #expect(text.contains("\"subnet\": \"10.250.3.0/24\""))
        #expect(text.contains("\"dataDir\": \"/nowhere/kmd \\\"data\\\"/containerd/cni/addresses\""))
        #expect(text.contains("\"portMappings\": true"))
        #expect(!text.contains("isDefaultGateway"))
    }

    @Test func eachDataDirectoryHasNamesOfItsOwnThatFit() {
        let one = ContainerdLayout(ContainerdOptions(dataDirectory: "/nowhere/a"))
        let other = ContainerdLayout(ContainerdOptions(dataDirectory: "/nowhere/b"))
        #expect(one.bridge != other.bridge && one.socket != other.socket && one.cgroup != other.cgroup)
        #expect(one.bridge.utf8.count <= 15)
        let long = ContainerdLayout(ContainerdOptions(dataDirectory: "/" + String(repeating: "long/", count: 100)))
        #expect(long.socket.utf8.count + ".ttrpc".utf8.count < 108)
        #expect(ContainerdLayout.hash(of: "/var/lib/kmd") == ContainerdLayout.hash(of: "/var/lib/kmd"))
    }

    @Test func whatIsMissingComesWithTheCommandThatInstallsIt() {
        var options = options
        options.containerdProgram = "/nowhere/containerd"
        options.runcProgram = "/nowhere/runc"
        options.cniDirectory = "/nowhere/cni"
        #expect(throws: ContainerdPrograms.Missing.self) { try ContainerdPrograms.find(options) }
        do throws(ContainerdPrograms.Missing) { _ = try ContainerdPrograms.find(options) } catch {
            #expect(error.description.contains("/nowhere/containerd"))
            #expect(error.description.contains("apt-get install -y containerd containernetworking-plugins"))
            #expect(Set(error.packages).isSuperset(of: ["containerd", "containernetworking-plugins", "runc"]))
        }
    }

    @Test func thePauseAfterFailuresGrowsToTenSeconds() {
        #expect(
            (1...9).map(ContainerdSupervisor.pause(afterFailures:))
                == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000].map { .milliseconds($0) })
        #expect(ContainerdSupervisor.pause(afterFailures: .max) == .seconds(10))
    }
}
