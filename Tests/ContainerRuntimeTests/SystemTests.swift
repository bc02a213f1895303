import Glibc
import Testing

@testable import ContainerRuntime

@Suite struct SystemTests {
    @Test func mountsBelowADirectoryComeInTheOrderToTakeThemAway() {
        let table = MountTable(
            mountinfo: """
                21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
                30 21 0:30 / /run/kmd-1 rw - tmpfs tmpfs rw
                31 30 0:31 / /run/kmd-1/a\\040b rw - overlay overlay rw
                32 21 0:32 / /run/kmd-10 rw - tmpfs tmpfs rw
                """)
        #expect(table.below("/run/kmd-1") == ["/run/kmd-1/a b", "/run/kmd-1"])
        #expect(table.type(of: "/run/kmd-1/a b/c") == "overlay")
        #expect(table.type(of: "/var/lib") == "ext4")
    }

    @Test func rulesOfOurNetworkGoAndOthersStay() {
        let rules = #"""
            *nat
            :CNI-1111 - [0:0]
            :CNI-HOSTPORT-DNAT - [0:0]
            -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
            -A POSTROUTING -s 10.244.0.2/32 -m comment --comment "name: \"kmd-1\" id: \"abc\"" -j CNI-1111
            -A POSTROUTING -s 10.9.0.2/32 -m comment --comment "name: \"other\" id: \"xyz\"" -j CNI-9999
            -A CNI-1111 -d 10.244.0.0/24 -m comment --comment "name: \"kmd-1\" id: \"abc\"" -j ACCEPT
            -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \"kmd-1\" id: \"abc\"" -m multiport --dports 8080 -j CNI-DN-22
            -A CNI-DN-22 -p tcp --dport 8080 -j DNAT --to-destination 10.244.0.2:80
            -A POSTROUTING -m comment --comment "name: \"kmd-10\" id: \"q\"" -j CNI-7777
            COMMIT
            """#
        let commands = NetworkLeftovers.commands(toRemove: "kmd-1", from: rules)
        #expect(
            commands == [
                [
                    "-D", "POSTROUTING", "-s", "10.244.0.2/32", "-m", "comment", "--comment", "name: \"kmd-1\" id: \"abc\"", "-j",
                    "CNI-1111",
                ],
                [
                    "-D", "CNI-HOSTPORT-DNAT", "-p", "tcp", "-m", "comment", "--comment", "dnat name: \"kmd-1\" id: \"abc\"",
                    "-m", "multiport",
                    "--dports", "8080", "-j", "CNI-DN-22",
                ],
                ["-F", "CNI-1111"], ["-F", "CNI-DN-22"], ["-X", "CNI-1111"], ["-X", "CNI-DN-22"],
            ])
    }

    @Test func sharedChainsGoOnlyWhenNobodyUsesThem() {
        let idle = """
            :CNI-HOSTPORT-DNAT - [0:0]
            :CNI-HOSTPORT-MASQ - [0:0]
            -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
            -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
            """
        #expect(
            NetworkLeftovers.commandsToRemoveIdlePortmap(from: idle) == [
                ["-D", "PREROUTING", "-m", "addrtype", "--dst-type", "LOCAL", "-j", "CNI-HOSTPORT-DNAT"],
                ["-F", "CNI-HOSTPORT-DNAT"], ["-F", "CNI-HOSTPORT-MASQ"], ["-X", "CNI-HOSTPORT-DNAT"],
                ["-X", "CNI-HOSTPORT-MASQ"],
            ])
        let used = idle + "\n-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 80 -j CNI-DN-1"
        #expect(NetworkLeftovers.commandsToRemoveIdlePortmap(from: used).isEmpty)
        #expect(NetworkLeftovers.commandsToRemoveIdlePortmap(from: "").isEmpty)
    }

    @Test func aNamespaceIsDeletedOnlyIfItIsCNIs() {
        let result = #"{"interfaces":[{"mac":"","name":"kmd-1"},{"name":"eth0","sandbox":"/var/run/netns/cni-12"}]}"#
        #expect(NetworkLeftovers.namespacePaths(in: result) == ["/var/run/netns/cni-12"])
        #expect(NetworkLeftovers.namespacePaths(in: #"{"sandbox":"/etc/passwd"}"#).isEmpty)
        #expect(NetworkLeftovers.namespacePaths(in: #"{"sandbox":"/run/netns/cni-/../../x"}"#).isEmpty)
        #expect(NetworkLeftovers.namespacePaths(in: #"{"sandbox""#).isEmpty)
    }

    @Test func aCommandsWordsAndEndAreTold() async {
        let shell = Files.find(program: "sh") ?? "/bin/sh"
        let said = await Command.run([shell, "-c", "echo out; echo err >&2; exit 3"])
        #expect(said.exitCode == 3 && said.output == "out\nerr\n")
        #expect(await Command.run(["/nowhere/program"]).exitCode == 127)
        #expect(await Command.run([shell, "-c", "sleep 100"], timeout: .milliseconds(50)).exitCode == 128 + SIGKILL)
    }

    @Test func aCancelledCommandIsKilled() async {
        let shell = Files.find(program: "sh") ?? "/bin/sh"
        let task = Task { await Command.run([shell, "-c", "sleep 100"]) }
        task.cancel()
        #expect(await !task.value.succeeded)
    }

    @Test func aProcessIsKnownByItsArgumentsAndItsStart() throws {
        let me = try #require(ProcessIdentity(pid: getpid()))
        #expect(me.isAlive)
        #expect(ProcessTable.running(with: ProcessTable.arguments(of: getpid())).contains(me))
        #expect(ProcessIdentity(pid: -1) == nil)
    }

    @Test func aTreeIsRemovedWithoutFollowingLinks() throws {
        let directory = try temporaryDirectory()
        let outside = try temporaryDirectory()
        defer { _ = Files.removeTree(outside) }
        try Files.write("keep", to: outside + "/kept")
        try Files.makeDirectory(directory + "/a/b")
        try Files.write("x", to: directory + "/a/b/c")
        #expect(symlink(outside, directory + "/a/link") == 0)
        #expect(Files.removeTree(directory).isEmpty)
        #expect(!Files.exists(directory) && Files.text(outside + "/kept") == "keep")
        #expect(Files.removeTree(directory).isEmpty)
    }
}
