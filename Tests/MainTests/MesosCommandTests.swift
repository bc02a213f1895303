import ArgumentParser
import Core
import Foundation
import MesosLocal
import Testing

@testable import kmd

@Suite struct MesosCommandTests {
    @Test func anAgentsFlagsHaveTheWordsOfMesos() throws {
        let words = CommandLineForms.canonical([
            "mesos-agent", "--master=10.0.0.1:5050", "--ip=10.0.0.2", "--work_dir=/var/lib/mesos", "--attributes=rack:r1;zone:z1",
            "--resources=cpus:2;mem:2048;ports:[31000-32000]", "--hostname=a", "--executor_registration_timeout=2mins", "--recovery_timeout=1hrs",
        ])
        let command = try #require(try Kmd.parseAsRoot(words) as? MesosAgentCommand)
        let options = try command.agent.options(workDirectory: command.agent.workDir ?? "")
        let configuration = try options.configuration()
        #expect(configuration.directory == "/var/lib/mesos")
        #expect(configuration.address == "10.0.0.2")
        #expect(configuration.executorRegistrationTimeout == .seconds(120))
        #expect(configuration.recoveryTimeout == .seconds(3600))
        #expect(configuration.attributes.map(\.name) == ["rack", "zone"])
        #expect(configuration.resources?.cpus == 2)
        #expect(!configuration.stopsExecutors)
        #expect(try command.agent.zooKeeper() == nil)
    }

    @Test func aMasterAloneWithSimulatedAgentsIsRead() throws {
        let words = ["mesos-local", "--role=master", "--simulated-agents=500", "--simulated-failures=0.1", "--agent-ping-timeout=1secs", "--weights=a=2,b=0.5"]
        let command = try #require(try Kmd.parseAsRoot(words) as? MesosLocalCommand)
        #expect(command.role == .master)
        var options = try command.master.options(dataDirectory: "/x")
        try command.simulation.apply(to: &options)
        #expect(options.simulation?.agents == 500)
        #expect(options.simulation?.failures == 0.1)
        #expect(options.agentPingTimeout == .seconds(1))
        #expect(options.weights == ["a": 2, "b": 0.5])
    }

    @Test(arguments: [
        ["mesos-agent", "--work-dir=here"], ["mesos-agent", "--recovery-timeout=soon"], ["mesos-local", "--weights=a"],
        ["mesos-local", "--max-agent-ping-timeouts=0"], ["mesos-local", "--simulated-failures=2"], ["mesos-local", "--role=agent"],
    ])
    func whatCannotBeMeantIsRefused(words: [String]) {
        #expect(throws: (any Error).self) { try Kmd.parseAsRoot(words) }
    }

    @Test func secretsThatEverybodyCanReadAreRefused() throws {
        let path = NSTemporaryDirectory() + "credential-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = #"{"credentials": [{"principal": "agent", "secret": "s3cret"}, {"principal": "other", "secret": "x"}]}"#
        _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o644])
        #expect { try MesosCredentialFile.read(path, flag: "--credentials") } throws: { error in
            "\(error)".contains("chmod 600") && !"\(error)".contains("s3cret")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try MesosCredentialFile.read(path, flag: "--credentials").map(\.principal) == ["agent", "other"])
        try Data("{}".utf8).write(to: URL(filePath: path))
        #expect(throws: PlainFailure.self) { try MesosCredentialFile.read(path, flag: "--credential") }
    }

    @Test(arguments: [("15secs", 15.0), ("1mins", 60), ("2hrs", 7200), ("500ms", 0.5), ("1.5mins", 90)])
    func durationsAreReadAsMesosWritesThem(text: String, seconds: Double) {
        #expect(Duration(mesosText: text) == .seconds(seconds))
    }

    @Test func whatIsNoDurationIsNone() {
        for text in ["", "5", "secs", "-1secs", "5parsecs"] { #expect(Duration(mesosText: text) == nil) }
    }
}
