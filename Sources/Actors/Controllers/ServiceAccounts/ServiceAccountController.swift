import ControllerKit
import Core
import JSON

/// Sees to it that each living namespace has the service account `default`.
public struct ServiceAccountController: ControllerLogic {
    public let name = "service-account-controller"
    private static let account = "default"
    public init() {}

    public var watches: [Watch<ObjectName>] {
        [
            .itself(.namespaces),
            Watch(.serviceAccounts) { old, new, _ in
                guard new == nil, let old, ObjectName(of: old).name == ServiceAccountController.account else { return [] }
                return [ObjectName(name: ObjectName(of: old).namespace)]
            },
        ]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        let account = ObjectName(namespace: key.name, name: ServiceAccountController.account)
        guard let namespace = view.object(.namespaces, key), !namespace.isBeingDeleted, view.object(.serviceAccounts, account) == nil
        else { return .nothing }
        return Plan([
            .create(
                .serviceAccounts,
                [
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": ["name": .string(account.name), "namespace": .string(account.namespace)],
                ])
        ])
    }
}
