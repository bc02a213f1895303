import HTTPKit
import KubeAPI
import Store

/// The term that a leader writes in: `Kmd-Leader-Term: <component>/<term>`, such as `kmd-scheduler/7`.
///
/// The server makes it a condition of the store's own transaction. It belongs to the request's task, so that every write on behalf of the
/// request is held to it, however deep it is made.
enum LeaderTerm {
    static let header = "Kmd-Leader-Term"
    /// The reason of the 409 with which a write of a lower term is refused.
    static let reason = "StaleLeaderTerm"
    private static let prefix = "/registry/fences/"

    /// The fence of the request that this task serves; `nil` for everybody who is no leader.
    @TaskLocal static var current: Fence?

    /// Runs `body` under the fence that the request carries.
    static func holding<T: Sendable>(_ request: HTTPRequest, _ body: () async throws -> T) async throws -> T {
        try await $current.withValue(try fence(of: request), operation: body)
    }

    private static func fence(of request: HTTPRequest) throws(APIStatus) -> Fence? {
        guard let text = request.headers.first(name: header) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, isName(parts[0]), let term = UInt64(parts[1]) else {
            throw .badRequest("the header \(header) is \(quoted(text)); it must be <component>/<term>, such as kmd-scheduler/7")
        }
        return Fence(key: prefix + parts[0], term: term)
    }

    private static func isName(_ text: Substring) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }

    static func refusal(_ fence: Fence, by term: UInt64) -> APIStatus {
        let component = String(fence.key.dropFirst(prefix.count))
        let message = "\(component) leads in term \(term) and has written: a write of term \(fence.term) is refused"
        return APIStatus(
            code: 409, reason: reason, message: message,
            details: APIStatus.Details(name: component, causes: [.init(reason: "HigherTerm", message: String(term), field: header)]))
    }
}
