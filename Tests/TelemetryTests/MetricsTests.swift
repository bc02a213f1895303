import Telemetry
import Testing

@Suite struct MetricsTests {
    @Test func everyNameHasItsHelpItsTypeAndItsSamples() {
        let registry = MetricsRegistry()
        let pods = registry.counter("pods_launched", help: "Pods that were launched.")
        registry.gauge("pods_waiting", help: "Pods that wait.").set(2.5)
        pods.add()
        pods.add(2)
        #expect(
            registry.text == """
                # HELP pods_launched Pods that were launched.
                # TYPE pods_launched counter
                pods_launched 3
                # HELP pods_waiting Pods that wait.
                # TYPE pods_waiting gauge
                pods_waiting 2.5

                """)
    }

    @Test func labelsAreEscapedAndSeriesComeInOrder() {
        let registry = MetricsRegistry()
        let declined = registry.counters("declined", help: "By \"reason\",\na \\ too.", labels: ["host", "reason"])
        declined.with("b", "expired").add()
        declined.with("a", "said \"no\"\n\\").add(4)
        declined.with("b", "expired").add()
        #expect(
            registry.text == #"""
                # HELP declined By "reason",\na \\ too.
                # TYPE declined counter
                declined{host="a",reason="said \"no\"\n\\"} 4
                declined{host="b",reason="expired"} 2

                """#)
    }

    @Test func theBucketsOfAHistogramAddUp() {
        let registry = MetricsRegistry()
        let wait = registry.histograms("wait_seconds", help: "Wait.", labels: ["kind"], bounds: [0.125, 1, 10]).with("x")
        for seconds in [0.125, 0.0625, 0.5, 1, 7, 100] { wait.observe(seconds) }
        wait.observe(.milliseconds(250))
        #expect(
            registry.text == """
                # HELP wait_seconds Wait.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{kind="x",le="0.125"} 2
                wait_seconds_bucket{kind="x",le="1"} 5
                wait_seconds_bucket{kind="x",le="10"} 6
                wait_seconds_bucket{kind="x",le="+Inf"} 7
                wait_seconds_sum{kind="x"} 108.9375
                wait_seconds_count{kind="x"} 7

                """)
    }

    @Test func aSummaryHasASumAndACount() {
        let registry = MetricsRegistry()
        let latency = registry.summary("latency_microseconds", help: "Latency.")
        latency.observe(1500)
        latency.observe(500)
        #expect(registry.text.hasSuffix("# TYPE latency_microseconds summary\nlatency_microseconds_sum 2000\nlatency_microseconds_count 2\n"))
    }

    @Test func aFloodOfLabelsIsCountedTogether() {
        let registry = MetricsRegistry(seriesLimit: 2)
        let hosts = registry.counters("hosts", help: "Hosts.", labels: ["host"])
        for host in ["a", "b", "c", "d", "a"] { hosts.with(host).add() }
        #expect(registry.text.hasSuffix("hosts{host=\"a\"} 2\nhosts{host=\"b\"} 1\nhosts{host=\"other\"} 2\n"))
    }

    @Test func countsOfManyTasksAreNotLost() async {
        let registry = MetricsRegistry()
        let (count, wait) = (registry.counter("n", help: "N."), registry.histogram("w", help: "W.", bounds: [1]))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        count.add()
                        wait.observe(0.5)
                    }
                }
            }
        }
        #expect(count.value == 8000)
        #expect(wait.value.counts == [8000, 0])
    }
}
