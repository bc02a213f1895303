import Core
import JSON

/// The slices of one service that one controller keeps: what they should hold, and who owns them.
struct SliceSet: Sendable {
    let namespace: String
    let serviceName: String
    let manager: String
    /// Beside the two labels that every slice has.
    let labels: [String: String]
    let owner: JSONValue
    let ownerUID: String
    let groups: [SliceGroup]
    let keepOne: [AddressFamily]
    let trigger: Timestamp?

    struct Writes: Sendable {
        var create: [JSONValue] = []
        var update: [JSONValue] = []
        var delete: [JSONValue] = []
    }

    /// - Parameters:
    ///   - existing: all slices that carry our manager's label for this service.
    ///   - isTaken: whether a slice of this name is there, whoever made it.
    func writes(existing: [JSONValue], isTaken: (String) -> Bool) -> Writes {
        let usable = existing.filter { $0.at("metadata", "deletionTimestamp") == nil }
        let changes = SlicePacking.changes(groups, existing: usable, keepOne: keepOne)
        var writes = Writes()
        var changed: Set<String> = Set(changes.delete.map(SlicePacking.name))
        for slice in changes.update {
            changed.insert(SlicePacking.name(slice))
            writes.update.append(dressed(slice, isTriggered: true))
        }
        for slice in usable where !changed.contains(SlicePacking.name(slice)) {
            let wanted = dressed(slice, isTriggered: false)
            if wanted != slice { writes.update.append(wanted) }
        }
        writes.delete = changes.delete
        var names: Set<String> = []
        for new in changes.create {
            let name = freeName(new, names, isTaken)
            names.insert(name)
            let slice: JSONValue = [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": ["name": .string(name), "generateName": .string(serviceName + "-"), "namespace": .string(namespace)],
                "addressType": .string(new.family.rawValue), "endpoints": .array(new.endpoints), "ports": .array(new.ports),
            ]
            writes.create.append(dressed(slice, isTriggered: true))
        }
        return writes
    }

    private func dressed(_ slice: JSONValue, isTriggered: Bool) -> JSONValue {
        var slice = slice
        var labels = labels
        labels[EndpointNames.managedSlice] = manager
        labels[EndpointNames.serviceName] = serviceName
        if ServiceShape.texts(slice.at("metadata", "labels")) != labels {
            slice.set(EndpointNames.labels(labels), at: "metadata", "labels")
        }
        let owners = slice.at("metadata", "ownerReferences")?.array ?? []
        if !owners.contains(where: { $0["uid"]?.string == ownerUID }) {
            slice.set(.array([owner]), at: "metadata", "ownerReferences")
        }
        if isTriggered { EndpointNames.setTrigger(trigger, in: &slice) }
        return slice
    }

    /// A name follows from what the slice is for, so that no doubt about an earlier write can make a second one.
    private func freeName(_ new: SliceChanges.New, _ names: Set<String>, _ isTaken: (String) -> Bool) -> String {
        let key = SliceGroup.key(new.family, new.ports)
        var attempt = 0
        while true {
            let name = "\(serviceName)-\(StableName.suffix("\(manager)/\(ownerUID)/\(key.family.rawValue)/\(key.ports)/\(attempt)"))"
            if !names.contains(name), !isTaken(name) { return name }
            attempt += 1
        }
    }
}

/// Five characters, as Kubernetes puts them behind generated names, out of a text instead of out of chance.
enum StableName {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    static func suffix(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash ^= hash >> 32
        var bytes: [UInt8] = []
        for _ in 0..<5 {
            bytes.append(alphabet[Int(hash % UInt64(alphabet.count))])
            hash /= UInt64(alphabet.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
