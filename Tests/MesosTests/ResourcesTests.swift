import Mesos
import MesosProto
import Testing

@Suite struct ResourcesTests {
    let offer = MesosResources.plain(cpus: 4, memory: 1024, disk: 100, ports: [31000...31010]).allocated(to: "*")

    @Test func scalarsAddUpEvenly() {
        var sum = MesosScalar(0)
        for _ in 0..<10 { sum = sum + MesosScalar(0.1) }
        #expect(sum == 1)
        #expect(MesosScalar(.nan) == 0)
        #expect(MesosScalar(1e300) > 0)
    }

    @Test func whatIsTakenIsGoneAndKeepsItsAllocation() throws {
        var rest = offer
        let part = rest.take(cpus: 0.5, memory: 128, ports: [31001])
        let taken = try #require(part)
        #expect(rest.cpus == 3.5)
        #expect(rest.ports == [31000...31000, 31002...31010])
        #expect(taken.ports == [31001...31001])
        #expect(taken.items.allSatisfy { $0.allocationInfo.role == "*" })
        #expect(rest + taken == offer || (rest + taken).contains(offer))
        #expect(offer.contains(taken))
    }

    @Test func takingTooMuchTakesNothing() {
        var rest = offer
        #expect(rest.take(cpus: 1, memory: 4096) == nil)
        #expect(rest.take(cpus: 1, ports: [80]) == nil)
        #expect(rest == offer)
    }

    @Test func reservedResourcesAreTakenFirst() throws {
        var reserved = Mesos_V1_Resource.scalar("cpus", 1)
        reserved.reservations = [.with { $0.type = .static; $0.role = "k8s" }]
        var both = MesosResources([.scalar("cpus", 2), reserved])
        #expect(both.cpus == 3)
        let part = both.take(cpus: 1.5)
        let taken = try #require(part)
        #expect(taken.items.map(\.scalar.value).sorted() == [0.5, 1])
        #expect(both.items.count == 1)
        #expect(both.items.first?.reservations.isEmpty == true)
    }

    @Test func disksOfTheirOwnAndRevocableResourcesAreNotCounted() {
        var volume = Mesos_V1_Resource.scalar("disk", 50)
        volume.disk.persistence.id = "v1"
        var revocable = Mesos_V1_Resource.scalar("cpus", 2)
        revocable.revocable = .init()
        let resources = MesosResources([.scalar("disk", 10), volume, .scalar("cpus", 1), revocable])
        #expect(resources.disk == 10)
        #expect(resources.cpus == 1)
    }

    @Test func rolesInTheOldFormOfTheDefaultRoleAreTheSame() {
        var old = Mesos_V1_Resource.scalar("cpus", 1)
        old.role = "*"
        #expect(MesosResources([old, .scalar("cpus", 1)]).items.count == 1)
    }
}
