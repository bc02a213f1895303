import Core
import JSON

/// What a container is doing (`state` and `lastState` of a container status).
public enum ContainerState: Sendable, Hashable {
    case waiting(reason: String, message: String)
    case running(startedAt: Timestamp)
    case terminated(Termination)

    /// How a container ended.
    public struct Termination: Sendable, Hashable {
        public var exitCode: Int64
        public var signal: Int64
        /// `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, `StartError`, `DeadlineExceeded`, `ContainerStatusUnknown`.
        public var reason: String
        public var message: String
        public var startedAt: Timestamp?
        public var finishedAt: Timestamp?
        public var containerID: String

        public init(
            exitCode: Int64, signal: Int64 = 0, reason: String, message: String = "", startedAt: Timestamp? = nil,
            finishedAt: Timestamp? = nil, containerID: String = ""
        ) {
            self.exitCode = exitCode
            self.signal = signal
            self.reason = reason
            self.message = message
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.containerID = containerID
        }
    }

    public init?(json: JSONValue) {
        if let waiting = json["waiting"] {
            self = .waiting(reason: waiting.text("reason"), message: waiting.text("message"))
        } else if let running = json["running"] {
            self = .running(startedAt: Timestamp(rfc3339: running.text("startedAt")) ?? Timestamp(secondsSinceEpoch: 0))
        } else if let end = json["terminated"] {
            self = .terminated(
                Termination(
                    exitCode: end.number("exitCode") ?? 0, signal: end.number("signal") ?? 0, reason: end.text("reason"),
                    message: end.text("message"), startedAt: Timestamp(rfc3339: end.text("startedAt")),
                    finishedAt: Timestamp(rfc3339: end.text("finishedAt")), containerID: end.text("containerID")))
        } else {
            return nil
        }
    }

    public var json: JSONValue {
        var value: JSONValue = .object(JSONObject())
        switch self {
        case .waiting(let reason, let message):
            if !reason.isEmpty { value["reason"] = .string(reason) }
            if !message.isEmpty { value["message"] = .string(message) }
            return ["waiting": value]
        case .running(let startedAt): return ["running": ["startedAt": .string(startedAt.rfc3339)]]
        case .terminated(let end):
            value["exitCode"] = .integer(end.exitCode)
            if end.signal != 0 { value["signal"] = .integer(end.signal) }
            if !end.reason.isEmpty { value["reason"] = .string(end.reason) }
            if !end.message.isEmpty { value["message"] = .string(end.message) }
            // metav1.Time without omitempty: an unknown time is null.
            value["startedAt"] = end.startedAt.map { .string($0.rfc3339) } ?? .null
            value["finishedAt"] = end.finishedAt.map { .string($0.rfc3339) } ?? .null
            if !end.containerID.isEmpty { value["containerID"] = .string(end.containerID) }
            return ["terminated": value]
        }
    }
}

/// One entry of `status.containerStatuses`.
public struct ContainerStatus: Sendable, Hashable {
    public var name: String
    public var state: ContainerState
    public var lastState: ContainerState?
    public var ready: Bool
    public var started: Bool
    public var restartCount: Int64
    public var image: String
    public var imageID: String
    public var containerID: String

    public init(
        name: String, state: ContainerState, lastState: ContainerState? = nil, ready: Bool = false, started: Bool = false,
        restartCount: Int64 = 0, image: String = "", imageID: String = "", containerID: String = ""
    ) {
        self.name = name
        self.state = state
        self.lastState = lastState
        self.ready = ready
        self.started = started
        self.restartCount = restartCount
        self.image = image
        self.imageID = imageID
        self.containerID = containerID
    }

    public init(json: JSONValue) {
        name = json.text("name")
        state = json["state"].flatMap(ContainerState.init(json:)) ?? .waiting(reason: "", message: "")
        lastState = json["lastState"].flatMap(ContainerState.init(json:))
        ready = json.flag("ready")
        started = json.flag("started")
        restartCount = json.number("restartCount") ?? 0
        image = json.text("image")
        imageID = json.text("imageID")
        containerID = json.text("containerID")
    }

    public var json: JSONValue {
        var value: JSONValue = [
            "name": .string(name), "state": state.json, "lastState": lastState?.json ?? .object(JSONObject()), "ready": .bool(ready),
            "restartCount": .integer(restartCount), "image": .string(image), "imageID": .string(imageID),
        ]
        if !containerID.isEmpty { value["containerID"] = .string(containerID) }
        value["started"] = .bool(started)
        return value
    }
}

/// One entry of `status.conditions`.
public struct PodCondition: Sendable, Hashable {
    public var type: String
    public var status: Bool
    public var reason: String
    public var message: String
    public var lastTransitionTime: Timestamp?

    public init(type: String, status: Bool, reason: String = "", message: String = "", lastTransitionTime: Timestamp? = nil) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
    }

    public init(json: JSONValue) {
        type = json.text("type")
        status = json.text("status") == "True"
        reason = json.text("reason")
        message = json.text("message")
        lastTransitionTime = Timestamp(rfc3339: json.text("lastTransitionTime"))
    }

    public var json: JSONValue {
        var value: JSONValue = [
            "type": .string(type), "status": .string(status ? "True" : "False"), "lastProbeTime": .null,
            "lastTransitionTime": lastTransitionTime.map { .string($0.rfc3339) } ?? .null,
        ]
        if !reason.isEmpty { value["reason"] = .string(reason) }
        if !message.isEmpty { value["message"] = .string(message) }
        return value
    }
}
