import JSON

/// What Kubernetes fills into a pod's spec: part of it wherever a spec stands (pods and templates), part on pods alone.
enum PodDefaults {
    /// Of any pod spec: `spec` of a pod, `spec.template.spec` of a controller.
    static func apply(toSpec spec: inout JSONObject) {
        let hostNetwork = spec["hostNetwork"]?.bool == true
        for key in ["initContainers", "containers"] where spec[key] != nil {
            spec.update(key, default: .null) { containers in
                updateElements(&containers) { apply(toContainer: &$0, hostNetwork: hostNetwork) }
            }
        }
        if spec["volumes"] != nil {
            spec.update("volumes", default: .null) { updateElements(&$0, VolumeDefaults.apply) }
        }
        setIfMissing(&spec, "restartPolicy", "Always")
        setIfMissing(&spec, "terminationGracePeriodSeconds", 30)
        setIfMissing(&spec, "dnsPolicy", "ClusterFirst")
        setIfMissing(&spec, "securityContext", .object(JSONObject()))
        setIfMissing(&spec, "schedulerName", "default-scheduler")
        // Two names of one field.
        if let account = spec["serviceAccountName"] ?? spec["serviceAccount"] {
            spec["serviceAccountName"] = account
            spec["serviceAccount"] = account
        }
    }

    /// Of a pod, beyond what a template gets: requests are at least the limits, service links are on.
    static func apply(toPodSpec spec: inout JSONObject) {
        apply(toSpec: &spec)
        for key in ["initContainers", "containers"] where spec[key] != nil {
            spec.update(key, default: .null) { updateElements(&$0, copyLimitsToRequests) }
        }
        setIfMissing(&spec, "enableServiceLinks", true)
    }

    private static func apply(toContainer container: inout JSONObject, hostNetwork: Bool) {
        if container["ports"] != nil {
            container.update("ports", default: .null) { ports in
                updateElements(&ports) { port in
                    setIfMissing(&port, "protocol", "TCP")
                    if hostNetwork, (port["hostPort"]?.integer ?? 0) == 0, let number = port["containerPort"] {
                        port["hostPort"] = number
                    }
                }
            }
        }
        if container["env"] != nil {
            container.update("env", default: .null) { variables in
                updateElements(&variables) { variable in
                    guard variable["valueFrom"]?["fieldRef"] != nil else { return }
                    variable.update("valueFrom", default: .null) { setFieldRefVersion(&$0) }
                }
            }
        }
        if container["resources"] == nil {
            container["resources"] = .object(JSONObject())
        } else {
            container.update("resources", default: .null, canonicaliseResources)
        }
        for key in ["livenessProbe", "readinessProbe", "startupProbe"] where container[key]?.object != nil {
            container.update(key, default: .null, setProbeDefaults)
        }
        if container["lifecycle"]?.object != nil {
            container.update("lifecycle", default: .null) { lifecycle in
                lifecycle.updateObject { hooks in
                    for hook in ["postStart", "preStop"] where hooks[hook]?["httpGet"] != nil {
                        hooks.update(hook, default: .null, setHTTPDefaults)
                    }
                }
            }
        }
        setIfMissing(&container, "terminationMessagePath", "/dev/termination-log")
        setIfMissing(&container, "terminationMessagePolicy", "File")
        if container["imagePullPolicy"]?.nonEmptyString == nil {
            container["imagePullPolicy"] = .string(pullPolicy(of: container["image"]?.string ?? ""))
        }
    }

    /// `Always` for the tag `latest` and for no tag at all, `IfNotPresent` for any other tag and for digests.
    static func pullPolicy(of image: String) -> String {
        let name = image.utf8
        if name.contains(UInt8(ascii: "@")) { return "IfNotPresent" }
        let lastPart = name.lastIndex(of: UInt8(ascii: "/")).map { name[name.index(after: $0)...] } ?? name[...]
        guard let colon = lastPart.lastIndex(of: UInt8(ascii: ":")) else { return "Always" }
        return Substring(lastPart[lastPart.index(after: colon)...]) == "latest" ? "Always" : "IfNotPresent"
    }

    private static func setProbeDefaults(_ probe: inout JSONValue) {
        if probe["httpGet"]?.object != nil { setHTTPDefaults(&probe) }
        probe.updateObject { probe in
            for (key, value) in [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
                as [(String, Int64)]
            where (probe[key]?.integer ?? 0) == 0 { probe[key] = .integer(value) }
        }
    }

    private static func setHTTPDefaults(_ handler: inout JSONValue) {
        handler.updateObject { handler in
            handler.update("httpGet", default: .null) { get in
                get.updateObject { get in
                    setIfMissing(&get, "path", "/")
                    setIfMissing(&get, "scheme", "HTTP")
                }
            }
        }
    }

    static func setFieldRefVersion(_ holder: inout JSONValue) {
        holder.updateObject { holder in
            holder.update("fieldRef", default: .null) { reference in
                reference.updateObject { setIfMissing(&$0, "apiVersion", "v1") }
            }
        }
    }

    private static func canonicaliseResources(_ resources: inout JSONValue) {
        resources.updateObject { resources in
            for key in ["limits", "requests"] where resources[key]?.object != nil {
                resources.update(key, default: .null, Quantities.canonicalise)
            }
        }
    }

    private static func copyLimitsToRequests(_ container: inout JSONObject) {
        guard let limits = container["resources"]?["limits"]?.object, !limits.isEmpty else { return }
        container.update("resources", default: .null) { resources in
            resources.updateObject { resources in
                resources.update("requests", default: .object(JSONObject())) { requests in
                    requests.updateObject { requests in
                        for (name, amount) in limits where requests[name] == nil { requests[name] = amount }
                    }
                }
            }
        }
    }

    /// Sets a member that is missing or an empty text.
    static func setIfMissing(_ object: inout JSONObject, _ key: String, _ value: JSONValue) {
        switch object[key] {
        case nil, .null?, .string("")?: object[key] = value
        default: break
        }
    }

    /// Changes each object of a list in place; what is no object stays (validation of structure has its say elsewhere).
    static func updateElements(_ list: inout JSONValue, _ change: (inout JSONObject) -> Void) {
        guard case .array = list else { return }
        list.updateArray { elements in
            for position in elements.indices {
                if case .object = elements[position] { elements[position].updateObject(change) }
            }
        }
    }
}
