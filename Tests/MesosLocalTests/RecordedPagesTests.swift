import Foundation
import JSON
import MesosProto
import Testing

@testable import MesosLocal

/// What a real master told operators (recording 07), and what ours tells: no member of ours has another name, place or type than there.
///
/// The real pages hold more. What of that kmd and people read is listed here, and must be there.
@Suite struct RecordedPagesTests {
    static func recorded() throws -> JSONValue {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/mesos/operator-pages.json")
        return try JSONValue(parsing: Array(try Data(contentsOf: file)))
    }

    /// A master with one agent, one framework and one task that runs: as when the pages were recorded.
    private static func master() -> MasterState {
        var scene = MasterStateTests.Scene()
        scene.launch("o1", on: "m-O0", refuse: 0)
        scene.update("o1", .taskRunning, uuid: 1)
        return scene.master
    }

    /// Our answer to a call of `/api/v1`, or a page.
    private static func ours(_ name: String) throws -> JSONValue {
        let master = master()
        switch name {
        case "/state": return MasterPages.state(master)
        case "/slaves": return MasterPages.slaves(master)
        case "/frameworks": return MasterPages.frameworks(master)
        case "/version": return MasterPages.versionPage
        default:
            let call: Mesos_V1_Master_Call = try Conversation.message(["type": .string(name)])
            let response = try #require(MasterPages.response(to: call.type, master))
            return try JSONValue(parsing: MesosFormat.json.encode(response))
        }
    }

    /// Each member's path with the type of what is there; all elements of an array count as one.
    private static func shape(_ value: JSONValue, at path: String = "") -> Set<String> {
        if let object = value.object { return zip(object.keys, object.values).reduce(into: []) { $0.formUnion(shape($1.1, at: "\(path).\($1.0)")) } }
        if let array = value.array { return array.reduce(into: ["\(path)[]"]) { $0.formUnion(shape($1, at: "\(path)[]")) } }
        let type = value.string != nil ? "text" : value.bool != nil ? "bool" : value.double != nil ? "number" : "null"
        return ["\(path): \(type)"]
    }

    /// What readers of the pages count on.
    private static let needed: [String: [String]] = [
        "GET_AGENTS": [".get_agents.agents[].agent_info.id.value: text", ".get_agents.agents[].active: bool", ".get_agents.agents[].total_resources[].scalar.value: number"],
        "GET_EXECUTORS": [".get_executors.executors[].executor_info.executor_id.value: text", ".get_executors.executors[].agent_id.value: text"],
        "GET_FRAMEWORKS": [".get_frameworks.frameworks[].framework_info.id.value: text", ".get_frameworks.frameworks[].connected: bool"],
        "GET_MASTER": [".get_master.master_info.id: text", ".get_master.master_info.port: number"],
        "GET_ROLES": [".get_roles.roles[].name: text"], "GET_TASKS": [".get_tasks.tasks[].task_id.value: text", ".get_tasks.tasks[].state: text"],
        "GET_VERSION": [".get_version.version_info.version: text"], "GET_HEALTH": [".get_health.healthy: bool"],
        "/state": [".leader: text", ".frameworks[].tasks[].state: text", ".completed_frameworks[]", ".activated_slaves: number"],
        "/slaves": [".slaves[].hostname: text", ".slaves[].resources.cpus: number"], "/frameworks": [".frameworks[].id: text", ".completed_frameworks[]"],
        "/version": [".version: text"],
    ]

    @Test func everyPageThatWasRecordedIsCompared() throws { #expect(try Set(Self.recorded().object?.keys.map { $0 } ?? []) == Set(Self.needed.keys)) }

    @Test(arguments: needed.keys.sorted()) func ourPageIsAPartOfTheRecordedOne(name: String) throws {
        let (recorded, ours) = (try Self.recorded()[name] ?? .null, try Self.ours(name))
        let (theirs, mine) = (Self.shape(recorded), Self.shape(ours))
        #expect(mine.subtracting(theirs).sorted() == [])
        #expect(Set(Self.needed[name] ?? []).subtracting(mine).sorted() == [])
    }
}
