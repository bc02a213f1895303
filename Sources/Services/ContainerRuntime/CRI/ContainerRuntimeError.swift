/// Why a call to the container runtime failed.
public enum ContainerRuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The runtime knows no such sandbox, container or image. What was to be removed is gone.
    case notFound(String)
    /// A sandbox or container of this name and attempt exists, with the runtime's text (it has the id of the one that holds the name).
    case alreadyExists(String)
    /// The runtime does not answer: it is not installed, not started, or just being restarted.
    case unavailable(String)
    /// It did not answer in time. What was asked for may still happen.
    case deadlineExceeded(call: String, after: Duration)
    /// An image could not be had.
    case image(ImageProblem)
    /// The task that asked was cancelled.
    case cancelled
    /// Anything else that the runtime said.
    case failed(call: String, message: String)

    /// Whether the same call can succeed later without anybody changing anything.
    public var isRetriable: Bool {
        switch self {
        case .unavailable, .deadlineExceeded: true
        case .image(let problem): problem.isRetriable
        case .notFound, .alreadyExists, .cancelled, .failed: false
        }
    }

    public var isNotFound: Bool { if case .notFound = self { true } else { false } }

    public var description: String {
        switch self {
        case .notFound(let message), .alreadyExists(let message): message
        case .unavailable(let message): "the container runtime does not answer: \(message)"
        case .deadlineExceeded(let call, let after): "the container runtime did not answer \(call) within \(after)"
        case .image(let problem): problem.message
        case .cancelled: "cancelled"
        case .failed(let call, let message): "\(call): \(message)"
        }
    }
}

/// Why an image could not be pulled, with the text for the pod's `ErrImagePull` message.
public struct ImageProblem: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The reference cannot be read (`InvalidImageName`).
        case invalidName
        /// The registry answered and has no such image, or not for this machine.
        case notFound
        /// The registry wants credentials, or refuses these.
        case denied
        /// The registry could not be reached.
        case unreachable
        /// Neither of these.
        case other
    }
    public let kind: Kind
    public let image: String
    /// As kubelet words it: `failed to pull and unpack image "docker.io/library/x:latest": …`.
    public let message: String

    public init(kind: Kind, image: String, message: String) { (self.kind, self.image, self.message) = (kind, image, message) }

    /// Kubernetes tries all but a wrong name again, with back-off.
    public var isRetriable: Bool { kind != .invalidName }
}
