import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

private func endpoint(_ number: Int, ready: Bool = true) -> JSONValue {
    ["addresses": [.string("10.0.\(number / 250).\(number % 250)")], "conditions": ["ready": .bool(ready)], "targetRef": ["uid": .string("u\(number)")]]
}

private func group(_ numbers: [Int], port: Int64 = 80) -> SliceGroup {
    SliceGroup(family: .ipv4, ports: [["name": "", "protocol": "TCP", "port": .integer(port)]], endpoints: numbers.map { endpoint($0) })
}

/// The slices as a server would hold them after the changes.
private func apply(_ changes: SliceChanges, to slices: [JSONValue], _ serial: inout Int) -> [JSONValue] {
    func name(_ slice: JSONValue) -> String { slice.at("metadata", "name")?.string ?? "" }
    let gone = Set(changes.delete.map(name))
    let updated = Dictionary(uniqueKeysWithValues: changes.update.map { (name($0), $0) })
    var result = slices.filter { !gone.contains(name($0)) }.map { updated[name($0)] ?? $0 }
    for new in changes.create {
        serial += 1
        result.append([
            "metadata": ["name": .string("s\(serial)")], "addressType": .string(new.family.rawValue), "ports": .array(new.ports),
            "endpoints": .array(new.endpoints),
        ])
    }
    return result
}

private func counts(_ slices: [JSONValue]) -> [Int] { slices.map { $0["endpoints"]?.array?.count ?? 0 }.sorted() }

@Suite struct SlicePackingTests {
    @Test func noSliceHoldsMoreThanAHundred() {
        let changes = SlicePacking.changes([group(Array(0..<250))], existing: [], keepOne: [.ipv4])
        #expect(changes.create.map(\.endpoints.count) == [100, 100, 50])
    }

    @Test func aServiceWithoutEndpointsKeepsOneEmptySlice() {
        var serial = 0
        let empty = SlicePacking.changes([], existing: [], keepOne: [.ipv4])
        #expect(empty.create == [.init(family: .ipv4, ports: [], endpoints: [])])
        let slices = apply(empty, to: [], &serial)
        #expect(SlicePacking.changes([], existing: slices, keepOne: [.ipv4]) == SliceChanges())
        let filled = SlicePacking.changes([group([1])], existing: slices, keepOne: [.ipv4])
        #expect(filled.update.count == 1 && filled.create.isEmpty && filled.delete.isEmpty)
        let emptied = SlicePacking.changes([], existing: apply(filled, to: slices, &serial), keepOne: [.ipv4])
        #expect(emptied.update.count == 1 && emptied.create.isEmpty && emptied.delete.isEmpty)
    }

    @Test func aChangeOfPortsReusesTheSlice() {
        var serial = 0
        let slices = apply(SlicePacking.changes([group([1, 2])], existing: [], keepOne: []), to: [], &serial)
        let changes = SlicePacking.changes([group([1, 2], port: 81)], existing: slices, keepOne: [])
        #expect(changes.update.count == 1 && changes.create.isEmpty && changes.delete.isEmpty)
        #expect(changes.update.first?["ports"]?[0]?["port"]?.integer == 81)
    }

    @Test func oneChangedEndpointChangesOneSlice() {
        var serial = 0
        let slices = apply(SlicePacking.changes([group(Array(0..<300))], existing: [], keepOne: []), to: [], &serial)
        var endpoints = (0..<300).map { endpoint($0) }
        endpoints[150] = endpoint(150, ready: false)
        let changed = SliceGroup(family: .ipv4, ports: group([]).ports, endpoints: endpoints)
        let changes = SlicePacking.changes([changed], existing: slices, keepOne: [])
        #expect(changes.update.count == 1 && changes.create.isEmpty && changes.delete.isEmpty)
    }

    @Test func anyHistoryEndsWithEachEndpointInExactlyOneSliceAndNothingLeftToDo() {
        for seed in 0..<15 as Range<UInt64> {
            var dice = Dice(seed)
            var slices: [JSONValue] = []
            var serial = 0
            for _ in 0..<8 {
                let all = (0..<dice.roll(320)).map { _ in dice.roll(500) }
                let numbers = Array(Set(all)).sorted()
                let cut = numbers.isEmpty ? 0 : dice.roll(numbers.count)
                let groups = [group(Array(numbers.prefix(cut)), port: 80), group(Array(numbers.dropFirst(cut)), port: Int64(90 + dice.roll(2)))]
                slices = apply(SlicePacking.changes(groups, existing: slices, keepOne: [.ipv4]), to: slices, &serial)
                let held = slices.flatMap { $0["endpoints"]?.array ?? [] }.map(SliceGroup.identity)
                #expect(held.sorted() == numbers.map { SliceGroup.identity(of: endpoint($0)) }.sorted(), "seed \(seed)")
                #expect(counts(slices).allSatisfy { $0 <= 100 }, "seed \(seed)")
                #expect(!slices.isEmpty)
                #expect(SlicePacking.changes(groups, existing: slices, keepOne: [.ipv4]) == SliceChanges(), "seed \(seed)")
            }
        }
    }
}

