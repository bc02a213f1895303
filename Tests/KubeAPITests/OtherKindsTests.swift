import JSON
import Testing

@testable import KubeAPI

@Suite struct OtherKindsTests {
    private func faults(_ kind: ResourceKind, _ body: JSONValue, _ namespace: String = "default") -> [String] {
        var body = body
        if body.at("metadata", "name") == nil { body.set("x", at: "metadata", "name") }
        let failure = status { _ = try kind.prepareCreate(body, context(namespace)) }
        return failure?.details?.causes.map { "\($0.field): \($0.message)" } ?? []
    }

    @Test func dataBeyondAMebibyteIsTooLong() {
        let big = JSONValue.string(String(repeating: "x", count: (1 << 20) + 1))
        #expect(faults(.configMaps, ["data": ["a": big]]) == ["[]: Too long: must have at most 1048576 bytes"])
        #expect(faults(.configMaps, ["data": ["a": .string(String(repeating: "x", count: 1 << 20))]]) == [])
        #expect(
            faults(.configMaps, ["metadata": ["name": "x", "annotations": ["a": big]]]).last
                == "metadata.annotations: Too long: must have at most 262144 bytes")
    }

    @Test func keysOfDataAreChecked() {
        #expect(faults(.configMaps, ["data": ["..": "1"]]) == ["data[..]: Invalid value: \"..\": must not be '..'"])
        #expect(
            faults(.configMaps, ["data": ["a": "1"], "binaryData": ["a": "AA=="]])
                == ["data[a]: Invalid value: \"a\": duplicate of key present in binaryData"])
        #expect(
            faults(.secrets, ["type": "kubernetes.io/tls", "data": [:]]) == [
                "data[tls.crt]: Required value", "data[tls.key]: Required value",
            ])
    }

    @Test func anEventIsAboutAnObjectOfItsNamespace() {
        let event: JSONValue = ["involvedObject": ["kind": "Pod", "namespace": "other", "name": "p"]]
        #expect(faults(.events, event) == ["involvedObject.namespace: Invalid value: \"other\": does not match event.namespace"])
        let node: JSONValue = ["involvedObject": ["kind": "Node", "name": "n1"]]
        #expect(faults(.events, node) == [])
        #expect(
            faults(.events, node, "elsewhere") == [
                "involvedObject.namespace: Invalid value: \"\": does not match event.namespace"
            ])
    }

    @Test func servicesNeedPortsAndNamesForMany() {
        #expect(faults(.services, ["spec": [:]]) == ["spec.ports: Required value"])
        #expect(
            faults(.services, ["spec": ["ports": [["port": 80], ["port": 81]]]])
                == ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"])
        #expect(
            faults(.services, ["spec": ["type": "Foo", "ports": [["port": 1]]]]) == [
                "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\""
            ])
        #expect(
            faults(.services, ["spec": ["ports": [["port": 1, "nodePort": 30_000]]]])
                == ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"])
    }

    @Test func nodesKeepTheStatusTheyRegisterWith() throws {
        let body: JSONValue = ["metadata": ["name": "n1"], "status": ["capacity": ["cpu": "2000m", "memory": "1024Mi"]]]
        let node = try ResourceKind.nodes.prepareCreate(body, context(""))
        #expect(node.at("status", "capacity") == ["cpu": "2", "memory": "1Gi"])
        #expect(node.at("status", "allocatable") == node.at("status", "capacity"))
        let taints: JSONValue = [
            ["key": "k", "effect": "NoSchedule"], ["key": "k", "effect": "NoSchedule"], ["key": "a b", "effect": "x"],
        ]
        #expect(
            faults(.nodes, ["spec": ["taints": taints]], "").map { String($0.prefix { $0 != ":" }) }
                == ["spec.taints[1]", "spec.taints[2].key", "spec.taints[2].effect"])
    }

    @Test func aLaunchIntentNamesPodAndAgent() {
        #expect(
            faults(.launchIntents, ["spec": ["podNamespace": "default", "podName": "p"]], "")
                == ["spec.podUID: Required value", "spec.agentID: Required value"])
    }

    @Test func metadataIsTheServersWhereItIs() throws {
        let body: JSONValue = [
            "metadata": [
                "generateName": "web-", "uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z",
                "deletionTimestamp": "2001-01-01T00:00:00Z",
                "generation": 9, "selfLink": "/x", "managedFields": [["manager": "kubectl"]], "labels": [:],
            ]
        ]
        let map = try ResourceKind.configMaps.prepareCreate(body, context())
        #expect(
            map["metadata"] == [
                "name": "web-x7k2p", "generateName": "web-", "namespace": "default", "uid": "u-1",
                "creationTimestamp": "2026-11-21T12:00:00Z",
            ])
        let failure = status {
            _ = try ResourceKind.configMaps.prepareCreate(["metadata": ["name": "x", "resourceVersion": "7"]], context())
        }
        #expect(failure?.json["message"] == "resourceVersion should not be set on objects to be created")
    }

    @Test func namesHaveTheirLimits() {
        #expect(Names.subdomainFaults(String(repeating: "a", count: 253)).isEmpty)
        #expect(Names.subdomainFaults(String(repeating: "a", count: 254)) == ["must be no more than 253 characters"])
        for good in ["a", "a.b", "a-b.c0", "0"] { #expect(Names.subdomainFaults(good).isEmpty, "\(good)") }
        for bad in ["", ".a", "a.", "a..b", "-a", "a-", "a.-b", "a-.b", "A", "a_b", "\u{e9}"] {
            #expect(!Names.subdomainFaults(bad).isEmpty, "\(bad)")
        }
        for good in ["a", "A_b.c-d", "example.com/x", "0/1"] { #expect(Names.qualifiedNameFaults(good).isEmpty, "\(good)") }
        for bad in ["", "/a", "a/", "a/b/c", "A.b/c", "-a", "a b"] { #expect(!Names.qualifiedNameFaults(bad).isEmpty, "\(bad)") }
    }
}
