import JSON

/// What must hold of a pod's spec. Faults are collected in the order of Kubernetes' own validation.
struct PodValidation {
    /// Where the spec stands: `spec`, or `spec.template.spec`.
    let base: String
    var errors: [FieldError] = []
    private var volumeNames: Set<String> = []

    init(base: String) { self.base = base }

    mutating func validate(spec: JSONValue) {
        validateVolumes(spec["volumes"]?.array ?? [])
        let containers = spec["containers"]?.array ?? []
        var names: Set<String> = []
        validateContainers(containers, "containers", &names)
        let initContainers = spec["initContainers"]?.array ?? []
        if !initContainers.isEmpty { validateContainers(initContainers, "initContainers", &names) }
        validateRestartPolicy(spec["restartPolicy"]?.string ?? "")
        validateDNSPolicy(spec)
        errors += MetadataValidation.labelErrors(spec["nodeSelector"], base + ".nodeSelector")
        if spec["hostNetwork"]?.bool == true { validateHostNetwork(containers) }
        validateUsers(spec["securityContext"], base + ".securityContext")
        validateDNSConfig(spec["dnsConfig"])
        validateNames(spec)
        if let deadline = spec["activeDeadlineSeconds"]?.integer, deadline < 1 || deadline > Int64(Int32.max) {
            errors.append(.invalid(base + ".activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive"))
        }
        for (position, toleration) in (spec["tolerations"]?.array ?? []).enumerated() {
            validateToleration(toleration, "\(base).tolerations[\(position)]")
        }
        validateHostAliases(spec["hostAliases"])
    }

    private mutating func validateRestartPolicy(_ policy: String) {
        switch policy {
        case "Always", "OnFailure", "Never": break
        case "": errors.append(.required(base + ".restartPolicy"))
        default: errors.append(.notSupported(base + ".restartPolicy", policy, ["Always", "OnFailure", "Never"]))
        }
    }

