import JSON

extension ResourceKind {
    static let nameColumn = TableColumn("Name", format: "name", "The name of the object, unique in its namespace.")
    static let ageColumn = TableColumn("Age", "Time since the object was created.")

    public static let configMaps = ResourceKind(
        plural: "configmaps", singular: "configmap", kind: "ConfigMap", shortNames: ["cm"], isNamespaced: true,
        columns: [nameColumn, TableColumn("Data", "Number of entries."), ageColumn],
        cells: { object in
            let count = (object.json["data"]?.object?.count ?? 0) + (object.json["binaryData"]?.object?.count ?? 0)
            return [object.name, .integer(Int64(count)), object.age]
        },
        rules: ConfigMapRules())

    public static let secrets = ResourceKind(
        plural: "secrets", singular: "secret", kind: "Secret", isNamespaced: true,
        columns: [
            nameColumn, TableColumn("Type", "What the data is for."), TableColumn("Data", "Number of entries."), ageColumn,
        ],
        cells: { object in
            [object.name, .string(object.text("type")), .integer(Int64(object.json["data"]?.object?.count ?? 0)), object.age]
        },
        selectableFields: [SelectableField("type")], rules: SecretRules())

    public static let serviceAccounts = ResourceKind(
        plural: "serviceaccounts", singular: "serviceaccount", kind: "ServiceAccount", shortNames: ["sa"], isNamespaced: true,
        columns: [nameColumn, TableColumn("Secrets", "Number of secrets."), ageColumn],
        cells: { object in [object.name, .integer(Int64(object.json["secrets"]?.array?.count ?? 0)), object.age] },
        rules: ServiceAccountRules())

    public static let namespaces = ResourceKind(
        plural: "namespaces", singular: "namespace", kind: "Namespace", shortNames: ["ns"], isNamespaced: false,
        verbs: [.create, .delete, .get, .list, .patch, .update, .watch],
        subresources: [Subresource("finalize", kind: "Namespace", verbs: [.update]), .status(of: "Namespace")],
        columns: [nameColumn, TableColumn("Status", "Active, or Terminating while it is emptied."), ageColumn],
        cells: { object in [object.name, .string(object.text("status", "phase")), object.age] },
        selectableFields: [SelectableField("status.phase")], rules: NamespaceRules())
}
