import ActorKit
import ControllerKit
import ControllerSimulation
import Core
import JSON
import Testing

@testable import Controllers

/// A namespace that is deleted at some moment of a busy life, in any weather.
@Suite struct NamespacePropertyTests {
    private static let kinds: [ObjectKind] = [.pods, .configMaps, .replicaSets, .services, .namespaces]
    private static let name = ObjectName(name: "busy")

    private static func isLetGo(_ namespace: JSONValue?) -> Bool {
        namespace.map { ($0.at("spec", "finalizers")?.array ?? []).isEmpty } ?? true
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func itEndsAndNotBeforeItIsEmpty(seed: UInt64) {
        let simulation = ControllerSimulation(
            seed: seed,
            [
                ControllerDriver(NamespaceController(kinds: NamespacePropertyTests.kinds)),
                ControllerDriver(GarbageCollector(kinds: NamespacePropertyTests.kinds)),
            ])
        simulation.cluster.collectsGarbage = false
        // The model knows metadata's finalizers only: what holds the object here lets the test see the one that the controller takes.
        simulation.api.apply(
            .create(
                .namespaces,
                ["metadata": ["name": "busy", "finalizers": ["test/hold"]], "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"]]))
        simulation.check { change, api in
            guard change.kind == .namespaces, NamespacePropertyTests.isLetGo(change.new) else { return nil }
            let left = NamespacePropertyTests.kinds.flatMap { api.objects($0) }.filter { ObjectName(of: $0).namespace == "busy" }
            return left.isEmpty ? nil : "let go with \(left.count) objects in it"
        }
        simulation.users = (0..<12).map { number in
            { api, random in
                let kind = [ObjectKind.pods, .configMaps, .replicaSets, .services][Int(random.next() % 4)]
                var object: JSONValue = ["metadata": ["name": .string("o\(number)"), "namespace": "busy"], "spec": [:]]
                if random.next() % 3 == 0 { object.set(["example.com/hold"], at: "metadata", "finalizers") }
                api.apply(.create(kind, object))
            }
        }
        simulation.users.append { api, _ in
            let uid = api.object(.namespaces, NamespacePropertyTests.name)?.uid ?? ""
            api.apply(.delete(.namespaces, NamespacePropertyTests.name, uid: uid))
        }
        simulation.users.append { api, _ in
            for kind in NamespacePropertyTests.kinds {
                for object in api.objects(kind) where object.finalizers == ["example.com/hold"] {
                    api.edit(kind, ObjectName(of: object)) { $0.remove(at: "metadata", "finalizers") }
                }
            }
        }
        simulation.run(ticks: 1200)
        #expect(simulation.settle(), "\(simulation.story)")
        #expect(simulation.broken == [], "\(simulation.story)")
        let end = simulation.api.object(.namespaces, NamespacePropertyTests.name)
        #expect(end != nil && NamespacePropertyTests.isLetGo(end), "seed \(seed)\n\(simulation.story)")
    }
}
