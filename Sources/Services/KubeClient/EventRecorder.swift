import Core
import JSON
import Synchronization

/// What an event is about.
public struct EventSubject: Sendable, Hashable {
    public var apiVersion: String
    public var kind: String
    /// Empty for a cluster-scoped object, whose events live in `default`.
    public var namespace: String
    public var name: String
    public var uid: String
    public var resourceVersion: String
    /// The part of the object, e.g. `spec.containers{nginx}`; empty for the whole.
    public var fieldPath: String

    public init(
        apiVersion: String = "v1", kind: String, namespace: String = "", name: String, uid: String = "", resourceVersion: String = "",
        fieldPath: String = ""
    ) {
        (self.apiVersion, self.kind, self.namespace, self.name) = (apiVersion, kind, namespace, name)
        (self.uid, self.resourceVersion, self.fieldPath) = (uid, resourceVersion, fieldPath)
    }

    /// A pod, or one of its containers.
    public static func pod(namespace: String, name: String, uid: String, container: String? = nil) -> EventSubject {
        EventSubject(
            kind: "Pod", namespace: namespace, name: name, uid: uid, fieldPath: container.map { "spec.containers{\($0)}" } ?? "")
    }
}

/// Tells users what happens to their objects, as Kubernetes events.
///
/// `record` never waits. The same news about the same object raises the count of one event instead of making more. At most
/// `capacity` pieces of news wait; beyond it the newest is dropped and counted: events are a help, the object's status is the truth.
public final class EventRecorder: Sendable {
    public enum Severity: String, Sendable { case normal = "Normal", warning = "Warning" }

    private struct News: Sendable, Hashable {
        let subject: EventSubject
        let component: String
        let severity: Severity
        let reason: String
        let message: String
    }
    private struct Contents {
        var waiting: [(news: News, at: Timestamp)] = []
        var dropped = 0
        var sending = false
    }
    /// An event that stands at the API server.
    private struct Standing { let name: String; var count: Int64; var used: UInt64 }

    private let client: KubeClient
    private let component: String
    private let host: String
    private let time: any TimeSource
    private let capacity: Int
    private let contents = Mutex(Contents())
    private let signal: AsyncStream<Void>
    private let signalled: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - component: the source's name, e.g. `kmd-scheduler`, `kubelet`.
    ///   - host: the node's name, for what speaks for a node.
    public init(client: KubeClient, component: String, host: String = "", time: any TimeSource = SystemTime(), capacity: Int = 1000) {
        (self.client, self.component, self.host, self.time, self.capacity) = (client, component, host, time, capacity)
        // One pending signal is enough: the sender takes all that waits.
        (signal, signalled) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Notes a piece of news, to be sent soon. `component` names its source where one recorder serves several.
    public func record(
        _ subject: EventSubject, _ severity: Severity = .normal, reason: String, message: String, from component: String? = nil
    ) {
        let now = time.wallClock
        // The API server refuses messages of more than 1024 bytes.
        let news = News(
            subject: subject, component: component ?? self.component, severity: severity, reason: reason,
            message: EventRecorder.fitting(message, bytes: 1024))
        contents.withLock { contents in
            if contents.waiting.count < capacity { contents.waiting.append((news, now)) } else { contents.dropped += 1 }
        }
        signalled.yield()
    }

    /// How much was dropped because too much waited.
    public var dropped: Int { contents.withLock { $0.dropped } }

    /// Sends until the task is cancelled. What the API server refuses is dropped; while it cannot be reached, news waits.
    public func run() async {
        var standing: [News: Standing] = [:]
        var uses: UInt64 = 0
        for await _ in signal {
            while !Task.isCancelled, let (news, at) = first() {
                uses += 1
                do throws(KubeClientError) {
                    try await send(news, at: at, &standing, uses)
                } catch {
                    if error.isCancelled { return }
                    if error.isRetriable {
                        try? await time.sleep(for: .seconds(1))
                        continue
                    }
                }
                removeFirst()
                if standing.count > 4096 { forgetOldest(&standing) }
            }
        }
    }

    private func first() -> (News, Timestamp)? {
        contents.withLock { contents in contents.waiting.first.map { ($0.news, $0.at) } }
    }

    private func removeFirst() {
        contents.withLock { contents in
            if !contents.waiting.isEmpty { contents.waiting.removeFirst() }
        }
    }

    private func forgetOldest(_ standing: inout [News: Standing]) {
        let uses = standing.values.map(\.used).sorted()
        let middle = uses[uses.count / 2]
        standing = standing.filter { $0.value.used > middle }
    }

    private func send(_ news: News, at: Timestamp, _ standing: inout [News: Standing], _ use: UInt64) async throws(KubeClientError) {
        let namespace = news.subject.namespace.isEmpty ? "default" : news.subject.namespace
        let path = "/api/v1/namespaces/\(namespace)/events"
        if var known = standing[news] {
            known.count += 1
            known.used = use
            do throws(KubeClientError) {
                try await client.patch(
                    "\(path)/\(known.name)", ["count": .integer(known.count), "lastTimestamp": .string(at.rfc3339)], type: .merge)
                standing[news] = known
                return
            } catch {
                guard error.isNotFound else { throw error }
            }
        }
        let name = "\(news.subject.name).\(String(at.nanosecondsSinceEpoch, radix: 16))"
        do throws(KubeClientError) {
            try await client.create(path, event(news, name: name, namespace: namespace, at: at))
        } catch {
            guard error.isAlreadyExists else { throw error }
        }
        standing[news] = Standing(name: name, count: 1, used: use)
    }

    private func event(_ news: News, name: String, namespace: String, at: Timestamp) -> JSONValue {
        var object: JSONValue = ["kind": .string(news.subject.kind), "name": .string(news.subject.name)]
        object["apiVersion"] = .string(news.subject.apiVersion)
        for (key, value) in [
            ("namespace", news.subject.namespace), ("uid", news.subject.uid), ("resourceVersion", news.subject.resourceVersion),
            ("fieldPath", news.subject.fieldPath),
        ] where !value.isEmpty { object[key] = .string(value) }
        var source: JSONValue = ["component": .string(news.component)]
        if !host.isEmpty { source["host"] = .string(host) }
        return [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": object, "reason": .string(news.reason), "message": .string(news.message), "source": source,
            "firstTimestamp": .string(at.rfc3339), "lastTimestamp": .string(at.rfc3339), "count": 1,
            "type": .string(news.severity.rawValue), "eventTime": .null, "reportingComponent": .string(news.component),
            "reportingInstance": .string(host),
        ]
    }

    /// `text`, cut at a character so that it is at most `bytes` long in UTF-8.
    private static func fitting(_ text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        var fitting = ""
        var length = 0
        for character in text {
            length += character.utf8.count
            if length > bytes { break }
            fitting.append(character)
        }
        return fitting
    }
}
