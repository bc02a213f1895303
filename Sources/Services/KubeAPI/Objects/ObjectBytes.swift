import Core
import JSON

/// The bytes of an object: how they lie in the store, and how clients read them.
///
/// A stored value begins with exactly `{"metadata":{"resourceVersion":"",` and goes on with the rest of metadata. The resource
/// version of an object is the revision of the store's key, unknown until it is committed; so it is put in when the bytes are
/// read, between the quotes at a fixed place: one copy, no parsing.
public enum ObjectBytes {
    /// What stands before the resource version: `{"metadata":{"resourceVersion":"`.
    public static let prefixLength = 32
    static let prefix: StaticString = "{\"metadata\":{\"resourceVersion\":\"\","

    /// The bytes to store. Whatever resource version the object carries is left out.
    ///
    /// The object has `metadata` with at least a name, as everything that was prepared has.
    public static func encode(_ object: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2048)
        prefix.withUTF8Buffer { bytes.append(contentsOf: $0) }
        if case .object(let metadata)? = object["metadata"] {
            for (key, value) in metadata where key != "resourceVersion" { append(key, value, to: &bytes) }
        }
        bytes[bytes.count - 1] = UInt8(ascii: "}")
        bytes.append(UInt8(ascii: ","))
        if case .object(let members) = object {
            for (key, value) in members where key != "metadata" { append(key, value, to: &bytes) }
        }
        bytes[bytes.count - 1] = UInt8(ascii: "}")
        return bytes
    }

    /// Whether these bytes have the layout that `encode` gives: to refuse a damaged value rather than serve it.
    public static func isStoredLayout(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > prefix.utf8CodeUnitCount, bytes.last == UInt8(ascii: "}") else { return false }
        return prefix.withUTF8Buffer { bytes.starts(with: $0) }
    }

    /// What clients read: the stored bytes with the revision of their last change as resource version. One copy.
    public static func clientBytes(stored: [UInt8], revision: Int64) -> [UInt8] {
        let digits = decimal(revision)
        return [UInt8](unsafeUninitializedCapacity: stored.count + digits.count) { buffer, count in
            stored.withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
                let head = min(prefixLength, source.count)
                to.update(from: from, count: head)
                digits.withUnsafeBufferPointer {
                    if let base = $0.baseAddress { (to + head).update(from: base, count: $0.count) }
                }
                (to + head + digits.count).update(from: from + head, count: source.count - head)
            }
            count = stored.count + digits.count
        }
    }

    /// The object as a tree, with its resource version, for updates, patches and tables.
    public static func tree(stored: [UInt8], revision: Int64) throws(JSONError) -> JSONValue {
        var object = try JSONValue(parsing: stored)
        object.set(.string(String(revision)), at: "metadata", "resourceVersion")
        return object
    }

    private static func append(_ key: String, _ value: JSONValue, to bytes: inout [UInt8]) {
        JSONValue.string(key).encode(into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        value.encode(into: &bytes)
        bytes.append(UInt8(ascii: ","))
    }

    private static func decimal(_ number: Int64) -> [UInt8] {
        var digits: [UInt8] = []
        var rest = number.magnitude
        repeat {
            digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        if number < 0 { digits.append(UInt8(ascii: "-")) }
        digits.reverse()
        return digits
    }
}
