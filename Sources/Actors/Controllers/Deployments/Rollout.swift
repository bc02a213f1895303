import ControllerKit
import Core
import JSON
import KubeObjects

/// One look at one deployment: its replica sets and its status as they are, turned into what they shall be.
struct Rollout {
    let deployment: Deployment
    let now: Timestamp
    /// Whether pods of an old set still run, or are on their way out.
    let oldPodsRun: (ReplicaSetDraft) -> Bool
    /// Whether another object has the name that a new set would get.
    let isTaken: (String) -> Bool

    /// All of them, the oldest first.
    private(set) var sets: [ReplicaSetDraft]
    private var newIndex: Int?
    /// The sets in the order in which they were first touched: that of their writes.
    private var touched: [Int] = []
    private var deleted: [ReplicaSetDraft] = []
    private(set) var status: DeploymentStatus
    private var revision: String?

    init(
        _ deployment: Deployment, sets: [JSONValue], at now: Timestamp, oldPodsRun: @escaping (ReplicaSetDraft) -> Bool,
        isTaken: @escaping (String) -> Bool
    ) {
        (self.deployment, self.now, self.oldPodsRun, self.isTaken) = (deployment, now, oldPodsRun, isTaken)
        self.sets = sets.map { ReplicaSetDraft($0) }.sorted(by: ReplicaSetDraft.isOlder)
        let template = TemplateHash.canonical(deployment.template)
        newIndex = self.sets.firstIndex { TemplateHash.canonical($0.original.template) == template }
        status = deployment.status
    }

    private var newSet: ReplicaSetDraft? { newIndex.map { sets[$0] } }
    private var oldIndices: [Int] { sets.indices.filter { $0 != newIndex } }
    private var oldSets: [ReplicaSetDraft] { oldIndices.map { sets[$0] } }

    // MARK: The ways

    /// - Parameter failure: why the last new replica set could not be made.
    mutating func run(after failure: String?) {
        if deployment.json.isBeingDeleted {
            countPods()
            return
        }
        notePause()
        noteRevision()
        if deployment.isPaused || wasScaled {
            scale()
            if deployment.isPaused { cleanUp() }
            countPods()
        } else if deployment.isRollingUpdate {
            guard makeNewSet(after: failure) else { return }
            roll()
            judge()
        } else {
            recreate(after: failure)
        }
    }

    private mutating func roll() {
        guard let newIndex else { return }
        let size = RollingUpdate.newSize(of: sets[newIndex].replicas, total: sets.standing, in: deployment)
        if resize(newIndex, to: size) { return }
        let old = oldIndices
        let sizes = RollingUpdate.oldSizes(oldSets, new: sets[newIndex], in: deployment)
        var isScaled = false
        for (index, size) in zip(old, sizes) where resize(index, to: size) { isScaled = true }
        if !isScaled, Progress.isComplete(deployment, deployment.status) { cleanUp() }
    }

    /// Every old pod goes before the first new one comes.
    private mutating func recreate(after failure: String?) {
        let active = oldIndices.filter { sets[$0].isActive }
        for index in active { resize(index, to: 0) }
        // A set that has not seen its size yet may still make pods.
        let isClear =
            active.isEmpty && oldSets.allSatisfy { $0.original.isObserved && $0.original.status.replicas == 0 && !oldPodsRun($0) }
        if isClear {
            guard makeNewSet(after: failure) else { return }
            if let newIndex { resize(newIndex, to: deployment.replicas) }
            if Progress.isComplete(deployment, deployment.status) { cleanUp() }
        }
        judge()
    }

    // MARK: The newest set

    /// The set of the current template becomes the newest revision, whatever it was before.
    private mutating func noteRevision() {
        guard let newIndex else { return }
        var set = sets[newIndex]
        Revisions.makeNewest(&set, of: deployment, above: oldSets)
        set.minReadySeconds = deployment.minReadySeconds
        change(newIndex, to: set)
        revision = set.annotations[Revisions.revision]
        if deployment.progressDeadlineSeconds != nil, status.condition(Progress.progressing) == nil {
            status.conditions.set(
                Progress.progressing, "True", Progress.Reason.found, "Found new replica set \(quoted(set.name))", at: now)
        }
    }

