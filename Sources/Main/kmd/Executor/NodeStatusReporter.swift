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

    /// Tells the API server at once and then every ten seconds, until the task is cancelled.
    func run() async {
        var sinceReady: String?
        while !Task.isCancelled {
            let version = await runtimeVersion()
            let since = sinceReady ?? time.wallClock.rfc3339
            do throws(KubeClientError) {
                try await client.patch("/api/v1/nodes/\(KubeClient.escaped(nodeName))/status", status(version, since: since), type: .strategic)
                sinceReady = since
            } catch {
                logger.debug("the node's status was not written: \(error)")
            }
            try? await time.sleep(for: sinceReady == nil ? .milliseconds(200) : NodeStatusReporter.period)
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
