import Glibc

/// What CNI leaves of one network when its pods were not stopped in order.
struct NetworkLeftovers: Sendable {
    let layout: ContainerdLayout

    func remove(_ report: inout CleanupReport) async {
        removeNamespaces(&report)
        await removeBridge(&report)
        await removeChains(&report)
    }

    /// CNI keeps the result of each ADD in a file `<network>-<sandbox id>-<interface>`; it says which network namespace it was.
    private func removeNamespaces(_ report: inout CleanupReport) {
        let results = "/var/lib/cni/results"
        let names = Files.names(in: results)
        let ours = names.filter { $0.hasPrefix(layout.networkName + "-") }
        // Each sandbox has a loopback interface too, of a network of the runtime's own.
        let sandboxes = Set(
            ours.compactMap { $0.dropFirst(layout.networkName.count + 1).split(separator: "-").first.map(String.init) })
        let loopbacks = names.filter { name in
            name.hasPrefix("cni-loopback-")
                && name.split(separator: "-").dropFirst(2).first.map { sandboxes.contains(String($0)) } ?? false
        }
        for name in ours + loopbacks {
            let path = "\(results)/\(name)"
            for namespace in Self.namespacePaths(in: Files.text(path) ?? "") where Files.exists(namespace) {
                umount2(namespace, Int32(MNT_DETACH))
                if unlink(namespace) == 0 {
                    report.removed.append("network namespace \(namespace)")
                } else {
                    report.failed.append("network namespace \(namespace)")
                }
            }
            if unlink(path) == 0 { report.removed.append(path) } else { report.failed.append(path) }
        }
    }

    /// The values of `"sandbox"`, if they are CNI's: nothing else may be deleted on the word of a file.
    static func namespacePaths(in result: String) -> [String] {
        let pieces = result.split(separator: "\"", omittingEmptySubsequences: false)
        return pieces.indices.filter { pieces[$0] == "sandbox" && $0 + 2 < pieces.count }.map { String(pieces[$0 + 2]) }.filter {
            path in
            ["/var/run/netns/cni-", "/run/netns/cni-"].contains { path.hasPrefix($0) } && !path.contains("/../")
        }
    }

    private func removeBridge(_ report: inout CleanupReport) async {
        // Not /sys, which may show another network namespace than ours.
        guard if_nametoindex(layout.bridge) != 0, let ip = Files.find(program: "ip") else { return }
        let result = await Command.run([ip, "link", "delete", layout.bridge], timeout: .seconds(10))
        if result.succeeded {
            report.removed.append("bridge \(layout.bridge)")
        } else {
            report.failed.append("bridge \(layout.bridge): \(result.output)")
        }
    }

    private func removeChains(_ report: inout CleanupReport) async {
        guard let iptables = Files.find(program: "iptables"), let save = Files.find(program: "iptables-save") else { return }
        let rules = await Command.run([save, "-t", "nat"], timeout: .seconds(20))
        guard rules.succeeded else { return }
        for command in Self.commands(toRemove: layout.networkName, from: rules.output) { await run(iptables, command, &report) }
        let remaining = await Command.run([save, "-t", "nat"], timeout: .seconds(20))
        for command in Self.commandsToRemoveIdlePortmap(from: remaining.output) { await run(iptables, command, &report) }
    }

    private func run(_ iptables: String, _ command: [String], _ report: inout CleanupReport) async {
        let result = await Command.run([iptables, "-w", "10", "-t", "nat"] + command, timeout: .seconds(20))
        let text = "iptables -t nat " + command.joined(separator: " ")
        if result.succeeded {
            report.removed.append("rule, by \(text)")
        } else {
            report.failed.append("rule, by \(text): \(result.output)")
        }
    }

    /// The portmap plugin's chains for all networks, when no host port of any network is left: it makes them anew when one comes.
    static func commandsToRemoveIdlePortmap(from rules: String) -> [[String]] {
        let lines = rules.split(separator: "\n")
        let chains = ["CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK"]
            .filter { chain in lines.contains { $0.hasPrefix(":\(chain) ") } }
        guard !chains.isEmpty, !lines.contains(where: { $0.hasPrefix("-A CNI-HOSTPORT-DNAT ") || $0.hasPrefix(":CNI-DN-") })
        else { return [] }
        let jumps = lines.filter { $0.hasPrefix("-A ") }.map { words(of: $0) }
            .filter { words in target(of: words).map(chains.contains) ?? false && !chains.contains(words[1]) }
        return jumps.map { ["-D"] + $0.dropFirst() } + chains.map { ["-F", $0] } + chains.map { ["-X", $0] }
    }

    /// The `iptables -t nat` commands that take one network's rules and chains away.
    ///
    /// CNI marks each rule with a comment that has `name: "<network>"`. Rules in chains that it shares among networks go one by one;
    /// the chains that they lead to are the network's own, and go whole.
    static func commands(toRemove network: String, from rules: String) -> [[String]] {
        let mark = "name: \\\"\(network)\\\""
        let ours = rules.split(separator: "\n").filter { $0.hasPrefix("-A ") && $0.contains(mark) }.map { words(of: $0) }
        let chains = Set(
            ours.compactMap { words in target(of: words).flatMap { $0.hasPrefix("CNI-") && !shared.contains($0) ? $0 : nil } })
        let single = ours.filter { $0.count > 1 && !chains.contains($0[1]) }.map { ["-D"] + $0.dropFirst() }
        return single + chains.sorted().map { ["-F", $0] } + chains.sorted().map { ["-X", $0] }
    }

    /// The portmap plugin's own, for all networks.
    private static let shared: Set<String> = ["CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-MASQ", "CNI-HOSTPORT-SETMARK", "CNI-SNAT"]

    private static func target(of words: [String]) -> String? {
        guard let jump = words.firstIndex(of: "-j"), jump + 1 < words.count else { return nil }
        return words[jump + 1]
    }

    /// A rule as `iptables-save` prints it, as arguments: quotes and backslashes undone.
    static func words(of rule: some StringProtocol) -> [String] {
        var words: [String] = []
        var word = ""
        var (quoted, escaped, begun) = (false, false, false)
        for character in rule {
            if escaped {
                word.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
                begun = true
            } else if character == "\"" {
                quoted.toggle()
                begun = true
            } else if character == " " && !quoted {
                if begun { words.append(word) }
                (word, begun) = ("", false)
            } else {
                word.append(character)
                begun = true
            }
        }
        return begun ? words + [word] : words
    }
}
