import GRDBSQLite
import Store

/// A prepared statement on the writer's connection, bound and stepped without copies of what it is given.
/// Not Sendable: it lives with the `Engine`, on the writer's queue.
final class RawStatement {
    private let connection: OpaquePointer
    private var statement: OpaquePointer?

    init(_ connection: OpaquePointer, _ sql: String) throws(StoreError) {
        self.connection = connection
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK else { throw .sqlite(code, connection) }
    }

    /// To be called before the connection closes.
    func finalize() {
        sqlite3_finalize(statement)
        statement = nil
    }

    func bind(_ position: Int32, _ number: Int64) { sqlite3_bind_int64(statement, position, number) }

    /// Runs it once for its effect. `text` and `blob` are bound in place, at the positions given.
    func run(text: (Int32, String)? = nil, blob: (Int32, [UInt8])? = nil) throws(StoreError) {
        var code = SQLITE_OK
        let step = {
            code = sqlite3_step(self.statement)
            // With it goes what was bound in place.
            sqlite3_reset(self.statement)
            sqlite3_clear_bindings(self.statement)
        }
        let stepWithBlob = {
            guard let (position, bytes) = blob else { return step() }
            if bytes.isEmpty {
                sqlite3_bind_zeroblob(self.statement, position, 0)
                return step()
            }
            bytes.withUnsafeBytes { buffer in
                sqlite3_bind_blob(self.statement, position, buffer.baseAddress, Int32(buffer.count), nil)
                step()
            }
        }
        if let (position, string) = text {
            var string = string
            string.withUTF8 { buffer in
                buffer.withMemoryRebound(to: CChar.self) { characters in
                    _ = sqlite3_bind_text(self.statement, position, characters.baseAddress, Int32(characters.count), nil)
                }
                stepWithBlob()
            }
        } else {
            stepWithBlob()
        }
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw .sqlite(code, connection) }
    }

    /// Calls `row` for each row until it returns false. Columns are read with the functions below.
    func forEachRow(_ row: () throws(StoreError) -> Bool) throws(StoreError) {
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw .sqlite(code, connection) }
            guard try row() else { return }
        }
    }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let pointer = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: pointer, count: Int(sqlite3_column_bytes(statement, column))))
    }

    func text(_ column: Int32) -> String {
        guard let pointer = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: pointer, count: count), as: UTF8.self)
    }
}

extension StoreError {
    /// What a failure of SQLite means to the store's callers.
    static func sqlite(_ code: Int32, _ connection: OpaquePointer) -> StoreError {
        let text = sqlite3_errmsg(connection).map { String(cString: $0) } ?? "error"
        let file = sqlite3_db_filename(connection, "main").map { String(cString: $0) } ?? "the database"
        return .sqlite(code, text, file: file)
    }

    static func sqlite(_ code: Int32, _ text: String, file: String) -> StoreError {
        switch code & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            .damaged(
                "\(file) is damaged (\(text)). Nothing was changed in it. Put a backup in its place, or move it away to begin anew"
            )
        case SQLITE_FULL:
            .unavailable("\(file) cannot grow (\(text)): free some space on its disk")
        case SQLITE_BUSY, SQLITE_LOCKED:
            .unavailable("\(file) is in use by another program (\(text)): stop that program")
        default:
            .unavailable("\(file): \(text) (SQLite's code \(code))")
        }
    }
}
