import JSON
import KubeObjects
import Testing

@Suite struct PodTests {
    func pod(_ spec: JSONValue) -> Pod { Pod(json: ["metadata": ["name": "p", "namespace": "ns", "uid": "u"], "spec": spec]) }
    func container(_ requests: JSONValue, _ limits: JSONValue = .object(JSONObject())) -> JSONValue {
        ["name": "c", "image": "nginx", "resources": ["requests": requests, "limits": limits]]
    }

    @Test func whatIsAbsentHasKubernetesDefaults() {
        let pod = pod(["containers": [["name": "c", "image": "nginx"]]])
        #expect(pod.spec.restartPolicy == .always)
        #expect(pod.spec.terminationGracePeriodSeconds == 30)
        #expect(pod.spec.dnsPolicy == "ClusterFirst")
        #expect(pod.spec.containers.first?.pullPolicy == .always)
        #expect(pod.status.phase == .pending)
        #expect(pod.key.description == "ns/p")
    }

    @Test func theHungriestInitContainerCountsOnce() throws {
        let pod = pod([
            "initContainers": [container(["cpu": "2"]), container(["cpu": "1", "memory": "1Gi"])],
            "containers": [container(["cpu": "500m"]), container(["cpu": "700m", "memory": "10Mi"])],
        ])
        let requests = PodResources.requests(of: pod)
        #expect(requests["cpu"] == .units(2))
        #expect(requests["memory"] == .bytes(1 << 30))
    }

    @Test func aLimitStandsInForARequest() {
        let pod = pod(["containers": [container(.object(JSONObject()), ["cpu": "1"])]])
        #expect(PodResources.requests(of: pod)["cpu"] == .units(1))
    }

    @Test func qualityOfServiceFollowsRequestsAndLimits() {
        let full: JSONValue = ["cpu": "1", "memory": "1Gi"]
        #expect(PodResources.qosClass(of: pod(["containers": [container(full, full)]])) == "Guaranteed")
        #expect(PodResources.qosClass(of: pod(["containers": [container(["cpu": "1"])]])) == "Burstable")
        #expect(PodResources.qosClass(of: pod(["containers": [container(.null)]])) == "BestEffort")
    }

    @Test func hostPortsAreThoseAskedForAndAllOnTheHostsNetwork() {
        let ports: JSONValue = [["containerPort": 80, "hostPort": 31000], ["containerPort": 81]]
        #expect(PodResources.hostPorts(of: pod(["containers": [["name": "c", "ports": ports]]])).map(\.port) == [31000])
        let shared = pod(["hostNetwork": true, "containers": [["name": "c", "ports": ports]]])
        #expect(PodResources.hostPorts(of: shared).map(\.port) == [81, 31000])
    }

    @Test func aProbeIsReadWithItsDefaults() throws {
        let probe: JSONValue = ["httpGet": ["port": "web", "path": "/x"], "initialDelaySeconds": 30]
        let read = try #require(pod(["containers": [["name": "c", "livenessProbe": probe]]]).spec.containers.first?.livenessProbe)
        #expect(read.handler == .httpGet(host: "", port: .name("web"), path: "/x", scheme: "HTTP", headers: []))
        #expect(read.initialDelaySeconds == 30)
        #expect(read.periodSeconds == 10)
        #expect(read.failureThreshold == 3)
    }

    @Test func aContainerStatusSurvivesTheWire() {
        let end = ContainerState.Termination(exitCode: 137, reason: "OOMKilled", containerID: "containerd://x")
        let status = ContainerStatus(
            name: "c", state: .waiting(reason: "CrashLoopBackOff", message: "back-off"), lastState: .terminated(end), restartCount: 3,
            image: "nginx", imageID: "sha256:1")
        #expect(ContainerStatus(json: status.json) == status)
    }

    @Test func anImageWithoutATagIsAlwaysPulled() {
        func policy(_ image: String) -> Container.PullPolicy? {
            pod(["containers": [["name": "c", "image": .string(image)]]]).spec.containers.first?.pullPolicy
        }
        #expect(policy("nginx") == .always)
        #expect(policy("nginx:latest") == .always)
        #expect(policy("nginx:1.20") == .ifNotPresent)
        #expect(policy("localhost:5000/nginx") == .always)
    }
}
