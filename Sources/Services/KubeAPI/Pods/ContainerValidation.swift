import JSON

/// Containers of a pod's spec, one after the other, in the order of Kubernetes' checks.
extension PodValidation {
    mutating func validateContainers(_ containers: [JSONValue], _ list: String, _ names: inout Set<String>) {
        if containers.isEmpty {
            errors.append(.required("\(base).\(list)"))
            return
        }
        for (position, container) in containers.enumerated() {
            let field = "\(base).\(list)[\(position)]"
            let name = container["name"]?.string ?? ""
            if name.isEmpty { errors.append(.required(field + ".name")) }
            for fault in name.isEmpty ? [] : Names.labelFaults(name) { errors.append(.invalid(field + ".name", name, fault)) }
            if !names.insert(name).inserted { errors.append(.duplicate(field + ".name", name)) }
            validateContainer(container, field)
        }
        validateHostPortConflicts(containers, list)
    }

    private mutating func validateContainer(_ container: JSONValue, _ field: String) {
        let image = container["image"]?.string ?? ""
        if image.isEmpty {
            errors.append(.required(field + ".image"))
        } else if image.utf8.first == 32 || image.utf8.last == 32 {
            errors.append(.invalid(field + ".image", image, "must not have leading or trailing whitespace"))
        }
        if let lifecycle = container["lifecycle"] {
            for hook in ["postStart", "preStop"] {
                if let handler = lifecycle[hook] { validateHandler(handler, "\(field).lifecycle.\(hook)") }
            }
        }
        validateProbe(container["livenessProbe"], field + ".livenessProbe", mustSucceedOnce: true)
        let policy = container["terminationMessagePolicy"]?.string ?? ""
        if policy != "File", policy != "FallbackToLogsOnError" {
            errors.append(.invalid(field + ".terminationMessagePolicy", policy, "must be 'File' or 'FallbackToLogsOnError'"))
        }
        validateProbe(container["readinessProbe"], field + ".readinessProbe", mustSucceedOnce: false)
        validateProbe(container["startupProbe"], field + ".startupProbe", mustSucceedOnce: true)
        if let ports = container["ports"]?.array { validatePorts(ports, field) }
        if let variables = container["env"]?.array { validateEnvironment(variables, field) }
        if let sources = container["envFrom"]?.array { validateEnvironmentSources(sources, field) }
        if let mounts = container["volumeMounts"]?.array { validateMounts(mounts, field) }
        let pullPolicy = container["imagePullPolicy"]?.string ?? ""
        if pullPolicy != "IfNotPresent", pullPolicy != "Always", pullPolicy != "Never" {
            errors.append(.notSupported(field + ".imagePullPolicy", pullPolicy, ["Always", "IfNotPresent", "Never"]))
        }
        if let resources = container["resources"] { errors += ResourceValidation.errors(of: resources, field + ".resources") }
        validateUsers(container["securityContext"], field + ".securityContext")
    }

    private mutating func validatePorts(_ ports: [JSONValue], _ container: String) {
        var names: Set<String> = []
        for (position, port) in ports.enumerated() {
            let field = "\(container).ports[\(position)]"
            if let name = port["name"]?.string, !name.isEmpty {
                let faults = Names.portNameFaults(name)
                for fault in faults { errors.append(.invalid(field + ".name", name, fault)) }
                if faults.isEmpty, !names.insert(name).inserted { errors.append(.duplicate(field + ".name", name)) }
            }
            let number = port["containerPort"]?.integer ?? 0
            if number == 0 {
                errors.append(.required(field + ".containerPort"))
            } else {
                validatePortNumber(number, field + ".containerPort")
            }
            if let hostPort = port["hostPort"]?.integer, hostPort != 0 { validatePortNumber(hostPort, field + ".hostPort") }
            let transport = port["protocol"]?.string ?? ""
            if transport != "TCP", transport != "UDP", transport != "SCTP" {
                errors.append(.notSupported(field + ".protocol", transport, ["SCTP", "TCP", "UDP"]))
            }
        }
    }

    mutating func validatePortNumber(_ number: Int64, _ field: String) {
        if !(1...65535).contains(number) { errors.append(.invalid(field, number, "must be between 1 and 65535, inclusive")) }
    }

    private mutating func validateHostPortConflicts(_ containers: [JSONValue], _ list: String) {
        var taken: Set<String> = []
        for (position, container) in containers.enumerated() {
            for (index, port) in (container["ports"]?.array ?? []).enumerated() {
                guard let number = port["hostPort"]?.integer, number != 0 else { continue }
                let key = "\(port["protocol"]?.string ?? "")/\(port["hostIP"]?.string ?? "")/\(number)"
                if !taken.insert(key).inserted {
                    errors.append(.duplicate("\(base).\(list)[\(position)].ports[\(index)].hostPort", key))
                }
            }
        }
    }