@Suite struct EndpointSliceControllerTests {
    private let name = ObjectName(namespace: "default", name: "web")

    private func plan(_ objects: [(ObjectKind, JSONValue)]) -> Plan {
        EndpointSliceController().reconcile(name, in: Sample.view(objects), at: Sample.now, after: nil)
    }

    private func created(_ plan: Plan) -> [JSONValue] {
        plan.steps.compactMap { if case .create(.endpointSlices, let slice) = $0 { slice } else { nil } }
    }

    @Test func aSliceSaysWhoseItIsAndWhoKeepsIt() throws {
        let slice = try #require(created(plan([(.services, Sample.service(labels: ["app": "web"]))])).first)
        #expect(
            slice.labels == [
                "app": "web", "kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            ])
        #expect(slice.owners == [Sample.owner(.services, "web")])
        #expect(slice.at("metadata", "name")?.string?.hasPrefix("web-") == true)
        #expect(slice["endpoints"] == [])
    }

    @Test func conditionsTellReadyServingAndTerminatingApart() throws {
        let pods = [Sample.pod("a", ip: "10.0.0.1"), Sample.pod("b", ip: "10.0.0.2", ready: false), Sample.pod("c", ip: "10.0.0.3", deleting: true)]
        let node = Sample.node("n1", zone: "z1")
        let slice = try #require(created(plan([(.services, Sample.service()), (.nodes, node)] + pods.map { (.pods, $0) })).first)
        let conditions = (slice["endpoints"]?.array ?? []).map { endpoint in
            ["ready", "serving", "terminating"].map { endpoint.at("conditions", $0)?.bool ?? false }
        }
        #expect(conditions == [[true, true, false], [false, false, false], [false, true, true]])
        #expect(slice["endpoints"]?[0]?["zone"]?.string == "z1")
        #expect(slice["endpoints"]?[0]?["nodeName"]?.string == "n1")
        #expect(slice["ports"] == [["name": "80-http", "protocol": "TCP", "port": 80]])
    }

    @Test func twoLooksAtOneStateMakeSlicesOfTheSameName() {
        let objects: [(ObjectKind, JSONValue)] = [(.services, Sample.service()), (.pods, Sample.pod("a"))]
        #expect(created(plan(objects)) == created(plan(objects)))
    }

    @Test func slicesOfAServiceThatLostItsSelectorGo() {
        let slice = Sample.object(
            "web-x", in: "default", uid: "s1",
            labels: ["kubernetes.io/service-name": "web", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"])
        let steps = plan([(.services, Sample.service(selector: [:])), (.endpointSlices, slice)]).steps
        #expect(steps == [.delete(.endpointSlices, ObjectName(namespace: "default", name: "web-x"), uid: "s1")])
    }

    @Test func endpointsWrittenByHandAreMirroredUnlessTheySayNo() throws {
        var endpoints = Sample.object("web", in: "default", uid: "e1")
        endpoints["subsets"] = [["addresses": [["ip": "192.0.2.9"]], "notReadyAddresses": [["ip": "192.0.2.10"]], "ports": [["port": 80, "protocol": "TCP"]]]]
        func mirrored(_ endpoints: JSONValue, _ service: JSONValue) -> Plan {
            EndpointSliceMirroring().reconcile(name, in: Sample.view([(.services, service), (.endpoints, endpoints)]), at: Sample.now, after: nil)
        }
        let slice = try #require(created(mirrored(endpoints, Sample.service(selector: [:]))).first)
        #expect(
            slice["endpoints"] == [
                ["addresses": ["192.0.2.9"], "conditions": ["ready": true]], ["addresses": ["192.0.2.10"], "conditions": ["ready": false]],
            ])
        #expect(slice["ports"] == [["name": "", "protocol": "TCP", "port": 80]])
        #expect(slice.owners == [Sample.owner(.endpoints, "web", uid: "e1")])
        #expect(slice.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io")
        #expect(mirrored(endpoints, Sample.service()) == .nothing)
        endpoints.set("true", at: "metadata", "labels", "endpointslice.kubernetes.io/skip-mirror")
        #expect(mirrored(endpoints, Sample.service(selector: [:])) == .nothing)
    }
}
