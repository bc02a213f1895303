import KubeAPI
import Testing

@testable import APIServer

@Suite struct RangeTests {
    @Test(
        arguments: [
            ("10.10.10.0/24", "10.10.10.0/24", 16), ("10.10.10.77/24", "10.10.10.0/24", 16), ("10.96.0.0/12", "10.96.0.0/12", 256),
            ("192.168.0.0/20", "192.168.0.0/20", 256), ("10.0.0.0/22", "10.0.0.0/22", 64), ("10.0.0.16/28", "10.0.0.16/28", 0),
        ] as [(String, String, UInt32)])
    func aNetworkIsReadAndItsLowAddressesAreKept(_ text: String, _ written: String, _ kept: UInt32) throws {
        let range = try ServiceAddressRange(parsing: text)
        #expect(range.description == written)
        #expect(range.staticCount == kept)
    }

    @Test(arguments: ["", "10.10.10.0", "10.10.10.0/33", "10.10.10.0/31", "10.0.0.0/8", "10.10.10/24", "fd00::/108", "10.10.10.0/x", "a/24", "10.10.10.0/24/1"])
    func whatIsNoNetworkForServicesIsRefused(_ text: String) {
        #expect(throws: RangeError.self) { try ServiceAddressRange(parsing: text) }
    }

    @Test func neitherTheNetworkNorItsBroadcastAddressIsGiven() {
        let range = ServiceAddressRange.standard
        #expect(range.first == "10.10.10.1")
        #expect(IPText.text(ipv4: range.usable.lowerBound) == "10.10.10.1")
        #expect(IPText.text(ipv4: range.usable.upperBound) == "10.10.10.254")
        #expect(!range.contains(0x0A0A_0A00) && !range.contains(0x0A0A_0AFF) && !range.contains(0x0A0A_0B01))
    }

    @Test(arguments: [("30000-32767", "30000-32767", 86), ("30000+15", "30000-30015", 0), ("8000-8000", "8000-8000", 0), ("1-65535", "1-65535", 128)] as [(String, String, UInt32)])
    func aRangeOfPortsIsRead(_ text: String, _ written: String, _ kept: UInt32) throws {
        let range = try NodePortRange(parsing: text)
        #expect(range.description == written)
        #expect(range.staticCount == kept)
    }

    @Test(arguments: ["", "30000", "2-1", "0-10", "30000-70000", "a-b", "1-2-3", "65000+1000"])
    func whatIsNoRangeOfPortsIsRefused(_ text: String) {
        #expect(throws: RangeError.self) { try NodePortRange(parsing: text) }
    }
}
