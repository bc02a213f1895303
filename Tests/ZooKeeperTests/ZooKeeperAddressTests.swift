import Testing
import ZooKeeper

@Suite struct ZooKeeperAddressTests {
    @Test func anAddressIsServersAndAPath() throws {
        let address = try ZooKeeperAddress("zk://h1:2181,h2:2182,[fe80::1]:99/mesos/a/")
        #expect(address.servers.map(\.description) == ["h1:2181", "h2:2182", "[fe80::1]:99"])
        #expect(address.path == "/mesos/a")
        #expect(address.connectString == "h1:2181,h2:2182,[fe80::1]:99")
    }

    @Test func thePortIs2181AndThePathIsTheRootWhereNoneIsWritten() throws {
        let address = try ZooKeeperAddress("zk://h1,10.0.0.1")
        #expect(address.servers.map(\.port) == [2181, 2181])
        #expect(address.path == "/")
        #expect(address.description == "zk://h1:2181,10.0.0.1:2181")
    }

    @Test func credentialsAreTakenAndNeverShown() throws {
        let address = try ZooKeeperAddress("zk://user:p@ss:word@h1/mesos")
        #expect(address.digest == "user:p@ss:word")
        #expect(address.description == "zk://…@h1:2181/mesos")
        let refused = #expect(throws: ZooKeeperAddress.Malformed.self) { try ZooKeeperAddress("zk://user:secret@h1:x/mesos") }
        #expect(refused?.description.contains("secret") == false)
    }

    @Test(arguments: [
        "zk://", "zk:///mesos", "zk://h1:0", "zk://h1:65536", "zk://h1:port", "zk://h1,,h2", "zk://h1//a", "zk://h1/a/../b", "zk://user@h1", "zk://h 1",
        "zk://fe80::1", "zk://[fe80::1", "zk://:2181",
    ])
    func whatIsNoAddressIsRefusedWithTheFormThatIsOne(text: String) {
        let error = #expect(throws: ZooKeeperAddress.Malformed.self) { try ZooKeeperAddress(text) }
        #expect(error?.description.contains("write zk://host:2181,host:2181/path") == true)
    }

    @Test func aSequentialNodesNumberIsReadFromItsName() {
        #expect(ZooKeeperPath.sequence(of: "json.info_0000000042") == 42)
        #expect(ZooKeeperPath.sequence(of: "n-2147483647") == 2_147_483_647)
        #expect(ZooKeeperPath.sequence(of: "n--000000005") == nil)
        #expect(ZooKeeperPath.sequence(of: "log_replicas") == nil)
        #expect(ZooKeeperPath.sequence(of: "12345") == nil)
    }
}
