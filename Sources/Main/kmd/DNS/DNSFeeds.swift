import DNSRegistrar
import JSON
import KubeClient
import Logging

/// The registrar's view of the API server: what it follows, told as facts.
struct DNSFeeds: Sendable {
    let client: KubeClient
    let registrar: DNSRegistrar
    let followsPods: Bool
    let logger: Logger

    /// Runs until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await follow(
                    "/api/v1/services", all: { .servicesSynced($0.compactMap(ServiceFacts.init)) },
                    one: { ServiceFacts($0).map(ZoneInput.service) }
                ) {
                    ZoneKey(of: $0).map(ZoneInput.serviceGone)
                }
            }
            group.addTask {
                await follow(
                    "/apis/discovery.k8s.io/v1/endpointslices", all: { .slicesSynced($0.compactMap(SliceFacts.init)) },
                    one: { SliceFacts($0).map(ZoneInput.slice) }
                ) {
                    ZoneKey(of: $0).map(ZoneInput.sliceGone)
                }
            }
            group.addTask {
                await follow(
                    "/api/v1/namespaces", all: { .namespacesSynced($0.compactMap { ZoneKey(of: $0)?.name }) },
                    one: { ZoneKey(of: $0).map { .namespace($0.name) } }
                ) {
                    ZoneKey(of: $0).map { .namespaceGone($0.name) }
                }
            }
            if followsPods {
                group.addTask {
                    await follow(
                        "/api/v1/pods", all: { .podsSynced($0.compactMap(PodFacts.init)) },
                        one: { PodFacts($0).map(ZoneInput.pod) }
                    ) {
                        ZoneKey(of: $0).map(ZoneInput.podGone)
                    }
                }
            }
        }
    }

    private func follow(
        _ path: String, all: @Sendable ([JSONValue]) -> RegistrarFact, one: @Sendable (JSONValue) -> ZoneInput?,
        gone: @Sendable (JSONValue) -> ZoneInput?
    ) async {
        let informer = Informer(
            client, path,
            failed: { [logger] error in logger.info("\(path) cannot be followed just now", metadata: ["error": "\(error)"]) })
        await informer.run { event in
            switch event {
            case .synced(let objects): await registrar.tell(all(objects))
            case .added(let object), .modified(let object): if let input = one(object) { await registrar.tell(.changed(input)) }
            case .deleted(let object): if let input = gone(object) { await registrar.tell(.changed(input)) }
            }
        }
    }
}
