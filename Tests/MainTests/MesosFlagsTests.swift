import ArgumentParser
import Core
import Foundation
import Mesos
import Testing

@testable import kmd

@Suite struct MesosFlagsTests {
    /// A file of its own, with these rights.
    func withFile(_ text: String, mode: Int, _ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "kmd-secret-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    func access(_ path: String) throws -> MesosAccess {
        try MesosClientFlags.parse(["--mesos-authentication-principal=kmd", "--mesos-authentication-secret-file=\(path)"]).access()
    }

    @Test func aSecretIsReadFromAFileOfItsOwnersOnly() throws {
        try withFile("sesame\n", mode: 0o600) { path in
            let (read, meant) = (try access(path).credential, try MesosCredential(principal: "kmd", secret: "sesame"))
            #expect(read == meant)
        }
        try withFile("sesame\n", mode: 0o644) { path in
            #expect { try access(path) } throws: { "\($0)".contains("chmod 600 \(path)") && !"\($0)".contains("sesame") }
        }
        #expect { try access("/nowhere/secret") } throws: { "\($0)".hasPrefix("--mesos-authentication-secret-file=/nowhere/secret: ") }
    }

    @Test func aPrincipalNeedsASecretAndTheOtherWayRound() {
        #expect(throws: (any Error).self) { try MesosClientFlags.parse(["--mesos-authentication-principal=kmd"]) }
        #expect(throws: (any Error).self) { try MesosClientFlags.parse(["--mesos-authentication-secret-file=/x"]) }
    }

    @Test func whatIsNoCertificateIsRefused() throws {
        try withFile("hello", mode: 0o644) { path in
            #expect { try MesosClientFlags.parse(["--mesos-ca-file=\(path)"]).access() } throws: { "\($0)".contains("no certificate in PEM") }
        }
    }

    @Test func theFrameworkSaysWhatTheFlagsSay() throws {
        let flags = try FrameworkFlags.parse([
            "--mesos-user=kube", "--framework-name=K", "--framework-weburi=http://x/", "--mesos-framework-roles=prod,dev/a",
            "--mesos-default-pod-roles=dev/a", "--checkpoint=false", "--failover-timeout=3600", "--framework-labels=a=b,c=d=e", "--mesos-gpu-resources",
        ])
        let framework = try flags.description(principal: "p", hostname: "h")
        #expect((framework.user, framework.name, framework.webUIURL, framework.hostname) == ("kube", "K", "http://x/", "h"))
        #expect(framework.roles == ["prod", "dev/a"])
        #expect(try flags.podRoles() == ["dev/a"])
        #expect((framework.checkpoint, framework.failoverTimeout, framework.principal) == (false, .seconds(3600), "p"))
        #expect(framework.labels == ["a": "b", "c": "d=e"])
        #expect(framework.capabilities == FrameworkCapability.usual.union([.gpuResources]))
        #expect(!FrameworkCapability.usual.contains(.revocableResources))
    }

    @Test(arguments: [
        ["--mesos-framework-roles="], ["--mesos-framework-roles=a,,b"], ["--mesos-framework-roles=a b"], ["--mesos-framework-roles=-a"],
        ["--mesos-framework-roles=a/../b"], ["--mesos-default-pod-roles=other"], ["--failover-timeout=soon"], ["--framework-labels=x"],
    ])
    func whatMesosWouldRefuseIsRefusedAtOnce(arguments: [String]) {
        #expect(throws: (any Error).self) { try FrameworkFlags.parse(arguments) }
    }

    @Test func theFailoverTimeoutIsANumberOfSecondsOrATime() throws {
        #expect(try FrameworkFlags.parse(["--failover-timeout=168h"]).failoverTimeout == .seconds(604_800))
        #expect(try FrameworkFlags.parse(["--failover-timeout=0"]).failoverTimeout == .zero)
    }

    @Test func mastersAreAListOrAFolderInZooKeeper() throws {
        #expect("\(try MesosMasters.detector("a:1,b", source: "--mesos-master", secure: false))" == "a:1,b:5050")
        #expect("\(try MesosMasters.detector("zk://u:geheim@a:1,b/mesos", source: "--mesos-master", secure: false))" == "zk://…@a:1,b:2181/mesos")
        #expect { try MesosMasters.detector("zk://u:geheim@a", source: "--mesos-master", secure: false) } throws: {
            "\($0)".contains("folder of their own") && !"\($0)".contains("geheim")
        }
        #expect { try MesosMasters.detector("zk://u:geheim@a:x/m", source: "--mesos-master", secure: false) } throws: { !"\($0)".contains("geheim") }
        #expect(throws: PlainFailure.self) { try MesosMasters.detector("a:1,:2", source: "--mesos-master", secure: false) }
    }
}
