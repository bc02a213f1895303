import Core
import NIOPosix
import NodeAgent
import NodeFiles

/// The node agent's view of the disk. The calls block, so they run on threads that may.
struct DiskVolumes: VolumePort {
    let files: NodeFiles

    func podDirectory(_ uid: PodUID) -> String { files.podDirectory(uid) }
    func logDirectory(_ key: PodKey, _ uid: PodUID) -> String { files.logDirectory(key, uid) }

    func emptyDir(_ uid: PodUID, volume: String, medium: String, sizeLimit: Int64?) async throws(VolumeFailure) -> String {
        try await perform { try $0.emptyDir(uid, volume: volume, medium: medium, sizeLimit: sizeLimit) }
    }

    func hostPath(_ path: String, type: String) async throws(VolumeFailure) {
        try await perform { try $0.hostPath(path, type: type) }
    }

    func projected(_ uid: PodUID, volume: String, kind: String, files: [ProjectedFile]) async throws(VolumeFailure) -> String {
        let volumeFiles = files.map { VolumeFile(path: $0.path, contents: $0.contents, mode: $0.mode) }
        return try await perform { try $0.projected(uid, volume: volume, kind: kind, files: volumeFiles) }
    }

    func podFile(_ uid: PodUID, path: String, contents: [UInt8], mode: Int, replacing: Bool) async throws(VolumeFailure) -> String {
        try await perform {
            try $0.podFile(uid, path: path, contents: contents, mode: mode, replacing: replacing)
        }
    }

    func subPath(_ root: String, _ path: String) async throws(VolumeFailure) -> String {
        try await perform { try $0.subPath(root, path) }
    }

    func makeDirectory(_ path: String) async throws(VolumeFailure) {
        try await perform { try $0.makeDirectory(path) }
    }

    func tail(_ path: String, limit: Int) async -> [UInt8] {
        let files = files
        return (try? await NIOThreadPool.singleton.runIfActive { files.tail(path, limit: limit) }) ?? []
    }

    func removeFiles(_ paths: [String]) async {
        let files = files
        _ = try? await NIOThreadPool.singleton.runIfActive { files.removeFiles(paths) }
    }

    func removePod(_ key: PodKey, _ uid: PodUID) async throws(VolumeFailure) {
        try await perform { try $0.removePod(key, uid) }
    }

    private func perform<T: Sendable>(_ body: @escaping @Sendable (NodeFiles) throws -> T) async throws(VolumeFailure) -> T {
        let files = files
        do {
            return try await NIOThreadPool.singleton.runIfActive { try body(files) }
        } catch {
            throw VolumeFailure("\(error)")
        }
    }
}
