import Glibc
import Logging

/// Imports OCI archives into containerd, each once: an archive is known by its path, size and time of change.
struct ImageImporter: Sendable {
    let layout: ContainerdLayout
    let directories: [String]
    let ctr: String
    let snapshotter: String
    let logger: Logger

    struct Archive: Sendable, Hashable {
        let path: String
        let size: Int
        let changed: Int
        /// A line of the record.
        var line: String { "\(size) \(changed) \(path)" }
        /// The sandbox image: without it no pod starts.
        var isPause: Bool { path.hasSuffix("/pause.tar") }
    }

    /// All archives, those for sandboxes first, then by path.
    func archives() -> [Archive] {
        var found: [Archive] = []
        for directory in [layout.imagesDirectory] + directories {
            for name in Files.names(in: directory) where name.hasSuffix(".tar") && !name.hasPrefix(".") {
                let path = "\(directory)/\(name)"
                var info = stat()
                guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { continue }
                found.append(
                    Archive(
                        path: path, size: Int(info.st_size),
                        changed: Int(info.st_mtim.tv_sec) * 1_000_000_000 + info.st_mtim.tv_nsec))
            }
        }
        return found.filter(\.isPause) + found.filter { !$0.isPause }
    }

    /// - Parameter evenIfRecorded: the runtime does not have it, whatever the record says.
    func importSandboxImage(evenIfRecorded: Bool) async {
        let recorded = record()
        for archive in archives() where archive.isPause && (evenIfRecorded || !recorded.contains(archive.line)) {
            await importOne(archive)
        }
    }

    /// Those that are not recorded. A failure is told and does not stop the others; the next start tries again.
    func importAll() async {
        for archive in archives() where !record().contains(archive.line) {
            if Task.isCancelled { return }
            await importOne(archive)
        }
    }

    private func importOne(_ archive: Archive) async {
        let result = await Command.run(
            [
                ctr, "--address", layout.socket, "--connect-timeout", "2s", "--namespace", "k8s.io", "images", "import",
                "--snapshotter", snapshotter, archive.path,
            ],
            timeout: .seconds(600))
        if Task.isCancelled { return }
        guard result.succeeded else {
            logger.error("cannot import an image archive", metadata: ["archive": "\(archive.path)", "why": "\(result.output)"])
            return
        }
        logger.info("imported an image archive", metadata: ["archive": "\(archive.path)"])
        // Lines of archives that are gone, or that were others before, are of no use.
        let present = Set(archives().map(\.line))
        let lines = record().filter(present.contains).union([archive.line])
        do { try Files.write(lines.sorted().map { $0 + "\n" }.joined(), to: layout.imported) } catch {
            logger.warning("cannot record an import, it will be done again at the next start", metadata: ["why": "\(error)"])
        }
    }

    private func record() -> Set<String> {
        Set((Files.text(layout.imported) ?? "").split(separator: "\n").map(String.init))
    }
}
