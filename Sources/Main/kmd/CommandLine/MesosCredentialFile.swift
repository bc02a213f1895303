import JSON
import MesosLocal

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Files with principals and secrets, as Mesos has them: one `{"principal": …, "secret": …}`, or a list of them as `credentials`.
enum MesosCredentialFile {
    /// - Throws: `PlainFailure` that names flag, file and remedy; never a secret.
    static func read(_ path: String, flag: String) throws -> [LinkCredential] {
        func failure(_ what: String) -> PlainFailure { PlainFailure("\(flag)=\(path): \(what)") }
        var information = stat()
        guard stat(path, &information) == 0 else { throw failure(String(cString: strerror(errno))) }
        guard information.st_mode & 0o007 == 0 else { throw failure("everybody can read the secrets in it; do: chmod 600 \(path)") }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: Array(try DataFiles.text(of: path, limit: 64 << 10).utf8))
        } catch {
            throw failure("this is no JSON: \(error)")
        }
        let credentials = (value["credentials"]?.array ?? [value]).compactMap { entry -> LinkCredential? in
            guard let principal = entry["principal"]?.string, let secret = entry["secret"]?.string, !principal.contains(":"), !secret.isEmpty else {
                return nil
            }
            return LinkCredential(principal: principal, secret: secret)
        }
        guard !credentials.isEmpty else { throw failure("no credential in it; write {\"principal\": \"agent\", \"secret\": \"…\"}") }
        return credentials
    }
}
