import Glibc
import Logging
import Store
import StoreSQLite

/// The store on a real file: what a durable commit costs, alone and among others.
func storeBenchmarks() async throws {
    var template = Array("/tmp/kmd-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return print("mkdtemp failed") }
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["state.db", "state.db-wal", "state.db-shm", "state.lock"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
    let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let store = try await SQLiteStore.open(directory: directory, logger: logger)
    let value = [UInt8](repeating: 0x61, count: 2_300)

    let serial = 2_000
    try await measure("durable put, one writer", count: serial) {
        for number in 0..<serial { try await put(store, "/registry/core/pods/default/serial-\(number)", value) }
    }
    let writers = 64
    let each = 250
    try await measure("durable put, \(writers) writers", count: writers * each) {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for number in 0..<each { try await put(store, "/registry/core/pods/ns-\(writer)/pod-\(number)", value) }
                }
            }
            try await group.waitForAll()
        }
    }
    try await measure("read of one key", count: 20_000) {
        for number in 0..<20_000 {
            _ = try await store.read(KeyRange(key: "/registry/core/pods/default/serial-\(number % serial)"), at: nil, limit: 0)
        }
    }
    await store.close()
    try await measure("open with \(serial + writers * each) objects", count: 1) {
        let again = try await SQLiteStore.open(directory: directory, logger: logger)
        await again.close()
    }
}

private func put(_ store: SQLiteStore, _ key: String, _ value: [UInt8]) async throws {
    let step = Operation.put(key: key, value: value)
    _ = try await store.commit(Transaction(if: [.absent(key)], then: [step]))
}
