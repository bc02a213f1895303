import JSON

/// An entry of `metadata.ownerReferences`: the object goes when its owners are gone.
public struct OwnerReference: Sendable, Hashable {
    public let apiVersion: String
    public let kind: String
    public let name: String
    public let uid: String
    /// At most one owner manages the object.
    public let isController: Bool
    /// A foreground deletion of the owner waits for the object.
    public let blocksOwnerDeletion: Bool

    public init(
        apiVersion: String, kind: String, name: String, uid: String, isController: Bool = true, blocksOwnerDeletion: Bool = true
    ) {
        (self.apiVersion, self.kind, self.name, self.uid) = (apiVersion, kind, name, uid)
        (self.isController, self.blocksOwnerDeletion) = (isController, blocksOwnerDeletion)
    }

    public init(json: JSONValue) {
        self.init(
            apiVersion: json.text("apiVersion"), kind: json.text("kind"), name: json.text("name"), uid: json.text("uid"),
            isController: json.flag("controller"), blocksOwnerDeletion: json.flag("blockOwnerDeletion"))
    }

    public var json: JSONValue {
        var value: JSONValue = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
        ]
        if isController { value["controller"] = true }
        if blocksOwnerDeletion { value["blockOwnerDeletion"] = true }
        return value
    }
}
