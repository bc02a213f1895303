import JSON

extension ResourceKind {
    public static let leases = ResourceKind(
        group: "coordination.k8s.io", plural: "leases", singular: "lease", kind: "Lease", isNamespaced: true,
        columns: [nameColumn, TableColumn("Holder", "Who holds the lease now."), ageColumn],
        cells: { object in [object.name, .string(object.text("spec", "holderIdentity")), object.age] }, rules: LeaseRules())

    /// What a launch of a pod on an agent was decided to be, written before the offer is accepted.
    public static let launchIntents = ResourceKind(
        group: "kmd.dev", plural: "launchintents", singular: "launchintent", kind: "LaunchIntent", isNamespaced: false,
        columns: [
            nameColumn, TableColumn("Pod", "Namespace and name of the pod."), TableColumn("Agent", "The agent's host name."),
            TableColumn("Term", "The leadership that decided it."), ageColumn,
        ],
        cells: { object in
            [
                object.name, .string(object.text("spec", "podNamespace") + "/" + object.text("spec", "podName")),
                .string(object.text("spec", "agentHostname")), .string(object.json.at("spec", "term")?.text ?? ""), object.age,
            ]
        },
        rules: LaunchIntentRules(), bulk: [.create, .delete])

    /// None can be defined yet. kubectl lists them before it says that a kind is unknown, so the list is there, and empty.
    public static let customResourceDefinitions = ResourceKind(
        group: "apiextensions.k8s.io", plural: "customresourcedefinitions", singular: "customresourcedefinition",
        kind: "CustomResourceDefinition", shortNames: ["crd", "crds"], categories: ["api-extensions"], isNamespaced: false,
        verbs: [.get, .list, .watch], columns: [nameColumn, TableColumn("Created At", type: "date")],
        cells: { object in [object.name, .string(object.text("metadata", "creationTimestamp"))] }, rules: PlainRules())

    public static let services = ResourceKind(
        plural: "services", singular: "service", kind: "Service", shortNames: ["svc"], categories: ["all"], isNamespaced: true,
        subresources: [.status(of: "Service")],
        columns: ServiceTable.columns, cells: ServiceTable.cells,
        selectableFields: [SelectableField("spec.clusterIP"), SelectableField("spec.type")], rules: ServiceRules())

    public static let nodes = ResourceKind(
        plural: "nodes", singular: "node", kind: "Node", shortNames: ["no"], isNamespaced: false,
        subresources: [.status(of: "Node")],
        columns: NodeTable.columns, cells: NodeTable.cells,
        selectableFields: [SelectableField("spec.unschedulable", absent: "false")], rules: NodeRules())

    public static let events = ResourceKind(
        plural: "events", singular: "event", kind: "Event", shortNames: ["ev"], isNamespaced: true,
        columns: EventTable.columns, cells: EventTable.cells,
        selectableFields: [
            SelectableField("involvedObject.kind"), SelectableField("involvedObject.namespace"),
            SelectableField("involvedObject.name"),
            SelectableField("involvedObject.uid"), SelectableField("involvedObject.apiVersion"),
            SelectableField("involvedObject.resourceVersion"), SelectableField("involvedObject.fieldPath"),
            SelectableField("reason"), SelectableField("reportingComponent"),
            SelectableField("source", path: ["source", "component"]),
            SelectableField("type"),
        ],
        rules: EventRules(), bulk: .create)

    public static let pods = ResourceKind(
        plural: "pods", singular: "pod", kind: "Pod", shortNames: ["po"], categories: ["all"], isNamespaced: true,
        subresources: [
            Subresource("attach", kind: "PodAttachOptions", verbs: [.create, .get]),
            Subresource("binding", kind: "Binding", verbs: [.create]),
            Subresource("eviction", kind: "Eviction", group: "policy", version: "v1", verbs: [.create]),
            Subresource("exec", kind: "PodExecOptions", verbs: [.create, .get]), Subresource("log", kind: "Pod", verbs: [.get]),
            Subresource("portforward", kind: "PodPortForwardOptions", verbs: [.create, .get]), .status(of: "Pod"),
        ],
        columns: PodTable.columns, cells: PodTable.cells, rowConditions: PodTable.rowConditions,
        cellSpecMembers: ["nodeName", "containers", "initContainers", "readinessGates"],
        selectableFields: [
            SelectableField("spec.nodeName"), SelectableField("spec.restartPolicy"), SelectableField("spec.schedulerName"),
            SelectableField("spec.serviceAccountName"), SelectableField("spec.hostNetwork", absent: "false"),
            SelectableField("status.phase"), SelectableField("status.podIP"), SelectableField("status.nominatedNodeName"),
        ],
        rules: PodRules())
}
