// Writes numbered pairs of keys to the store in the directory given, and prints each number once its commit was answered: what a test
// kills at any moment, to see that everything printed is there afterwards. Arguments: directory, first number.
import Glibc
import Logging
import Store
import StoreSQLite

guard CommandLine.arguments.count == 3, let first = Int(CommandLine.arguments[2]) else {
    print("usage: StoreCrashWriter DIRECTORY FIRST")
    exit(64)
}
let logger = Logger(label: "crash-writer") { _ in SwiftLogNoOpLogHandler() }
let store = try await SQLiteStore.open(directory: CommandLine.arguments[1], logger: logger)
try await withThrowingTaskGroup(of: Void.self) { group in
    // Several writers, so that batches of more than one commit are torn too, if any is.
    for writer in 0..<4 {
        group.addTask {
            var number = first + writer
            while true {
                let value = Array("\(number)".utf8)
                _ = try await store.commit(
                    Transaction(then: [
                        .put(key: "/left/\(number)", value: value), .put(key: "/right/\(number)", value: value),
                        .put(key: "/last/\(writer)", value: value),
                    ]))
                let line = Array("\(number)\n".utf8)
                _ = write(1, line, line.count)
                number += 4
            }
        }
    }
    try await group.waitForAll()
}
