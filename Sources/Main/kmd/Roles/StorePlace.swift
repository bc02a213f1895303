import Logging
import Store
import StoreEtcd
import StoreSQLite

/// Where a store is: the one place that knows both backends.
enum StorePlace: Sendable {
    /// In a file of one machine: `state.db` in the directory, made if it is missing.
    case sqlite(directory: String, options: SQLiteStoreOptions = SQLiteStoreOptions())
    /// In an etcd cluster, which any number of API servers may share.
    case etcd(EtcdStoreOptions)

    /// What all keys of the API begin with.
    static let root = "/registry/"

    /// Opens it. Throws `StoreError`.
    func open(logger: Logger) async throws -> any Store {
        switch self {
        case .sqlite(let directory, let options): try await SQLiteStore.open(directory: directory, options: options, logger: logger)
        case .etcd(let options): try await EtcdStore.open(options, logger: logger)
        }
    }

    /// For a person.
    var words: String {
        switch self {
        case .sqlite(let directory, _): "\(directory)/state.db"
        case .etcd(let options): "etcd at \(options.endpoints.map(\.description).joined(separator: ","))"
        }
    }
}
