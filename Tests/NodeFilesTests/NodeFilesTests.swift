import Core
import Foundation
import Testing

@testable import NodeFiles

@Suite struct NodeFilesTests: ~Copyable {
    let root: String
    let files: NodeFiles
    let uid: PodUID = "u-1"

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "kmd-files-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        files = NodeFiles(root: root)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func projectedFilesAreReadThroughOneLinkAndReplacedTogether() throws {
        let path = try files.projected(uid, volume: "v", kind: "configmap", files: [
            VolumeFile(path: "a", contents: Array("1".utf8), mode: 0o644), VolumeFile(path: "d/b", contents: Array("2".utf8), mode: 0o400),
        ])
        #expect(text(path + "/a") == "1" && text(path + "/d/b") == "2")
        #expect(files.linkTarget(path + "/a") == "..data/a")
        let before = files.linkTarget(path + "/..data")
        _ = try files.projected(uid, volume: "v", kind: "configmap", files: [VolumeFile(path: "c", contents: Array("3".utf8), mode: 0o644)])
        #expect(text(path + "/a") == nil && text(path + "/c") == "3")
        #expect(files.linkTarget(path + "/..data") != before)
        #expect(FileTree.names(in: path).filter { $0.hasPrefix("..") }.count == 2)
    }

    @Test func whatHasNotChangedIsNotWrittenAgain() throws {
        let content = [VolumeFile(path: "a", contents: Array("1".utf8), mode: 0o644)]
        let path = try files.projected(uid, volume: "v", kind: "secret", files: content)
        let before = files.linkTarget(path + "/..data")
        _ = try files.projected(uid, volume: "v", kind: "secret", files: content)
        #expect(files.linkTarget(path + "/..data") == before)
    }

    @Test(arguments: ["../x", "/x", "a/../../x", ""])
    func aFileCannotLeaveItsVolume(path: String) {
        #expect(throws: NodeFilesError.self) {
            try files.projected(uid, volume: "v", kind: "secret", files: [VolumeFile(path: path, contents: [], mode: 0o644)])
        }
    }

    @Test func aSubPathIsMadeAndCannotLeaveItsVolume() throws {
        let volume = try files.emptyDir(uid, volume: "v", medium: "", sizeLimit: nil)
        #expect(try files.subPath(volume, "a/b") == files.realPath(volume + "/a/b"))
        try FileManager.default.createSymbolicLink(atPath: volume + "/out", withDestinationPath: "/etc")
        #expect(throws: NodeFilesError.self) { try files.subPath(volume, "out") }
        #expect(throws: NodeFilesError.self) { try files.subPath(volume, "../x") }
    }

    @Test func hostPathsAreCheckedAsTheirTypeSays() throws {
        try files.hostPath(root + "/new", type: "DirectoryOrCreate")
        try files.hostPath(root + "/new", type: "Directory")
        #expect(throws: NodeFilesError("hostPath type check failed: \(root)/new is not a file")) { try files.hostPath(root + "/new", type: "File") }
        #expect(throws: NodeFilesError.self) { try files.hostPath(root + "/none", type: "Directory") }
        try files.hostPath(root + "/none", type: "")
    }

    @Test func aPodFileIsKeptUnlessReplaced() throws {
        let path = try files.podFile(uid, path: "etc-hosts", contents: Array("one".utf8), mode: 0o644, replacing: false)
        _ = try files.podFile(uid, path: "etc-hosts", contents: Array("two".utf8), mode: 0o644, replacing: false)
        #expect(text(path) == "one")
        _ = try files.podFile(uid, path: "etc-hosts", contents: Array("two".utf8), mode: 0o644, replacing: true)
        #expect(text(path) == "two")
        #expect(files.tail(path, limit: 2) == Array("wo".utf8))
        #expect(files.tail(path + "-none", limit: 2) == [])
    }

    @Test func aRemovedPodLeavesNothingAndLosesNothingOfOthers() throws {
        let outside = root + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        let volume = try files.emptyDir(uid, volume: "v", medium: "", sizeLimit: nil)
        try FileManager.default.createSymbolicLink(atPath: volume + "/link", withDestinationPath: outside)
        let key = PodKey(namespace: "n", name: "p")
        try files.makeDirectory(files.logDirectory(key, uid) + "/c")
        try files.removePod(key, uid)
        try files.removePod(key, uid)
        #expect(FileTree.names(in: root + "/pods") == [] && FileTree.names(in: root + "/logs") == [])
        #expect(files.fileType(outside, following: false) != nil)
    }
}
