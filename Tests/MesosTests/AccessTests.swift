import Core
import Foundation
import HTTPKit
import JSON
import Logging
import Mesos
import MesosProto
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Testing

/// Who we are, and whom we believe.
@Suite(.serialized, .timeLimit(.minutes(1))) struct AccessTests {
    @Test func aSecretIsInTheHeaderAndNowhereElse() async throws {
        let credential = try MesosCredential(principal: "kmd", secret: "opens esame")
        let service = ReplayServer()
        let server = HTTPServer(service: service, logger: Logger(label: "master"))
        let port = try await server.start()
        let client = MesosOperatorClient(
            masters: StaticMasters([MesosEndpoint(host: "127.0.0.1", port: port)]), access: MesosAccess(credential: credential))
        let answer = Task { try await client.agents() }
        let arrival = try await service.next("GET_AGENTS")
        #expect(arrival.headers.first(name: "Authorization") == "Basic " + Data("kmd:opens esame".utf8).base64EncodedString())
        arrival.exchange.respond(.unauthorized, contentType: "text/plain", text: "")
        await #expect(throws: MesosCallError.refused(status: 401, message: "")) { try await answer.value }
        await server.shutdown(grace: .milliseconds(50))
        for text in ["\(credential)", String(reflecting: credential), "\(MesosAccess(credential: credential))", String(reflecting: [credential])] {
            #expect(!text.contains("esame"), "\(text)")
        }
        var dumped = ""
        dump(MesosAccess(credential: credential), to: &dumped)
        #expect(!dumped.contains("esame"))
    }

    @Test func whatCannotBeACredentialIsNamed() {
        #expect(throws: MesosCredential.Problem.colonInPrincipal) { try MesosCredential(principal: "a:b", secret: "s") }
        #expect(throws: MesosCredential.Problem.emptySecret) { try MesosCredential(principal: "a", secret: "") }
        #expect(throws: MesosCredential.Problem.controlCharacter) { try MesosCredential(principal: "a", secret: "s\r\nX-Evil: 1") }
    }

    @Test func aMasterThatWantsAnotherPrincipalEndsTheSubscription() async throws {
        let master = ScriptedMaster { _, _, exchange in exchange.respond(.unauthorized) }
        let server = HTTPServer(service: master, logger: Logger(label: "master"))
        let port = try await server.start()
        let client = MesosSchedulerClient(
            .init(masters: StaticMasters([MesosEndpoint(host: "127.0.0.1", port: port)]), framework: FrameworkDescription()))
        #expect(await client.run(as: "f") == .rejected("401: the master wants another principal or secret"))
        await server.shutdown(grace: .milliseconds(50))
    }

    @Test func anExecutorShowsItsToken() async throws {
        let service = ReplayServer()
        let server = HTTPServer(service: service, logger: Logger(label: "agent"))
        let port = try await server.start()
        let client = MesosExecutorClient(
            try ExecutorEnvironment(environment: [
                "MESOS_AGENT_ENDPOINT": "127.0.0.1:\(port)", "MESOS_FRAMEWORK_ID": "f", "MESOS_EXECUTOR_ID": "e",
                "MESOS_EXECUTOR_AUTHENTICATION_TOKEN": "abc.def.ghi",
            ]))
        let run = Task { await client.run() }
        #expect(try await service.next("SUBSCRIBE").headers.first(name: "Authorization") == "Bearer abc.def.ghi")
        run.cancel()
        await run.value
        await server.shutdown(grace: .milliseconds(50))
    }

    // MARK: TLS

    static func fixture(_ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: tests.appending(path: "Fixtures/mesos/tls/\(name)")))
    }

    /// A master behind TLS that answers every request with an empty list of agents.
    private func withSecureMaster(_ body: (Int) async throws -> Void) async throws {
        let chain = try NIOSSLCertificate.fromPEMBytes(try Self.fixture("server.pem")).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(bytes: try Self.fixture("server.key"), format: .pem)
        let context = try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(NoAgents())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Void, any Error>
        do { result = .success(try await body(channel.localAddress?.port ?? 0)) } catch { result = .failure(error) }
        try await channel.close().get()
        try result.get()
    }

    @Test func aMasterIsBelievedByItsAuthority() async throws {
        let authority = try Self.fixture("ca.pem")
        try await withSecureMaster { port in
            let masters = StaticMasters([MesosEndpoint(host: "127.0.0.1", port: port, isSecure: true)])
            let agents = try await MesosOperatorClient(masters: masters, access: MesosAccess(trustedCertificates: authority)).agents()
            #expect(agents == [])
        }
    }

    @Test func aMasterOfAnotherAuthorityIsNotBelieved() async throws {
        try await withSecureMaster { port in
            let masters = StaticMasters([MesosEndpoint(host: "127.0.0.1", port: port, isSecure: true)])
            await #expect(throws: MesosCallError.self) { try await MesosOperatorClient(masters: masters, timeout: .seconds(5)).agents() }
        }
    }

    private final class NoAgents: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: ["Content-Length": "0"]))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
