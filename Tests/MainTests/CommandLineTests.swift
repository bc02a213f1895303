import ArgumentParser
import Testing

@testable import kmd

@Suite struct CommandLineTests {
    @Test(arguments: [
        (["-mesos_master=h:5050"], ["--mesos-master=h:5050"]),
        (["--portal-net=10.10.10.0/24"], ["--service-cluster-ip-range=10.10.10.0/24"]),
        (["-portal_net=10.10.10.0/24"], ["--service-cluster-ip-range=10.10.10.0/24"]),
        (["-v=2", "--v", "2", "-h"], ["--v=2", "--v", "2", "-h"]),
        (["-v", "2"], ["--v", "2"]),
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

    @Test(arguments: [("all", Role.all), ("apiserver", [.apiserver]), ("apiserver,scheduler", [.apiserver, .scheduler])] as [(String, Set<Role>)])
    func rolesAreRead(text: String, roles: Set<Role>) throws {
        #expect(try Role.list(text) == roles)
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

    /// The lines of the guides, as they stand there.
    static let guideLines = [
        """
        km apiserver --address=10.0.0.1 --etcd-servers=http://10.0.0.1:4001 --service-cluster-ip-range=10.10.10.0/24 --port=8888 \
        --cloud-provider=mesos --cloud-config=mesos-cloud.conf --secure-port=0 --v=1
        """,
        """
        km controller-manager --master=10.0.0.1:8888 --cloud-provider=mesos --cloud-config=./mesos-cloud.conf --v=1
        """,
        """
        km scheduler --address=10.0.0.1 --mesos-master=10.0.0.1:5050 --etcd-servers=http://10.0.0.1:4001 --mesos-user=root \
        --api-servers=10.0.0.1:8888 --cluster-dns=10.10.10.10 --cluster-domain=cluster.local --v=2
        """,
        """
        ./bin/kubernetes-mesos -address=10.0.0.1 -mesos_master=10.0.0.1:5050 -etcd_servers=http://10.0.0.1:4001 \
        -executor_path=/opt/bin/kubernetes-executor -proxy_path=/opt/bin/kube-proxy -portal_net=10.10.10.0/24 -mesos_user=root
        """,
        "./bin/controller-manager -master=10.0.0.1:8888 -v=2",
    ]

    @Test(arguments: guideLines)
    func aGuidesCommandLineIsRead(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        #expect(throws: Never.self) { try Kmd.parseAsRoot(Invocation(words, servers: Kmd.serverNames).words) }
    }

    @Test(arguments: [
        ("/usr/bin/kmd", "kmd", ["--v=1"]), ("/opt/km", "km", ["--v=1"]), ("/opt/apiserver", "kmd", ["apiserver", "--v=1"]),
        ("kube-proxy", "kmd", ["proxy", "--v=1"]), ("kubernetes-mesos", "kmd", ["run", "--role=apiserver,scheduler", "--v=1"]),
        ("something-else", "kmd", ["--v=1"]),
    ])
    func aLinkWithTheNameOfAServerIsThatServer(path: String, program: String, words: [String]) {
        let invocation = Invocation([path, "-v=1"], servers: Kmd.serverNames)
        #expect(invocation.program == program)
        #expect(invocation.words == words)
    }

    @Test func aLinkThatIsToldItsServerOnceMoreIsNotConfused() {
        #expect(Invocation(["/opt/kubernetes-executor", "executor", "--v=1"], servers: []).words == ["executor", "--v=1"])
    }

    @Test(arguments: [
        (["apiserver", "--adress=1.2.3.4"], "Did you mean '--address'?"),
        (["apiserver", "--cloud-provider=mesoss"], "Did you mean 'mesos'?"),
        (["apiserver", "--store=sqlit"], "Did you mean 'sqlite'?"),
        (["apiserver", "--store=etc"], "Did you mean 'etcd'?"),
        (["apiserver", "--secure-port=6443"], "--secure-port=0"),
        (["apiserver", "--port=70000"], "between 0 and 65535"),
        (["scheduler", "--mesos-mastr=h:5050"], "Did you mean '--mesos-master'?"),
        (["apiserver", "--data-dir=here"], "absolute path"),
    ])
    func aFlagThatIsWrongIsRefusedWithTheNearestRightOne(words: [String], remedy: String) {
        do {
            _ = try Kmd.parseAsRoot(words)
            Issue.record("accepted: \(words)")
        } catch {
            #expect(Kmd.fullMessage(for: error).contains(remedy), "\(Kmd.fullMessage(for: error))")
        }
    }

    @Test(arguments: [
        ("10.0.0.1:8888", "http://10.0.0.1:8888"), ("http://10.0.0.1:8888/", "http://10.0.0.1:8888"), ("master", "http://master:8888"),
        ("[::1]:80", "http://[::1]:80"), ("[::1]", "http://[::1]:8888"),
        ("http://10.0.0.1:8888,10.0.0.2:8888,c", "http://10.0.0.1:8888,http://10.0.0.2:8888,http://c:8888"),
    ])
    func anAPIServerNeedsNoScheme(written: String, url: String) throws {
        #expect(try APIServerAddress(written, flag: "--master", environment: nil).text == url)
    }

    @Test(arguments: ["", "a,,b", "a,", "a:1,https://b:1", "https://a:1", "a:b", "a:0", ":80", "a b:80", "http://"])
    func whatIsNoAPIServerIsRefusedByItsFlag(written: String) {
        #expect { try APIServerAddress(written, flag: "--master", environment: nil) } throws: { "\($0)".hasPrefix("--master=\(written):") }
    }

    @Test func withoutAFlagTheEnvironmentNamesTheAPIServer() throws {
        #expect(try APIServerAddress(nil, flag: "--master", environment: "http://10.0.0.1:8888").text == "http://10.0.0.1:8888")
        #expect(try APIServerAddress(nil, flag: "--master", environment: nil).text == "http://127.0.0.1:8888")
    }
}
