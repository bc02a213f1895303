import JSON

extension ResourceKind {
    public static let replicationControllers = ResourceKind(
        plural: "replicationcontrollers", singular: "replicationcontroller", kind: "ReplicationController", shortNames: ["rc"],
        categories: ["all"], isNamespaced: true,
        subresources: [.scale, .status(of: "ReplicationController")],
        columns: WorkloadTable.replicaColumns, cells: WorkloadTable.replicaCells,
        selectableFields: [SelectableField("status.replicas", absent: "0")], rules: ReplicationControllerRules())

    public static let replicaSets = ResourceKind(
        group: "apps", plural: "replicasets", singular: "replicaset", kind: "ReplicaSet", shortNames: ["rs"], categories: ["all"],
        isNamespaced: true, subresources: [.scale, .status(of: "ReplicaSet")],
        columns: WorkloadTable.replicaColumns, cells: WorkloadTable.replicaCells,
        selectableFields: [SelectableField("status.replicas", absent: "0")], rules: ReplicaSetRules())

    public static let deployments = ResourceKind(
        group: "apps", plural: "deployments", singular: "deployment", kind: "Deployment", shortNames: ["deploy"],
        categories: ["all"], isNamespaced: true, subresources: [.scale, .status(of: "Deployment")],
        columns: WorkloadTable.deploymentColumns, cells: WorkloadTable.deploymentCells, rules: DeploymentRules())
}
