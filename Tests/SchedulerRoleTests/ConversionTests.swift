import Core
import Foundation
import JSON
import Mesos
import MesosProto
import Scheduling
import SwiftProtobuf
import Testing

@testable import kmd

/// What Mesos offers, as the planner sees it, and back.
@Suite struct ConversionTests {
    /// The first offers of a recorded stream.
    func offers(_ stream: String) throws -> [MesosOffer] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: tests.appending(path: "Fixtures/mesos/conversations/09.jsonl"), encoding: .utf8)
        for line in text.split(separator: "\n") {
            let step = try JSONValue(parsing: Array(line.utf8))
            guard step["kind"] == "event", step["stream"]?.string == stream, step.at("body", "type") == "OFFERS", let body = step["body"] else { continue }
            var options = JSONDecodingOptions()
            options.ignoreUnknownFields = true
            return try Mesos_V1_Scheduler_Event(jsonUTF8Bytes: body.encoded(), options: options).offers.offers.map(MesosOffer.init)
        }
        return []
    }

    /// The agent with reservations was started with cpus(k8s):1;mem(k8s):512;cpus:2;mem:2048.
    @Test(arguments: ["refined", "multirole", "legacyrole"]) func reservationsAreUnderstoodInEachOfTheirForms(stream: String) throws {
        let reserved = try #require(try offers(stream).map(SchedulerConversions.offer).first { offer in
            offer.resources.parts.contains { !$0.origin.reservation.isEmpty }
        })
        let part = try #require(reserved.resources.parts.first { !$0.origin.reservation.isEmpty })
        #expect(part.amounts == Amounts(milliCPU: 1000, memory: 512 << 20))
    }

    /// A task has to name resources exactly as the offer showed them.
    @Test(arguments: ["refined", "multirole"]) func whatIsTakenIsGivenBackAsItCame(stream: String) throws {
        for offer in try offers(stream) {
            let there = SchedulerConversions.resources(offer.resources)
            #expect(offer.resources.contains(SchedulerConversions.mesos(there)))
            #expect(SchedulerConversions.resources(SchedulerConversions.mesos(there)) == there)
        }
    }

    @Test func namedScalarsAreCountedAndSetsAreNot() {
        var zones = Mesos_V1_Resource()
        (zones.name, zones.type, zones.set.item) = ("zones", .set, ["a", "b"])
        var revocable = Mesos_V1_Resource.scalar("cpus", 8)
        revocable.revocable = .init()
        let there = SchedulerConversions.resources(MesosResources([.scalar("cpus", 1), .scalar("gpus", 2), .scalar("fpga", 0.5), zones, revocable]))
        #expect(there.amounts == Amounts(milliCPU: 1000, named: ["gpus": 2000, "fpga": 500]))
        #expect(SchedulerConversions.mesos(there).scalar("gpus") == 2)
    }

    @Test(arguments: [("gpus", "nvidia.com/gpu"), ("fpga", "mesos.kmd.dev/fpga"), ("example.com/dongle", "example.com/dongle")])
    func scalarsHaveNamesThatKubernetesTakes(scalar: String, resource: String) {
        #expect(ScalarNames.kubernetes(scalar) == resource)
        #expect(ScalarNames.mesos(resource) == scalar)
    }

    @Test func kubernetesOwnResourcesAreNoScalars() {
        for name in ["cpu", "memory", "pods", "ephemeral-storage", "hugepages-2Mi"] { #expect(ScalarNames.mesos(name) == nil) }
    }

    @Test func regionAndZoneBecomeTheWellKnownLabels() {
        let agent = MesosAgent(id: "a", hostname: "h", domain: MesosDomain(region: "eu", zone: "eu-1"), isDeactivated: true)
        let description = SchedulerConversions.agent(agent)
        #expect(description.labels == ["topology.kubernetes.io/region": "eu", "topology.kubernetes.io/zone": "eu-1"])
        // Deactivated is not disconnected: its node is ready, and tainted.
        #expect(description.isActive)
    }

    @Test func aPlannedMaintenanceIsOnTheOffer() {
        var offer = MesosOffer(id: "o", agentID: "a", hostname: "h", resources: MesosResources([.scalar("cpus", 1)]))
        offer.unavailability = MesosUnavailability(start: Timestamp(secondsSinceEpoch: 100), duration: .seconds(60))
        #expect(SchedulerConversions.offer(offer).unavailability == Unavailability(start: Timestamp(secondsSinceEpoch: 100), duration: .seconds(60)))
    }
}
