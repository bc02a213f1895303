@testable import ServiceProxy
import Testing

@Suite(.timeLimit(.minutes(1))) struct MachineTests {
    /// A NFT_MSG_NEWGEN as the kernel sends it: generation 4,660 (in network order), the process, its name.
    private let generation: [UInt8] =
        [52, 0, 0, 0, 15, 10, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0] + [0, 0, 0x12, 0x34] + [8, 0, 1, 0, 0, 0, 0x12, 0x34] + [8, 0, 2, 0, 0, 0, 0, 99]
        + [8, 0, 3, 0] + Array("nft\0".utf8)

    @Test func `The kernel's count of transactions is read from its message`() { #expect(Generation.parse(generation) == 4660) }

    @Test func `A message that is cut short, or another's, holds no count`() {
        for length in 0..<28 { #expect(Generation.parse(Array(generation.prefix(length))) == nil) }
        var error = generation
        error[4] = 2
        error[5] = 0
        #expect(Generation.parse(error) == nil)
        var endless = generation
        (endless[20], endless[21]) = (0, 0)
        #expect(Generation.parse(endless) == nil)
    }

    @Test func `Of the routes by way of lo, those with the table's number are ours`() {
        let listing = """
            10.10.10.0/24 proto 107 scope link metric 439041101
            10.20.0.0/16 proto 107 scope link metric 7
            10.30.0.0/16 scope link metric 439041101 onlink
            default via 10.0.0.1 metric 439041101
            10.40.0.0/16 proto 107 scope link

            """
        #expect(Machine.routeMetric("kmd-1a2b3c4d") == "439041101")
        #expect(Machine.ranges(ofRoutes: listing, table: "kmd-1a2b3c4d") == ["10.10.10.0/24", "10.30.0.0/16"])
        #expect(Machine.routeMetric("kmd-00000000") == "1")
    }

    @Test func `Routes to the pods of other nodes are told from others and from another owner's`() throws {
        let listing = """
            10.244.1.0/24 via 172.30.1.12 dev eth0 proto 107 metric 439041101
            10.244.2.7 via 172.30.1.13 dev eth0 proto 107 metric 439041101
            10.244.3.0/24 via 172.30.1.14 dev eth0 proto 107 metric 7
            10.10.10.0/24 dev lo proto 107 scope link metric 439041101
            default via 172.30.1.1 dev eth0

            """
        let found = RouteTable.routes(in: listing, owner: "kmd-1a2b3c4d").map { "\($0.pods) \($0.node)" }
        #expect(found == ["10.244.1.0/24 172.30.1.12", "10.244.2.7/32 172.30.1.13"])
        // `kmd uninstall` takes the number for its guide, whatever the route leads to.
        #expect(Machine.ranges(ofRoutes: listing, table: "kmd-1a2b3c4d") == ["10.244.1.0/24", "10.244.2.7", "10.10.10.0/24"])
    }

    @Test func `A program gets its input whole, however much it says meanwhile`() async {
        let input = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let result = await Programs.run(["/bin/cat"], input: input, outputLimit: 2 << 20, timeout: .seconds(30))
        #expect(result.exitCode == 0 && result.output.utf8.count == input.count)
    }

    @Test func `A program that does not end in time is ended, and one that is not there is a failure`() async {
        #expect(await Programs.run(["/bin/sleep", "1000"], timeout: .milliseconds(200)).exitCode == 128 + 9)
        #expect(await Programs.run(["/no/such/program"], timeout: .seconds(1)).exitCode == 127)
        #expect(await Programs.run(["/bin/sh", "-c", "echo no >&2; exit 3"], timeout: .seconds(10)).output == "no\n")
    }
}
