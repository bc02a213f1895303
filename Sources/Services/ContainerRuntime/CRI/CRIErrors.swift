import GRPCCore

extension ContainerRuntimeError {
    /// What an error of the transport or of the runtime means to us.
    init(_ error: any Error, call: String, deadline: Duration) {
        if let known = error as? ContainerRuntimeError {
            self = known
        } else if error is CancellationError {
            self = .cancelled
        } else if let status = error as? RPCError {
            self.init(code: status.code, message: status.message, call: call, deadline: deadline)
        } else {
            // The client's own errors: it is not running, or runs no longer.
            self = .unavailable(String(describing: error))
        }
    }

    init(code: RPCError.Code, message: String, call: String, deadline: Duration) {
        if code == .deadlineExceeded {
            self = .deadlineExceeded(call: call, after: deadline)
        } else if code == .unavailable || Self.tellsOfLostConnection(message) {
            self = .unavailable(message)
        } else if code == .cancelled {
            self = .cancelled
        } else if code == .notFound || message.hasSuffix(": not found") {
            self = .notFound(message)
        } else if code == .alreadyExists || message.contains(" is reserved for ") {
            // containerd says "failed to reserve sandbox name …: name … is reserved for <id>" with code Unknown.
            self = .alreadyExists(message)
        } else {
            self = .failed(call: call, message: Self.asKubernetesWordsIt(code, message))
        }
    }

    /// A stream that broke with the connection has no code of its own in every transport.
    private static func tellsOfLostConnection(_ message: String) -> Bool {
        [
            "Stream unexpectedly closed", "The transport threw an error", "connection reset", "transport is closing",
            "server is shutting down",
        ]
        .contains { message.contains($0) }
    }

    /// How an error of a gRPC call reads in Kubernetes' messages and events.
    static func asKubernetesWordsIt(_ code: RPCError.Code, _ message: String) -> String {
        "rpc error: code = \(code.goName) desc = \(message)"
    }
}

extension ImageProblem {
    /// Sorts a failed pull by what the runtime said.
    static func classify(image: String, code: RPCError.Code, message: String) -> ImageProblem {
        let text = message.lowercased()
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        let kind: Kind =
            if says("invalid reference format", "failed to parse image name", "failed to parse reference") {
                .invalidName
            } else if says(
                "authorization failed", "insufficient_scope", "pull access denied", "unauthorized", "403 forbidden", "401")
            {
                .denied
            } else if says(
                "failed to do request", "dial tcp", "no such host", "connection refused", "i/o timeout", "tls handshake",
                "network is unreachable", "server misbehaving", "connection reset", "no route to host", "x509")
            {
                .unreachable
            } else if code == .notFound || says("not found", "no match for platform") {
                .notFound
            } else {
                .other
            }
        return ImageProblem(
            kind: kind, image: image, message: ContainerRuntimeError.asKubernetesWordsIt(code, message))
    }
}

extension RPCError.Code {
    /// The code's name as Go's gRPC prints it.
    fileprivate var goName: String {
        switch self {
        case .cancelled: "Canceled"
        case .invalidArgument: "InvalidArgument"
        case .deadlineExceeded: "DeadlineExceeded"
        case .notFound: "NotFound"
        case .alreadyExists: "AlreadyExists"
        case .permissionDenied: "PermissionDenied"
        case .resourceExhausted: "ResourceExhausted"
        case .failedPrecondition: "FailedPrecondition"
        case .aborted: "Aborted"
        case .outOfRange: "OutOfRange"
        // The code of a call that the runtime does not know.
        case .unimplemented: "Unimplemented"
        case .internalError: "Internal"
        case .unavailable: "Unavailable"
        case .dataLoss: "DataLoss"
        case .unauthenticated: "Unauthenticated"
        default: "Unknown"
        }
    }
}
