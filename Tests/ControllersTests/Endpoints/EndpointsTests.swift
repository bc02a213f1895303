import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

private let name = ObjectName(namespace: "default", name: "web")

private func plan(_ objects: [(ObjectKind, JSONValue)], _ controller: EndpointsController = EndpointsController()) -> Plan {
    controller.reconcile(name, in: Sample.view(objects), at: Sample.now, after: nil)
}

/// The Endpoints that the plan writes.
private func written(_ plan: Plan) -> JSONValue? {
    switch plan.steps.first {
    case .create(.endpoints, let object)?, .update(.endpoints, let object)?: object
    default: nil
    }
}

private func subsets(_ service: JSONValue, _ pods: [JSONValue], _ choice: EndpointAddresses = .pod) -> [JSONValue] {
    let shape = ServiceShape(service)
    return EndpointsBuilder(service: shape, backends: PodBackend.all(of: shape, in: pods, choice: choice), choice: choice).content().subsets
}

private func addresses(_ subset: JSONValue?, _ list: String = "addresses") -> [String] { (subset?[list]?.array ?? []).compactMap { $0["ip"]?.string } }

@Suite struct EndpointsTests {
    @Test func aServiceWithoutPodsHasEmptyEndpointsAtOnce() {
        let object = written(plan([(.services, Sample.service(labels: ["app": "web"]))]))
        #expect(object?["subsets"] == nil)
        #expect(object?.labels == ["app": "web", "endpoints.kubernetes.io/managed-by": "endpoint-controller"])
        #expect(object?.annotations["endpoints.kubernetes.io/last-change-trigger-time"] == Sample.now.rfc3339)
    }

    @Test func readyAndUnreadyPodsOfOnePortShareASubset() {
        let pods = [
            Sample.pod("web-c", ip: "10.244.0.130"), Sample.pod("web-a", ip: "10.244.0.128", ready: false), Sample.pod("web-b", ip: "10.244.0.129"),
        ]
        let expected: JSONValue = [
            "addresses": [
                ["ip": "10.244.0.129", "nodeName": "n1", "targetRef": ["kind": "Pod", "namespace": "default", "name": "web-b", "uid": "uid-web-b"]],
                ["ip": "10.244.0.130", "nodeName": "n1", "targetRef": ["kind": "Pod", "namespace": "default", "name": "web-c", "uid": "uid-web-c"]],
            ],
            "notReadyAddresses": [
                ["ip": "10.244.0.128", "nodeName": "n1", "targetRef": ["kind": "Pod", "namespace": "default", "name": "web-a", "uid": "uid-web-a"]]
            ],
            "ports": [["name": "80-http", "port": 80, "protocol": "TCP"]],
        ]
        #expect(subsets(Sample.service(), pods) == [expected])
    }

    @Test func aNamedPortIsLookedUpInEachPod() {
        let pods = [Sample.pod("a", ip: "10.0.0.1", port: 8080), Sample.pod("b", ip: "10.0.0.2", port: 9090), Sample.pod("c", ip: "10.0.0.3", port: 8080)]
        let found = subsets(Sample.service(), pods)
        #expect(found.map { addresses($0) } == [["10.0.0.1", "10.0.0.3"], ["10.0.0.2"]])
        #expect(found.map { $0.at("ports")?[0]?["port"]?.integer } == [8080, 9090])
    }

    @Test func aPodWithoutThePortIsNoEndpointOfIt() {
        let ports: [JSONValue] = [
            ["name": "web", "protocol": "TCP", "port": 80, "targetPort": "http"], ["name": "dns", "protocol": "UDP", "port": 53, "targetPort": "dns"],
        ]
        #expect(subsets(Sample.service(ports: ports), [Sample.pod("a")]).map { $0["ports"]?.array?.count } == [1])
        #expect(subsets(Sample.service(ports: [ports[1]]), [Sample.pod("a")]) == [])
    }

    @Test(arguments: [
        (Sample.pod("a", deleting: true), [String](), [String]()), (Sample.pod("a", ip: ""), [], []),
        (Sample.pod("a", ready: false, phase: "Succeeded"), [], []), (Sample.pod("a", labels: ["app": "other"]), [], []),
        (Sample.pod("a", ready: false), [], ["10.244.0.1"]), (Sample.pod("a"), ["10.244.0.1"], []),
    ])
    func whichPodsCount(pod: JSONValue, ready: [String], notReady: [String]) {
        let found = subsets(Sample.service(), [pod]).first
        #expect(addresses(found) == ready)
        #expect(addresses(found, "notReadyAddresses") == notReady)
    }

    @Test func aServiceThatPublishesUnreadyPodsCallsThemReadyEvenWhenTheyAreGoing() {
        let pods = [Sample.pod("a", ip: "10.0.0.1", ready: false), Sample.pod("b", ip: "10.0.0.2", deleting: true)]
        let found = subsets(Sample.service(publishNotReady: true), pods)
        #expect(found.map { addresses($0) } == [["10.0.0.1", "10.0.0.2"]])
    }

    @Test func aHeadlessServiceWithoutPortsNamesItsPods() {
        var pod = Sample.pod("a")
        pod.set("mysql-0", at: "spec", "hostname")
        pod.set("web", at: "spec", "subdomain")
        let found = subsets(Sample.service(clusterIP: "None", ports: []), [pod])
        #expect(found.first?["ports"] == nil)
        #expect(found.first?["addresses"]?[0]?["hostname"]?.string == "mysql-0")
        let object = written(plan([(.services, Sample.service(clusterIP: "None", ports: []))]))
        #expect(object?.labels["service.kubernetes.io/headless"] == "")
    }

