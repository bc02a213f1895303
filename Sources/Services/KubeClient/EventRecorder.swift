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
/// `record` never waits. The same news about the same object raises the count of one event instead of making more; new ones that wait go
/// many in a call. At most `capacity` pieces of news wait; beyond it the newest is dropped and counted: events are a help, the object's status is the truth.
public final class EventRecorder: Sendable {
    public enum Severity: String, Sendable { case normal = "Normal", warning = "Warning" }

    struct News: Sendable, Hashable {
        let subject: EventSubject
        let component: String
        let severity: Severity
        let reason: String
        let message: String

        /// Where the event lives.
        var namespace: String { subject.namespace.isEmpty ? "default" : subject.namespace }
    }
    private struct Item: Sendable {
        let news: News
        let at: Timestamp
    }
    private enum Next {
        case again(Item, StandingEvents.Event)
        case new([Item])

        var count: Int { if case .new(let items) = self { items.count } else { 1 } }
    }
    private struct Contents {
        var waiting: [Item] = []
        var dropped = 0
    }

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
    public init(client: KubeClient, component: String, host: String = "", time: any TimeSource = SystemTime(), capacity: Int = 5000) {
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
            if contents.waiting.count < capacity { contents.waiting.append(Item(news: news, at: now)) } else { contents.dropped += 1 }
        }
        signalled.yield()
    }

    /// How much was dropped because too much waited.
    public var dropped: Int { contents.withLock { $0.dropped } }

    /// Sends until the task is cancelled. What the API server refuses is dropped; while it cannot be reached, news waits.
    public func run() async {
        var standing = StandingEvents()
        for await _ in signal {
            while !Task.isCancelled, let next = next(after: standing) {
                do throws(KubeClientError) {
                    switch next {
                    case .again(let item, let event): try await raise(event, item, &standing)
                    case .new(let items): try await create(items, &standing)
                    }
                } catch {
                    if error.isCancelled { return }
                    if error.isRetriable {
                        try? await time.sleep(for: .seconds(1))
                        continue
                    }
                }
                removeFirst(next.count)
            }
        }
    }

    /// What is to be sent next: the count of one event, or new ones of one namespace, which go in one call.
    private func next(after standing: StandingEvents) -> Next? {
        contents.withLock { contents in
            guard let first = contents.waiting.first else { return nil }
            if let event = standing[first.news] { return .again(first, event) }
            var taken: Set<News> = []
            let namespace = first.news.namespace
            let new = contents.waiting.prefix(KubeClient.bulkLimit).prefix { item in
                item.news.namespace == namespace && standing[item.news] == nil && taken.insert(item.news).inserted
            }
            return .new(Array(new))
        }
    }

    private func removeFirst(_ count: Int) {
        contents.withLock { contents in contents.waiting.removeFirst(min(count, contents.waiting.count)) }
    }

    private func raise(_ event: StandingEvents.Event, _ item: Item, _ standing: inout StandingEvents) async throws(KubeClientError) {
        do throws(KubeClientError) {
            try await client.patch(
                "\(path(item.news))/\(event.name)", ["count": .integer(event.count + 1), "lastTimestamp": .string(item.at.rfc3339)], type: .merge)
            standing.raise(item.news)
        } catch {
            guard error.isNotFound else { throw error }
            standing.remove(item.news)
            try await create([item], &standing)
        }
    }

    private func create(_ items: [Item], _ standing: inout StandingEvents) async throws(KubeClientError) {
        guard items.count > 1, let first = items.first else {
            for item in items { try await create(item, &standing) }
            return
        }
        do throws(KubeClientError) {
            try await client.createAll(path(first.news), items.map { event($0) }, kind: "Event", apiVersion: "v1")
            for item in items { standing.put(item.news, name: name(of: item)) }
        } catch {
            guard !error.isRetriable, !error.isCancelled, !error.isFenced else { throw error }
            // One of them is not to its liking, or it does not know lists: each stands for itself.
            for item in items {
                do throws(KubeClientError) { try await create(item, &standing) } catch {
                    if error.isRetriable || error.isCancelled { throw error }
                }
            }
        }
    }

    private func create(_ item: Item, _ standing: inout StandingEvents) async throws(KubeClientError) {
        do throws(KubeClientError) { try await client.create(path(item.news), event(item)) } catch {
            guard error.isAlreadyExists else { throw error }
        }
        standing.put(item.news, name: name(of: item))
    }

    private func path(_ news: News) -> String { "/api/v1/namespaces/\(news.namespace)/events" }
    private func name(of item: Item) -> String { "\(item.news.subject.name).\(String(item.at.nanosecondsSinceEpoch, radix: 16))" }

    private func event(_ item: Item) -> JSONValue {
        let (news, at) = (item.news, item.at)
        var object: JSONValue = ["kind": .string(news.subject.kind), "name": .string(news.subject.name)]
        object["apiVersion"] = .string(news.subject.apiVersion)
        for (key, value) in [
            ("namespace", news.subject.namespace), ("uid", news.subject.uid), ("resourceVersion", news.subject.resourceVersion),
            ("fieldPath", news.subject.fieldPath),
        ] where !value.isEmpty { object[key] = .string(value) }
        var source: JSONValue = ["component": .string(news.component)]
        if !host.isEmpty { source["host"] = .string(host) }
        return [
            "apiVersion": "v1", "kind": "Event", "metadata": ["name": .string(name(of: item)), "namespace": .string(news.namespace)],
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
