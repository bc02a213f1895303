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

    /// How long a runtime that starts, or is being restarted, may take before the node is called not ready.
    static let patience = Duration.seconds(10)

    /// Tells the API server at once and then every ten seconds, until the task is cancelled; a change of readiness sooner.
    func run() async {
        var said: (ready: Bool, since: String)?
        var lastSeen = time.now
        while !Task.isCancelled {
            let version = await runtimeVersion()
            let now = time.now
            if version != nil { lastSeen = now }
            let isPatient = version == nil && now - lastSeen < NodeStatusReporter.patience
            if !isPatient {
                let ready = version != nil
                let since = said.flatMap { $0.ready == ready ? $0.since : nil } ?? time.wallClock.rfc3339
                if await write(status(version, since: since)) { said = (ready, since) }
            }
            let isSettled = said?.ready == true && version != nil
            try? await time.sleep(for: isSettled ? NodeStatusReporter.period : .milliseconds(200))
        }
    }

    private func write(_ status: JSONValue) async -> Bool {
        do throws(KubeClientError) {
            try await client.patch("/api/v1/nodes/\(KubeClient.escaped(nodeName))/status", status, type: .strategic)
            return true
        } catch {
            logger.debug("the node's status was not written: \(error)")
            return false
        }
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
