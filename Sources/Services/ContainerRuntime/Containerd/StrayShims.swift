import Core
import Glibc
import Logging
import NIOPosix

/// Ends the shim of a sandbox that is gone, if containerd forgot it.
///
/// A containerd that is killed after it started a sandbox's shim and before it made the task finds no task when it starts again; it
/// removes the sandbox when told to, and leaves the shim, which waits for ever.
struct StrayShims: Sendable {
    let layout: ContainerdLayout
    let logger: Logger
    let time: any TimeSource

    /// Called after a sandbox was removed. A shim that knows it needs a moment to end by itself.
    func end(of sandbox: String) async {
        let deadline = time.now + .seconds(2)
        var strays = await shims(of: sandbox)
        while !strays.isEmpty, time.now < deadline, !Task.isCancelled {
            try? await time.sleep(for: .milliseconds(50))
            strays = strays.filter(\.isAlive)
        }
        for stray in strays {
            stray.signal(SIGKILL)
            logger.notice("ended a shim that containerd had forgotten", metadata: ["sandbox": "\(sandbox)", "pid": "\(stray.pid)"])
        }
    }

    private func shims(of sandbox: String) async -> [ProcessIdentity] {
        let sequence = ["-id", sandbox, "-address", layout.socket]
        return (try? await NIOThreadPool.singleton.runIfActive { ProcessTable.running(with: sequence) }) ?? []
    }
}
