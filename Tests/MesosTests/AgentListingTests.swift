import Core
import Mesos
import MesosProto
import SwiftProtobuf
import Testing

@Suite struct AgentListingTests {
    static func agent(_ id: String, cpus: Double = 4, _ change: (inout Mesos_V1_Master_Response.GetAgents.Agent) -> Void = { _ in })
        -> Mesos_V1_Master_Response.GetAgents.Agent
    {
        .with {
            $0.agentInfo.id.value = id
            $0.agentInfo.hostname = "host-\(id)"
            $0.active = true
            $0.version = "1.12.0"
            $0.pid = "slave(1)@10.0.0.1:5051"
            $0.totalResources = [.scalar("cpus", MesosScalar(cpus))]
            change(&$0)
        }
    }

    static func list(_ agents: [Mesos_V1_Master_Response.GetAgents.Agent]) throws -> [UInt8] {
        try Mesos_V1_Master_Response.with {
            $0.type = .getAgents
            $0.getAgents.agents = agents
        }.serializedBytes()
    }

    @Test func onlyWhatIsNewIsTold() throws {
        var listing = AgentListing()
        #expect(try listing.absorb(Self.list([Self.agent("b"), Self.agent("a")])).changed.map(\.id) == ["a", "b"])
        #expect(try listing.absorb(Self.list([Self.agent("a"), Self.agent("b")])).isEmpty)
        let changes = try listing.absorb(Self.list([Self.agent("a", cpus: 8), Self.agent("c")]))
        #expect(changes.changed.map(\.id) == ["a", "c"])
        #expect(changes.removed == ["b"])
        #expect(listing.agents["a"]?.resources.cpus == 8)
        #expect(Set(listing.agents.keys) == ["a", "c"])
    }

    @Test func whatIsInUseOrOfferedIsNoNews() throws {
        var listing = AgentListing()
        _ = try listing.absorb(Self.list([Self.agent("a")]))
        let busy = Self.agent("a") {
            $0.allocatedResources = [.scalar("cpus", 1)]
            $0.offeredResources = [.scalar("cpus", 3)]
        }
        #expect(try listing.absorb(Self.list([busy])).isEmpty)
    }

    @Test func anOperatorsDecisionsAreNews() throws {
        var listing = AgentListing()
        _ = try listing.absorb(Self.list([Self.agent("a")]))
        let drained = Self.agent("a") {
            $0.deactivated = true
            $0.drainInfo.state = .draining
            $0.drainInfo.config = .init()
        }
        let changed = try listing.absorb(Self.list([drained])).changed
        #expect(changed.map(\.drain) == [.draining])
        #expect(changed.map(\.isActive) == [false])
        #expect(changed.map(\.isConnected) == [true])
    }

    @Test func aListThatCannotBeReadChangesNothing() throws {
        var listing = AgentListing()
        let whole = try Self.list([Self.agent("a"), Self.agent("b")])
        _ = try listing.absorb(whole)
        #expect(throws: MesosCallError.self) { try listing.absorb(Array(whole.dropLast(3))) }
        #expect(throws: MesosCallError.self) { try listing.absorb([0x52, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) }
        #expect(listing.agents.count == 2)
    }

    /// The bytes' comparison must not be wiser, or less wise, than decoding everything.
    @Test func itAgreesWithDecodingEverything() throws {
        var random = SplitMix(seed: 7)
        var listing = AgentListing()
        var model: [AgentID: MesosAgent] = [:]
        for _ in 0..<200 {
            let agents = (0..<8).filter { _ in random.next() % 4 != 0 }.map { number in
                Self.agent("a\(number)", cpus: Double(random.next() % 2 + 1)) {
                    if random.next() % 5 == 0 { $0.deactivated = true }
                    if random.next() % 2 == 0 { $0.allocatedResources = [.scalar("cpus", MesosScalar(thousandths: Int64(random.next() % 1000)))] }
                }
            }
            let bytes = try Self.list(agents)
            let changes = try listing.absorb(bytes)
            var whole = AgentListing()
            let now = Dictionary(uniqueKeysWithValues: try whole.absorb(bytes).changed.map { ($0.id, $0) })
            #expect(Set(changes.changed.map(\.id)) == Set(now.filter { model[$0.key] != $0.value }.keys))
            #expect(Set(changes.removed) == Set(model.keys).subtracting(now.keys))
            model = now
            #expect(listing.agents == model)
        }
    }
}

/// Numbers that follow from a seed.
struct SplitMix {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
