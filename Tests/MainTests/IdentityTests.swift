import Testing

@testable import kmd

@Suite struct IdentityTests {
    private func identity(_ directory: String, port: Int) throws -> String {
        RoleWiring(common: try CommonFlags.parse(["--data-dir=\(directory)"])).identity("kmd-scheduler", port: port)
    }

    @Test func twoServersThatCanLiveAtOnceHoldALeaseUnderTwoNames() throws {
        let one = try identity("/var/lib/kmd", port: 10251)
        // A restart is the same holder: it need not wait for its own lease to run out.
        #expect(try identity("/var/lib/kmd", port: 10251) == one)
        #expect(try identity("/var/lib/kmd", port: 10261) != one)
        #expect(try identity("/var/lib/other", port: 10251) != one)
        #expect(one.hasPrefix("kmd-scheduler@"))
    }
}
