import Core
@testable import Scheduling
import Testing

private let fit = Fit(executorShare: .zero)

private func constrained(_ count: Int, _ words: [String]..., owner: String? = "app") throws -> [PodDemand] {
    let constraints = try words.map { try Constraint(words: $0) }
    return (1...count).map { pod("p\($0)", owner: owner) { $0.constraints = constraints } }
}

@Suite struct ConstraintTests {
    let racks = [
        agent("n1", labels: ["k8s.mesosphere.io/attribute-rack": "r1"]), agent("n2", labels: ["k8s.mesosphere.io/attribute-rack": "r1"]),
        agent("n3", labels: ["k8s.mesosphere.io/attribute-rack": "r2"]), agent("n4", labels: ["topology.kubernetes.io/zone": "z"]),
    ]

    @Test func uniqueLetsNoTwoPodsShareAValue() throws {
        #expect(Set(fit.plan(try constrained(5, ["hostname", "UNIQUE"]), on: racks).nodes.values).count == 4)
        let plan = fit.plan(try constrained(3, ["rack", "UNIQUE"]), on: racks)
        #expect(plan.nodes.count == 2)
        #expect(plan.refusals.first?.explanation.reasons.first?.text == "constraint [\"rack\",\"UNIQUE\"]")
        #expect(plan.refusals.first?.explanation.reasons.first?.agents == 4)
    }

    @Test func anotherControllersPodsDoNotCount() throws {
        let plan = fit.plan(try constrained(1, ["hostname", "UNIQUE"]) + [pod("q", owner: "other")], on: [racks[0]])
        #expect(plan.nodes.count == 2)
        #expect(fit.plan(try constrained(3, ["hostname", "UNIQUE"], owner: nil), on: [racks[0]]).nodes.count == 3)
    }

    @Test func clusterKeepsPodsTogether() throws {
        #expect(Set(fit.plan(try constrained(3, ["rack", "CLUSTER", "r2"]), on: racks).nodes.values) == ["n3"])
        let nodes = Set(fit.plan(try constrained(4, ["rack", "CLUSTER"]), on: racks).nodes.values)
        #expect(nodes == ["n1", "n2"] || nodes == ["n3"])
    }

    @Test func groupByFillsTheEmptiestValueFirst() throws {
        let nodes = fit.plan(try constrained(4, ["rack", "GROUP_BY"]), on: racks).nodes.values
        #expect(nodes.filter { $0 == "n3" }.count == 2)
        #expect(nodes.count == 4)
        // Three racks are wanted, two are known: none gets a second pod.
        #expect(fit.plan(try constrained(4, ["rack", "GROUP_BY", "3"]), on: racks).nodes.count == 2)
    }

    @Test func maxPerIsABound() throws {
        #expect(fit.plan(try constrained(9, ["hostname", "MAX_PER", "2"]), on: [racks[0], racks[2]]).nodes.count == 4)
    }

    @Test func likeUnlikeAndIsLookAtTheNodeAlone() throws {
        #expect(Set(fit.plan(try constrained(2, ["hostname", "LIKE", "n[12]"]), on: racks).nodes.values).isSubset(of: ["n1", "n2"]))
        #expect(fit.plan(try constrained(1, ["rack", "IS", "r2"]), on: racks).nodes == ["p1": "n3"])
        #expect(fit.plan(try constrained(1, ["@zone", "LIKE", "z|y"]), on: racks).nodes == ["p1": "n4"])
        // What has no rack is unlike any rack, and like none.
        #expect(fit.plan(try constrained(1, ["rack", "UNLIKE", "r."]), on: racks).nodes == ["p1": "n4"])
        #expect(fit.plan(try constrained(1, ["rack", "LIKE", ".*"]), on: [racks[3]]).nodes == [:])
    }

    @Test(arguments: [
        (["rack"], "is no constraint"), (["rack", "NEAR"], "is no constraint"), (["rack", "LIKE"], "is no constraint"),
        (["rack", "MAX_PER", "none"], "is not a whole number above 0"), (["rack", "GROUP_BY", "0"], "is not a whole number above 0"),
        (["rack", "LIKE", "(r1"], "is no pattern"),
    ])
    func whatCannotBeReadIsNamed(words: [String], complaint: String) {
        let error = #expect(throws: Constraint.Fault.self) { try Constraint(words: words) }
        #expect(error?.description.contains(complaint) == true)
    }
}

@Suite struct PatternTests {
    @Test(arguments: [
        ("abc", ["abc"], ["ab", "abcd", ""]), ("a.c", ["abc", "a.c"], ["ac"]), ("a*", ["", "aaa"], ["ab"]), ("a+b?", ["a", "aab"], ["b", "abb"]),
        ("rack-[1-3]", ["rack-2"], ["rack-4", "rack-"]), ("[^a-c]+", ["xyz"], ["xa", ""]), ("(eu|us)-\\d+", ["eu-1", "us-42"], ["eu-", "ap-1"]),
        ("a{2}", ["aa"], ["a", "aaa"]), ("a{1,3}", ["a", "aaa"], ["", "aaaa"]), ("a{2,}", ["aa", "aaaaa"], ["a"]), ("^x$", ["x"], ["^x$"]),
        ("\\w+\\.example\\.com", ["a1.example.com"], ["a1xexample.com"]), ("(?:ab)*", ["", "abab"], ["aba"]), ("[]-]", ["]", "-"], ["a"]),
        ("a|", ["a", ""], ["b"]), ("[\\d_]+", ["1_2"], ["a"]),
    ])
    func matchesWholeTexts(text: String, matching: [String], others: [String]) throws {
        let pattern = try Pattern(text)
        #expect(matching.filter { !pattern.matches($0) } == [])
        #expect(others.filter { pattern.matches($0) } == [])
    }

    @Test func aPatternThatWouldTakeForEverElsewhereDoesNotHere() throws {
        #expect(try Pattern("(a+)+b").matches(String(repeating: "a", count: 2000)) == false)
        #expect(try Pattern("(a|a)*c").matches(String(repeating: "a", count: 2000)) == false)
    }

    @Test(arguments: [
        ("(", Pattern.Fault.unbalanced), ("a)", .unbalanced), ("[a", .unbalanced), ("*", .nothingToRepeat), ("a{x}", .badRange), ("[z-a]", .badRange),
        ("((a{200}){200}){200}", .tooLong), (String(repeating: "a", count: 257), .tooLong),
    ])
    func saysWhatIsWrong(text: String, fault: Pattern.Fault) {
        #expect(throws: fault) { try Pattern(text) }
    }
}
