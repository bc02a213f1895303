import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct UpdateTests {
    private func update(
        _ kind: ResourceKind, _ old: JSONValue, subresource: String? = nil, isPatch: Bool = false,
        _ change: (inout JSONValue) -> Void
    ) throws -> PreparedUpdate {
        var new = old
        change(&new)
        let name = old.at("metadata", "name")?.string ?? ""
        return try kind.prepareUpdate(old: old, new: new, subresource: subresource, context(name: name, isPatch: isPatch))
    }

    private func configMap() throws -> JSONValue {
        var map = try ResourceKind.configMaps.prepareCreate(["metadata": ["name": "c"], "data": ["a": "1"]], context())
        map.set("7", at: "metadata", "resourceVersion")
        return map
    }

    @Test func anUpdateThatChangesNothingIsNoWrite() throws {
        let old = try pod()
        #expect(try update(.pods, old) { _ in } == .unchanged)
        // Nor is one that leaves out what the server fills in.
        #expect(try update(.pods, old) { $0.remove(at: "metadata", "creationTimestamp") } == .unchanged)
        #expect(try update(.pods, old) { $0.set("x", at: "status", "phase") } == .unchanged)
    }

    /// What was stored, sent back as it was read, is no change: of any kind.
    @Test func sendingBackWhatWasReadIsNoWrite() throws {
        for fixture in try Fixtures.load("creates") where fixture["request"]?.at("spec", "nope") == nil {
            let kind = try Fixtures.kind(of: fixture)
            let namespace = fixture["namespace"]?.string ?? ""
            var old = try kind.prepareCreate(fixture["request"] ?? .null, context(namespace))
            old.set("7", at: "metadata", "resourceVersion")
            let name = old.at("metadata", "name")?.string ?? ""
            for subresource in kind.rules.hasStatus ? [nil, "status"] : [nil] {
                let result = try kind.prepareUpdate(old: old, new: old, subresource: subresource, context(namespace, name: name))
                #expect(result == .unchanged, "\(kind) \(name) \(subresource ?? "")")
            }
        }
    }

    @Test func anOlderResourceVersionIsAConflict() throws {
        let failure = status { _ = try update(.configMaps, try configMap()) { $0.set("6", at: "metadata", "resourceVersion") } }
        #expect(
            failure?.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                "message": .string(
                    "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please apply your changes "
                        + "to the latest version and try again"),
                "reason": "Conflict", "details": ["name": "c", "kind": "configmaps"], "code": 409,
            ])
    }

    @Test func anUpdateWithoutAResourceVersionIsUnconditional() throws {
        let result = try update(.configMaps, try configMap()) {
            $0.remove(at: "metadata", "resourceVersion")
            $0.set("2", at: "data", "a")
        }
        guard case .write(let object) = result else { throw Fixtures.Missing(path: "\(result)") }
        #expect(object.at("data", "a") == "2")
        let lease = try ResourceKind.leases.prepareCreate(["metadata": ["name": "l"]], context())
        let failure = status { _ = try update(.leases, lease) { _ in } }
        #expect(
            failure?.message == "Lease.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid value: 0x0: "
                + "must be specified for an update")
    }

    @Test func anotherUIDIsAConflictForPutAndAFaultForPatch() throws {
        let put = status { _ = try update(.configMaps, try configMap()) { $0.set("123", at: "metadata", "uid") } }
        #expect(
            put?.message == "Operation cannot be fulfilled on configmaps \"c\": StorageError: invalid object, Code: 4, Key: "
                + "/registry/configmaps/default/c, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: 123, "
                + "UID in object meta: u-1")
        let patch = status { _ = try update(.configMaps, try configMap(), isPatch: true) { $0.set("x", at: "metadata", "uid") } }
        #expect(patch?.message == "ConfigMap \"c\" is invalid: metadata.uid: Invalid value: \"x\": field is immutable")
    }

    @Test func theStatusOfAnotherPodIsNotWritten() throws {
        for (isPatch, code) in [(true, 422), (false, 409)] {
            let failure = status {
                _ = try update(.pods, try pod(), subresource: "status", isPatch: isPatch) {
                    $0.set("another", at: "metadata", "uid")
                    $0.set("Running", at: "status", "phase")
                }
            }
            #expect(failure?.code == code)
        }
    }

    @Test func theNameIsThatOfTheURL() throws {
        let other = status { _ = try update(.configMaps, try configMap()) { $0.set("zz", at: "metadata", "name") } }
        #expect(other?.message == "the name of the object (zz) does not match the name on the URL (c)")
        let none = status { _ = try update(.configMaps, try configMap()) { $0.remove(at: "metadata", "name") } }
        #expect(none?.message == "the name of the object (c based on URL) was undeterminable: name must be provided")
    }

    @Test func thePodsStatusIsWrittenThroughItsSubresourceOnly() throws {
        let old = try pod()
        let result = try update(.pods, old, subresource: "status") {
            $0.set("Running", at: "status", "phase")
            $0.set("n9", at: "spec", "nodeName")
            $0.set("v", at: "metadata", "labels", "k")
            $0.set(["a/b"], at: "metadata", "finalizers")
        }
        guard case .write(let object) = result else { throw Fixtures.Missing(path: "\(result)") }
        #expect(object.at("status", "phase") == "Running")
        #expect(object["spec"] == old["spec"])
        #expect(object.at("metadata", "labels", "k") == "v")
        #expect(object.at("metadata", "finalizers") == nil)
    }

    @Test func onlyImagesDeadlineAndMoreTolerationsChangeInAPod() throws {
        let old = try pod()
        let allowed = try update(.pods, old) { pod in
            pod.set(
                [
                    [
                        "name": "c", "image": "nginx:2", "resources": [:], "terminationMessagePath": "/dev/termination-log",
                        "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
                    ]
                ], at: "spec", "containers")
            pod.set(100, at: "spec", "activeDeadlineSeconds")
            var tolerations = pod.at("spec", "tolerations")?.array ?? []
            tolerations.append(["key": "k", "operator": "Exists"])
            pod.set(.array(tolerations), at: "spec", "tolerations")
        }
        guard case .write = allowed else { throw Fixtures.Missing(path: "\(allowed)") }
        let policy = status { _ = try update(.pods, old) { $0.set("Never", at: "spec", "restartPolicy") } }
        #expect(
            policy?.message.hasPrefix(
                "Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than "
                    + "`spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only "
                    + "additions to existing tolerations)\n  core.PodSpec{\n- \tRestartPolicy: \"Never\",\n+ \tRestartPolicy: \"Always\",\n"
            ) == true)
        let added = status {
            _ = try update(.pods, old) {
                $0.set([["name": "c", "image": "x"], ["name": "d", "image": "x"]], at: "spec", "containers")
            }
        }
        #expect(
            added?.message == "Pod \"p\" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers")
        let tolerant = try pod { $0.set([["key": "k", "operator": "Exists"]], at: "spec", "tolerations") }
        let fewer = status { _ = try update(.pods, tolerant) { $0.remove(at: "spec", "tolerations") } }
        #expect(fewer?.message.contains("existing toleration can not be modified except its tolerationSeconds") == true)
    }

    @Test func immutableDataStays() throws {
        var old = try configMap()
        old["immutable"] = true
        let failure = status { _ = try update(.configMaps, old) { $0.set("2", at: "data", "a") } }
        #expect(failure?.message == "ConfigMap \"c\" is invalid: data: Forbidden: field is immutable when `immutable` is set")
        let secret = try ResourceKind.secrets.prepareCreate(["metadata": ["name": "s"], "type": "t"], context())
        #expect(status { _ = try update(.secrets, secret) { $0["type"] = "u" } }?.details?.causes.first?.field == "type")
    }

    @Test func theLastFinalizerTakesTheObjectAlong() throws {
        var old = try configMap()
        old.set(["a/b"], at: "metadata", "finalizers")
        old.set("2026-11-21T12:00:00Z", at: "metadata", "deletionTimestamp")
        old.set(0, at: "metadata", "deletionGracePeriodSeconds")
        let result = try update(.configMaps, old) { $0.remove(at: "metadata", "finalizers") }
        guard case .remove(let last) = result else { throw Fixtures.Missing(path: "\(result)") }
        #expect(last.at("metadata", "deletionTimestamp") != nil)
        let more = status { _ = try update(.configMaps, old) { $0.set(["a/b", "c/d"], at: "metadata", "finalizers") } }
        #expect(
            more?.message.contains(
                "no new finalizers can be added if the object is being deleted, found new finalizers "
                    + "[]string{\"c/d\"}") == true)
    }

    @Test func aNamespaceGoesWhenItsFinalizersAreGone() throws {
        let created = try ResourceKind.namespaces.prepareCreate(["metadata": ["name": "n"]], context(""))
        #expect(created.at("metadata", "labels", "kubernetes.io/metadata.name") == "n")
        guard case .markTerminating(let terminating) = try ResourceKind.namespaces.prepareDelete(created, now: noon) else {
            throw Fixtures.Missing(path: "not marked")
        }
        #expect(terminating.at("status", "phase") == "Terminating")
        #expect(try ResourceKind.namespaces.prepareDelete(terminating, now: noon) == .alreadyTerminating(terminating))
        let result = try update(.namespaces, terminating, subresource: "finalize") { $0["spec"] = [:] }
        guard case .remove = result else { throw Fixtures.Missing(path: "\(result)") }
    }

    @Test func anUnknownSubresourceIsNoMethod() throws {
        #expect(status { _ = try update(.configMaps, try configMap(), subresource: "finalize") { _ in } }?.code == 405)
    }
}
