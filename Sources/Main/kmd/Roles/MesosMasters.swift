import Logging
import Mesos
import ZooKeeper

/// The masters as a command line names them.
enum MesosMasters {
    /// - Parameters:
    ///   - text: `host:port`, a list, or `zk://…/path`.
    ///   - source: what to name in refusals: `--mesos-master`.
    ///   - secure: masters that ZooKeeper names speak TLS.
    /// - Throws: `PlainFailure` with the remedy.
    static func detector(_ text: String, source: String, secure: Bool) throws -> any MasterDetector {
        guard !text.hasPrefix("zk://") else {
            let address: ZooKeeperAddress
            // The text may hold a password: only what is wrong with it is said.
            do { address = try ZooKeeperAddress(text) } catch { throw PlainFailure("\(source): \(error). Write zk://host:port,host:port/mesos.") }
            guard address.path != "/" else {
                throw PlainFailure("\(source)=\(address): masters have a folder of their own. Name it: zk://host:port,host:port/mesos.")
            }
            return ZooKeeperMasters(address, secure: secure)
        }
        guard let masters = MesosEndpoint.list(text) else {
            throw PlainFailure("\(source)=\(text): this is no list of masters. Name them: host:port, with commas.")
        }
        return StaticMasters(masters)
    }
}
