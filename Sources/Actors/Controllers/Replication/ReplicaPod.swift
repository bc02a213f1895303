import ControllerKit
import Core
import JSON

/// What a replica controller reads of a pod.
struct ReplicaPod: Sendable {
    /// How far a pod has come, in the order in which pods are given up.
    enum Progress: Int, Sendable { case pending, unknown, running }

    let json: JSONValue
    let name: String
    let uid: String
    let nodeName: String
    let progress: Progress
    /// Since when it has been ready; nil when it is not.
    let readySince: Timestamp?
    /// The most restarts that one of its containers has.
    let restarts: Int64
    let created: Timestamp?
    /// `controller.kubernetes.io/pod-deletion-cost`: pods of lower cost go first.
    let deletionCost: Int64

    static let deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost"

    init(json: JSONValue) {
        self.json = json
        let metadata = json["metadata"] ?? .null
        let status = json["status"] ?? .null
        name = metadata["name"]?.string ?? ""
        uid = metadata["uid"]?.string ?? ""
        nodeName = json.at("spec", "nodeName")?.string ?? ""
        progress =
            switch status["phase"]?.string {
            case "Running"?: .running
            case "Unknown"?: .unknown
            default: .pending
            }
        let ready = status["conditions"]?.array?.first { $0["type"]?.string == "Ready" }
        // Ready since an unknown moment is ready since ever.
        readySince =
            ready?["status"]?.string == "True"
            ? ready?["lastTransitionTime"]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(secondsSinceEpoch: 0) : nil
        restarts = (status["containerStatuses"]?.array ?? []).map { $0["restartCount"]?.integer ?? 0 }.max() ?? 0
        created = metadata["creationTimestamp"]?.string.flatMap { Timestamp(rfc3339: $0) }
        deletionCost = metadata.at("annotations", Self.deletionCostAnnotation)?.string.flatMap { Int32($0) }.map(Int64.init) ?? 0
    }

    var isReady: Bool { readySince != nil }

    /// It has been ready for `minReadySeconds`.
    func isAvailable(minReadySeconds: Int64, at now: Timestamp) -> Bool {
        availableIn(minReadySeconds: minReadySeconds, at: now).map { $0 <= .zero } ?? false
    }

    /// How long until it has been ready for `minReadySeconds`; nil when it is not ready.
    func availableIn(minReadySeconds: Int64, at now: Timestamp) -> Duration? {
        guard let readySince else { return nil }
        guard minReadySeconds > 0 else { return .zero }
        return .seconds(minReadySeconds) - now.duration(since: readySince)
    }

    /// It counts: it has not ended and nobody asked for its deletion.
    static func isActive(_ pod: JSONValue) -> Bool {
        guard !pod.isBeingDeleted else { return false }
        let phase = pod.at("status", "phase")?.string
        return phase != "Succeeded" && phase != "Failed"
    }
}
