import ArgumentParser
import Core
import JSON
import KubeClient
import KubeObjects
import OfferBroker
import PodQueue
import Scheduling
import Testing

@testable import kmd

/// What a person reads of a pod, from the facts that a scheduler has.
@Suite struct ExplainTests {
    let start = ContinuousClock.now
    let noon = Timestamp(secondsSinceEpoch: 1_700_000_000)
    let key = PodKey(namespace: "default", name: "web")

    func report(leads: Bool = true, at seconds: Int64 = 0) -> PodReport {
        PodReport(
            key: key, observer: .init(leads: leads, identity: "host-a", term: leads ? Term(3) : nil, leader: leads ? "host-a" : "host-b"),
            now: start + .seconds(seconds), wallClock: noon)
    }

    func pod(node: String = "", conditions: JSONValue = []) -> Pod {
        Pod(json: [
            "metadata": ["name": "web", "namespace": "default", "uid": "u1"], "spec": node.isEmpty ? [:] : ["nodeName": .string(node)],
            "status": ["phase": "Pending", "conditions": conditions],
        ])
    }

    let refusal = Explanation([
        AgentVeto(agent: "a1", hostname: "agent-17", reasons: [.insufficient(.cpu, wanted: 1500, available: 1000)]),
        AgentVeto(agent: "a2", hostname: "agent-2", reasons: [.insufficient(.cpu, wanted: 1500, available: 250)]),
        AgentVeto(agent: "a3", hostname: "agent-3", reasons: [.taint(Taint(key: "dedicated", value: "gpu", effect: .noSchedule))]),
    ])