    /// Whether there is a set of the current template now; otherwise its name is taken, and the next look tries another.
    private mutating func makeNewSet(after failure: String?) -> Bool {
        guard newIndex == nil else { return true }
        let hash = TemplateHash.hash(of: deployment.template, collisionCount: deployment.status.collisionCount)
        let name = "\(deployment.metadata.name)-\(hash)"
        guard !isTaken(name) else {
            status.collisionCount = (deployment.status.collisionCount ?? 0) + 1
            return false
        }
        var set = ReplicaSetDraft(newObject(name: name, hash: hash), isNew: true)
        let old = sets
        Revisions.makeNewest(&set, of: deployment, above: old)
        annotateSize(&set)
        set.replicas = RollingUpdate.newSize(of: 0, total: old.standing, in: deployment)
        sets.append(set)
        newIndex = sets.count - 1
        touched.append(sets.count - 1)
        revision = set.annotations[Revisions.revision]
        guard deployment.progressDeadlineSeconds != nil else { return true }
        if let failure {
            let message = "Failed to create new replica set \(quoted(name)): \(failure)"
            status.conditions.set(Progress.progressing, "False", Progress.Reason.createError, message, at: now)
        } else {
            status.conditions.set(
                Progress.progressing, "True", Progress.Reason.created, "Created new replica set \(quoted(name))", at: now)
        }
        return true
    }

    private func newObject(name: String, hash: String) -> JSONValue {
        let owner = OwnerReference(
            apiVersion: ObjectKind.deployments.apiVersion, kind: ObjectKind.deployments.kind, name: deployment.metadata.name,
            uid: deployment.metadata.uid)
        var template = deployment.template
        template.set(.string(hash), at: "metadata", "labels", TemplateHash.label)
        var selector = deployment.json.at("spec", "selector") ?? [:]
        selector.set(.string(hash), at: "matchLabels", TemplateHash.label)
        var spec: JSONValue = ["replicas": 0, "selector": selector, "template": template]
        if deployment.minReadySeconds > 0 { spec["minReadySeconds"] = .integer(deployment.minReadySeconds) }
        return [
            "apiVersion": .string(ObjectKind.replicaSets.apiVersion), "kind": .string(ObjectKind.replicaSets.kind),
            "metadata": [
                "name": .string(name), "namespace": .string(deployment.metadata.namespace),
                "labels": template.at("metadata", "labels") ?? [:], "ownerReferences": [owner.json],
            ],
            "spec": spec,
        ]
    }

    // MARK: Scaling

    /// Whether somebody scaled the deployment since its sets were last sized.
    private var wasScaled: Bool {
        sets.contains { set in
            guard set.isActive, let desired = set.annotations[Revisions.desiredReplicas].flatMap({ Int64($0) }) else {
                return false
            }
            return desired != deployment.replicas
        }
    }

    /// Fits the sets to the deployment's size without going on with the rollout.
    private mutating func scale() {
        let active = sets.indices.filter { sets[$0].isActive }
        if active.count <= 1, let only = active.first ?? newIndex ?? sets.indices.last {
            fit(only, to: deployment.replicas)
        } else if let newSet, isSaturated(newSet) {
            for index in oldIndices where sets[index].isActive { fit(index, to: 0) }
        } else if deployment.isRollingUpdate {
            let sizes = RollingUpdate.proportionalSizes(of: active.map { sets[$0] }, in: deployment)
            // The larger first.
            for (index, size) in zip(active, sizes).sorted(by: { sets[$0.0].replicas > sets[$1.0].replicas }) {
                fit(index, to: size)
            }
        } else {
            // Old sets are on their way to nothing: the recreation goes on once all know the size.
            for index in active { fit(index, to: sets[index].replicas) }
        }
    }

    /// The newest set alone does what the deployment asks for: the others came late, by adoption.
    private func isSaturated(_ set: ReplicaSetDraft) -> Bool {
        set.replicas == deployment.replicas && set.original.status.availableReplicas == deployment.replicas
            && set.annotations[Revisions.desiredReplicas] == "\(deployment.replicas)"
    }

    /// Gives a set another size. Whether it had another one before.
    @discardableResult private mutating func resize(_ index: Int, to size: Int64) -> Bool {
        guard sets[index].replicas != size else { return false }
        fit(index, to: size)
        return true
    }

    /// Sets a set's size, and what the deployment's own size was then.
    private mutating func fit(_ index: Int, to size: Int64) {
        var set = sets[index]
        set.replicas = size
        annotateSize(&set)
        change(index, to: set)
    }

    private func annotateSize(_ set: inout ReplicaSetDraft) {
        set.annotate(Revisions.desiredReplicas, "\(deployment.replicas)")
        set.annotate(Revisions.maxReplicas, "\(deployment.replicas + RollingUpdate.bounds(of: deployment).surge)")
    }

    private mutating func change(_ index: Int, to set: ReplicaSetDraft) {
        sets[index] = set
        if set.isChanged, !touched.contains(index) { touched.append(index) }
    }

    /// Old sets beyond the history go, the oldest revisions first.
    private mutating func cleanUp() {
        guard let limit = deployment.revisionHistoryLimit else { return }
        let old = oldSets.filter { !$0.original.json.isBeingDeleted }
            .sorted { (Revisions.number(of: $0.annotations) ?? 0) < (Revisions.number(of: $1.annotations) ?? 0) }
        deleted = old.prefix(max(0, old.count - Int(clamping: limit)))
            .filter { $0.replicas == 0 && !$0.isChanged && $0.original.status.replicas == 0 && $0.original.isObserved }
    }

