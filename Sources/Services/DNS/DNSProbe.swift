/// Asks a server one question, to see whether it answers.
public struct DNSProbe: Sendable {
    private let server: UpstreamServer
    private let name: DNSName
    private let transport = SocketTransport()

    public init(server: UpstreamServer, name: DNSName) { (self.server, self.name) = (server, name) }

    /// What is wrong with the server; `nil` when it gives the name an address, or any answer at all where `needsAddress` is false.
    public func problem(needsAddress: Bool = true, within timeout: Duration = .seconds(2)) async -> String? {
        let id = UInt16.random(in: 0...0xffff)
        let question = DNSQuestion(name, .a)
        do {
            let query = try DNSMessage(asking: question, id: id).encoded()
            let bytes = try await transport.ask(server, query, stream: false, timeout: timeout) {
                UpstreamAnswer($0, to: question, id: id) != nil
            }
            let answer = try DNSMessage(decoding: bytes)
            guard !needsAddress || answer.answers.contains(where: { $0.data.type == .a }) else {
                return "\(server) gives \(name) no address"
            }
            return nil
        } catch {
            return "\(server) does not answer: \(error)"
        }
    }
}
