import Foundation
import JSON
import Testing

@testable import APIServer

/// v1beta1 to v1 and back, without a server.
@Suite struct LegacyTranslationTests {
    static func example(_ name: String) throws -> JSONValue {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try JSONValue(parsing: [UInt8](Data(contentsOf: root.appending(path: "examples/\(name).json"))))
    }

    @Test func theGuidesPodBecomesAPodOfToday() throws {
        let pod = Legacy.upgradePod(try Self.example("pod-nginx"), namespace: "default")
        #expect(
            pod == [
                "apiVersion": "v1", "kind": "Pod",
                "metadata": ["name": "nginx-id-01", "namespace": "default", "labels": ["name": "foo"]],
                "spec": [
                    "containers": [
                        [
                            "name": "nginx-01", "image": "dockerfile/nginx", "ports": [["containerPort": 80, "hostPort": 31000]],
                            "livenessProbe": ["httpGet": ["path": "/index.html", "port": 8081], "initialDelaySeconds": 30],
                        ]
                    ]
                ],
            ])
    }

    @Test func theGuidesControllerKeepsItsIdWithCapitals() throws {
        let controller = Legacy.upgradeController(try Self.example("controller-nginx"), namespace: "default")
        #expect(controller.at("metadata", "name") == "nginxcontroller")
        #expect(controller.at("metadata", "annotations", Legacy.idAnnotation) == "nginxController")
        #expect(controller.at("spec", "replicas") == 2)
        #expect(controller.at("spec", "selector") == ["name": "nginx"])
        #expect(controller.at("spec", "template", "metadata") == ["labels": ["name": "nginx"]])
        #expect(controller.at("spec", "template", "spec", "containers")?[0]?["ports"] == [["containerPort": 80, "hostPort": 31001]])
        let back = Legacy.downgradeController(controller, isItem: true)
        #expect(back["id"] == "nginxController")
        #expect(back["annotations"] == nil)
        #expect(back.at("desiredState", "replicaSelector") == ["name": "nginx"])
        #expect(back.at("desiredState", "podTemplate", "labels") == ["name": "nginx"])
        #expect(back.at("currentState", "replicas") == 0)
        #expect(back.at("currentState", "podTemplate", "desiredState", "manifest", "containers") == .null)
    }

    @Test func aRunningPodIsShownAsTheGuideShowsIt() throws {
        var pod = Legacy.upgradePod(try Self.example("pod-nginx"), namespace: "default")
        pod.set("ba48b2b2-55a7-11e4-8ec3-08002766f5aa", at: "metadata", "uid")
        pod.set("2014-10-17T02:46:00Z", at: "metadata", "creationTimestamp")
        pod.set("7", at: "metadata", "resourceVersion")
        pod.set("Always", at: "spec", "restartPolicy")
        pod.set("agent-1", at: "spec", "nodeName")
        pod["status"] = [
            "phase": "Running", "podIP": "10.244.0.2", "hostIP": "10.0.0.1",
            "containerStatuses": [
                ["name": "nginx-01", "restartCount": 1, "image": "dockerfile/nginx", "state": ["running": ["startedAt": "2014-10-17T02:46:02Z"]]]
            ],
        ]
        let old = Legacy.downgradePod(pod, isItem: true)
        #expect(old["kind"] == nil)
        #expect(old["resourceVersion"] == 7)
        #expect(old["labels"] == ["name": "foo"])
        let manifest: JSONValue = [
            "version": "v1beta1", "id": "nginx-id-01", "uuid": "ba48b2b2-55a7-11e4-8ec3-08002766f5aa", "volumes": .null,
            "containers": [
                [
                    "name": "nginx-01", "image": "dockerfile/nginx", "ports": [["hostPort": 31000, "containerPort": 80]],
                    "livenessProbe": ["type": "http", "httpGet": ["path": "/index.html", "port": "8081"], "initialDelaySeconds": 30],
                ]
            ],
            "restartPolicy": ["always": [:]],
        ]
        #expect(old.at("desiredState", "manifest") == manifest)
        #expect(old.at("desiredState", "status") == "Running")
        #expect(old.at("currentState", "manifest") == manifest)
        #expect(old.at("currentState", "status") == "Running")
        #expect(old.at("currentState", "host") == "agent-1")
        #expect(old.at("currentState", "info", "nginx-01", "restartCount") == 1)
        #expect(old.at("currentState", "info", "nginx-01", "state", "running", "startedAt") == "2014-10-17T02:46:02Z")
        #expect(old.at("currentState", "info", "net", "podIP") == "10.244.0.2")
    }

    @Test(arguments: [("Pending", "Waiting"), ("Running", "Running"), ("Succeeded", "Succeeded"), ("Failed", "Terminated"), ("Unknown", "Unknown")])
    func aPhaseHasItsOldWord(phase: String, status: String) {
        #expect(Legacy.downgradePod(["status": ["phase": .string(phase)]], isItem: true).at("currentState", "status")?.string == status)
    }

    @Test(arguments: [("always", "Always"), ("onFailure", "OnFailure"), ("never", "Never")])
    func aRestartPolicyIsAnEmptyMember(old: String, new: String) {
        var policy: JSONValue = [:]
        policy[old] = [:]
        #expect(Legacy.Manifest.upgrade(["restartPolicy": policy])["restartPolicy"]?.string == new)
        #expect(Legacy.Manifest.downgrade(["restartPolicy": .string(new)])["restartPolicy"] == policy)
    }

    /// Each member of a container, in both directions.
    @Test func aContainerGoesThereAndBack() throws {
        let old: JSONValue = [
            "name": "c", "image": "i:1", "workingDir": "/w", "ports": [["containerPort": 53, "protocol": "UDP"]], "terminationMessagePath": "/t",
            "entrypoint": ["/bin/e"], "command": ["-x"], "env": [["name": "A", "value": "1"]],
            "volumeMounts": [["name": "v", "mountPath": "/m", "readOnly": true]], "lifecycle": ["preStop": ["exec": ["command": ["sleep", "1"]]]],
            "livenessProbe": ["type": "tcp", "tcpSocket": ["port": "53"], "initialDelaySeconds": 5],
            "cpu": 250, "memory": 67_108_864, "imagePullPolicy": "PullIfNotPresent", "privileged": true,
        ]
        let spec = Legacy.Manifest.upgrade(["containers": [old]])
        let new = try #require(spec["containers"]?[0])
        #expect(new["command"] == ["/bin/e"])
        #expect(new["args"] == ["-x"])
        #expect(new.at("resources", "limits") == ["cpu": "250m", "memory": "67108864"])
        #expect(new.at("securityContext", "privileged") == true)
        #expect(new["imagePullPolicy"] == "IfNotPresent")
        #expect(new.at("livenessProbe", "tcpSocket", "port") == 53)
        #expect(Legacy.Manifest.downgrade(spec)["containers"]?[0] == old)
    }

    @Test func membersOfEarlierStillNamesAreUnderstood() {
        let container = Legacy.Manifest.upgrade([
            "containers": [
                ["env": [["key": "A", "value": "1"]], "volumeMounts": [["name": "v", "path": "/m", "mountType": "LOCAL"]]]
            ]
        ])["containers"]?[0]
        #expect(container?["env"] == [["value": "1", "name": "A"]])
        #expect(container?["volumeMounts"] == [["name": "v", "mountPath": "/m"]])
    }

    @Test func volumesGoThereAndBack() {
        let old: JSONValue = [
            ["name": "a", "source": ["emptyDir": [:]]], ["name": "b", "source": ["hostDir": ["path": "/b"]]],
            ["name": "c", "source": ["gitRepo": ["repository": "r", "revision": "1"]]],
        ]
        let spec = Legacy.Manifest.upgrade(["volumes": old])
        #expect(spec["volumes"]?[1] == ["name": "b", "hostPath": ["path": "/b"]])
        #expect(Legacy.Manifest.downgrade(spec)["volumes"] == old)
        #expect(Legacy.Manifest.upgrade(["volumes": [["name": "d", "source": .null]]])["volumes"]?[0] == ["name": "d", "emptyDir": [:]])
    }

    @Test(arguments: [
        ["desiredState": ["manifest": ["containers": "none"]]], ["desiredState": ["manifest": ["containers": [1, .null]]]], ["desiredState": 3],
        ["id": 7, "labels": [], "desiredState": ["manifest": ["restartPolicy": "Sometimes", "volumes": ["v"]]]], [],
    ] as [JSONValue])
    func whatHasAWrongTypeIsHandedOnAndNothingBreaks(pod: JSONValue) {
        let upgraded = Legacy.upgradePod(pod, namespace: "default")
        _ = Legacy.downgradePod(upgraded, isItem: false)
        _ = Legacy.downgradeController(Legacy.upgradeController(pod, namespace: "default"), isItem: false)
        #expect(upgraded["kind"] == "Pod")
    }

    @Test func aStatusHasAnIdWhereTodaysHasAName() {
        let old = Legacy.status([
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": "pods \"p\" not found", "reason": "NotFound",
            "details": ["name": "p", "kind": "pods"], "code": 404,
        ])
        #expect(
            old == [
                "kind": "Status", "creationTimestamp": .null, "apiVersion": "v1beta1", "status": "Failure",
                "message": "pods \"p\" not found", "reason": "NotFound", "details": ["id": "p", "kind": "pods"], "code": 404,
            ])
    }
}
