import JSON
import Testing

@testable import MesosLocal

@Suite struct MasterHTMLTests {
    static func state(name: String = "Kubernetes", web: String = "", active: Bool = true, tasks: [JSONValue] = []) -> JSONValue {
        [
            "pid": "master@127.0.0.1:5050", "version": "1.12.0",
            "frameworks": [
                [
                    "id": "f-1", "name": .string(name), "active": .bool(active), "user": "root", "hostname": "h", "webui_url": .string(web),
                    "used_resources": ["cpus": 0.25, "mem": 128.0], "tasks": .array(tasks), "unreachable_tasks": [], "completed_tasks": [],
                ]
            ],
            "slaves": [
                [
                    "id": "s-1", "hostname": "node-1", "active": true, "attributes": ["rack": "r1"],
                    "resources": ["cpus": 4.0, "mem": 8192.0, "ports": "[31000-32000]"], "used_resources": ["cpus": 1.255, "mem": 160.0],
                ]
            ],
        ]
    }

    static func task(_ name: String, _ number: Int = 0) -> JSONValue {
        ["id": .string("pod.\(number)"), "name": .string(name), "state": "TASK_RUNNING", "slave_id": "s-1", "resources": ["cpus": 0.01, "mem": 32.0]]
    }

    @Test func frameworksAgentsAndTasksAreListed() {
        let page = MasterHTML.page(Self.state(tasks: [Self.task("nginx.default.pod")]))
        #expect(page.contains("<a href=\"#tasks-f-1\">Kubernetes</a></td><td>active</td><td>1</td><td>0.25</td><td>128 MB</td>"))
        #expect(page.contains("<td>node-1</td><td>active</td><td>1.255 of 4</td><td>160 MB of 8192 MB</td><td>[31000-32000]</td><td>rack=r1</td>"))
        #expect(page.contains("<td>nginx.default.pod</td><td>TASK_RUNNING</td><td>node-1</td><td>0.01</td><td>32 MB</td>"))
    }

    @Test func aFrameworkWithoutSchedulerIsInactive() {
        #expect(MasterHTML.page(Self.state(active: false)).contains("<span class=\"off\">inactive</span>"))
    }

    @Test func anEmptyMasterSaysSo() {
        let page = MasterHTML.page([:])
        #expect(page.contains("No framework is registered."))
        #expect(page.contains("No agent is registered."))
    }

    /// Names come from whoever speaks to the master.
    @Test(arguments: ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)", "a&lt;b", "\u{0}<b>\u{1b}"])
    func whatOthersNameIsTextAndNothingElse(name: String) {
        var state = Self.state(name: name, tasks: [Self.task(name)])
        state["pid"] = .string(name)
        let plain = MasterHTML.page(Self.state(name: "x", tasks: [Self.task("x")]))
        let page = MasterHTML.page(state)
        for mark in ["<", ">", "\""] { #expect(count(mark, in: page) == count(mark, in: plain), "\(mark)") }
        #expect(!page.unicodeScalars.contains { $0.value < 9 || $0.value == 0x1b })
    }

    @Test(arguments: [("https://ui:1/a?b=\"c", true), ("http://ui", true), ("javascript:alert(1)", false), ("//evil", false), ("", false)])
    func onlyAddressesOfPagesBecomeLinks(address: String, isLink: Bool) {
        let page = MasterHTML.page(Self.state(web: address))
        #expect(page.contains(">web</a>") == isLink)
        #expect(!page.contains("href=\"javascript"))
    }

    @Test func manyTasksAreCountedNotShown() {
        let page = MasterHTML.page(Self.state(tasks: (0..<MasterHTML.taskLimit + 7).map { Self.task("t", $0) }))
        #expect(page.contains("<p>7 earlier ones are not shown.</p>"))
        #expect(!page.contains(">pod.6<"))
        #expect(page.contains(">pod.7<"))
    }

    private func count(_ mark: String, in text: String) -> Int { text.split(separator: mark, omittingEmptySubsequences: false).count }
}