    private mutating func validateDNSPolicy(_ spec: JSONValue) {
        let policy = spec["dnsPolicy"]?.string ?? ""
        switch policy {
        case "ClusterFirstWithHostNet", "ClusterFirst", "Default": break
        case "None":
            if spec["dnsConfig"]?.object == nil {
                errors.append(.required(base + ".dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None"))
            } else if (spec["dnsConfig"]?["nameservers"]?.array ?? []).isEmpty {
                errors.append(
                    .required(
                        base + ".dnsConfig.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None"))
            }
        case "": errors.append(.required(base + ".dnsPolicy"))
        default:
            errors.append(
                .notSupported(
                    base + ".dnsPolicy", policy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]))
        }
    }

    /// On the host's network a container's port is the host's.
    private mutating func validateHostNetwork(_ containers: [JSONValue]) {
        for (position, container) in containers.enumerated() {
            for (index, port) in (container["ports"]?.array ?? []).enumerated()
            where port["hostPort"]?.integer != port["containerPort"]?.integer {
                errors.append(
                    .invalid(
                        "\(base).containers[\(position)].ports[\(index)].containerPort", port["containerPort"]?.integer ?? 0,
                        "must match `hostPort` when `hostNetwork` is true"))
            }
        }
    }

    private static let nameFormats: [(key: String, format: NameFormat)] = [
        ("serviceAccountName", .subdomain), ("nodeName", .subdomain), ("hostname", .label), ("subdomain", .label),
        ("priorityClassName", .subdomain), ("runtimeClassName", .subdomain),
    ]

    private mutating func validateNames(_ spec: JSONValue) {
        for (key, format) in PodValidation.nameFormats {
            guard let name = spec[key]?.string, !name.isEmpty else { continue }
            for fault in Names.faults(name, format) { errors.append(.invalid("\(base).\(key)", name, fault)) }
        }
    }

    private mutating func validateToleration(_ toleration: JSONValue, _ field: String) {
        let key = toleration["key"]?.string ?? ""
        let operation = toleration["operator"]?.string ?? ""
        let effect = toleration["effect"]?.string ?? ""
        let value = toleration["value"]?.string ?? ""
        for fault in key.isEmpty ? [] : Names.qualifiedNameFaults(key) { errors.append(.invalid(field + ".key", key, fault)) }
        if key.isEmpty, operation != "Exists" {
            errors.append(
                .invalid(
                    field + ".operator", operation,
                    "operator must be Exists when `key` is empty, which means "
                        + "\"match all values and all keys\""))
        }
        if toleration["tolerationSeconds"] != nil, effect != "NoExecute" {
            errors.append(.invalid(field + ".effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
        }
        switch operation {
        case "", "Equal":
            let faults = Names.labelValueFaults(value)
            if !faults.isEmpty { errors.append(.invalid(field + ".operator", value, faults.joined(separator: ";"))) }
        case "Exists":
            if !value.isEmpty {
                errors.append(.invalid(field + ".operator", value, "value must be empty when `operator` is 'Exists'"))
            }
        default: errors.append(.notSupported(field + ".operator", operation, ["Equal", "Exists"]))
        }
        if !effect.isEmpty, effect != "NoExecute", effect != "NoSchedule", effect != "PreferNoSchedule" {
            errors.append(.notSupported(field + ".effect", effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]))
        }
    }

    // MARK: Volumes

    private mutating func validateVolumes(_ volumes: [JSONValue]) {
        for (position, volume) in volumes.enumerated() {
            let field = "\(base).volumes[\(position)]"
            validateVolumeSource(volume, field)
            let name = volume["name"]?.string ?? ""
            if name.isEmpty {
                errors.append(.required(field + ".name"))
            } else {
                let faults = Names.labelFaults(name)
                for fault in faults { errors.append(.invalid(field + ".name", name, fault)) }
                if volumeNames.contains(name) { errors.append(.duplicate(field + ".name", name)) }
            }
            volumeNames.insert(name)
        }
    }

    private mutating func validateVolumeSource(_ volume: JSONValue, _ field: String) {
        guard case .object(let members) = volume else { return }
        var count = 0
        for (key, source) in members where key != "name" && !source.isNull {
            count += 1
            if count > 1 {
                errors.append(.forbidden("\(field).\(key)", "may not specify more than 1 volume type"))
                continue
            }
            switch key {
            case "hostPath":
                let path = source["path"]?.string ?? ""
                if path.isEmpty { errors.append(.required("\(field).hostPath.path")) }
                validateBackSteps(path, "\(field).hostPath.path")
            case "secret": require(source["secretName"], "\(field).secret.secretName")
            case "configMap": require(source["name"], "\(field).configMap.name")
            case "persistentVolumeClaim": require(source["claimName"], "\(field).persistentVolumeClaim.claimName")
            case "nfs":
                require(source["server"], "\(field).nfs.server")
                require(source["path"], "\(field).nfs.path")
            default: break
            }
            if ["secret", "configMap", "downwardAPI", "projected"].contains(key) { validateFiles(source, "\(field).\(key)") }
        }
        if count == 0 { errors.append(.required(field, "must specify a volume type")) }
    }

    private mutating func validateFiles(_ source: JSONValue, _ field: String) {
        if let mode = source["defaultMode"]?.integer, mode < 0 || mode > 0o777 {
            errors.append(.invalid(field + ".defaultMode", mode, "must be a number between 0 and 0777 (octal), both inclusive"))
        }
        for (position, item) in (source["items"]?.array ?? []).enumerated() {
            let itemField = "\(field).items[\(position)]"
            if item["fieldRef"] == nil, item["resourceFieldRef"] == nil { require(item["key"], itemField + ".key") }
            let path = item["path"]?.string ?? ""
            if path.isEmpty { errors.append(.required(itemField + ".path")) }
            if path.hasPrefix("/") { errors.append(.invalid(itemField + ".path", path, "must be a relative path")) }
            validateBackSteps(path, itemField + ".path")
            if let mode = item["mode"]?.integer, mode < 0 || mode > 0o777 {
                errors.append(.invalid(itemField + ".mode", mode, "must be a number between 0 and 0777 (octal), both inclusive"))
            }
        }
    }

    mutating func validateBackSteps(_ path: String, _ field: String) {
        if path.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) {
            errors.append(.invalid(field, path, "must not contain '..'"))
        }
    }

    mutating func require(_ value: JSONValue?, _ field: String) {
        if (value?.string ?? "").isEmpty { errors.append(.required(field)) }
    }

    func hasVolume(_ name: String) -> Bool { volumeNames.contains(name) }
}
