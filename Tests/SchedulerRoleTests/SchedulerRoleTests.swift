import Core
import JSON
import KubeClient
import Testing

@testable import kmd

/// The scheduler between a real API server and the embedded Mesos, over real HTTP; only the executor is played.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SchedulerRoleTests {
    @Test func aPodGoesFromOfferOverIntentToARunningTask() async throws {
        try await WholeWay.run { way in
            try await way.withScheduler { role in
                try await way.create("nginx")
                try await way.withExecutor { executor in
                    try await eventually("the binding") { try await way.pod("nginx").at("spec", "nodeName") == "node-1" }
                    try await eventually("the intent's end") { try await way.intents().isEmpty }
                    try await eventually("the running task") {
                        await role.pages?.knownTasks().array?.first?["state"] == "TASK_RUNNING"
                    }
                    try await eventually("the Scheduled event") { try await way.events(reason: "Scheduled").count == 1 }
                    #expect(try await way.events(reason: "Scheduled").first?["message"] == "Successfully assigned default/nginx to node-1")
                    #expect(await executor.launched.count == 1)
                }
                let node = try await way.kube.get("/api/v1/nodes/node-1")
                #expect(node.at("metadata", "labels", "k8s.mesosphere.io/attribute-rack") == "r1")
                #expect(node.at("status", "capacity", "cpu") == "2")
                #expect(node.at("status", "allocatable", "cpu") == "1750m")
            }
        }
    }

    @Test func aPodThatIsTooLargeIsToldWhyAndManySmallOnesRun() async throws {
        try await WholeWay.run { way in
            try await way.withScheduler { _ in
                try await way.create("big", cpu: "4")
                try await eventually("the reason") {
                    let conditions = try await way.pod("big").at("status", "conditions")?.array ?? []
                    let scheduled = conditions.first { $0["type"] == "PodScheduled" }
                    return scheduled?["message"]?.string?.contains(" short by 2.25)") == true
                        && scheduled?["reason"] == "Unschedulable" && scheduled?["status"] == "False"
                }
                try await eventually("the event") { try await !way.events(reason: "FailedScheduling").isEmpty }
                for number in 0..<15 { try await way.create("small-\(number)") }
                try await way.withExecutor { executor in
                    try await eventually("all to run") { await executor.launched.count == 15 }
                    try await eventually("the intents' end") { try await way.intents().isEmpty }
                    #expect(Set(await executor.launched).count == 15)
                }
            }
        }
    }

    @Test func theSchedulersPagesSayWhyAPodWaitsAndCountWhatWasDone() async throws {
        try await WholeWay.run { way in
            try await way.withScheduler { role in
                try await way.create("big", cpu: "4")
                try await eventually("the scheduler's port") { role.port != nil }
                let pages = KubeClient(server: "127.0.0.1:\(role.port ?? 0)")
                let big = "/debug/scheduler/explain/default/big"
                try await eventually("the reason") {
                    (try? await pages.get(big))?.at("explanation", "reasons")?.array?.first?["text"] == "insufficient cpu"
                }
                let page = try await pages.get(big)
                #expect(page.at("observer", "role") == "leader")
                #expect(page.at("explanation", "nearest")?.array?.first?["host"] == "node-1")
                #expect((page.at("queue", "attempts")?.integer ?? 0) > 0)
                #expect(page.at("history")?.array?.last?["outcome"] == "vetoed")
                let retried = try await pages.call(.POST, "/debug/actions/retry", query: [("pod", "default/big")])
                #expect(retried == Array("OK\n".utf8))
                await #expect(throws: KubeClientError.self) { try await pages.call(.POST, "/debug/actions/retry", query: [("pod", "default/small")]) }
                await #expect(throws: KubeClientError.self) { try await pages.get("/debug/scheduler/explain/default/small") }
                let metrics = String(decoding: try await pages.call(.GET, "/metrics"), as: UTF8.self)
                #expect(metrics.contains("# TYPE mesos_offers_received counter\nmesos_offers_received{hostname=\"node-1\"} "))
                #expect(metrics.contains("kmd_pod_attempts{outcome=\"vetoed\"} "))
                #expect(metrics.contains("kmd_scheduler_leads 1\n"))
                #expect(metrics.contains("kmd_plan_seconds_bucket{le=\"1800\"} ") && !metrics.contains("kmd_plan_seconds_count 0\n"))
                await pages.shutdown()
            }
        }
    }

    @Test func aStandbyExplainsWhatTheAPIServerKnowsAndDoesNothing() async throws {
        try await WholeWay.run { way in
            try await way.withScheduler { leader in
                try await way.create("big", cpu: "4")
                try await eventually("the reason") {
                    (try await way.pod("big").at("status", "conditions")?.array ?? []).contains { $0["type"] == "PodScheduled" }
                }
                var options = way.options
                options.identity = "another"
                try await WholeWay(kube: way.kube, options: options, executorPage: way.executorPage).withScheduler { standby in
                    try await eventually("the standby's port") { standby.port != nil }
                    let pages = KubeClient(server: "127.0.0.1:\(standby.port ?? 0)")
                    let page = try await pages.get("/debug/scheduler/explain/default/big")
                    #expect(page.at("observer", "role") == "standby")
                    #expect(page.at("observer", "leader")?.string == way.options.identity)
                    #expect(page.at("status", "scheduled", "message")?.string?.contains("insufficient cpu") == true)
                    #expect(page["queue"] == nil)
                    for path in ["/debug/scheduler/podqueue", "/debug/scheduler/podstore", "/debug/registry/tasks", "/debug/actions/requestImplicit"] {
                        await #expect { try await pages.call(.GET, path) } throws: { ($0 as? KubeClientError)?.code == 503 }
                    }
                    await #expect { try await pages.call(.POST, "/debug/actions/retry", query: [("pod", "default/big")]) } throws: {
                        ($0 as? KubeClientError)?.code == 503
                    }
                    await pages.shutdown()
                }
                #expect(leader.pages != nil)
            }
        }
    }

    @Test func aRestartedSchedulerKeepsItsFrameworkAndItsTasks() async throws {
        try await WholeWay.run { way in
            var framework: JSONValue?
            try await way.withScheduler { _ in
                try await way.create("a")
                try await eventually("the intent") { try await way.intents().count == 1 }
                framework = try await way.kube.get("/api/v1/namespaces/kube-system/configmaps/kmd-framework").at("data", "frameworkID")
            }
            try await way.withScheduler { role in
                try await way.withExecutor { executor in
                    try await eventually("the task to run") { await role.pages?.knownTasks().array?.first?["state"] == "TASK_RUNNING" }
                    try await way.create("b")
                    try await eventually("the second pod") { try await way.pod("b").at("spec", "nodeName") == "node-1" }
                    #expect(await executor.launched.count == 2)
                    #expect(await executor.killed == [])
                }
            }
            #expect(try await way.kube.get("/api/v1/namespaces/kube-system/configmaps/kmd-framework").at("data", "frameworkID") == framework)
            let lease = try await way.kube.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kmd-scheduler")
            #expect(lease.at("spec", "leaseTransitions") == 2)
        }
    }
}
