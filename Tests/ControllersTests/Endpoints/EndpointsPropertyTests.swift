import ActorKit
import ControllerKit
import ControllerSimulation
import Core
import JSON
import Testing

@testable import Controllers

/// Services, pods that come and go, and the three endpoint controllers, in any weather.
@Suite struct EndpointsPropertyTests {
    private static let service = ObjectName(namespace: "default", name: "web")

    private func pod(_ number: Int, _ app: String) -> JSONValue {
        [
            "metadata": ["name": .string("p\(number)"), "namespace": "default", "labels": ["app": .string(app)]],
            "spec": ["containers": [["name": "c", "image": number % 5 == 0 ? "bad" : "good", "ports": [["name": "http", "containerPort": .integer(80 + Int64(number % 3))]]]]],
            "status": ["podIP": .string("10.0.0.\(number + 1)")],
        ]
    }

    private var users: [(inout SimulatedAPI, any RandomSource) -> Void] {
        (0..<40).map { step in
            { api, random in
                let number = Int(random.next() % 9)
                let name = ObjectName(namespace: "default", name: "p\(number)")
                if let found = api.object(.pods, name) {
                    switch random.next() % 4 {
                    case 0: api.edit(.pods, name) { $0.set(["app": random.next() % 2 == 0 ? "web" : "api"], at: "metadata", "labels") }
                    case 1: SimulatedCluster.setPhase("Running", ready: random.next() % 2 == 0, of: name, &api)
                    default: api.apply(.delete(.pods, name, uid: found.uid))
                    }
                } else {
                    api.apply(.create(.pods, pod(number, random.next() % 3 == 0 ? "api" : "web")))
                }
                if step == 20 { api.edit(.services, EndpointsPropertyTests.service) { $0.set(["app": "api"], at: "spec", "selector") } }
            }
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func whateverHappensEndpointsAndSlicesEndUpSayingWhatIs(seed: UInt64) {
        let simulation = ControllerSimulation(
            seed: seed,
            [ControllerDriver(EndpointsController()), ControllerDriver(EndpointSliceController()), ControllerDriver(EndpointSliceMirroring())])
        simulation.api.apply(.create(.services, Sample.service()))
        simulation.users = users
        simulation.run(ticks: 1500)
        #expect(simulation.settle(), "\(simulation.story)")

        let api = simulation.api
        let shape = ServiceShape(api.object(.services, EndpointsPropertyTests.service) ?? .null)
        let backends = PodBackend.all(of: shape, in: api.objects(.pods), choice: .pod)
        let expected = EndpointsBuilder(service: shape, backends: backends, choice: .pod).content().subsets
        let endpoints = api.object(.endpoints, EndpointsPropertyTests.service)
        #expect(endpoints?["subsets"]?.array ?? [] == expected, "seed \(seed)\n\(simulation.story)")

        let slices = api.objects(.endpointSlices)
        let held = slices.flatMap { $0["endpoints"]?.array ?? [] }.compactMap { $0.at("targetRef", "name")?.string }.sorted()
        #expect(held == backends.map(\.name).sorted(), "seed \(seed)\n\(simulation.story)")
        #expect(!slices.isEmpty && slices.allSatisfy { $0.controllerReference?["name"] == "web" })
    }
}
