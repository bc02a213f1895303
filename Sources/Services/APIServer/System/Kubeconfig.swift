#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file that tells kubectl where the server is.
public enum Kubeconfig {
    /// What stands in it. `server` is `http://ADDRESS:PORT`.
    public static func text(server: String) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: kmd
          cluster:
            server: \(server)
        contexts:
        - name: kmd
          context:
            cluster: kmd
            user: kmd
        current-context: kmd
        users:
        - name: kmd
          user: {}

        """
    }

    /// Why it could not be written.
    public struct WriteError: Error, CustomStringConvertible {
        public let path: String
        public let reason: String
        public var description: String { "cannot write the kubeconfig \(path): \(reason); choose another place or make its directory" }
    }

    /// Writes it whole or not at all, readable by its owner only. Blocks for one small write.
    public static func write(to path: String, server: String) throws(WriteError) {
        let bytes = Array(text(server: server).utf8)
        let draft = path + ".new"
        func fail(_ what: String) -> WriteError { WriteError(path: path, reason: "\(what): \(String(cString: strerror(errno)))") }
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw fail("open") }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = fail("write")
                close(file)
                unlink(draft)
                throw error
            }
            written += count
        }
        guard fsync(file) == 0, close(file) == 0, rename(draft, path) == 0 else {
            let error = fail("rename")
            unlink(draft)
            throw error
        }
    }
}
