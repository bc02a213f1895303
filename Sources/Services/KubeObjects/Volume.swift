import JSON

/// A volume of a pod's spec.
public struct Volume: Sendable, Hashable {
    public let name: String
    public let source: Source

    public enum Source: Sendable, Hashable {
        /// `medium` is empty or `Memory`.
        case emptyDir(medium: String, sizeLimit: Quantity?)
        /// `type` is empty, `DirectoryOrCreate`, `Directory`, `FileOrCreate`, `File`, `Socket`, `CharDevice` or `BlockDevice`.
        case hostPath(path: String, type: String)
        /// Everything that is files made from API objects: a single ConfigMap, Secret or downward API volume is one projection.
        case projected([Projection], defaultMode: Int)
        /// A kind that this executor does not mount; its field's name in the spec.
        case unsupported(String)
    }

    public init(json: JSONValue) {
        name = json.text("name")
        source = Volume.source(json)
    }

    private static func source(_ json: JSONValue) -> Source {
        if let empty = json["emptyDir"] {
            return .emptyDir(medium: empty.text("medium"), sizeLimit: empty["sizeLimit"].flatMap { Quantity(json: $0) })
        }
        if let host = json["hostPath"] { return .hostPath(path: host.text("path"), type: host.text("type")) }
        if let map = json["configMap"] { return .projected([.configMap(KeysOf(json: map, name: "name"))], defaultMode: mode(map)) }
        if let secret = json["secret"] {
            return .projected([.secret(KeysOf(json: secret, name: "secretName"))], defaultMode: mode(secret))
        }
        if let downward = json["downwardAPI"] { return .projected([.downwardAPI(items(downward))], defaultMode: mode(downward)) }
        if let projected = json["projected"] {
            return .projected(projected.items("sources").compactMap(projection), defaultMode: mode(projected))
        }
        let kind = json.object.flatMap { object in object.lazy.map(\.key).first { $0 != "name" } }
        // A volume without a source is an emptyDir, as Kubernetes defaults it.
        return kind.map(Source.unsupported) ?? .emptyDir(medium: "", sizeLimit: nil)
    }

    private static func mode(_ json: JSONValue) -> Int { Int(json.number("defaultMode") ?? 0o644) }

    private static func projection(_ json: JSONValue) -> Projection? {
        if let map = json["configMap"] { return .configMap(KeysOf(json: map, name: "name")) }
        if let secret = json["secret"] { return .secret(KeysOf(json: secret, name: "name")) }
        if let downward = json["downwardAPI"] { return .downwardAPI(items(downward)) }
        return nil
    }

    private static func items(_ json: JSONValue) -> [DownwardFile] { json.items("items").map(DownwardFile.init(json:)) }
}

/// One source of a volume's files.
public enum Projection: Sendable, Hashable {
    case configMap(KeysOf)
    case secret(KeysOf)
    case downwardAPI([DownwardFile])
}

/// The keys of a ConfigMap or a Secret that become files; no items: all keys, each under its own name.
public struct KeysOf: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
        public let key: String
        public let path: String
        public let mode: Int?
    }

    public let name: String
    public let optional: Bool
    public let items: [Item]

    init(json: JSONValue, name field: String) {
        name = json.text(field)
        optional = json.flag("optional")
        items = json.items("items").map {
            Item(key: $0.text("key"), path: $0.text("path"), mode: $0.number("mode").map { Int($0) })
        }
    }
}

/// A file that holds something about the pod itself.
public struct DownwardFile: Sendable, Hashable {
    public let path: String
    public let source: EnvVar.Source
    public let mode: Int?

    init(json: JSONValue) {
        path = json.text("path")
        mode = json.number("mode").map { Int($0) }
        if let resource = json["resourceFieldRef"] {
            source = .resource(
                container: resource.text("containerName"), resource: resource.text("resource"), divisor: resource.text("divisor"))
        } else {
            source = .field(path: json["fieldRef"]?.text("fieldPath") ?? "")
        }
    }
}
