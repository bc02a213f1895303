import AsyncHTTPClient
import Core
import JSON
import NIOCore
import Synchronization

/// One change that a watch told of.
public enum WatchEvent: Sendable, Hashable {
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
    /// Nothing of interest happened up to this resource version.
    case bookmark(resourceVersion: String)
    /// The server ends the watch and says why; code 410 means: list again.
    case error(KubeClientError)

    /// Reads `{"type":…,"object":…}`; an unknown type is `nil` (a later Kubernetes may add one).
    init?(_ value: JSONValue) {
        let object = value["object"] ?? .null
        switch value["type"]?.string {
        case "ADDED": self = .added(object)
        case "MODIFIED": self = .modified(object)
        case "DELETED": self = .deleted(object)
        case "BOOKMARK": self = .bookmark(resourceVersion: object.at("metadata", "resourceVersion")?.string ?? "")
        case "ERROR":
            self = .error(
                KubeClientError(
                    kind: .refused, code: object["code"]?.integer.map { Int($0) } ?? 500, reason: object["reason"]?.string ?? "",
                    message: object["message"]?.string ?? "the watch was ended by the server"))
        default: return nil
        }
    }
}

/// Cuts a stream of bytes into lines of bounded length.
public struct LineSplitter: Sendable {
    private var partial: [UInt8] = []
    private let limit: Int

    public init(limit: Int) { self.limit = limit }

    /// The lines that `bytes` completes, without their line feeds; blank lines are left out.
    public mutating func feed(_ bytes: some Collection<UInt8>) throws(KubeClientError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            partial.append(contentsOf: rest[..<end])
            rest = rest[rest.index(after: end)...]
            try check()
            if partial.contains(where: { $0 > 0x20 }) { lines.append(partial) }
            partial.removeAll(keepingCapacity: true)
        }
        partial.append(contentsOf: rest)
        try check()
        return lines
    }

    private func check() throws(KubeClientError) {
        if partial.count > limit { throw KubeClientError(kind: .malformed, message: "a watch event is larger than \(limit) bytes") }
    }
}

extension KubeClient {
    /// Watches a collection from `resourceVersion` and hands each change, in order, to `handle`; while `handle` runs, nothing is read
    /// (a slow reader is closed by the server in the end). Returns when the server ends the watch or `handle` returns `false`.
    public func watch(
        _ path: String, query: [(String, String)] = [], from resourceVersion: String, timeout: Duration = .seconds(300),
        _ handle: (WatchEvent) async throws -> Bool
    ) async throws {
        let full =
            query + [
                ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", resourceVersion),
                ("timeoutSeconds", String(max(1, timeout.components.seconds))),
            ]
        let (response, choice) = try await onAnyServer(isRead: true) { choice throws(KubeClientError) in
            let request = request(.GET, choice.url, path, query: full, body: nil, contentType: nil)
            let response = try await transport.execute(request, deadline: limits.answer)
            guard response.status.code == 200 else {
                let body = try await transport.collect(response.body, limit: 1 << 20)
                throw KubeClientError(httpStatus: Int(response.status.code), body: body)
            }
            return (response, choice)
        }
        do { try await read(response.body, of: choice, handle) } catch {
            // The next watch begins elsewhere.
            if (error as? KubeClientError)?.speaksAgainstServer == true { servers.leave(choice) }
            throw error
        }
    }

    /// Reads to the end of the watch, or until the server shows no life: one whose host has lost its power never says that it ends.
    private func read(_ body: HTTPClientResponse.Body, of choice: ServerList.Choice, _ handle: (WatchEvent) async throws -> Bool) async throws {
        let parts = Handoff<ByteBuffer>()
        let heard = LastHeard()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await part in body {
                        heard.now()
                        await parts.give(part)
                    }
                    parts.end(.success(()))
                } catch { parts.end(.failure(Transport.explain(error))) }
            }
            group.addTask {
                if let loss = await loss(of: choice.url, after: limits.silence, heard: { heard.at }) { parts.end(.failure(loss)) }
            }
            defer {
                group.cancelAll()
                parts.end(.success(()))
            }
            var lines = LineSplitter(limit: limits.eventBytes)
            while let part = try await parts.take() {
                for line in try lines.feed(part.readableBytesView) {
                    guard let event = try event(of: line) else { continue }
                    guard try await handle(event) else { return }
                }
            }
        }
    }

    private func event(of line: [UInt8]) throws(KubeClientError) -> WatchEvent? {
        do { return WatchEvent(try JSONValue(parsing: line)) } catch {
            throw KubeClientError(kind: .malformed, message: "a watch event is no JSON: \(error)")
        }
    }
}

/// When a watch told something last.
private final class LastHeard: Sendable {
    private let moment = Mutex<Instant>(ContinuousClock.now)
    var at: Instant { moment.withLock { $0 } }
    func now() { moment.withLock { $0 = ContinuousClock.now } }
}
