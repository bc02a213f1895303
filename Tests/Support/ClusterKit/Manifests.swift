/// Manifests that tests create, as a user would write them.
public enum Manifests {
    /// A pod of one busybox container that runs `script`. `extra` is YAML of the container, `spec` of the pod.
    public static func busybox(
        _ name: String, script: String = "trap 'exit 0' TERM; while :; do sleep 0.2; done", restartPolicy: String = "Always",
        container extra: [String] = [], spec: [String] = [], metadata: [String] = []
    ) -> String {
        var lines = ["apiVersion: v1", "kind: Pod", "metadata:", "  name: \(name)"] + metadata.map { "  " + $0 }
        lines += ["spec:", "  restartPolicy: \(restartPolicy)", "  terminationGracePeriodSeconds: 5"] + spec.map { "  " + $0 }
        lines += ["  containers:", "  - name: main", "    image: busybox", "    imagePullPolicy: IfNotPresent"]
        lines += ["    command: [\"sh\", \"-c\", \(quoted(script))]"] + extra.map { "    " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The nginx pod of the guides; `ports` is YAML below `- containerPort: 80`.
    public static func nginx(_ name: String, port extra: [String] = [], container: [String] = []) -> String {
        (["apiVersion: v1", "kind: Pod", "metadata:", "  name: \(name)", "spec:", "  containers:", "  - name: nginx", "    image: nginx",
          "    imagePullPolicy: IfNotPresent", "    ports:", "    - containerPort: 80"]
            + extra.map { "      " + $0 } + container.map { "    " + $0 })
            .joined(separator: "\n") + "\n"
    }

    /// A deployment of busybox pods that do nothing. `spec` is YAML of the pods; `mark` a word of their command line, so that a process list shows whose they are.
    public static func deployment(_ name: String, replicas: Int, spec: [String] = [], mark: String? = nil) -> String {
        let command = ["sh", "-c", quoted("trap 'exit 0' TERM; while :; do sleep 0.2; done")] + (mark.map { [$0] } ?? [])
        var lines = ["apiVersion: apps/v1", "kind: Deployment", "metadata: {name: \(name)}", "spec:", "  replicas: \(replicas)"]
        lines += ["  selector: {matchLabels: {app: \(name)}}", "  template:", "    metadata: {labels: {app: \(name)}}", "    spec:"]
        lines += ["      terminationGracePeriodSeconds: 1"] + spec.map { "      " + $0 } + ["      containers:"]
        lines += ["      - {name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [\(command.joined(separator: ", "))]}"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }
}
