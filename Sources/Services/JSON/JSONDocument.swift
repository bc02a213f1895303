/// Encoded JSON with an index of where each value lies: the bytes and one flat tape. Reading a field makes no tree, and a `String`
/// only where one is asked for. For the paths that see every object: index extraction, selectors, splices.
///
/// A `Node` is a place in one document and means nothing in another; it is a plain number, free to make and to copy.
public struct JSONDocument: Sendable {
    /// Documents beyond this are refused (the tape holds lengths in 28 bits).
    public static let sizeLimit = 1 << 28

    /// One value of the document.
    public struct Node: Sendable, Hashable {
        let index: Int
    }

    public enum Kind: UInt8, Sendable { case null, `true`, `false`, integer, double, string, array, object }

    public let bytes: [UInt8]
    /// One entry per value in document order, members' keys before their values, and an `end` entry after each array and object.
    let tape: [UInt64]

    /// Strict RFC 8259, the same grammar and messages as the tree's parser. Duplicate members: the last wins on lookup.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        tape = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            guard buffer.count < Self.sizeLimit else { throw JSONError("the document is larger than 256 MiB", at: 0, in: buffer) }
            guard let reader = Reader(buffer) else { throw JSONError("unexpected end of JSON input", at: 0, in: buffer) }
            var parser = TapeParser(reader: reader)
            do throws(Fault) {
                return try parser.document()
            } catch {
                throw JSONError(error.message, at: error.offset, in: buffer)
            }
        }
        self.bytes = bytes
    }

    public var root: Node { Node(index: 0) }

    // MARK: Reading one value

    public func kind(_ node: Node) -> Kind {
        switch Entry(tape[node.index]).tag {
        case .null: .null
        case .true: .true
        case .false: .false
        case .integer: .integer
        case .double: .double
        case .string, .escapedString: .string
        case .array, .end: .array
        case .object: .object
        }
    }

    /// The value's own bytes: a string with its quotes, an object with its braces.
    public func range(_ node: Node) -> Range<Int> {
        let entry = Entry(tape[node.index])
        switch entry.tag {
        case .array, .object: return entry.offset..<Entry(tape[entry.payload &- 1]).offset
        default: return entry.offset..<(entry.offset &+ entry.payload)
        }
    }

    public func isNull(_ node: Node) -> Bool { Entry(tape[node.index]).tag == .null }

    public func bool(_ node: Node) -> Bool? {
        switch Entry(tape[node.index]).tag {
        case .true: true
        case .false: false
        default: nil
        }
    }

    public func integer(_ node: Node) -> Int64? {
        let entry = Entry(tape[node.index])
        guard entry.tag == .integer else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { integerValue($0, entry.offset, entry.offset &+ entry.payload) }
        }
    }

    public func double(_ node: Node) -> Double? {
        let entry = Entry(tape[node.index])
        guard entry.tag == .integer || entry.tag == .double else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { doubleValue($0, entry.offset, entry.offset &+ entry.payload) }
        }
    }

    public func string(_ node: Node) -> String? {
        let entry = Entry(tape[node.index])
        guard entry.tag == .string || entry.tag == .escapedString else { return nil }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { text($0, entry) }
        }
    }

    /// Whether the value is this very text; makes no `String`.
    public func isString(_ node: Node, _ text: StaticString) -> Bool {
        let entry = Entry(tape[node.index])
        guard entry.tag == .string || entry.tag == .escapedString else { return false }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { matches($0, entry, Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount)) } ?? false
        }
    }

    /// Whether the value is this very text.
    public func isString(_ node: Node, _ text: String) -> Bool {
        let entry = Entry(tape[node.index])
        guard entry.tag == .string || entry.tag == .escapedString else { return false }
        var text = text
        return text.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { matches($0, entry, wanted) } ?? false }
        }
    }

    /// The value as a tree.
    public func value(_ node: Node) -> JSONValue {
        switch kind(node) {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .integer: return .integer(integer(node) ?? 0)
        case .double: return .double(double(node) ?? 0)
        case .string: return .string(string(node) ?? "")
        case .array: return .array(elements(node).map(value))
        case .object:
            var object = JSONObject()
            forEachMember(of: node) { key, member in object[key] = value(member) }
            return .object(object)
        }
    }

    // MARK: Finding values

    /// The member of an object, nil where there is none or `node` is no object.
    public func member(_ name: StaticString, of node: Node) -> Node? {
        find(Bytes(start: name.utf8Start, count: name.utf8CodeUnitCount), in: node)
    }

    public func member(_ name: String, of node: Node) -> Node? {
        var name = name
        return name.withUTF8 { find($0, in: node) }
    }

    public func member(_ name: StaticString) -> Node? { member(name, of: root) }

    /// `find("metadata", "name")`
    public func find(_ path: StaticString...) -> Node? {
        var node = root
        for name in path {
            guard let next = member(name, of: node) else { return nil }
            node = next
        }
        return node
    }

    /// Each member in document order. The key is text only when the closure is called; for lookups of known names use `member`.
    public func forEachMember(of node: Node, _ body: (_ key: String, _ value: Node) -> Void) {
        forEachMemberNode(of: node) { key, value in body(string(key) ?? "", value) }
    }

    /// Each member in document order, the key as a node of its own (a string).
    public func forEachMemberNode(of node: Node, _ body: (_ key: Node, _ value: Node) -> Void) {
        let entry = Entry(tape[node.index])
        guard entry.tag == .object else { return }
        var position = node.index &+ 1
        while position < entry.payload &- 1 {
            body(Node(index: position), Node(index: position &+ 1))
            position = skip(position &+ 1)
        }
    }

    public func forEachElement(of node: Node, _ body: (Node) -> Void) {
        let entry = Entry(tape[node.index])
        guard entry.tag == .array else { return }
        var position = node.index &+ 1
        while position < entry.payload &- 1 {
            body(Node(index: position))
            position = skip(position)
        }
    }

    public func elements(_ node: Node) -> [Node] {
        var nodes: [Node] = []
        forEachElement(of: node) { nodes.append($0) }
        return nodes
    }

    /// The place behind a value, without looking at what is in it.
    private func skip(_ index: Int) -> Int {
        let entry = Entry(tape[index])
        switch entry.tag {
        case .array, .object: return entry.payload
        default: return index &+ 1
        }
    }

    private func find(_ name: Bytes, in node: Node) -> Node? {
        let object = Entry(tape[node.index])
        guard object.tag == .object else { return nil }
        return bytes.withUnsafeBufferPointer { buffer -> Node? in
            guard let base = buffer.baseAddress else { return nil }
            var found: Node?
            var position = node.index &+ 1
            while position < object.payload &- 1 {
                if matches(base, Entry(tape[position]), name) { found = Node(index: position &+ 1) }
                position = skip(position &+ 1)
            }
            return found
        }
    }

    // MARK: Text

    private func matches(_ base: UnsafePointer<UInt8>, _ entry: Entry, _ wanted: Bytes) -> Bool {
        guard entry.tag == .string else { return text(base, entry).utf8.elementsEqual(wanted) }
        // The payload counts the quotes.
        guard entry.payload &- 2 == wanted.count else { return false }
        let start = base + entry.offset + 1
        for position in 0..<wanted.count where start[position] != wanted[position] { return false }
        return true
    }

    private func text(_ base: UnsafePointer<UInt8>, _ entry: Entry) -> String {
        let start = entry.offset &+ 1
        let end = entry.offset &+ entry.payload &- 1
        guard entry.tag == .escapedString else {
            return String(decoding: Bytes(start: base + start, count: end &- start), as: UTF8.self)
        }
        var out: [UInt8] = []
        unescape(base, start, end, into: &out)
        return String(decoding: out, as: UTF8.self)
    }
}

extension JSONDocument {
    /// Paths of the members that are there more than once, each once, as strict decoding reports them: `spec.containers[0].name`.
    public func duplicateKeys() -> [String] {
        var found: [String] = []
        var reported: Set<String> = []
        collectDuplicates(root, path: "", &found, &reported)
        return found
    }

    private func collectDuplicates(_ node: Node, path: String, _ found: inout [String], _ reported: inout Set<String>) {
        switch kind(node) {
        case .object:
            var members: [(String, Node)] = []
            forEachMember(of: node) { members.append(($0, $1)) }
            var seen: Set<String> = []
            for (key, value) in members {
                let here = path.isEmpty ? key : "\(path).\(key)"
                if !seen.insert(key).inserted, reported.insert(here).inserted { found.append(here) }
                collectDuplicates(value, path: here, &found, &reported)
            }
        case .array:
            for (position, element) in elements(node).enumerated() {
                collectDuplicates(element, path: "\(path)[\(position)]", &found, &reported)
            }
        default: return
        }
    }
}
