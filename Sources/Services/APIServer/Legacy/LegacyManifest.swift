import JSON
import KubeObjects

extension Legacy {
    /// `ContainerManifest`, what v1 calls a pod's spec.
    enum Manifest {
        /// The manifest of a state that has none.
        static let empty: JSONValue = ["version": "", "id": "", "volumes": .null, "containers": .null, "restartPolicy": [:]]

        static func upgrade(_ manifest: JSONValue?) -> JSONValue {
            guard let manifest, !manifest.isNull else { return [:] }
            var spec: JSONValue = [:]
            spec["containers"] = elements(manifest["containers"], upgradeContainer)
            spec["volumes"] = elements(manifest["volumes"], upgradeVolume)
            spec["dnsPolicy"] = manifest["dnsPolicy"]
            spec["hostNetwork"] = manifest["hostNetwork"]
            if let policy = manifest["restartPolicy"] { spec["restartPolicy"] = upgradeRestartPolicy(policy) }
            return spec
        }

        static func downgrade(_ spec: JSONValue?) -> JSONValue {
            var manifest: JSONValue = ["version": .string(Legacy.version), "id": ""]
            manifest["volumes"] = elements(spec?["volumes"], downgradeVolume) ?? .null
            manifest["containers"] = elements(spec?["containers"], downgradeContainer) ?? .null
            manifest["restartPolicy"] = downgradeRestartPolicy(spec?["restartPolicy"])
            manifest["dnsPolicy"] = spec?["dnsPolicy"]
            if spec?["hostNetwork"] == true { manifest["hostNetwork"] = true }
            return manifest
        }

        /// Each element that is an object, changed; `nil` for nothing.
        private static func elements(_ list: JSONValue?, _ change: (JSONValue) -> JSONValue) -> JSONValue? {
            guard let list, !list.isNull else { return nil }
            guard let elements = list.array else { return list }
            return .array(elements.map { $0.object == nil ? $0 : change($0) })
        }

        // MARK: Restart policy: a member for each, empty

        private static let policies = [("always", "Always"), ("onFailure", "OnFailure"), ("never", "Never")]

        private static func upgradeRestartPolicy(_ policy: JSONValue) -> JSONValue? {
            guard let object = policy.object else { return policy }
            for (old, new) in policies where object[old].map({ !$0.isNull }) ?? false { return .string(new) }
            return nil
        }

        private static func downgradeRestartPolicy(_ policy: JSONValue?) -> JSONValue {
            guard let old = policies.first(where: { .string($0.1) == policy })?.0 else { return [:] }
            var result: JSONValue = [:]
            result[old] = [:]
            return result
        }

        // MARK: Volumes

        private static let sources = [
            ("hostDir", "hostPath"), ("emptyDir", "emptyDir"), ("persistentDisk", "gcePersistentDisk"), ("gitRepo", "gitRepo"),
        ]

        private static func upgradeVolume(_ volume: JSONValue) -> JSONValue {
            var result: JSONValue = [:]
            result["name"] = volume["name"]
            var isEmpty = true
            for (old, new) in sources {
                guard let source = volume.at("source", old), !source.isNull else { continue }
                result[new] = source
                isEmpty = false
            }
            if isEmpty { result["emptyDir"] = [:] }
            return result
        }

        /// A kind of volume that v1beta1 did not know has no source there.
        private static func downgradeVolume(_ volume: JSONValue) -> JSONValue {
            var result: JSONValue = [:]
            result["name"] = volume["name"]
            var source: JSONValue = [:]
            for (old, new) in sources { source[old] = volume[new] }
            result["source"] = source
            return result
        }

        // MARK: Containers

        /// Members that are the same in both.
        private static let shared = ["name", "image", "workingDir", "ports", "terminationMessagePath"]
        private static let pullPolicies = [("PullAlways", "Always"), ("PullIfNotPresent", "IfNotPresent"), ("PullNever", "Never")]

