import GRDB
import Glibc
import Store

/// The store's files in its directory, and the way they are opened: refused, and never changed, when they are not ours, damaged,
/// or held.
struct DataFile {
    /// "kmd1": says that the file is a kmd store (https://sqlite.org/pragma.html#pragma_application_id).
    static let applicationID: Int64 = 0x6b6d_6431
    static let schemaVersion: Int64 = 1

    let path: String
    let queue: DatabaseQueue
    private let lock: Int32

    /// Takes the lock, checks what is there, makes what is not. Blocks; not for the cooperative pool.
    init(directory: String, options: SQLiteStoreOptions) throws(StoreError) {
        path = directory + "/state.db"
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw .files("create the directory", directory) }
        lock = try Self.takeLock(directory + "/state.lock")
        do {
            let isNew = try Self.createIfMissing(path)
            if !isNew { try Self.check(path) }
            queue = try Self.open(path, options)
        } catch let error as StoreError {
            Self.release(lock)
            throw error
        } catch {
            Self.release(lock)
            throw .database(error, path)
        }
    }

    func close() {
        try? queue.close()
        Self.release(lock)
    }

    /// Unlocked by word, not only by closing: a child that is just being started elsewhere in the process still has the file for
    /// a moment.
    private static func release(_ lock: Int32) {
        _ = flock(lock, LOCK_UN)
        Glibc.close(lock)
    }

    // MARK: The lock

    /// The lock is the kernel's: it goes with the process, however that ends. The file stays; it also names the holder.
    private static func takeLock(_ path: String) throws(StoreError) -> Int32 {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .files("open", path) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            defer { Glibc.close(file) }
            guard errno == EWOULDBLOCK else { throw .files("lock", path) }
            var text = [UInt8](repeating: 0, count: 32)
            let count = max(0, Glibc.read(file, &text, text.count))
            let pid = String(decoding: text[..<count].prefix { $0 >= 48 && $0 <= 57 }, as: UTF8.self)
            let holder = pid.isEmpty ? "another process" : "process \(pid)"
            throw .locked("\(path) is held by \(holder): stop that kmd first, or use another data directory")
        }
        let pid = Array("\(getpid())\n".utf8)
        _ = ftruncate(file, 0)
        _ = pwrite(file, pid, pid.count, 0)
        return file
    }

    // MARK: The file

    /// Created before SQLite opens it, so that nobody else can ever read it; SQLite gives its side files the same mode.
    private static func createIfMissing(_ path: String) throws(StoreError) -> Bool {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file >= 0 {
            Glibc.close(file)
            return true
        }
        guard errno == EEXIST else { throw .files("create", path) }
        var status = stat()
        guard stat(path, &status) == 0 else { throw .files("read", path) }
        return status.st_size == 0
    }

    /// Looks at a file through a read-only connection, so that a file that is refused is as it was.
    private static func check(_ path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        try queue.read { db in
            let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
            // A process may have died between creating the file and its tables.
            if application == 0, version == 0, tables == 0 { return }
            guard application == applicationID else {
                throw StoreError.damaged(
                    "\(path) is not a kmd store (application id \(application)). It was left as it is. Move it away, or use another data directory"
                )
            }
            guard version == schemaVersion else {
                throw StoreError.damaged(
                    """
                    \(path) was written by another kmd (schema \(version); this one knows \(schemaVersion)). \
                    It was left as it is. Use the kmd that wrote it, or another data directory
                    """)
            }
            if let fault = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), fault != "ok" {
                let line = fault.split(separator: "\n").last.map(String.init) ?? fault
                throw StoreError.damaged(
                    "\(path) is damaged (\(line)). It was left as it is. Put a backup in its place, or move it away to begin anew"
                )
            }
        }
    }

    private static func open(_ path: String, _ options: SQLiteStoreOptions) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "kmd.store"
        // Only another program's reading of the file can hold us up.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
            if options.maximumFileBytes > 0 {
                let page = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4_096
                try db.execute(sql: "PRAGMA max_page_count = \(max(1, options.maximumFileBytes / page))")
            }
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.write { db in
            guard try Int64.fetchOne(db, sql: "PRAGMA application_id") == 0 else { return }
            try db.execute(
                sql: """
                    CREATE TABLE change (
                        id INTEGER PRIMARY KEY, key TEXT NOT NULL, created INTEGER NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL
                    );
                    CREATE TABLE meta (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = \(schemaVersion);
                    """)
        }
        return queue
    }
}

extension StoreError {
    fileprivate static func files(_ verb: String, _ path: String) -> StoreError {
        .unavailable("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }

    /// An error of GRDB.
    static func database(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return .unavailable("\(path): \(error)") }
        return .sqlite(error.resultCode.rawValue, error.message ?? "error", file: path)
    }
}
