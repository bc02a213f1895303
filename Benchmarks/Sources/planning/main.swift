import Core
import Glibc
import Scheduling

// What planning costs on one core: from an empty cluster to a full one, in plans of 512 pods as the binder makes them, and then with pods that come
// and go. CPU of this process; what Mesos and the API server do in between is not counted, bringing the picture up to date is counted apart.

func cpuTime() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}

struct Figures {
    var planning = 0.0
    var placed = 0
    var refused = 0
    var longest = 0.0

    func report(_ name: String) {
        let each = placed > 0 ? planning / Double(placed) * 1e6 : 0
        func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        func tenths(_ number: Double) -> String { "\(Int(number * 10) / 10).\(Int(number * 10) % 10)" }
        print(
            name + String(repeating: " ", count: max(1, 46 - name.count)) + pad("\(placed)", 8) + pad("\(refused)", 8) + pad(tenths(each), 10)
                + pad(placed > 0 ? "\(Int(Double(placed) / planning))" : "-", 12) + pad(tenths(longest * 1e3), 12))
    }
}

func run(_ cluster: inout Cluster, _ planner: inout Planner, _ pods: [PodDemand]) -> Figures {
    var figures = Figures()
    for start in stride(from: 0, to: pods.count, by: 512) {
        let batch = Array(pods[start..<min(start + 512, pods.count)])
        let snapshot = cluster.picture.snapshot()
        let before = cpuTime()
        let plan = planner.plan(batch, on: snapshot, at: ContinuousClock.now)
        let took = cpuTime() - before
        figures.planning += took
        figures.longest = max(figures.longest, took)
        figures.placed += plan.launches.reduce(0) { $0 + $1.placements.count }
        figures.refused += plan.refusals.count
        cluster.carryOut(plan)
    }
    return figures
}

print("what                                            placed refused   µs each  placed/s/core  longest plan ms")
for agents in [500, 1000, 2000, 5000] {
    for (name, wish) in [("plain", { _, _ in }), ("mixed", mixed)] as [(String, (Int, inout PodShape.Wishes) -> Void)] {
        var cluster = Cluster(agents: agents)
        var planner = Planner(fit: Fit(executorShare: Amounts(milliCPU: 250, memory: 128 << 20)))
        run(&cluster, &planner, cluster.pods(10 * agents, wish)).report("\(agents) agents, \(name), from empty")
        cluster.end(5 * 512)
        run(&cluster, &planner, cluster.pods(5 * 512, wish)).report("\(agents) agents, \(name), churn")
        // What fits nowhere is asked about again and again while others come and go.
        let large = cluster.pods(100, cpu: 100_000)
        var vain = Figures()
        for _ in 0..<20 {
            cluster.end(25)
            let few = run(&cluster, &planner, cluster.pods(25, wish) + large)
            vain.planning += few.planning
            vain.placed += few.placed + few.refused
            vain.longest = max(vain.longest, few.longest)
        }
        vain.report("\(agents) agents, \(name), 4 of 5 fit nowhere")
    }
}
