import JSON
import Testing

@testable import KubeAPI

@Suite struct PriorityClassTests {
    private func made(_ object: JSONValue) throws -> JSONValue { try ResourceKind.priorityClasses.prepareCreate(object, context()) }
    private func refusal(_ body: () throws -> Void) -> String {
        do { try body() } catch { return (error as? APIStatus)?.message ?? "\(error)" }
        return ""
    }

    @Test func aClassPreemptsUnlessItSaysNever() throws {
        #expect(try made(["metadata": ["name": "a"], "value": 5])["preemptionPolicy"] == "PreemptLowerPriority")
        #expect(try made(["metadata": ["name": "a"], "value": 5, "preemptionPolicy": "Never"])["preemptionPolicy"] == "Never")
        #expect(refusal { _ = try made(["metadata": ["name": "a"], "value": 5, "preemptionPolicy": "Now"]) }.contains("preemptionPolicy: Unsupported value"))
    }

    @Test func theSystemsNamesAndValuesAreItsOwn() throws {
        #expect(refusal { _ = try made(["metadata": ["name": "a"], "value": 1_000_000_001]) }.contains("maximum allowed value of a user defined priority is 1000000000"))
        #expect(refusal { _ = try made(["metadata": ["name": "system-mine"], "value": 5]) }.contains("reserved for system use only"))
        #expect(refusal { _ = try made(["metadata": ["name": "system-node-critical"], "value": 5]) }.contains("error: value of system-node-critical PriorityClass must be 2000001000"))
        #expect(
            refusal { _ = try made(["metadata": ["name": "system-cluster-critical"], "value": 2_000_000_000, "globalDefault": true]) }
                .contains("error: globalDefault of system-cluster-critical PriorityClass must be false"))
        for (object, _) in PodPriority.builtIn { _ = try made(object) }
        #expect(PodPriority.builtIn.map(\.name) == ["system-cluster-critical", "system-node-critical"])
    }

    @Test func whatPodsWereGivenNeverChanges() throws {
        let old = try made(["metadata": ["name": "a"], "value": 5])
        var new = old
        new["value"] = 6
        #expect(refusal { _ = try ResourceKind.priorityClasses.prepareUpdate(old: old, new: new, context(name: "a")) }.contains("value: Forbidden: may not be changed in an update."))
        new = old
        new["preemptionPolicy"] = "Never"
        #expect(refusal { _ = try ResourceKind.priorityClasses.prepareUpdate(old: old, new: new, context(name: "a")) }.contains("preemptionPolicy: Invalid value"))
    }
}

@Suite struct PodPriorityTests {
    private let classes = [
        PodPriority.Class(["metadata": ["name": "high"], "value": 1000, "preemptionPolicy": "PreemptLowerPriority"]),
        PodPriority.Class(["metadata": ["name": "meek"], "value": 500, "preemptionPolicy": "Never"]),
    ]
    private func priority(_ spec: JSONValue, _ classes: [PodPriority.Class]) throws -> [JSONValue?] {
        let pod = try PodPriority.apply(classes, to: ["spec": spec], name: "p")
        return [pod.at("spec", "priority"), pod.at("spec", "priorityClassName"), pod.at("spec", "preemptionPolicy")]
    }

    @Test func aPodHasThePriorityOfItsClass() throws {
        #expect(try priority(["priorityClassName": "high"], classes) == [1000, "high", "PreemptLowerPriority"])
        #expect(try priority(["priorityClassName": "meek"], classes) == [500, "meek", "Never"])
        #expect(try priority([:], classes) == [0, nil, "PreemptLowerPriority"])
        #expect(try priority(["priority": 1000, "priorityClassName": "high"], classes) == [1000, "high", "PreemptLowerPriority"])
    }

    @Test func theLowestDefaultIsTheDefault() throws {
        let defaults = [10, 7].map { PodPriority.Class(["metadata": ["name": .string("d\($0)")], "value": .integer($0), "globalDefault": true]) }
        #expect(try priority([:], classes + defaults) == [7, "d7", "PreemptLowerPriority"])
    }

    @Test func aSecondDefaultIsRefused() throws {
        let present = PodPriority.Class(["metadata": ["name": "first"], "value": 1, "globalDefault": true])
        let second: JSONValue = ["metadata": ["name": "second"], "value": 2, "globalDefault": true]
        let refusal = #expect(throws: APIStatus.self) { try PodPriority.admit(second, .priorityClasses, isNew: true, classes: classes + [present]) }
        #expect(
            refusal?.message
                == "priorityclasses.scheduling.k8s.io \"second\" is forbidden: PriorityClass first is already marked as default. Only one default can exist")
        // The default itself may be written again.
        _ = try PodPriority.admit(["metadata": ["name": "first"], "value": 1, "globalDefault": true], .priorityClasses, isNew: false, classes: [present])
        _ = try PodPriority.admit(second, .priorityClasses, isNew: true, classes: classes)
    }

    @Test func aPodThatThereIsKeepsItsPriority() throws {
        let pod: JSONValue = ["metadata": ["name": "p"], "spec": ["priority": 3, "priorityClassName": "gone"]]
        #expect(try PodPriority.admit(pod, .pods, isNew: false, classes: classes) == pod)
    }

    private static let refused: [(spec: JSONValue, text: String)] = [
        (["priorityClassName": "none"], "pods \"p\" is forbidden: no PriorityClass with name none was found"),
        (["priority": 7], "the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0"),
        (["priorityClassName": "meek", "preemptionPolicy": "PreemptLowerPriority"], "priority admission controller computed Never"),
    ]

    @Test(arguments: refused)
    func whatAPodMayNotSayIsRefused(spec: JSONValue, text: String) {
        let error = #expect(throws: APIStatus.self) { try PodPriority.apply(classes, to: ["spec": spec], name: "p") }
        #expect(error?.message.contains(text) == true)
        #expect(error?.code == 403)
    }
}
