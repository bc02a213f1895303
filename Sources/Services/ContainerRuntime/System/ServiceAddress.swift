import Glibc
import Logging

/// An address of the cluster that this machine itself answers on, kept on `lo`: the one of its DNS server.
///
/// A file in the data directory says that we put it there, so that it is taken away again, and that one which an administrator put there
/// stays.
public struct ServiceAddress: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let record: String
    private let logger: Logger

    /// - Parameter dataDirectory: kmd's own, absolute.
    public init(dataDirectory: String, logger: Logger) {
        (record, self.logger) = (Files.realPath(dataDirectory) + "/service-address", logger)
    }

    /// Makes sure that `address` (IPv4 or IPv6) is one of this machine, and the only one that was put there by us. Blocks its thread for
    /// what `ip` takes, a few milliseconds, on a thread that may block.
    public func assure(_ address: String) async throws {
        guard let ip = Files.find(program: "ip") else { throw Failure(description: "no program 'ip': apt-get install -y iproute2") }
        if let before = recorded, before != address { await remove() }
        let prefix = "\(address)/\(address.contains(":") ? 128 : 32)"
        let there = await Command.run([ip, "-o", "addr", "show", "to", prefix], timeout: .seconds(10))
        guard there.succeeded else { throw Failure(description: "ip addr show to \(prefix): \(there.output)") }
        guard there.output.isEmpty else { return }
        // The record first: an address without its record would stay for ever.
        try Files.write(address + "\n", to: record)
        let added = await Command.run([ip, "addr", "add", prefix, "dev", "lo"], timeout: .seconds(10))
        guard added.succeeded else { throw Failure(description: "ip addr add \(prefix) dev lo: \(added.output)") }
        logger.info("the cluster's DNS address is on lo now", metadata: ["address": "\(prefix)"])
    }

    /// Takes away the address that we put there.
    /// - Returns: the address; `nil` when there was none of ours.
    @discardableResult
    public func remove() async -> String? {
        guard let address = recorded, let ip = Files.find(program: "ip") else { return nil }
        let prefix = "\(address)/\(address.contains(":") ? 128 : 32)"
        let result = await Command.run([ip, "addr", "del", prefix, "dev", "lo"], timeout: .seconds(10))
        // After a reboot it is gone without us.
        let isGone = result.succeeded || result.output.contains("Cannot assign requested address")
        guard isGone, unlink(record) == 0 else { return nil }
        return prefix
    }

    private var recorded: String? {
        Files.text(record)?.split(separator: "\n").first.map(String.init).flatMap { text in
            text.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" } ? text : nil
        }
    }
}
