import Core
import JSON
import KubeClient
import Logging

/// What the executor knows of its node: addresses, the node server's port, versions, and that it is alive.
struct NodeStatusReporter: Sendable {
    let client: KubeClient
    let nodeName: String
    /// Where the node server can be reached.
    let address: String
    let port: Int
    /// `containerd://1.6.20`
    let runtimeVersion: @Sendable () async -> String?
    let time: any TimeSource
    let logger: Logger

    static let period = Duration.seconds(10)

    /// How old the heartbeat in the node's status may become, when nothing else in it changes; the lease is renewed each period.
    static let statusPeriod = Duration.seconds(300)

    /// How long a runtime that starts, or is being restarted, may take before the node is called not ready.
    static let patience = Duration.seconds(10)

    /// Tells the API server at once, until the task is cancelled: the lease every ten seconds, the status when it is not what it should
    /// be (somebody may have called a silent node Unknown), and a change of readiness sooner.
    func run() async {
        var said: (ready: Bool, since: String, at: Instant)?
        var lastSeen = time.now
        let lease = NodeLease(client: client, nodeName: nodeName)
        while !Task.isCancelled {
            let version = await runtimeVersion()
            let now = time.now
            if version != nil { lastSeen = now }
            var isSettled = false
            if version != nil || now - lastSeen >= NodeStatusReporter.patience {
                let ready = version != nil
                let since = said.flatMap { $0.ready == ready ? $0.since : nil } ?? time.wallClock.rfc3339
                let fresh = status(version, since: since)
                do throws(KubeClientError) {
                    let node = try await client.get(path)
                    let isDue = said.map { now - $0.at >= NodeStatusReporter.statusPeriod || $0.ready != ready } ?? true
                    if isDue || NodeStatusReporter.readiness(of: node) != NodeStatusReporter.readiness(of: fresh) {
                        try await client.patch(path + "/status", fresh, type: .strategic)
                        said = (ready, since, now)
                    }
                    try await lease.renew(at: time.wallClock, nodeUID: node.at("metadata", "uid")?.string ?? "")
                    isSettled = ready
                } catch { logger.debug("the node's status was not written: \(error)") }
            }
            try? await time.sleep(for: isSettled ? NodeStatusReporter.period : .milliseconds(200))
        }
    }

    /// The node's last word of an executor that ends because nothing runs here: it is as before its first pod. Without it the node would be
    /// called silent until the registrar looks.
    func handOver() async {
        let now = time.wallClock.rfc3339
        let condition: JSONValue = [
            "type": "Ready", "status": "True", "reason": "MesosAgentActive", "message": "the executor has ended, nothing ran here; the Mesos agent is connected",
            "lastHeartbeatTime": .string(now), "lastTransitionTime": .string(now),
        ]
        do throws(KubeClientError) {
            try await client.patch(path + "/status", ["status": ["conditions": [condition]]], type: .strategic)
        } catch { logger.info("the node's status was not written: \(error)") }
    }

    private var path: String { "/api/v1/nodes/\(KubeClient.escaped(nodeName))" }

    /// What a node's Ready condition says, and why.
    private static func readiness(of node: JSONValue) -> [JSONValue?] {
        let ready = (node.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == "Ready" }
        return [ready?["status"], ready?["reason"]]
    }

    private func status(_ runtimeVersion: String?, since: String) -> JSONValue {
        let ready = runtimeVersion != nil
        let condition: JSONValue = [
            "type": "Ready", "status": ready ? "True" : "False", "reason": ready ? "KubeletReady" : "KubeletNotReady",
            "message": ready ? "kmd executor is posting ready status" : "container runtime is down",
            "lastHeartbeatTime": .string(time.wallClock.rfc3339), "lastTransitionTime": .string(since),
        ]
        return [
            "status": [
                "addresses": [
                    ["type": "InternalIP", "address": .string(address)], ["type": "Hostname", "address": .string(nodeName)],
                ],
                "conditions": [condition],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(port))]],
                "nodeInfo": .object(Machine.nodeInfo(runtimeVersion: runtimeVersion ?? "")),
            ]
        ]
    }
}
