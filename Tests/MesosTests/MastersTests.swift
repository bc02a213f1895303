import Core
import Mesos
import Testing

@Suite struct MastersTests {
    @Test func aListIsTriedInTurn() async {
        let (a, b) = (MesosEndpoint(host: "a", port: 1), MesosEndpoint(host: "b", port: 2))
        let masters = StaticMasters([a, b])
        #expect(await masters.master(after: nil)?.endpoint == a)
        #expect(await masters.master(after: a)?.endpoint == b)
        // Somebody else saw the first one fail, too: that is no news.
        #expect(await masters.master(after: a)?.endpoint == b)
        #expect(await masters.master(after: b)?.endpoint == a)
    }

    // As the recorded masters wrote it.
    static let first = Array(
        #"{"address":{"hostname":"localhost","ip":"127.0.0.1","port":5050},"capabilities":[{"type":"AGENT_UPDATE"},{"type":"AGENT_DRAINING"},{"type":"QUOTA_V2"}],"hostname":"localhost","id":"6c3c3225-44ec-42e9-86ec-25ed85849a87","ip":16777343,"pid":"master@127.0.0.1:5050","port":5050,"version":"1.12.0"}"#
            .utf8)

    @Test func theLowestNumberLeads() {
        #expect(MasterContenders.leader(among: ["json.info_0000000003", "json.info_0000000002", "log_replicas"]) == "json.info_0000000002")
        // Numbers, not texts: the counter of a folder outlives ten digits' zeros.
        #expect(MasterContenders.leader(among: ["json.info_0000000010", "json.info_9"]) == "json.info_9")
        #expect(MasterContenders.leader(among: ["log_replicas", "info_0000000001", "json.info_", "json.info_x"]) == nil)
    }

    @Test func theAddressCountsAndNotTheNumberOfALittleEndianMachine() throws {
        #expect(try MasterContenders.endpoint(in: Self.first) == MesosEndpoint(host: "127.0.0.1", port: 5050))
        #expect(try MasterContenders.endpoint(in: Self.first, secure: true) == MesosEndpoint(host: "localhost", port: 5050, isSecure: true))
    }

    @Test func anOldMasterIsReadByItsPid() throws {
        let old = Array(#"{"hostname":"m1","id":"x","ip":16777343,"pid":"master@10.0.0.1:5051","port":5051}"#.utf8)
        #expect(try MasterContenders.endpoint(in: old) == MesosEndpoint(host: "10.0.0.1", port: 5051))
    }

    @Test(arguments: ["", "{}", "log-replica(1)@127.0.0.1:5050", #"{"address":{"port":5050}}"#, #"{"address":{"ip":"h","port":0}}"#])
    func whatIsNoMasterIsRefused(content: String) {
        #expect(throws: MasterContenders.Unreadable.self) { try MasterContenders.endpoint(in: Array(content.utf8)) }
    }

    @Test func aListMayNameTLSOnce() {
        #expect(MesosEndpoint.list("https://a:1,b")?.map(\.isSecure) == [true, true])
        #expect(MesosEndpoint.list("a:1,https://b")?.map(\.isSecure) == [false, true])
        #expect(MesosEndpoint("//10.0.0.1:5050/master/api/v1", defaultPort: 5050, secure: true)?.isSecure == true)
        #expect(MesosEndpoint.list("a:1,") == nil)
        #expect(MesosEndpoint.list("user:secret@a:1") == nil)
    }
}