        private static func upgradeContainer(_ container: JSONValue) -> JSONValue {
            var result: JSONValue = [:]
            for member in shared { result[member] = container[member] }
            // What v1beta1 calls the command are the arguments of the image's entry point.
            result["command"] = container["entrypoint"]
            result["args"] = container["command"]
            result["env"] = elements(container["env"]) { upgradeNamed($0, "key", "name") }
            result["volumeMounts"] = elements(container["volumeMounts"]) { mount in
                var mount = upgradeNamed(mount, "path", "mountPath")
                mount["mountType"] = nil
                return mount
            }
            for member in ["livenessProbe", "readinessProbe"] { result[member] = container[member].map(upgradeProbe) }
            result["lifecycle"] = container["lifecycle"].map { lifecycle in
                guard let hooks = lifecycle.object else { return lifecycle }
                var result: JSONValue = [:]
                for (name, hook) in zip(hooks.keys, hooks.values) { result[name] = upgradeHandler(hook) }
                return result
            }
            if let policy = container["imagePullPolicy"], policy != "" {
                result["imagePullPolicy"] = pullPolicies.first { .string($0.0) == policy }.map { .string($0.1) } ?? policy
            }
            if container["privileged"] == true { result["securityContext"] = ["privileged": true] }
            var limits: JSONValue = [:]
            if let cpu = container["cpu"], cpu != 0 { limits["cpu"] = cpu.integer.map { .string("\($0)m") } ?? cpu }
            if let memory = container["memory"], memory != 0 { limits["memory"] = memory.integer.map { .string("\($0)") } ?? memory }
            if limits.object?.isEmpty == false { result["resources"] = ["limits": limits] }
            return result
        }

        private static func downgradeContainer(_ container: JSONValue) -> JSONValue {
            var result: JSONValue = [:]
            for member in shared { result[member] = container[member] }
            result["entrypoint"] = container["command"]
            result["command"] = container["args"]
            for member in ["env", "volumeMounts", "lifecycle"] { result[member] = container[member] }
            for member in ["livenessProbe", "readinessProbe"] { result[member] = container[member].map(downgradeProbe) }
            let limits = container.at("resources", "limits")
            result["cpu"] = limits?["cpu"]?.string.flatMap { try? Quantity(parsing: $0) }.map { .integer($0.milliValue) }
            result["memory"] = limits?["memory"]?.string.flatMap { try? Quantity(parsing: $0) }.map { .integer($0.value) }
            if let policy = container["imagePullPolicy"] {
                result["imagePullPolicy"] = pullPolicies.first { .string($0.1) == policy }.map { .string($0.0) } ?? policy
            }
            if container.at("securityContext", "privileged") == true { result["privileged"] = true }
            return result
        }

        /// A member that once had another name.
        private static func upgradeNamed(_ object: JSONValue, _ old: String, _ new: String) -> JSONValue {
            var object = object
            if let value = object[old] {
                if object[new] == nil || object[new] == "" { object[new] = value }
                object[old] = nil
            }
            return object
        }

        // MARK: Probes and hooks

        private static func upgradeProbe(_ probe: JSONValue) -> JSONValue {
            guard probe.object != nil else { return probe }
            var result = upgradeHandler(probe)
            // The kind stands in the member that is there.
            for member in ["type", "enabled"] { result[member] = nil }
            return result
        }

        private static func downgradeProbe(_ probe: JSONValue) -> JSONValue {
            var result: JSONValue = [:]
            for (member, type) in [("httpGet", "http"), ("tcpSocket", "tcp"), ("exec", "exec")] {
                guard var action = probe[member] else { continue }
                result["type"] = .string(type)
                if let port = action["port"]?.integer { action["port"] = .string(String(port)) }
                if member == "httpGet" { action["scheme"] = nil }
                result[member] = action
            }
            result["initialDelaySeconds"] = probe["initialDelaySeconds"]
            return result
        }

        /// A port could be written as text even where it is a number.
        private static func upgradeHandler(_ handler: JSONValue) -> JSONValue {
            var handler = handler
            for member in ["httpGet", "tcpSocket"] {
                if let number = handler.at(member, "port")?.string.flatMap({ Int64($0) }) {
                    handler.set(.integer(number), at: member, "port")
                }
            }
            return handler
        }
    }
}
