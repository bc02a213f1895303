import Foundation

/// The project's own Swift files, as text. Generated ones are left out.
struct SourceTree {
    struct File: Sendable {
        /// From the project's root: `Sources/Actors/Binder/BinderState.swift`.
        let path: String
        let lines: [String]
        private let text: Data

        init(path: String, text: Data) {
            (self.path, self.text) = (path, text)
            lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\n")
        }

        /// Whether one of the words is anywhere in the file. A search of bytes: in a debug build that of each line's characters takes seconds.
        func mentions(_ words: [String]) -> Bool { words.contains { text.range(of: Data($0.utf8)) != nil } }

        /// The lines without comments that take a whole line; numbers from 1.
        var code: [(number: Int, text: String)] {
            lines.enumerated().compactMap { index, line in
                line.drop { $0 == " " }.hasPrefix("//") ? nil : (index + 1, line)
            }
        }

        /// The modules that it imports.
        var imports: [String] {
            code.compactMap { line in
                var words = line.text.split(separator: " ")
                while let first = words.first, first.hasPrefix("@") || ["public", "package", "internal", "private"].contains(first) {
                    words.removeFirst()
                }
                guard words.first == "import", let name = words.last else { return nil }
                return String(name.prefix { $0 != "." })
            }
        }

        /// `Sources/Services/Store/Store.swift` belongs to `Store`.
        var module: String { path.split(separator: "/").dropFirst(2).first.map(String.init) ?? "" }
    }

    let root: URL
    let files: [File]

    static func read(generated: Set<String> = ["MesosProto", "CRIProto", "EtcdProto"]) throws -> SourceTree {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var files: [File] = []
        for folder in ["Sources", "Tests"] {
            let walker = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
            while let url = walker?.nextObject() as? URL {
                guard url.pathExtension == "swift" else { continue }
                let path = String(url.path.dropFirst(root.path.count + 1))
                let file = File(path: path, text: try Data(contentsOf: url))
                if !generated.contains(file.module) { files.append(file) }
            }
        }
        return SourceTree(root: root, files: files.sorted { $0.path < $1.path })
    }

    func files(below prefix: String) -> [File] { files.filter { $0.path.hasPrefix(prefix) } }

    /// The folders that are modules of ours.
    func modules(below folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).filter { !$0.hasPrefix(".") }.sorted()
    }
}
