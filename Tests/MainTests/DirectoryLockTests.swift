import Foundation
import Testing

@testable import kmd

@Suite struct DirectoryLockTests {
    func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "kmd-lock-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    /// Takes the lock and lets it go; what was said when it could not.
    func refusal(_ path: String, _ claim: DirectoryLock.Claim) -> String? {
        do {
            _ = try DirectoryLock(path, claim)
            return nil
        } catch { return "\(error)" }
    }

    @Test func serversShareADirectoryAndUninstallWaitsForThem() throws {
        try withDirectory { path in
            let first = try DirectoryLock(path, .shared)
            #expect(refusal(path, .shared) == nil)
            #expect(refusal(path, .alone)?.contains("stop them first") == true)
            _ = consume first
            #expect(refusal(path, .alone) == nil)
        }
    }

    @Test func noServerStartsInADirectoryThatIsBeingRemoved() throws {
        try withDirectory { path in
            let removal = try DirectoryLock(path, .alone)
            #expect(refusal(path, .shared)?.contains("uninstall is at work") == true)
            _ = consume removal
        }
    }

    @Test func aDirectoryThatIsNotThereIsNamed() {
        #expect(refusal("/nowhere/at-all", .shared)?.contains("/nowhere/at-all/servers.lock") == true)
    }
}
