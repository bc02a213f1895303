import JSON
import Testing

@testable import KubeAPI

@Suite struct PodValidationTests {
    /// A change of one sound container, and the faults it makes.
    private static let containerCases: [(JSONValue, [String])] = [
        (["name": ""], ["spec.containers[0].name: Required value"]),
        (
            ["name": "A_b"],
            ["spec.containers[0].name: Invalid value: \"A_b\": a lowercase RFC 1123 label must consist of lower case"]
        ),
        (["image": " x"], ["spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing whitespace"]),
        (
            ["imagePullPolicy": "Foo"],
            ["spec.containers[0].imagePullPolicy: Unsupported value: \"Foo\": supported values: \"Always\""]
        ),
        (
            ["terminationMessagePolicy": "x"],
            ["spec.containers[0].terminationMessagePolicy: Invalid value: \"x\": must be 'File' or"]
        ),
        (["ports": [["containerPort": 0]]], ["spec.containers[0].ports[0].containerPort: Required value"]),
        (
            ["ports": [["containerPort": 70000]]],
            ["spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and"]
        ),
        (
            ["ports": [["containerPort": 1, "hostPort": 70000]]],
            ["spec.containers[0].ports[0].hostPort: Invalid value: 70000: must be"]
        ),
        (
            ["ports": [["containerPort": 1, "protocol": "tcp"]]],
            ["spec.containers[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\""]
        ),
        (
            ["ports": [["containerPort": 1, "name": "http"], ["containerPort": 2, "name": "http"]]],
            ["spec.containers[0].ports[1].name: Duplicate value: \"http\""]
        ),
        (
            ["ports": [["containerPort": 1, "name": "a-very-long-port-name"]]],
            ["spec.containers[0].ports[0].name: Invalid value: \"a-very-long-port-name\": must be no more than 15 characters"]
        ),
        (
            ["ports": [["containerPort": 1, "name": "80"]]],
            ["spec.containers[0].ports[0].name: Invalid value: \"80\": must contain at least one letter (a-z)"]
        ),
        (
            ["ports": [["containerPort": 1, "hostPort": 80], ["containerPort": 2, "hostPort": 80]]],
            ["spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//80\""]
        ),
        (["env": [["name": ""]]], ["spec.containers[0].env[0].name: Required value"]),
        (
            ["env": [["name": "1a"]]],
            ["spec.containers[0].env[0].name: Invalid value: \"1a\": a valid environment variable name must"]
        ),
        (
            ["env": [["name": "A", "valueFrom": [:]]]],
            ["spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`,"]
        ),
        (
            ["env": [["name": "A", "value": "x", "valueFrom": ["secretKeyRef": ["name": "s", "key": "k"]]]]],
            ["spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"]
        ),
        (
            ["env": [["name": "A", "valueFrom": ["configMapKeyRef": ["name": "s"]]]]],
            ["spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value"]
        ),
        (
            ["env": [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "spec.nope"]]]]],
            [
                "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"spec.nope\": supported values: \"metadata.name\""
            ]
        ),
        (
            ["envFrom": [[:]]],
            ["spec.containers[0].envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"]
        ),
        (
            ["volumeMounts": [["name": "nov", "mountPath": "/x"]]],
            ["spec.containers[0].volumeMounts[0].name: Not found: \"nov\""]
        ),
        (["volumeMounts": [["name": "v", "mountPath": ""]]], ["spec.containers[0].volumeMounts[0].mountPath: Required value"]),
        (
            ["volumeMounts": [["name": "v", "mountPath": "/x"], ["name": "v", "mountPath": "/x"]]],
            ["spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/x\": must be unique"]
        ),
        (
            ["volumeMounts": [["name": "v", "mountPath": "/x", "subPath": "a/../b"]]],
            ["spec.containers[0].volumeMounts[0].subPath: Invalid value: \"a/../b\": must not contain '..'"]
        ),
        (
            ["resources": ["limits": ["cpu": 1], "requests": ["cpu": 2]]],
            ["spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit"]
        ),
        (
            ["resources": ["requests": ["memory": "-1"]]],
            ["spec.containers[0].resources.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0"]
        ),
        (
            ["resources": ["requests": ["nope": "1"]]],
            [
                "spec.containers[0].resources.requests[nope]: Invalid value: \"nope\": must be a standard resource type or fully qualified",
                "spec.containers[0].resources.requests[nope]: Invalid value: \"nope\": must be a standard resource for containers",
                "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources",
            ]
        ),
        (["livenessProbe": [:]], ["spec.containers[0].livenessProbe: Required value: must specify a handler type"]),
        (["livenessProbe": ["exec": ["command": []]]], ["spec.containers[0].livenessProbe.exec.command: Required value"]),
        (
            ["livenessProbe": ["tcpSocket": ["port": 0]]],
            ["spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: 0: must be"]
        ),
        (
            ["readinessProbe": ["httpGet": ["port": "web", "scheme": "ftp"]]],
            [
                "spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: \"ftp\": supported values: \"HTTP\", \"HTTPS\""
            ]
        ),
        (
            ["readinessProbe": ["httpGet": ["port": 80], "tcpSocket": ["port": 80]]],
            ["spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"]
        ),
        (
            ["livenessProbe": ["tcpSocket": ["port": 1], "successThreshold": 2]],
            ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"]
        ),
        (
            ["livenessProbe": ["tcpSocket": ["port": 1], "initialDelaySeconds": -1]],
            ["spec.containers[0].livenessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0"]
        ),
        (["lifecycle": ["preStop": [:]]], ["spec.containers[0].lifecycle.preStop: Required value: must specify a handler type"]),
    ]

    @Test func everyFaultOfAContainerIsNamed() {
        for (change, expected) in PodValidationTests.containerCases {
            var container: JSONValue = ["name": "c", "image": "x"]
            for (key, value) in change.object ?? JSONObject() { container[key] = value }
            expectFaults(["containers": [container], "volumes": [["name": "v", "emptyDir": [:]]]], expected)
        }
    }

    /// A change of a sound spec, and the faults it makes.
    private static let specCases: [(JSONValue, [String])] = [
        (["containers": []], ["spec.containers: Required value"]),
        (
            ["containers": [["name": "c", "image": "x"], ["name": "c", "image": "x"]]],
            ["spec.containers[1].name: Duplicate value: \"c\""]
        ),
        (["initContainers": [["name": "c", "image": "x"]]], ["spec.initContainers[0].name: Duplicate value: \"c\""]),
        (
            ["restartPolicy": "Sometimes"],
            ["spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\""]
        ),
        (["dnsPolicy": "Foo"], ["spec.dnsPolicy: Unsupported value: \"Foo\": supported values: \"ClusterFirstWithHostNet\","]),
        (["dnsPolicy": "None"], ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
        (
            ["activeDeadlineSeconds": 0],
            ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"]
        ),
        (["nodeSelector": ["a b": "c"]], ["spec.nodeSelector: Invalid value: \"a b\": name part must consist of"]),
        (["hostname": "A"], ["spec.hostname: Invalid value: \"A\": a lowercase RFC 1123 label"]),
        (
            ["volumes": [["name": "v", "emptyDir": [:]], ["name": "v", "emptyDir": [:]]]],
            ["spec.volumes[1].name: Duplicate value: \"v\""]
        ),
        (
            ["volumes": [["name": "v", "emptyDir": [:], "hostPath": ["path": "/"]]]],
            ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"]
        ),
        (["volumes": [["name": "v", "secret": [:]]]], ["spec.volumes[0].secret.secretName: Required value"]),
        (
            ["volumes": [["name": "v", "hostPath": ["path": "/a/.."]]]],
            ["spec.volumes[0].hostPath.path: Invalid value: \"/a/..\": must not contain '..'"]
        ),
        (
            ["volumes": [["name": "v", "configMap": ["name": "m", "defaultMode": 512]]]],
            [
                "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"
            ]
        ),
        (
            ["tolerations": [["operator": "Equal"]]],
            [
                "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all"
            ]
        ),
        (
            ["tolerations": [["key": "k", "operator": "Maybe"]]],
            ["spec.tolerations[0].operator: Unsupported value: \"Maybe\": supported values: \"Equal\", \"Exists\""]
        ),
        (
            ["tolerations": [["key": "k", "operator": "Exists", "tolerationSeconds": 3, "effect": "NoSchedule"]]],
            [
                "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set"
            ]
        ),
        (
            ["hostNetwork": true, "containers": [["name": "c", "image": "x", "ports": [["containerPort": 1, "hostPort": 2]]]]],
            ["spec.containers[0].ports[0].containerPort: Invalid value: 1: must match `hostPort` when `hostNetwork` is true"]
        ),
        (
            ["dnsConfig": ["nameservers": ["10.0.0.10", "x"]]],
            ["spec.dnsConfig.nameservers[1]: Invalid value: \"x\": must be valid IP address"]
        ),
        (
            ["dnsConfig": ["nameservers": ["1.1.1.1", "1.1.1.2", "::1", "1.1.1.4"]]],
            [
                "spec.dnsConfig.nameservers: Invalid value: []string{\"1.1.1.1\", \"1.1.1.2\", \"::1\", \"1.1.1.4\"}: must not have more than"
            ]
        ),
        (["dnsConfig": ["options": [["value": "2"]]]], ["spec.dnsConfig.options[0]: Required value: must not be empty"]),
        (
            ["hostAliases": [["ip": "300.0.0.1"]]],
            ["spec.hostAliases[0].ip: Invalid value: \"300.0.0.1\": must be a valid IP address"]
        ),
        (
            ["securityContext": ["runAsUser": -1]],
            ["spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"]
        ),
        (
            ["containers": [["name": "c", "image": "x", "securityContext": ["runAsGroup": 4_294_967_296]]]],
            [
                "spec.containers[0].securityContext.runAsGroup: Invalid value: 4294967296: must be between 0 and 2147483647, inclusive"
            ]
        ),
    ]

    @Test func everyFaultOfASpecIsNamed() {
        for (change, expected) in PodValidationTests.specCases {
            var spec: JSONValue = ["containers": [["name": "c", "image": "x"]]]
            for (key, value) in change.object ?? JSONObject() { spec[key] = value }
            expectFaults(spec, expected)
        }
    }

    @Test func aFullPodIsSound() throws {
        let spec: JSONValue = [
            "initContainers": [["name": "i", "image": "x", "command": ["true"]]],
            "containers": [
                [
                    "name": "c", "image": "r.example/x:1", "ports": [["name": "http", "containerPort": 80, "hostPort": 8080]],
                    "env": [
                        ["name": "A.b-c", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]], ["name": "B", "value": ""],
                    ],
                    "resources": ["requests": ["cpu": "0.1", "memory": "64Mi"], "limits": ["cpu": 1, "memory": "64Mi"]],
                    "livenessProbe": ["httpGet": ["path": "/", "port": "http"]],
                    "volumeMounts": [["name": "v", "mountPath": "/v"]],
                ]
            ],
            "volumes": [["name": "v"]], "nodeSelector": ["k8s.mesosphere.io/attribute-rack": "1"], "restartPolicy": "OnFailure",
            "tolerations": [["operator": "Exists"]], "terminationGracePeriodSeconds": 0,
        ]
        let pod = try ResourceKind.pods.prepareCreate(["metadata": ["name": "p"], "spec": spec], context())
        #expect(pod.at("spec", "containers")?[0]?.at("resources", "requests", "cpu") == "100m")
        #expect(pod.at("spec", "terminationGracePeriodSeconds") == 0)
        #expect(pod.at("spec", "tolerations")?.array?.count == 1)
        #expect(pod.at("spec", "volumes")?[0]?["emptyDir"] == [:])
    }

    @Test(arguments: [
        ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1", "IfNotPresent"), ("h:5000/nginx", "Always"),
        ("h:5000/nginx:2", "IfNotPresent"), ("x@sha256:00", "IfNotPresent"),
    ])
    func thePullPolicyFollowsTheTag(_ image: String, _ policy: String) { #expect(PodDefaults.pullPolicy(of: image) == policy) }

    @Test func theQualityOfServiceFollowsRequestsAndLimits() {
        func quality(_ resources: JSONValue...) -> String {
            PodQualityOfService.class(ofSpec: ["containers": .array(resources.map { ["resources": $0] })])
        }
        let whole: JSONValue = ["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "1000m", "memory": "1024Mi"]]
        #expect(quality([:]) == "BestEffort")
        #expect(quality(whole) == "Guaranteed")
        #expect(quality(whole, [:]) == "Burstable")
        #expect(quality(["requests": ["cpu": "1"]]) == "Burstable")
        #expect(quality(["limits": ["nvidia.com/gpu": "1"]]) == "BestEffort")
    }

    /// Each fault begins with the expected text; there are no others.
    private func expectFaults(_ spec: JSONValue, _ expected: [String]) {
        let failure = status { _ = try ResourceKind.pods.prepareCreate(["metadata": ["name": "p"], "spec": spec], context()) }
        let found = failure?.details?.causes.map { "\($0.field): \($0.message)" } ?? []
        #expect(found.count == expected.count, "\(spec.text) found \(found)")
        for (one, other) in zip(found, expected) { #expect(one.hasPrefix(other)) }
    }
}
