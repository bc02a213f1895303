import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct WorkloadTests {
    private func deployment(_ change: (inout JSONValue) -> Void = { _ in }) -> JSONValue {
        var body: JSONValue = [
            "metadata": ["name": "web"],
            "spec": [
                "selector": ["matchLabels": ["app": "web"]],
                "template": [
                    "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "nginx:1.19"]]],
                ],
            ],
        ]
        change(&body)
        return body
    }

    private func stored(_ kind: ResourceKind = .deployments, _ change: (inout JSONValue) -> Void = { _ in }) throws -> JSONValue {
        var object = try kind.prepareCreate(deployment(change), context())
        object.set("7", at: "metadata", "resourceVersion")
        return object
    }

    @Test(
        arguments: [
            (["replicas"], -1, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
            (["minReadySeconds"], -1, "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"),
            (["revisionHistoryLimit"], -2, "spec.revisionHistoryLimit: Invalid value: -2: must be greater than or equal to 0"),
            (["progressDeadlineSeconds"], 0, "spec.progressDeadlineSeconds: Invalid value: 0: must be greater than minReadySeconds"),
            (["selector"], .null, "spec.selector: Required value"),
            (
                ["selector"], [:],
                "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), "
                    + "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment"
            ),
            (
                ["selector"], ["matchExpressions": [["key": "app", "operator": "In"]]],
                "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"
            ),
            (
                ["selector"], ["matchExpressions": [["key": "app", "operator": "Near"]]],
                "spec.selector.matchExpressions[0].operator: Invalid value: \"Near\": not a valid selector operator"
            ),
            (
                ["selector", "matchLabels"], ["a": "b"],
                "spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"web\"}: "
                    + "`selector` does not match template `labels`"
            ),
            (["template"], .null, "spec.template: Required value"),
            (["template", "spec", "restartPolicy"], "Never", "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""),
            (
                ["template", "spec", "activeDeadlineSeconds"], 5,
                "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"
            ),
            (["template", "spec", "containers"], [["name": "c"]], "spec.template.spec.containers[0].image: Required value"),
            (["strategy", "type"], "Fast", "spec.strategy.type: Unsupported value: \"Fast\": supported values: \"Recreate\", \"RollingUpdate\""),
            (
                ["strategy"], ["type": "Recreate", "rollingUpdate": ["maxSurge": 1]],
                "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"
            ),
            (
                ["strategy", "rollingUpdate"], ["maxSurge": 0, "maxUnavailable": "0%"],
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "
                    + "intstr.IntOrString{Type:1, IntVal:0, StrVal:\"0%\"}: may not be 0 when `maxSurge` is 0"
            ),
            (
                ["strategy", "rollingUpdate"], ["maxUnavailable": "120%"],
                "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "
                    + "intstr.IntOrString{Type:1, IntVal:0, StrVal:\"120%\"}: must not be greater than 100%"
            ),
            (["strategy", "rollingUpdate"], ["maxSurge": -1], "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0"),
        ] as [([String], JSONValue, String)])
    func faultsOfADeploymentAreToldInKubernetesWords(_ path: [String], _ value: JSONValue, _ expected: String) throws {
        let body = deployment { $0.set(value, at: (["spec"] + path)[...]) }
        let refusal = try #require(status { _ = try ResourceKind.deployments.prepareCreate(body, context()) })
        let found = refusal.details?.causes.map { "\($0.field): \($0.message)" } ?? []
        #expect(found.contains(expected), "\(found)")
    }

    @Test func aReplicationControllerTakesItsSelectorFromItsTemplate() throws {
        let body: JSONValue = [
            "metadata": ["name": "rc"],
            "spec": [
                "template": ["metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "nginx"]]]]
            ],
        ]
        let object = try ResourceKind.replicationControllers.prepareCreate(body, context())
        #expect(object.at("spec", "selector") == ["a": "b"])
        #expect(object.at("metadata", "labels") == ["a": "b"])
        #expect(object["status"] == ["replicas": 0])
        let bare = status {
            _ = try ResourceKind.replicationControllers.prepareCreate(["metadata": ["name": "rc"], "spec": [:]], context())
        }
        #expect(
            bare?.message
                == "ReplicationController \"rc\" is invalid: [spec.selector: Required value, spec.template: Required value]")
    }

    @Test func aGenerationIsAChangeOfSpecOrOfADeploymentsAnnotations() throws {
        let old = try stored()
        func generation(_ change: (inout JSONValue) -> Void) throws -> JSONValue? {
            var new = old
            change(&new)
            guard case .write(let object) = try ResourceKind.deployments.prepareUpdate(old: old, new: new, context(name: "web")) else {
                return nil
            }
            return object.at("metadata", "generation")
        }
        #expect(try generation { $0.set(5, at: "spec", "replicas") } == 2)
        #expect(try generation { $0.set("b", at: "metadata", "annotations", "a") } == 2)
        #expect(try generation { $0.set("b", at: "metadata", "labels", "a") } == 1)
        #expect(try generation { $0.set(9, at: "status", "replicas") } == nil)
    }

    @Test func aSelectorNeverChanges() throws {
        let old = try stored()
        var new = old
        new.set(["app": "other"], at: "spec", "selector", "matchLabels")
        new.set(["app": "other"], at: "spec", "template", "metadata", "labels")
        let refusal = status { _ = try ResourceKind.deployments.prepareUpdate(old: old, new: new, context(name: "web")) }
        #expect(
            refusal?.message
                == "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: v1.LabelSelector{MatchLabels:"
                + "map[string]string{\"app\":\"other\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable")
    }

    @Test func aStatusIsCheckedAndKeepsItsCount() throws {
        let old = try stored(.replicaSets)
        var new = old
        new["status"] = ["readyReplicas": 1]
        let refusal = status {
            _ = try ResourceKind.replicaSets.prepareUpdate(old: old, new: new, subresource: "status", context(name: "web"))
        }
        #expect(
            refusal?.message == "ReplicaSet.apps \"web\" is invalid: status.readyReplicas: Invalid value: 1: "
                + "cannot be greater than status.replicas")
        new["status"] = ["observedGeneration": 1]
        guard case .write(let written) = try ResourceKind.replicaSets.prepareUpdate(
            old: old, new: new, subresource: "status", context(name: "web"))
        else { throw Fixtures.Missing(path: "write") }
        #expect(written["status"] == ["observedGeneration": 1, "replicas": 0])
        #expect(written.at("metadata", "generation") == 1)
    }

    @Test func aScaleIsMadeOfTheObjectAndWrittenBackIntoIt() throws {
        var object = try stored()
        object.set(["replicas": 2], at: "status")
        object.set(2, at: "spec", "replicas")
        let scale = try #require(ResourceKind.deployments.scale(of: object))
        #expect(scale["kind"] == "Scale" && scale["apiVersion"] == "autoscaling/v1")
        #expect(scale["spec"] == ["replicas": 2])
        #expect(scale["status"] == ["replicas": 2, "selector": "app=web"])
        #expect(try ResourceKind.deployments.prepareScale(old: object, new: scale, context(name: "web")) == .unchanged)
        var more = scale
        more.set(3, at: "spec", "replicas")
        guard case .write(let scaled) = try ResourceKind.deployments.prepareScale(old: object, new: more, context(name: "web")) else {
            throw Fixtures.Missing(path: "write")
        }
        #expect(scaled.at("spec", "replicas") == 3 && scaled.at("metadata", "generation") == 2)
        more.set(-1, at: "spec", "replicas")
        #expect(
            status { _ = try ResourceKind.deployments.prepareScale(old: object, new: more, context(name: "web")) }?.message
                == "Scale.autoscaling \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0")
        more.set("6", at: "metadata", "resourceVersion")
        #expect(status { _ = try ResourceKind.deployments.prepareScale(old: object, new: more, context(name: "web")) }?.code == 409)
        #expect(ResourceKind.services.scale(of: object) == nil)
        #expect(
            APIStatus.scaleNotFound(.replicationControllers, name: "x").message
                == "replicationcontrollers/scale.autoscaling \"x\" not found")
    }

    @Test(
        arguments: [
            (["matchLabels": ["b": "2", "a": "1"]], "a=1,b=2"),
            (["matchExpressions": [["key": "t", "operator": "In", "values": ["y", "x"]]]], "t in (x,y)"),
            (["matchExpressions": [["key": "t", "operator": "NotIn", "values": ["x"]], ["key": "c", "operator": "DoesNotExist"]]], "!c,t notin (x)"),
            (["matchLabels": ["a": "1"], "matchExpressions": [["key": "t", "operator": "Exists"]]], "a=1,t"), ([:], ""),
        ] as [(JSONValue, String)])
    func selectorsOfObjectsReadAsText(_ selector: JSONValue, _ text: String) throws {
        let parsed = try #require(LabelSelector(object: selector))
        #expect(parsed.text == text)
        #expect(parsed.matches(labels: ["a": "1", "b": "2", "t": "y"]) == !text.contains("!c") || text.contains("notin"))
    }

    @Test(
        arguments: [
            (["addressType": ""], "addressType: Required value"),
            (["addressType": "IPv5"], "addressType: Unsupported value: \"IPv5\": supported values: \"FQDN\", \"IPv4\", \"IPv6\""),
            (["addressType": "IPv4", "endpoints": [["addresses": []]]], "endpoints[0].addresses: Required value: must contain at least 1 address"),
            (["addressType": "IPv4", "endpoints": [["addresses": ["::1"]]]], "endpoints[0].addresses[0]: Invalid value: \"::1\": must be a valid IPv4 address"),
            (
                ["addressType": "IPv4", "endpoints": [["addresses": ["169.254.1.1"]]]],
                "endpoints[0].addresses[0]: Invalid value: \"169.254.1.1\": may not be in the link-local range (169.254.0.0/16, fe80::/10)"
            ),
            (["addressType": "IPv4", "ports": [["port": 1], ["port": 2]]], "ports[1].name: Duplicate value: \"\""),
            (["addressType": "IPv4", "ports": [["port": 1, "protocol": "ICMP"]]], "ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", \"UDP\""),
        ] as [(JSONValue, String)])
    func faultsOfASliceAreToldInKubernetesWords(_ part: JSONValue, _ expected: String) throws {
        var body: JSONValue = ["metadata": ["name": "s"]]
        for (key, value) in part.object ?? JSONObject() { body[key] = value }
        let refusal = try #require(status { _ = try ResourceKind.endpointSlices.prepareCreate(body, context()) })
        #expect(refusal.details?.causes.map { "\($0.field): \($0.message)" } == [expected])
    }

    @Test func anEmptySliceHasNullsAndCountsItsChanges() throws {
        var old = try ResourceKind.endpointSlices.prepareCreate(["metadata": ["name": "s"], "addressType": "IPv4"], context())
        #expect(old["endpoints"] == .null && old["ports"] == .null && old.at("metadata", "generation") == 1)
        old.set("7", at: "metadata", "resourceVersion")
        #expect(try ResourceKind.endpointSlices.prepareUpdate(old: old, new: old, context(name: "s")) == .unchanged)
        var new = old
        new["endpoints"] = [["addresses": ["10.0.0.1"]]]
        guard case .write(let written) = try ResourceKind.endpointSlices.prepareUpdate(old: old, new: new, context(name: "s")) else {
            throw Fixtures.Missing(path: "write")
        }
        #expect(written.at("metadata", "generation") == 2)
        #expect(written["endpoints"] == [["addresses": ["10.0.0.1"], "conditions": [:]]])
    }
}
