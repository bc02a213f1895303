import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import SwiftProtobuf
import Testing

/// Recorded conversations with a real master, replayed through our client. What is left out is listed, so that it cannot grow unseen.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SchedulerReplayTests {
    func replay(_ name: String) async throws -> SchedulerReplay.Report {
        do { return try await SchedulerReplay(Recording(name)).play() } catch {
            Issue.record("\(name): \(error)")
            throw error
        }
    }

    @Test func offersDeclinesSuppressAndRevive() async throws {
        let report = try await replay("01")
        // REQUEST is a hint that no allocator takes; the others are calls after the end of a stream.
        #expect(report.leftOut == ["REQUEST: unknown to the client", "REVIVE: without a stream", "REVIVE: without a stream"])
        #expect(report.ends == [.frameworkRemoved("Framework has been removed")])
    }

    @Test func aTasksLife() async throws {
        let report = try await replay("02")
        // Tasks that are a command, without an executor of their own.
        #expect(report.leftOut == Array(repeating: "ACCEPT: unknown to the client", count: 3))
        #expect(report.events > 60)
    }

    @Test func schedulerFailover() async throws {
        let report = try await replay("03")
        // A call on the stream of another; `force`; and three SUBSCRIBEs whose two ids differ.
        #expect(report.leftOut == ["REVIVE: without a stream"] + Array(repeating: "SUBSCRIBE: not to be said", count: 4))
        #expect(report.ends.filter { $0 == .failedOver }.count >= 4)
        #expect(report.ends.contains(.rejected("Changing framework's principal is not allowed.")))
        #expect(report.ends.contains(.frameworkRemoved("Framework has been removed")))
    }

    /// What our client can say is answered as recorded; what it cannot say is what the recording is about.
    @Test func refusals() async throws {
        let report = try await replay("04")
        let reasons: Set = ["malformed", "without a stream", "of another framework", "unknown to the client", "not to be said"]
        for call in report.leftOut { #expect(reasons.contains(String(call.split(separator: ":").last?.dropFirst() ?? ""))) }
        #expect(report.calls > 40)
        #expect(report.events > 40)
    }

    @Test func agentsThatGoAndComeBack() async throws {
        let report = try await replay("05")
        #expect(report.leftOut == [])
        #expect(report.ends == [])
    }

    @Test func redirectAndMasterFailover() async throws {
        let report = try await replay("06")
        // Asked of a master that does not lead, without a subscription.
        #expect(report.leftOut == ["REVIVE: without a stream"])
        #expect(report.ends == [])
    }

    @Test func rolesAndReservations() async throws {
        let report = try await replay("09")
        #expect(report.leftOut == Array(repeating: "ACCEPT: unknown to the client", count: 3))
    }

    @Test func groupsFetchedFilesAndLateUpdates() async throws {
        let report = try await replay("10")
        // LAUNCH_GROUP.
        #expect(Set(report.leftOut) == ["ACCEPT: unknown to the client"])
    }

    /// Each refusal of a real master reaches the caller, with its words.
    @Test func aRefusedCallSaysWhatTheMasterSaid() async throws {
        let refusals = try Recording("04").steps.filter { $0.kind == "answer" && $0.status >= 400 }
        #expect(refusals.count > 20)
        let service = ReplayServer()
        let server = HTTPServer(service: service, logger: Logger(label: "master"))
        let masters = StaticMasters([MesosEndpoint(host: "127.0.0.1", port: try await server.start())])
        let client = MesosSchedulerClient(.init(masters: masters, framework: FrameworkDescription()))
        let run = Task { await client.run(as: "f") }
        let body = try await service.next("SUBSCRIBE").exchange.stream(.ok, headers: ["Mesos-Stream-Id": "s"])
        let bytes: [UInt8] = try ScriptedMaster.subscribed("f").serializedBytes(partial: true)
        _ = body.offer(RecordIO.encode(bytes))
        _ = try await next(of: client.events)
        for refusal in refusals {
            let call = Task { () -> MesosCallError? in
                do throws(MesosCallError) { try await client.revive() } catch { return error }
                return nil
            }
            let arrival = try await service.next("REVIVE")
            arrival.exchange.respond(.init(statusCode: refusal.status), contentType: "text/plain", text: refusal.text)
            let error = await call.value
            #expect(error == .refused(status: refusal.status, message: refusal.text))
            #expect(error?.isRetriable == (refusal.status == 403), "\(refusal)")
        }
        run.cancel()
        _ = await run.value
        await server.shutdown(grace: .milliseconds(50))
    }
}
