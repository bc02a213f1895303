import ControllerKit
import Core
import JSON
import ServiceRouting
import Testing

@testable import Controllers

/// Nodes of these names with these ranges ("" for none), as a controller sees them.
private func view(_ nodes: [(name: String, range: String)]) -> ClusterView {
    Sample.view(
        nodes.map { name, range in
            var node = Sample.node(name)
            if !range.isEmpty { node.set(.string(range), at: "spec", "podCIDR") }
            return (.nodes, node)
        })
}

private func controller(_ cluster: String, _ prefix: Int) throws -> NodeAddressController {
    NodeAddressController(cluster: try #require(IPv4Range(cluster)), prefix: prefix)
}

/// What a plan gives to whom.
private func given(_ plan: Plan) -> [String: String] {
    var given: [String: String] = [:]
    for case .patch(.nodes, let name, let patch, _, _) in plan.steps { given[name.name] = patch.at("spec", "podCIDR")?.string }
    return given
}

private func reasons(_ plan: Plan) -> [String] { plan.steps.compactMap { if case .event(let note) = $0 { note.reason } else { nil } } }

@Suite struct NodeAddressTests {
    @Test func eachNodeGetsTheLowestPartThatNobodyHas() throws {
        let plan = try controller("10.244.0.0/16", 24)
            .reconcile(.allNodes, in: view([("a", "10.244.1.0/24"), ("b", ""), ("c", "")]), at: Sample.now, after: nil)
        #expect(given(plan) == ["b": "10.244.0.0/24", "c": "10.244.2.0/24"])
        guard case .patch(_, _, let patch, _, let subresource)? = plan.steps.first else { Issue.record("no patch"); return }
        #expect(patch.at("spec", "podCIDRs") == ["10.244.0.0/24"] && patch.at("metadata", "uid") == "uid-b" && subresource == nil)
    }

    @Test func rangesOfAnotherSizeAreKeptClearOf() throws {
        let plan = try controller("10.244.0.0/16", 24).reconcile(
            .allNodes, in: view([("a", "10.244.0.0/22"), ("b", "10.244.4.128/25"), ("c", "192.168.0.0/24"), ("d", "")]), at: Sample.now, after: nil)
        #expect(given(plan) == ["d": "10.244.5.0/24"])
        let whole = try controller("10.244.0.0/16", 24).reconcile(.allNodes, in: view([("a", "10.0.0.0/8"), ("b", "")]), at: Sample.now, after: nil)
        #expect(given(whole).isEmpty && reasons(whole) == ["CIDRNotAvailable"])
    }

    @Test func aNodeThatFindsNothingLeftIsToldSo() throws {
        let plan = try controller("10.244.0.0/23", 24)
            .reconcile(.allNodes, in: view([("a", "10.244.0.0/24"), ("b", ""), ("c", "")]), at: Sample.now, after: nil)
        #expect(given(plan) == ["b": "10.244.1.0/24"])
        #expect(reasons(plan) == ["CIDRNotAvailable"])
    }

    @Test func twoNodesWithOneRangeAreToldOf() throws {
        let plan = try controller("10.244.0.0/16", 24)
            .reconcile(.allNodes, in: view([("a", "10.244.0.0/24"), ("b", "10.244.0.0/24")]), at: Sample.now, after: nil)
        #expect(given(plan).isEmpty && reasons(plan) == ["CIDRAssignmentFailed"])
    }

    @Test func heartbeatsAreNoReasonToLook() throws {
        let watch = try #require(try controller("10.244.0.0/16", 24).watches.first)
        var ranged = Sample.node("a")
        ranged.set("10.244.0.0/24", at: "spec", "podCIDR")
        let view = ClusterView()
        #expect(watch.keys(Sample.node("a"), Sample.node("a", heartbeat: Sample.later(10)), view).isEmpty)
        #expect(watch.keys(Sample.node("a"), ranged, view) == [.allNodes])
        #expect(watch.keys(nil, Sample.node("a"), view) == [.allNodes] && watch.keys(ranged, nil, view) == [.allNodes])
    }

    /// Nodes come and go, in any order; whatever is written is seen before the next look.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func noPartIsEverHeldTwice(seed: UInt64) throws {
        var dice = Dice(seed)
        let controller = try controller("10.244.0.0/20", 24 + dice.roll(3))
        var held: [String: String] = [:]
        for number in 0..<60 {
            if dice.chance(30), let victim = held.keys.sorted().dropFirst(dice.roll(held.count)).first { held[victim] = nil }
            held["n\(number)"] = ""
            let plan = controller.reconcile(.allNodes, in: view(held.map { ($0.key, $0.value) }), at: Sample.now, after: nil)
            held.merge(given(plan)) { _, new in new }
            let ranges = held.values.filter { !$0.isEmpty }.compactMap { IPv4Range($0) }.sorted { $0.base < $1.base }
            for (one, next) in zip(ranges, ranges.dropFirst()) { #expect(!one.contains(next.base), "\(one) meets \(next), seed \(seed)") }
            if held.values.contains("") { #expect(ranges.count == 1 << (controller.prefix - 20), "somebody waits, and parts are left, seed \(seed)") }
        }
    }
}
