import ControllerKit
import Controllers
import Core

/// Every controller that the controller manager runs: a further one is a line here and a folder in Sources/Actors/Controllers.
struct ControllerTable {
    let options: ControllerManagerOptions
    let cache: ObjectCache
    let api: any ControllerAPI
    let watcher: any ControllerWatcher

    var controllers: [any RunningController] {
        let addresses: EndpointAddresses = options.hostPortEndpoints ? .hostPort : .pod
        var nodeTimes = NodeLifecycleController.Times()
        nodeTimes.grace = options.nodeGrace
        let nodeAddresses = options.podRanges.map { [run(NodeAddressController(cluster: $0.cluster, prefix: $0.prefix))] } ?? []
        return nodeAddresses + [
            run(ReplicaLogic.replicationControllers),
            run(ReplicaLogic.replicaSets),
            run(DeploymentLogic()),
            run(EndpointsController(addresses: addresses)),
            run(EndpointSliceController(addresses: addresses)),
            run(EndpointSliceMirroring()),
            run(NamespaceController(kinds: FollowedKinds.all, unfollowed: FollowedKinds.unfollowed)),
            run(GarbageCollector(kinds: FollowedKinds.all)),
            run(ServiceAccountController()),
            run(PodGarbageCollector()),
            run(NodeLifecycleController(times: nodeTimes)),
            run(TaintEvictionController()),
        ]
    }

    private func run(_ logic: some ControllerLogic) -> any RunningController {
        Controller(logic, cache: cache, api: api, watcher: watcher)
    }
}
