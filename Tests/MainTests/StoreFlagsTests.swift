import EtcdKit
import Foundation
import Logging
import Store
import StoreContract
import StoreEtcd
import StoreSQLite
import Testing

@testable import kmd

@Suite(.serialized) struct StoreFlagsTests {
    private func place(_ words: [String], variable: String? = nil) throws -> StorePlace {
        try StoreFlags.parse(words).choice(directory: "/d", variable: variable)
    }

    private func etcd(_ words: [String]) throws -> EtcdStoreOptions? {
        if case .etcd(let options) = try place(words) { options } else { nil }
    }

    @Test func theFileIsTheStoreUntilEtcdIsNamed() throws {
        guard case .sqlite(directory: "/d", _) = try place([]) else { Issue.record("not the file"); return }
        #expect(try etcd(["--etcd-servers=http://a:4001,b"])?.endpoints.map(\.description) == ["http://a:4001", "http://b:2379"])
        guard case .sqlite = try place(["--etcd-servers=http://a:4001"], variable: "sqlite") else { Issue.record("not the file"); return }
        guard case .sqlite = try place(["--etcd-servers=http://a:4001", "--store=sqlite"]) else { Issue.record("not the file"); return }
        guard case .etcd = try place(["--etcd-servers=http://a:4001"], variable: "etcd") else { Issue.record("not etcd"); return }
    }

    @Test(arguments: [
        (["--store=etcd"], "--etcd-servers"), (["--etcd-servers=a:x"], "no list"), (["--etcd-servers=http://a", "--etcd-prefix=x"], "slash"),
        (["--etcd-servers=http://a", "--etcd-prefix=/x/"], "slash"), (["--etcd-servers=https://a", "--etcd-certfile=c"], "--etcd-keyfile"),
        (["--etcd-servers=http://a", "--etcd-cafile=c"], "https://"), (["--etcd-servers=http://a", "--etcd-username=u"], "--etcd-password-file"),
        (["--etcd-servers=http://a", "--etcd-username=u", "--etcd-password-file=/nowhere/p"], "No such file"),
    ])
    func whatCannotBeMeantIsRefusedWithItsRemedy(words: [String], remedy: String) {
        #expect { try place(words) } throws: { "\($0)".contains(remedy) }
    }

    @Test func aPasswordThatOthersMayReadIsRefused() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "kmd-password-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: Data("s3cret\n".utf8), attributes: [.posixPermissions: 0o644]))
        let words = ["--etcd-servers=http://a", "--etcd-username=u", "--etcd-password-file=\(path)"]
        #expect { try place(words) } throws: { "\($0)".contains("chmod 600") && !"\($0)".contains("s3cret") }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try etcd(words)?.user?.password == "s3cret")
    }

    @Test(.enabled(if: EtcdCluster.isPossible), .timeLimit(.minutes(1))) func migrateCopiesVerifiesAndRefusesWhatIsThere() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kmd-migrate-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = try await SQLiteStore.open(directory: folder + "/a", logger: quiet)
        for number in 0..<40 { try await file.put("/registry/core/configmaps/default/m\(number)", "v\(number)") }
        await file.close()
        let cluster = try await EtcdCluster(size: 1)
        let etcd = "etcd:" + cluster.addresses
        func migrate(_ words: String...) async throws {
            // Written as a user would: one word for each flag.
            let command = try MigrateCommand.parse(words)
            try await command.move()
        }
        do {
            try await migrate("--from=sqlite:\(folder)/a", "--to=\(etcd)")
            await #expect { try await migrate("--from=sqlite:\(folder)/a", "--to=\(etcd)") } throws: { "\($0)".contains("--force") }
            try await migrate("--from=sqlite:\(folder)/a", "--to=\(etcd)", "--force")
            try await migrate("--from=\(etcd)", "--to=sqlite:\(folder)/b")
            await #expect { try await migrate("--from=sqlite:\(folder)/none", "--to=\(etcd)") } throws: { "\($0)".contains("no state.db") }
            await #expect { try await migrate("--from=file:x", "--to=\(etcd)") } throws: { "\($0)".contains("sqlite:/") }
            let back = try await SQLiteStore.open(directory: folder + "/b", logger: quiet)
            let items = try await back.read(KeyRange(prefix: "/registry/"), at: nil, limit: 0).items
            #expect(items.count == 40 && items.last?.text == "v9")
            await back.close()
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
    }
}
