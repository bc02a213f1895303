import JSON
import KubeAPI
import Logging
import Store
import StoreContract
import Testing

@testable import APIServer

/// Several servers on one store, none of which hears of the others' changes: whatever they do in whatever order, each number has at most
/// one service, each service's numbers are its own, and nothing is given out that no service has.
@Suite(.timeLimit(.minutes(2))) struct AllocatorPropertyTests {
    struct Ids: IDGenerator {
        let seed: UInt64
        func uuid() -> String { "" }
        func nameSuffix() -> String { "" }
        func int64(in range: ClosedRange<Int64>) -> Int64 {
            var generator = Seeded(state: seed &+ UInt64(bitPattern: range.upperBound))
            return Int64.random(in: range, using: &generator)
        }
    }

    private static func allocator(_ store: any Store, _ seed: UInt64) throws -> ServiceAllocator {
        ServiceAllocator(
            range: try ServiceAddressRange(parsing: "10.0.0.0/28"), ports: try NodePortRange(parsing: "30000-30007"), store: store,
            ids: Ids(seed: seed), logger: Logger(label: "test"))
    }

    private static func key(_ name: String) -> String { ResourceKind.services.storeKey(namespace: "default", name: name) }

    private static func operation(_ name: String, _ object: JSONValue?) -> Operation {
        guard let object else { return .delete(KeyRange(key: key(name))) }
        return .put(key: key(name), value: ObjectBytes.encode(object))
    }

    /// One change of one service, as the API server makes it: read, prepare, plan, commit.
    private static func change(
        _ name: String, _ uid: String, _ spec: JSONValue?, _ allocator: ServiceAllocator, _ store: any Store, loses: Bool
    ) async throws {
        let current = try await store.read(KeyRange(key: key(name)), at: nil, limit: 1).items.first
        let old = try current.map { try ObjectBytes.tree(stored: $0.value, revision: $0.modRevision) }
        guard old != nil || spec != nil else { return }
        var new: JSONValue?
        if let spec {
            let body: JSONValue = ["metadata": ["name": .string(name)], "spec": spec]
            let context = RequestContext(namespace: "default", name: old == nil ? "" : name, now: .init(secondsSinceEpoch: 0), uid: uid)
            if let old {
                switch try ResourceKind.services.prepareUpdate(old: old, new: body, context) {
                case .write(let object): new = object
                default: return
                }
            } else {
                new = try ResourceKind.services.prepareCreate(body, context)
            }
        }
        let plan = try await allocator.plan(old: old, new: new)
        let state: Compare = current.map { .unchanged(key(name), since: $0.modRevision) } ?? .absent(key(name))
        let step = operation(name, plan.object)
        if loses { return allocator.settle(plan) }
        let result = try await store.commit(
            Transaction(if: [state] + plan.conditions, then: [step] + plan.operations, else: plan.probes))
        allocator.settle(plan, result)
    }

    private static func check(_ store: any Store) async throws {
        var holders: [Grant: String] = [:]
        for item in try await store.read(KeyRange(prefix: ResourceKind.services.storePrefix), at: nil, limit: 0).items {
            let service = try ObjectBytes.tree(stored: item.value, revision: item.modRevision)
            let owner = GrantOwner(service)
            for grant in ServiceHoldings.grants(of: service) {
                #expect(holders[grant] == nil, "\(grant.key) is given twice")
                holders[grant] = owner.uid
            }
            let shape = ServiceShape(spec: service["spec"] ?? .null)
            #expect(!shape.needsClusterIP || !shape.clusterIPs.isEmpty)
            for port in service.at("spec", "ports")?.array ?? [] {
                #expect((port["nodePort"] != nil) == shape.allocatesNodePorts, "\(service.text)")
            }
        }
        var granted: [Grant: String] = [:]
        for item in try await store.read(KeyRange(prefix: "/registry/ranges/"), at: nil, limit: 0).items {
            granted[try #require(Grant(key: item.key))] = GrantOwner(stored: item.value)?.uid
        }
        #expect(granted == holders)
    }

    private static let specs: [JSONValue?] = [
        nil, nil, ["ports": [["port": 80]]], ["type": "NodePort", "ports": [["port": 80]]],
        ["type": "NodePort", "ports": [["port": 53, "name": "t"], ["port": 53, "name": "u", "protocol": "UDP"]]],
        ["type": "NodePort", "ports": [["port": 80, "nodePort": 30003]]],
        ["type": "LoadBalancer", "ports": [["port": 80], ["port": 443, "name": "s"]]],
        ["clusterIP": "None", "ports": [["port": 80]]], ["clusterIP": "10.0.0.5", "ports": [["port": 80]]],
        ["type": "ExternalName", "externalName": "a.example"], ["clusterIP": "10.9.9.9", "ports": [["port": 80]]],
    ]

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func noNumberIsGivenTwiceOrLostWhateverTheOrder(_ seed: UInt64) async throws {
        let store = MemoryStore()
        var servers = [try Self.allocator(store, seed), try Self.allocator(store, seed &* 31)]
        var generator = Seeded(state: seed)
        for turn in 0..<60 {
            // A few changes at once, by servers that know nothing of each other.
            let batch = (0..<4).map { _ in
                (
                    "s\(Int.random(in: 0..<12, using: &generator))", Self.specs[Int.random(in: 0..<Self.specs.count, using: &generator)],
                    Int.random(in: 0..<servers.count, using: &generator), Int.random(in: 0..<8, using: &generator) == 0
                )
            }
            let present = servers
            await withTaskGroup(of: Void.self) { group in
                for (index, (name, spec, server, loses)) in batch.enumerated() {
                    group.addTask {
                        // A refusal (full, taken, not valid) is an answer like any other; what counts is what the store holds after it.
                        try? await Self.change(name, "u\(turn)-\(index)", spec, present[server], store, loses: loses)
                    }
                }
            }
            if turn % 20 == 19 {
                // A restart: all that was remembered is gone.
                servers[turn % 2] = try Self.allocator(store, seed &+ UInt64(turn))
                try await servers[turn % 2].refresh()
            }
            try await Self.check(store)
        }
    }

    @Test func theLastNumberIsFoundAndThenThereIsNone() async throws {
        let store = MemoryStore()
        let (one, other) = (try Self.allocator(store, 1), try Self.allocator(store, 2))
        for index in 0..<14 {
            try await Self.change("s\(index)", "u\(index)", ["ports": [["port": 80]]], index % 2 == 0 ? one : other, store, loses: false)
        }
        try await Self.check(store)
        let count = try await store.read(KeyRange(prefix: Grant.addressPrefix), at: nil, limit: 0).items.count
        // A server that knew nothing of the other's choices may have lost a race, and no more than that.
        #expect(count >= 7)
        var refusal: APIStatus?
        for index in 14..<40 where refusal == nil {
            do {
                try await Self.change("s\(index)", "u\(index)", ["ports": [["port": 80]]], one, store, loses: false)
            } catch { refusal = error as? APIStatus }
        }
        #expect(refusal?.code == 500)
        #expect(refusal?.message == "Internal error occurred: failed to allocate a serviceIP: range is full")
        #expect(try await store.read(KeyRange(prefix: Grant.addressPrefix), at: nil, limit: 0).items.count == 14)
        try await Self.change("s0", "", nil, other, store, loses: false)
        try await Self.change("last", "u", ["ports": [["port": 80]]], one, store, loses: false)
        try await Self.check(store)
        #expect(try await store.read(KeyRange(prefix: Grant.addressPrefix), at: nil, limit: 0).items.count == 14)
    }
}