    /// A queue in which the pod was refused twice, and an offer came.
    func account() -> PodAccount? {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(PodDemand(key: key, uid: "u1", amounts: Amounts(milliCPU: 1500)), at: start))
        for second: Int64 in [30, 42] {
            _ = state.take(limit: 1)
            _ = state.handle(.tried("u1", .vetoed(refusal), at: start + .seconds(second), fraction: 0.5))
            guard second == 30 else { break }
            _ = state.handle(.offered(count: 2, at: start + .seconds(39)))
            _ = state.handle(.timePassed(to: start + .seconds(41)))
        }
        return state.account(of: key)
    }

    @Test func whoBacksOffReadsWhatIsShortWhoIsNearestAndWhatWouldHelp() {
        var report = report(at: 42)
        (report.pod, report.account, report.fitting) = (pod(), account(), .refused(refusal))
        report.offers = OfferReport(live: 2, claimed: 1, received: 9, used: 4, wasted: 2, lastArrival: start + .seconds(39), suppressed: [], gone: [])
        report.events = [
            ["type": "Warning", "reason": "FailedScheduling", "message": "0/3 agents fit: …", "count": 4, "lastTimestamp": .string(noon.advanced(by: .seconds(-7)).rfc3339)]
        ]
        #expect(
            ExplainText.render(report.json) == """
                Pod:         default/web
                Seen by:     leader host-a, term 3
                Phase:       Pending, not bound
                Waits for:   42s
                State:       backs off; next try in 1s
                Line:        0 ready pods before it, priority 0
                Attempts:    2
                Offers seen: 2; the last one 3s ago
                Offers now:  2 live, 1 claimed by plans
                In short:    0/3 agents fit: 2 insufficient cpu (nearest: agent-17 short by 0.5), 1 taint dedicated=gpu:NoSchedule; last offer 3 s ago. \
                It is tried again in 1s, or sooner when a suitable offer comes.

                Why not, by 3 agents:
                  AGENTS  REASON                          NEAREST                 WAITING MAY HELP
                  2       insufficient cpu                agent-17, short by 0.5  yes
                  1       taint dedicated=gpu:NoSchedule  -                       no

                Nearest agents:
                  HOST      WHAT IT LACKS
                  agent-17  insufficient cpu, short by 0.5
                  agent-2   insufficient cpu, short by 1.25
                  agent-3   taint dedicated=gpu:NoSchedule

                Attempts:
                  WHEN           TIMES  OUTCOME
                  12s to 0s ago  2      0/3 agents fit: 2 insufficient cpu (nearest: agent-17 short by 0.5), 1 taint dedicated=gpu:NoSchedule

                Events:
                  LAST SEEN  TYPE     REASON            MESSAGE
                  7s (x4)    Warning  FailedScheduling  0/3 agents fit: …

                What would help:
                  - ask for less cpu, free some, or add an agent
                  - remove the taint, or let the pod tolerate it
                  - kmd explain pod web -n default --retry: tries it now, its back-off forgotten

                """)
    }

    @Test func withoutAnOfferTheLastAttemptSaysWhy() {
        var report = report(at: 42)
        (report.pod, report.account) = (pod(), account())
        let nothing = OfferReport(live: 0, claimed: 0, received: 9, used: 4, wasted: 5, lastArrival: nil, suppressed: [], gone: [])
        // The planner has nothing to look at, and knows no agent that lacks anything.
        (report.offers, report.fitting) = (nothing, .refused(Explanation()))
        #expect(report.json["explains"] == "lastAttempt")
        #expect(ExplainText.render(report.json).contains("Why not, by 3 agents at the last attempt:"))
        // With one, its word counts.
        report.offers = OfferReport(live: 1, claimed: 0, received: 9, used: 4, wasted: 5, lastArrival: nil, suppressed: [], gone: [])
        #expect(report.json["explains"] == "offersNow")
        #expect(report.json.at("explanation", "agents") == 0)
    }

    @Test func aStandbySaysThatItIsOneAndShowsWhatTheAPIServerKnows() {
        var report = report(leads: false)
        report.pod = pod(conditions: [["type": "PodScheduled", "status": "False", "message": "0/3 agents fit: 3 insufficient cpu"]])
        report.gaps = ["events: 500: broken"]
        #expect(
            ExplainText.render(report.json) == """
                Pod:         default/web
                Seen by:     standby host-a; the leader is host-b; what follows is from the API server alone
                Phase:       Pending, not bound
                In short:    It waits for a node. This process is a standby and does not place pods; host-b does.
                Condition:   0/3 agents fit: 3 insufficient cpu

                What would help:
                  - ask the leader (host-b): it knows the offers and what they lack

                Not known:
                  - events: 500: broken

                """)
    }

    @Test func aLaunchThatIsNotBoundYetIsShownWithItsIntent() {
        var report = report(leads: false)
        report.pod = pod()
        report.intents = [LaunchIntent(task: "pod.1", term: Term(2), pod: key, uid: "u1", agent: "a1", hostname: "agent-17")]
        let text = ExplainText.render(report.json)
        #expect(text.contains("In short:    Mesos was asked to launch it on agent-17 as pod.1; it is not bound yet.\n"))
        #expect(text.contains("\nLaunch:\n  intent pod.1 for agent-17 (agent a1), term 2\n"))
    }

    @Test func aPodThatRunsWaitsForNothing() {
        var report = report()
        report.pod = pod(node: "agent-17")
        report.task = .init(id: "pod.1", agent: "a1", hostname: "agent-17", state: "TASK_RUNNING")
        let text = ExplainText.render(report.json)
        #expect(text.contains("Phase:       Pending, on agent-17\n"))
        #expect(text.contains("In short:    It waits for no node: it is bound to agent-17, and its task is TASK_RUNNING.\n"))
        #expect(text.hasSuffix("\nLaunch:\n  task pod.1 on agent-17 (agent a1): TASK_RUNNING\n"))
        #expect(!text.contains("What would help"))
    }

    @Test func aPodThatOthersPrecedeOrThatHasNoOfferIsToldSo() {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(PodDemand(key: PodKey(namespace: "default", name: "first"), uid: "u0"), at: start))
        _ = state.handle(.waiting(PodDemand(key: key, uid: "u1"), at: start))
        var report = report()
        (report.pod, report.account) = (pod(), state.account(of: key))
        #expect(report.summary == "It is ready to be placed; 1 pods come before it.")
        _ = state.take(limit: 1)
        report.account = state.account(of: key)
        #expect(report.summary == "It is ready to be placed and waits for an offer from Mesos.")
        _ = state.take(limit: 1)
        report.account = state.account(of: key)
        #expect(report.summary == "A plan is being made with it now.")
    }

    @Test func aGroupThatIsNotCompleteNamesItself() {
        var state = PodQueueState(startingAt: start)
        var demand = PodDemand(key: key, uid: "u1")
        demand.group = PodGroup(namespace: "default", name: "trio", minimum: 3)
        _ = state.handle(.waiting(demand, at: start))
        var report = report()
        report.account = state.account(of: key)
        #expect(report.summary == "It waits for other pods of its group trio.")
        #expect(ExplainText.render(report.json).contains("Group:       trio\n"))
        #expect(report.help == ["create the missing pods of the group, or lower its minimum"])
    }

    @Test(arguments: [(["pod", "web"], "web"), (["pod/web"], "web"), (["po", "web"], "web"), (["pods/web"], "web")])
    func thePodIsNamedAsKubectlNamesIt(words: [String], name: String) throws {
        let command = try ExplainCommand.parse(words + ["-n", "shop", "-o", "json"])
        #expect(try command.podName == name)
        #expect((command.namespace, command.output.rawValue, command.scheduler) == ("shop", "json", "127.0.0.1:10251"))
    }

    @Test(arguments: [["web"], ["node", "web"], ["pod"], ["pod", "a", "b"], ["pod/"], ["pod/a/b"]])
    func whatNamesNoPodIsRefused(words: [String]) {
        #expect(throws: (any Error).self) { try ExplainCommand.parse(words) }
    }

    @Test func aSchedulerThatDoesNotAnswerIsNamedWithTheRemedy() {
        let away = KubeClientError(kind: .unreachable, message: "connection refused")
        #expect(ExplainCommand.plain(away, asked: "h:1") == "no scheduler answers at h:1; name one with --scheduler=HOST:PORT (connection refused)")
        let missing = KubeClientError(kind: .refused, code: 404, message: "there is no pod default/web\n")
        #expect(ExplainCommand.plain(missing, asked: "h:1") == "there is no pod default/web")
    }
}