    @Test func moreThanAThousandAddressesAreCutAndTheCutIsTold() {
        let pods = (0..<1100).map { Sample.pod("p\($0)", ip: "10.0.\($0 / 250).\($0 % 250)", ready: $0 % 2 == 0) }
        let object = written(plan([(.services, Sample.service())] + pods.map { (.pods, $0) }))
        #expect(object?.annotations["endpoints.kubernetes.io/over-capacity"] == "truncated")
        #expect(addresses(object?["subsets"]?[0]).count == 550)
        #expect(addresses(object?["subsets"]?[0], "notReadyAddresses").count == 450)
    }

    @Test func withHostPortsTheNodesAddressAndPortServeAndTheContainersPortIsNoted() {
        var fixed = Sample.pod("fixed")
        fixed.set([["name": "c", "ports": [["name": "http", "containerPort": 80, "hostPort": 31000, "protocol": "TCP"]]]], at: "spec", "containers")
        var chosen = Sample.pod("chosen")
        chosen.set("31001", at: "metadata", "annotations", "k8s.mesosphere.io/port_TCP_80")
        let none = Sample.pod("none")
        let objects: [(ObjectKind, JSONValue)] = [(.services, Sample.service()), (.pods, fixed), (.pods, chosen), (.pods, none)]
        let object = written(plan(objects, EndpointsController(addresses: .hostPort)))
        #expect((object?["subsets"]?.array ?? []).map { addresses($0) } == [["198.51.100.11"], ["198.51.100.11"]])
        #expect((object?["subsets"]?.array ?? []).map { $0["ports"]?[0]?["port"]?.integer } == [31000, 31001])
        #expect(object?.annotations["k8s.mesosphere.io/containerPort_TCP_198.51.100.11_31000"] == "80")
        #expect(object?.annotations["k8s.mesosphere.io/containerPort_TCP_198.51.100.11_31001"] == "80")
    }

    @Test func withoutASelectorOrForAnExternalNameThereIsNothingToDo() {
        #expect(plan([(.services, Sample.service(selector: [:])), (.pods, Sample.pod("a"))]) == .nothing)
        var external = Sample.service()
        external.set("ExternalName", at: "spec", "type")
        #expect(plan([(.services, external), (.pods, Sample.pod("a"))]) == .nothing)
    }

    @Test func endpointsGoWithTheirService() {
        let endpoints = Sample.object("web", in: "default", uid: "e1")
        #expect(plan([(.endpoints, endpoints)]).steps == [.delete(.endpoints, name, uid: "e1")])
    }

    @Test func endpointsThatAreMadeBeforeTheirServiceAreLeftAlone() throws {
        let watch = try #require(EndpointsController().watches.first { $0.kind == .endpoints })
        let byHand = Sample.object("web", in: "default")
        #expect(watch.keys(nil, byHand, ClusterView()) == [])
        let ours = Sample.object("web", in: "default", labels: ["endpoints.kubernetes.io/managed-by": "endpoint-controller"])
        #expect(watch.keys(nil, ours, ClusterView()) == [name])
    }

    @Test func aPodConcernsTheServicesThatSelectItBeforeAndAfter() throws {
        let watch = try #require(EndpointsController().watches.first { $0.kind == .pods })
        let view = Sample.view([(.services, Sample.service("web")), (.services, Sample.service("api", selector: ["app": "api"]))])
        let (old, new) = (Sample.pod("a"), Sample.pod("a", labels: ["app": "api"]))
        #expect(watch.keys(old, new, view).map(\.name) == ["api", "web"])
        var restarted = old
        restarted.set([["restartCount": 3]], at: "status", "containerStatuses")
        #expect(watch.keys(old, restarted, view) == [])
    }

    @Test func whatIsFoundByPairsIsWhatASearchWouldFind() {
        var dice = Dice(11)
        var view = ClusterView()
        for _ in 0..<400 {
            let name = "p\(dice.roll(30))"
            if dice.chance(25) {
                view.remove(.pods, ObjectName(namespace: "default", name: name))
            } else {
                var labels: [String: String] = [:]
                for key in ["app", "tier", "zone"] where dice.chance(70) { labels[key] = "v\(dice.roll(3))" }
                view.put(.pods, Sample.pod(name, labels: labels))
            }
            let wanted = ["app": "v\(dice.roll(3))", "tier": "v\(dice.roll(3))"]
            let all = view.objects(.pods, in: "default")
            #expect(view.objects(.pods, in: "default", withAll: wanted) == all.filter { pod in wanted.allSatisfy { pod.labels[$0.key] == $0.value } })
            #expect(view.objects(.pods, in: "default", withAny: wanted) == all.filter { pod in wanted.contains { pod.labels[$0.key] == $0.value } })
        }
    }

    @Test func whatIsSaidAlreadyIsNotWrittenAgain() throws {
        let objects: [(ObjectKind, JSONValue)] = [(.services, Sample.service()), (.pods, Sample.pod("a"))]
        let object = try #require(written(plan(objects)))
        #expect(plan(objects + [(.endpoints, object)]) == .nothing)
    }

    @Test func theOrderInWhichPodsAreFoundChangesNothing() {
        var dice = Dice(7)
        for _ in 0..<50 {
            let pods = (0..<dice.roll(12)).map {
                Sample.pod("p\($0)", ip: "10.0.0.\(dice.roll(6))", ready: dice.chance(60), port: Int64(80 + dice.roll(3)), deleting: dice.chance(20))
            }
            let shape = ServiceShape(Sample.service())
            let forward = EndpointsBuilder(service: shape, backends: pods.compactMap { PodBackend($0, of: shape, choice: .pod) }, choice: .pod)
            let other = EndpointsBuilder(
                service: shape, backends: dice.shuffled(pods).compactMap { PodBackend($0, of: shape, choice: .pod) }, choice: .pod)
            #expect(forward.content() == other.content())
        }
    }
}
