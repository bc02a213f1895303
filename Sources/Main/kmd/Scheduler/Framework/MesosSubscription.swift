import ActorKit
import Core
import KubeClient
import Logging
import Mesos

/// Keeps the framework subscribed under its stored id.
///
/// What the client cannot mend by itself becomes a standing that an operator sees, and that ends when the cause is gone: a refused framework
/// is tried again, a removed one waits until its id is forgotten, a mismatch until the ids agree or the other framework is gone. The
/// process lives on in all of them, launches nothing, and leaves running tasks alone.
struct MesosSubscription: Component {
    let name = "mesos-subscription"
    let client: MesosSchedulerClient
    let identity: FrameworkIdentity
    let parts: SchedulerParts
    /// Called when another scheduler has taken the id; `true`: that is being dealt with.
    let displaced: @Sendable () -> Bool
    var retry: Duration = .seconds(30)

    func run() async {
        defer { client.close() }
        while !Task.isCancelled, let id = await identity.current() {
            guard let end = await client.run(as: id) else { return }
            switch end {
            case .failedOver:
                if !displaced() { parts.report(.failedOver(id)) }
                return
            case .frameworkRemoved:
                // With a failover timeout of zero each loss of the stream removes the framework: that is what was asked for.
                if parts.options.framework.failoverTimeout > .zero {
                    parts.report(.removed(id))
                    await until { await self.isNotStored(id) }
                } else {
                    parts.log.notice("the framework ended with its connection, as --failover-timeout=0 asks", metadata: ["framework": "\(id)"])
                    await identity.forget(id)
                }
            case .rejected(let why):
                parts.report(.refused(why))
                try? await parts.time.sleep(for: retry)
            case .left(let why):
                // The feed has reported why.
                parts.log.notice("left Mesos", metadata: ["because": "\(why)"])
                let subscribed = await client.frameworkID ?? id
                await until { await self.isSettled(subscribed) }
            }
        }
    }

    private func until(_ done: () async -> Bool) async {
        while !Task.isCancelled {
            try? await parts.time.sleep(for: parts.options.standingLook)
            if await done() { return }
        }
    }

    private func isNotStored(_ id: FrameworkID) async -> Bool {
        guard case .success(let stored)? = await identity.stored() else { return false }
        return stored != id
    }

    /// The ids agree again, or the framework that was subscribed is no more.
    private func isSettled(_ id: FrameworkID) async -> Bool {
        if case .success(id)? = await identity.stored() { return true }
        let master = MesosOperatorClient(masters: parts.options.masters, access: parts.options.access)
        guard let standing = try? await master.framework(id) else { return false }
        return standing.phase == .completed
    }
}
