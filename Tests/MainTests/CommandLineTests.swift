import Testing

@testable import kmd

@Suite struct CommandLineTests {
    @Test(arguments: [
        (["-mesos_master=h:5050"], ["--mesos-master=h:5050"]),
        (["--portal-net=10.10.10.0/24"], ["--service-cluster-ip-range=10.10.10.0/24"]),
        (["-portal_net=10.10.10.0/24"], ["--service-cluster-ip-range=10.10.10.0/24"]),
        (["-v=2", "--v", "2", "-h"], ["--v=2", "--v", "2", "-h"]),
        (["--data_dir=/a_b"], ["--data-dir=/a_b"]),
        (["-5", "-", "plain_word"], ["-5", "-", "plain_word"]),
        (["--", "-some_flag"], ["--", "-some_flag"]),
    ])
    func theGuidesWaysOfWritingAreUnderstood(written: [String], read: [String]) {
        #expect(CommandLineForms.canonical(written) == read)
    }

    @Test func aMisspeltWordIsMetWithTheNearestRightOne() {
        #expect(NearestWord.to("schedular", among: ["apiserver", "scheduler"]) == "scheduler")
        #expect(NearestWord.to("zzz", among: ["apiserver", "scheduler"]) == nil)
    }

    @Test(arguments: [("all", 3), ("apiserver", 1), ("apiserver,scheduler", 2)])
    func rolesAreRead(text: String, count: Int) throws {
        #expect(try Role.list(text).count == count)
    }

    @Test(arguments: ["", "apiserver,", "everything", "executr"])
    func anUnknownRoleIsRefused(text: String) {
        #expect(throws: (any Error).self) { try Role.list(text) }
    }

    @Test func anUnknownCommandNamesTheNearest() {
        #expect { try Kmd.checkFirstWord(of: ["unistall"]) } throws: { "\($0)".contains("Did you mean 'uninstall'?") }
        #expect(throws: Never.self) { try Kmd.checkFirstWord(of: ["--role=all"]) }
    }

    @Test func flagsOfTheExecutorComeBackAsTheyWere() throws {
        let flags = try ExecutorFlags.parse(["--node-port=1", "--pod-cidr=10.1.0.0/24", "--cluster-dns=10.10.10.10"])
        #expect(try ExecutorFlags.parse(flags.words).words == flags.words)
    }
}
