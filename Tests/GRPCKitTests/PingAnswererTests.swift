import NIOCore
import NIOEmbedded
import Testing

@testable import GRPCKit

@Suite struct PingAnswererTests {
    static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 2, 4, 16, 16, 9, 14, 7, 7]
    static let acknowledgement: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0, 2, 4, 16, 16, 9, 14, 7, 7]
    static let windowUpdate: [UInt8] = [0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7]

    /// What reaches the HTTP/2 handler, and what is sent back, for bytes that arrive in these pieces.
    func run(_ pieces: [[UInt8]]) throws -> (passed: [UInt8], sent: [UInt8]) {
        let channel = EmbeddedChannel(handler: PingAnswerer())
        for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
        var (passed, sent): ([UInt8], [UInt8]) = ([], [])
        while let buffer = try channel.readInbound(as: ByteBuffer.self) { passed += buffer.readableBytesView }
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { sent += buffer.readableBytesView }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return (passed, sent)
    }

    @Test func aPingIsAnsweredAndGoesNoFurther() throws {
        let result = try run([Self.windowUpdate + Self.ping + Self.windowUpdate])
        #expect(result.passed == Self.windowUpdate + Self.windowUpdate)
        #expect(result.sent == Self.acknowledgement)
    }

    @Test func anAcknowledgementIsNotAnswered() throws {
        let result = try run([Self.acknowledgement])
        #expect(result.passed == Self.acknowledgement)
        #expect(result.sent == [])
    }

    @Test func framesMayArriveInAnyPieces() throws {
        let bytes = Self.windowUpdate + Self.ping + Self.windowUpdate + Self.ping
        for cut in 1..<bytes.count {
            let result = try run([Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(result.passed == Self.windowUpdate + Self.windowUpdate)
            #expect(result.sent == Self.acknowledgement + Self.acknowledgement)
        }
    }
}