    private mutating func validateEnvironment(_ variables: [JSONValue], _ container: String) {
        for (position, variable) in variables.enumerated() {
            let field = "\(container).env[\(position)]"
            let name = variable["name"]?.string ?? ""
            if name.isEmpty { errors.append(.required(field + ".name")) }
            for fault in name.isEmpty ? [] : Names.environmentNameFaults(name) {
                errors.append(.invalid(field + ".name", name, fault))
            }
            guard let source = variable["valueFrom"], case .object(let members) = source else { continue }
            let kinds = members.filter { !$0.value.isNull }.count
            if !(variable["value"]?.string ?? "").isEmpty {
                if kinds != 0 {
                    errors.append(.invalid(field + ".valueFrom", "", "may not be specified when `value` is not empty"))
                }
            } else if kinds == 0 {
                errors.append(
                    .invalid(
                        field + ".valueFrom", "",
                        "must specify one of: `fieldRef`, `resourceFieldRef`, "
                            + "`configMapKeyRef` or `secretKeyRef`"))
            } else if kinds > 1 {
                errors.append(.invalid(field + ".valueFrom", "", "may not have more than one field specified at a time"))
            }
            if let reference = source["fieldRef"] { validateFieldReference(reference, field + ".valueFrom.fieldRef") }
            for kind in ["configMapKeyRef", "secretKeyRef"] {
                guard let reference = source[kind] else { continue }
                require(reference["key"], "\(field).valueFrom.\(kind).key")
            }
        }
    }

    private mutating func validateFieldReference(_ reference: JSONValue, _ field: String) {
        let known = [
            "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
            "status.podIP", "status.podIPs",
        ]
        let path = reference["fieldPath"]?.string ?? ""
        if path.isEmpty {
            errors.append(.required(field + ".fieldPath"))
        } else if !known.contains(path), !path.hasPrefix("metadata.labels["), !path.hasPrefix("metadata.annotations[") {
            errors.append(.notSupported(field + ".fieldPath", path, known))
        }
    }

    private mutating func validateEnvironmentSources(_ sources: [JSONValue], _ container: String) {
        for (position, source) in sources.enumerated() {
            let field = "\(container).envFrom[\(position)]"
            let references = ["configMapRef", "secretRef"].filter { source[$0] != nil }
            if references.isEmpty {
                errors.append(.invalid(field, "", "must specify one of: `configMapRef` or `secretRef`"))
            } else if references.count > 1 {
                errors.append(.invalid(field, "", "may not have more than one field specified at a time"))
            }
            for reference in references { require(source[reference]?["name"], "\(field).\(reference).name") }
        }
    }

    private mutating func validateMounts(_ mounts: [JSONValue], _ container: String) {
        var paths: Set<String> = []
        for (position, mount) in mounts.enumerated() {
            let field = "\(container).volumeMounts[\(position)]"
            let name = mount["name"]?.string ?? ""
            if name.isEmpty { errors.append(.required(field + ".name")) }
            if !hasVolume(name) { errors.append(.notFound(field + ".name", name)) }
            let path = mount["mountPath"]?.string ?? ""
            if path.isEmpty { errors.append(.required(field + ".mountPath")) }
            if !paths.insert(path).inserted { errors.append(.invalid(field + ".mountPath", path, "must be unique")) }
            if let subPath = mount["subPath"]?.string, !subPath.isEmpty {
                if subPath.hasPrefix("/") { errors.append(.invalid(field + ".subPath", subPath, "must be a relative path")) }
                validateBackSteps(subPath, field + ".subPath")
            }
        }
    }

    // MARK: Probes and handlers

    private mutating func validateProbe(_ probe: JSONValue?, _ field: String, mustSucceedOnce: Bool) {
        guard let probe, case .object = probe else { return }
        validateHandler(probe, field)
        for key in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
            if let number = probe[key]?.integer, number < 0 {
                errors.append(.invalid("\(field).\(key)", number, "must be greater than or equal to 0"))
            }
        }
        if mustSucceedOnce, let threshold = probe["successThreshold"]?.integer, threshold != 1 {
            errors.append(.invalid(field + ".successThreshold", threshold, "must be 1"))
        }
    }

    private mutating func validateHandler(_ handler: JSONValue, _ field: String) {
        var count = 0
        for key in ["exec", "httpGet", "tcpSocket", "grpc"] {
            guard let action = handler[key], !action.isNull else { continue }
            count += 1
            if count > 1 {
                errors.append(.forbidden("\(field).\(key)", "may not specify more than 1 handler type"))
                continue
            }
            switch key {
            case "exec": if (action["command"]?.array ?? []).isEmpty { errors.append(.required(field + ".exec.command")) }
            case "httpGet":
                require(action["path"], field + ".httpGet.path")
                validatePort(action["port"], field + ".httpGet.port")
                let scheme = action["scheme"]?.string ?? ""
                if scheme != "HTTP", scheme != "HTTPS" {
                    errors.append(.notSupported(field + ".httpGet.scheme", scheme, ["HTTP", "HTTPS"]))
                }
            default: validatePort(action["port"], "\(field).\(key).port")
            }
        }
        if count == 0 { errors.append(.required(field, "must specify a handler type")) }
    }

    /// A number, or the name of a container's port.
    private mutating func validatePort(_ port: JSONValue?, _ field: String) {
        if case .string(let name)? = port {
            for fault in Names.portNameFaults(name) { errors.append(.invalid(field, name, fault)) }
        } else {
            validatePortNumber(port?.integer ?? 0, field)
        }
    }
}
