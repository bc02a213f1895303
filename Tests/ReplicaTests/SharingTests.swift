import EtcdKit
import JSON
import KubeClient
import Testing

/// What several API servers must not both give away, and what only one leader may do.
@Suite(.enabled(if: EtcdCluster.isPossible), .serialized) struct ReplicaSharingTests {
    static func service(_ name: String) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": .string(name)],
            "spec": ["type": "NodePort", "ports": [["port": 80, "targetPort": 80]]],
        ]
    }

    /// A range of 14 addresses is filled to the last by three servers at once; none is given twice, and what one gives back another gives out.
    @Test func addressesAndPortsAreGivenOnceUntilNoneIsLeft() async throws {
        try await withReplicas(3, serviceRange: "10.10.10.0/28") { replicas in
            let made = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        do { return try await replicas.clients[number % 3].create(Replicas.services, Self.service("s\(number)")) } catch let error
                            as KubeClientError where error.code >= 500
                        { return nil }
                    }
                }
                return try await group.reduce(into: [JSONValue]()) { if let service = $1 { $0.append(service) } }
            }
            let addresses = made.compactMap { $0.at("spec", "clusterIP")?.string }
            let ports = made.compactMap { $0.at("spec", "ports")?.array?.first?["nodePort"]?.integer }
            #expect(Set(addresses).count == made.count && Set(ports).count == made.count)
            #expect(made.count == 14, "\(made.count) of 14 addresses were given out")
            let freed = try #require(made.first?.name)
            try await replicas.clients[0].delete("\(Replicas.services)/\(freed)")
            #expect(try await replicas.clients[2].create(Replicas.services, Self.service("late")).at("spec", "clusterIP")?.string == addresses.first)
        }
    }

    @Test func aLowerTermIsRefusedThroughAnyServerAndBothTermsAreNamed() async throws {
        try await withReplicas { replicas in
            let old = replicas.clients[0].leading("kmd-scheduler", term: 6)
            let new = replicas.clients[1].leading("kmd-scheduler", term: 7)
            try await old.create(Replicas.maps, Replicas.map("a", "6"))
            try await new.raiseFence(lease: "kmd-scheduler", term: 7)
            let path = "\(Replicas.maps)/a"
            func refused(_ write: () async throws -> Void) async {
                await #expect { try await write() } throws: { error in
                    let error = error as? KubeClientError
                    return error?.isFenced == true && error?.isConflict == false && error?.higherTerm == 7 && error?.message.contains("term 6") == true
                }
            }
            await refused { try await old.create(Replicas.maps, Replicas.map("b")) }
            await refused { try await old.patch(path, ["data": ["value": "x"]]) }
            // Also where nothing would be written.
            await refused { try await old.patch(path, ["data": ["value": "6"]]) }
            await refused { try await old.delete(path) }
            await refused { try await old.delete(Replicas.maps) }
            await refused { try await old.create(Replicas.intents, ["kind": "LaunchIntentList", "apiVersion": "kmd.dev/v1", "items": [Self.intent("t1")]]) }
            #expect(try await old.get(path).at("data", "value")?.string == "6")
            // Others are other elections, or none.
            try await replicas.clients[0].leading("kmd-controller-manager", term: 1).patch(path, ["data": ["value": "cm"]])
            try await replicas.clients[0].patch(path, ["data": ["value": "user"]])
            try await new.patch(path, ["data": ["value": "7"]])
            await #expect { try await replicas.clients[0].leading("Bad Name", term: 1).delete(path) } throws: { ($0 as? KubeClientError)?.code == 400 }
        }
    }

    static func intent(_ name: String) -> JSONValue {
        [
            "apiVersion": "kmd.dev/v1", "kind": "LaunchIntent", "metadata": ["name": .string(name)],
            "spec": ["term": 1, "podNamespace": "default", "podName": .string(name), "podUID": .string("uid-\(name)"), "agentID": "a", "agentHostname": "h"],
        ]
    }

    /// More than one transaction of etcd takes: all of them, or an error and none.
    @Test func aPlanOfMoreIntentsThanATransactionTakesIsWholeOrNotThere() async throws {
        try await withReplicas { replicas in
            let leader = replicas.clients[0].leading("kmd-scheduler", term: 1)
            func list(_ names: [String]) -> JSONValue {
                ["apiVersion": "kmd.dev/v1", "kind": "LaunchIntentList", "metadata": [:], "items": .array(names.map(Self.intent))]
            }
            let first = (0..<300).map { "first-\($0)" }
            let answer = try await leader.create(Replicas.intents, list(first))
            #expect(answer["items"]?.array?.map(\.name) == first)
            let stored = try await replicas.clients[1].list(Replicas.intents).items
            #expect(Set(stored.map(\.name)) == Set(first))
            #expect(Dictionary(uniqueKeysWithValues: stored.map { ($0.name, $0.revision) })["first-299"] == answer["items"]?.array?.last?.revision)
            // The last of the second plan is there already.
            await #expect { try await leader.create(Replicas.intents, list((0..<290).map { "second-\($0)" } + ["first-1"])) } throws: {
                ($0 as? KubeClientError)?.isAlreadyExists == true
            }
            #expect(try await replicas.clients[1].list(Replicas.intents).items.count == 300)
        }
    }
}
