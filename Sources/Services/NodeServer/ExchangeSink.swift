import HTTPKit
import NIOCore
import Synchronization

/// A log's way to the client. The answer begins with the first byte, so that an error before it can still be told by its status.
final class ExchangeSink: LogSink {
    private let exchange: HTTPExchange
    private let stream = Mutex<HTTPBodyStream?>(nil)

    init(_ exchange: HTTPExchange) { self.exchange = exchange }

    func write(_ bytes: ByteBuffer) async throws { try await begun().write(bytes) }

    func finish() { begun().finish() }

    /// Breaks off what has begun; `false` when nothing has.
    func abort() -> Bool {
        guard let stream = stream.withLock({ $0 }) else { return false }
        stream.abort()
        return true
    }

    private func begun() -> HTTPBodyStream {
        stream.withLock { stream in
            if let stream { return stream }
            let new = exchange.stream(.ok, headers: ["Content-Type": "text/plain; charset=utf-8"])
            stream = new
            return new
        }
    }
}
