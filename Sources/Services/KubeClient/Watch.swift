import AsyncHTTPClient
import JSON
import NIOCore

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
        let response = try await onAnyServer(isRead: true) { server throws(KubeClientError) in
            let request = request(.GET, server, path, query: full, body: nil, contentType: nil)
            let response = try await transport.execute(request, deadline: limits.answer)
            guard response.status.code == 200 else {
                let body = try await transport.collect(response.body, limit: 1 << 20)
                throw KubeClientError(httpStatus: Int(response.status.code), body: body)
            }
            return response
        }
        var lines = LineSplitter(limit: limits.eventBytes)
        var parts = response.body.makeAsyncIterator()
        while let part = try await next(&parts) {
            for line in try lines.feed(part.readableBytesView) {
                guard let event = try event(of: line) else { continue }
                guard try await handle(event) else { return }
            }
        }
    }

    private func next(_ parts: inout HTTPClientResponse.Body.AsyncIterator) async throws(KubeClientError) -> ByteBuffer? {
        do { return try await parts.next() } catch { throw Transport.explain(error) }
    }

    private func event(of line: [UInt8]) throws(KubeClientError) -> WatchEvent? {
        do { return WatchEvent(try JSONValue(parsing: line)) } catch {
            throw KubeClientError(kind: .malformed, message: "a watch event is no JSON: \(error)")
        }
    }
}
