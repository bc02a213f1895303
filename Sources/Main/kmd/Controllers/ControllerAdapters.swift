import ControllerKit
import Core
import JSON
import KubeClient
import Logging

/// The controllers' steps as calls to the API server.
struct ControllerAPIAdapter: ControllerAPI {
    let kube: KubeClient
    let events: EventRecorder

    func perform(_ step: Step, for controller: String) async throws(StepFailure) -> JSONValue? {
        do throws(KubeClientError) { return try await call(step, for: controller) } catch {
            if case .delete = step, error.isNotFound { return nil }
            throw StepFailure(step: step, reason: ControllerAPIAdapter.reason(error), message: error.message)
        }
    }

    private func call(_ step: Step, for controller: String) async throws(KubeClientError) -> JSONValue? {
        switch step {
        case .create(let kind, let object):
            return try await kube.create(kind.path(namespace: ObjectName(of: object).namespace), object)
        case .update(let kind, let object): return try await kube.update(kind.path(ObjectName(of: object)), object)
        case .updateStatus(let kind, let object): return try await kube.update(kind.path(ObjectName(of: object)) + "/status", object)
        case .updateSubresource(let kind, let object, let subresource):
            return try await kube.update("\(kind.path(ObjectName(of: object)))/\(subresource)", object)
        case .patch(let kind, let name, let patch, let type, let subresource):
            return try await kube.patch(kind.path(name) + (subresource.map { "/" + $0 } ?? ""), patch, type: ControllerAPIAdapter.type(type))
        case .delete(let kind, let name, let uid, let propagation, let grace):
            return try await kube.delete(kind.path(name), options: ControllerAPIAdapter.options(uid: uid, propagation, grace))
        case .post(let kind, let name, let subresource, let body): return try await kube.create("\(kind.path(name))/\(subresource)", body)
        case .deleteAll(let kind, let namespace): return try await deleteAll(kind, namespace)
        case .confirmEmpty(let kind, let namespace): return try await confirmEmpty(kind, namespace)
        case .confirmGone(let reference): return try await confirmGone(reference)
        case .event(let note):
            record(note, from: controller)
            return nil
        }
    }

    private func confirmEmpty(_ kind: ObjectKind, _ namespace: String) async throws(KubeClientError) -> JSONValue? {
        let left = try await kube.list(kind.path(namespace: namespace)).items.count
        guard left == 0 else { throw remaining(left, kind, namespace) }
        return nil
    }

    private func remaining(_ left: Int, _ kind: ObjectKind, _ namespace: String) -> KubeClientError {
        KubeClientError(kind: .refused, code: remainingCode, reason: "\(left)", message: "\(left) \(kind) are left in \(namespace)")
    }

    private func deleteAll(_ kind: ObjectKind, _ namespace: String) async throws(KubeClientError) -> JSONValue? {
        let path = kind.path(namespace: namespace)
        _ = try await kube.delete(path)
        let left = try await kube.list(path).items.count
        guard left == 0 else { throw remaining(left, kind, namespace) }
        return nil
    }

    private func confirmGone(_ reference: ObjectReference) async throws(KubeClientError) -> JSONValue? {
        do throws(KubeClientError) {
            let object = try await kube.get(reference.kind.path(reference.name))
            guard reference.uid.isEmpty || object.uid == reference.uid else { return nil }
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
        throw KubeClientError(kind: .refused, code: stillThereCode, message: "\(reference) is still there")
    }

    private func record(_ note: EventNote, from controller: String) {
        let about = note.about
        let subject = EventSubject(
            apiVersion: about.kind.apiVersion, kind: about.kind.kind, namespace: about.name.namespace, name: about.name.name, uid: about.uid)
        events.record(subject, note.isWarning ? .warning : .normal, reason: note.reason, message: note.message, from: controller)
    }

    private static func type(_ type: Step.PatchType) -> KubeClient.PatchType {
        switch type {
        case .merge: .merge
        case .strategic: .strategic
        case .json: .json
        }
    }

    private static func options(uid: String, _ propagation: Propagation?, _ grace: Int?) -> JSONValue {
        var options: JSONValue = ["apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": .string(uid)]]
        if let propagation { options["propagationPolicy"] = .string(propagation.rawValue) }
        if let grace { options["gracePeriodSeconds"] = .integer(Int64(grace)) }
        return options
    }

    private static func reason(_ error: KubeClientError) -> StepFailure.Reason {
        guard error.kind == .refused else { return .unavailable }
        if error.code == remainingCode { return .remaining(Int(error.reason) ?? 1) }
        if error.code == stillThereCode { return .stillThere }
        if error.isAlreadyExists { return .alreadyExists }
        return switch error.code {
        case 404: .notFound
        case 409: .conflict
        case 403: .forbidden
        case 400..<500: error.code == 429 ? .unavailable : .invalid
        default: .unavailable
        }
    }
}

// Answers of our own that no server gives.
private let remainingCode = -1
private let stillThereCode = -2

/// Follows kinds for the shared cache.
struct ControllerFeed: ObjectFeed {
    let kube: KubeClient
    let time: any TimeSource
    let log: Logger

    func follow(_ kind: ObjectKind, _ handle: @escaping @Sendable (ObjectCache.News) async -> Void) async {
        let log = log
        let informer = Informer(
            kube, kind.path(), time: time,
            failed: { error in log.debug("watch interrupted", metadata: ["kind": "\(kind)", "because": "\(error)"]) },
            progressed: { revision in await handle(.progressed(revision)) })
        await informer.run { event in
            switch event {
            case .synced(let objects): await handle(.listed(objects, revision: 0))
            case .added(let object), .modified(let object): await handle(.put(object))
            case .deleted(let object): await handle(.removed(object))
            }
        }
    }
}

/// What controllers tell of themselves goes to the log and is counted.
struct ControllerLog: ControllerWatcher {
    let log: Logger

    func reconciled(_ controller: String, key: String, steps: Int, failure: StepFailure?) {
        if let failure, failure.reason != .conflict {
            log.notice("not done, will be tried again", metadata: ["controller": "\(controller)", "key": "\(key)", "because": "\(failure)"])
        } else if steps > 0 {
            log.debug("reconciled", metadata: ["controller": "\(controller)", "key": "\(key)", "steps": "\(steps)"])
        }
    }

    func cacheLags(_ controller: String, key: String) {
        log.warning("the cache does not show what was written", metadata: ["controller": "\(controller)", "key": "\(key)"])
    }
}