    // MARK: Status

    private mutating func notePause() {
        guard deployment.progressDeadlineSeconds != nil else { return }
        let reason = status.condition(Progress.progressing)?.reason
        // That it was stuck stays to be seen.
        if reason == Progress.Reason.timedOut { return }
        if deployment.isPaused, reason != Progress.Reason.paused {
            status.conditions.set(Progress.progressing, "Unknown", Progress.Reason.paused, "Deployment is paused", at: now)
        } else if !deployment.isPaused, reason == Progress.Reason.paused {
            status.conditions.set(Progress.progressing, "Unknown", Progress.Reason.resumed, "Deployment is resumed", at: now)
        }
    }

    private mutating func countPods() {
        status.observedGeneration = deployment.metadata.generation
        status.replicas = sets.actual
        status.updatedReplicas = newSet?.original.status.replicas ?? 0
        status.readyReplicas = sets.ready
        status.availableReplicas = sets.reportedAvailable
        status.unavailableReplicas = max(0, sets.specified - sets.reportedAvailable)
        if status.availableReplicas >= RollingUpdate.minAvailable(of: deployment) {
            status.conditions.set(
                Progress.available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", at: now)
        } else {
            status.conditions.set(
                Progress.available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.",
                at: now)
        }
    }

    /// Counts, and says how the rollout gets on.
    private mutating func judge() {
        countPods()
        let standing = status.condition(Progress.progressing)
        let subject = newSet.map { "ReplicaSet \(quoted($0.name))" } ?? "Deployment \(quoted(deployment.metadata.name))"
        let isDone = status.replicas == status.updatedReplicas && standing?.reason == Progress.Reason.done
        if deployment.progressDeadlineSeconds == nil {
            status.conditions.removeAll { $0.type == Progress.progressing }
        } else if isDone {
            // A later loss of pods is no rollout.
        } else if Progress.isComplete(deployment, status) {
            status.conditions.set(
                Progress.progressing, "True", Progress.Reason.done, "\(subject) has successfully progressed.", at: now)
        } else if Progress.hasMoved(from: deployment.status, to: status) {
            status.conditions.renew(Progress.progressing, "True", Progress.Reason.updated, "\(subject) is progressing.", at: now)
        } else if let left = Progress.timeLeft(deployment, standing, at: now), left < .zero {
            status.conditions.set(
                Progress.progressing, "False", Progress.Reason.timedOut, "\(subject) has timed out progressing.", at: now)
        }
        noteFailures()
    }

    /// Why pods could not be made, as the sets have it; the newest set's word counts first.
    private mutating func noteFailures() {
        let failures = ([newSet].compactMap(\.self) + oldSets).flatMap(\.original.status.conditions)
            .filter { $0.type == ReplicaStatusRules.failureCondition }
        guard let failure = failures.first else {
            status.conditions.removeAll { $0.type == ReplicaStatusRules.failureCondition }
            return
        }
        status.conditions.set(failure.type, failure.status, failure.reason, failure.message, at: now)
    }

    // MARK: Steps

    /// What there is to write: the sets first, so that whoever sees the generation observed finds them sized for it.
    var plan: Plan {
        var plan = Plan()
        for index in touched where sets[index].isChanged || sets[index].isNew { plan.steps += steps(for: sets[index]) }
        plan.steps += deleted.map {
            .delete(.replicaSets, ObjectName(of: $0.original.json), uid: $0.uid)
        }
        var object = deployment.json
        object["status"] = status.json
        if let revision { object.set(.string(revision), at: "metadata", "annotations", Revisions.revision) }
        let isRenumbered = revision != nil && revision != deployment.metadata.annotations[Revisions.revision]
        if status != deployment.status || isRenumbered { plan.steps.append(.updateStatus(.deployments, object)) }
        // A second more, since time stamps have whole seconds.
        if let left = Progress.timeLeft(deployment, status.condition(Progress.progressing), at: now), !deployment.isPaused,
            !Progress.isComplete(deployment, status)
        {
            plan.look(after: max(left, .zero) + .seconds(1))
        }
        return plan
    }

    private func steps(for set: ReplicaSetDraft) -> [Step] {
        let before = set.isNew ? 0 : set.original.replicas
        let write: Step = set.isNew ? .create(.replicaSets, set.json) : .update(.replicaSets, set.json)
        guard set.replicas != before else { return [write] }
        let message = "Scaled \(set.replicas > before ? "up" : "down") replica set \(set.name) from \(before) to \(set.replicas)"
        let about = ObjectReference(kind: .deployments, name: ObjectName(of: deployment.json), uid: deployment.metadata.uid)
        return [write, .event(EventNote(about, reason: "ScalingReplicaSet", message: message))]
    }

    private func quoted(_ name: String) -> String { "\"\(name)\"" }
}
