import Core
import JSON
import KubeClient
import Logging
import ServiceRouting

/// Which addresses the pods of a node have: those that `--pod-cidr` says, or the node's `spec.podCIDR`, which the controllers give once.
struct NodePodRange: Sendable {
    let client: KubeClient
    let nodeName: String
    /// What `--pod-cidr` says.
    let fixed: IPv4Range?
    let time: any TimeSource
    let logger: Logger

    /// How long the node may be without a range until the log says what is missing.
    static let patience = Duration.seconds(5)

    /// Waits for the range.
    /// - Parameter before: what is in force on this machine. It is good for as long as the API server cannot be asked.
    /// - Returns: `nil` when cancelled.
    func find(before: IPv4Range?) async -> IPv4Range? {
        let began = time.now
        var isTold = false
        while !Task.isCancelled {
            var missing = "the node is not registered"
            do throws(KubeClientError) {
                let node = try await client.get(path)
                let written = node.at("spec", "podCIDR")?.string ?? ""
                if let fixed { return try await settle(fixed, written) }
                if let range = IPv4Range(written) { return range }
                missing = "the node has no spec.podCIDR: is a controller manager running, with --allocate-node-cidrs=true?"
            } catch {
                if !error.isNotFound {
                    // Pods of earlier run on, and must be looked after whether the API server answers or not.
                    if let known = fixed ?? before { return known }
                    missing = "\(error)"
                }
            }
            if !isTold, time.now - began >= NodePodRange.patience {
                logger.warning("pods cannot start until this node has a range for their addresses", metadata: ["because": "\(missing)"])
                await tellNode(missing)
                isTold = true
            }
            try? await time.sleep(for: .milliseconds(200))
        }
        return nil
    }

    /// What the command line says is written into the node, where others look for it; unless something else stands there for good.
    private func settle(_ fixed: IPv4Range, _ written: String) async throws(KubeClientError) -> IPv4Range {
        if written.isEmpty {
            try await client.patch(path, ["spec": ["podCIDR": .string("\(fixed)"), "podCIDRs": [.string("\(fixed)")]]], type: .strategic)
        } else if written != "\(fixed)" {
            logger.warning(
                "--pod-cidr is not what the node says: other nodes will not find these pods",
                metadata: ["pod_cidr": "\(fixed)", "spec_podCIDR": "\(written)", "remedy": "leave --pod-cidr out, or delete the node object"])
        }
        return fixed
    }

    /// Where a user looks who wonders why pods do not start. The node's status says otherwise as soon as it has a range.
    private func tellNode(_ missing: String) async {
        let now = time.wallClock.rfc3339
        let condition: JSONValue = [
            "type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": .string("network not ready: \(missing)"),
            "lastHeartbeatTime": .string(now), "lastTransitionTime": .string(now),
        ]
        do throws(KubeClientError) {
            try await client.patch(path + "/status", ["status": ["conditions": [condition]]], type: .strategic)
        } catch { logger.debug("the node's status was not written: \(error)") }
    }

    private var path: String { "/api/v1/nodes/\(KubeClient.escaped(nodeName))" }

    /// The range that this machine's pods have, from the network's file; `nil`: there have been none.
    static func inForce(_ cniConfig: String) -> IPv4Range? {
        guard let text = try? DataFiles.text(of: cniConfig, limit: 64 << 10), let list = try? JSONValue(parsing: Array(text.utf8)) else { return nil }
        let bridge = (list["plugins"]?.array ?? []).first { $0["type"]?.string == "bridge" }
        return bridge?.at("ipam", "ranges")?[0]?[0]?["subnet"]?.string.flatMap { IPv4Range($0) }
    }
}
