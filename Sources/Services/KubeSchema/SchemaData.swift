import KubeSchemaData

/// One line of the embedded schema, as it lies in the binary. The format: scripts/generate-schema.
struct SchemaLine {
    /// Lives as long as the program.
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// A column's text; empty where the line ends before it.
    subscript(column: Int) -> String {
        var start = 0
        for _ in 0..<column {
            guard let tab = tab(from: start) else { return "" }
            start = tab + 1
        }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<(tab(from: start) ?? bytes.count)]), as: UTF8.self)
    }

    private func tab(from start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\t") { return position }
            position += 1
        }
        return nil
    }

    var isType: Bool { bytes.first == UInt8(ascii: "T") }
    var isInlined: Bool { bytes.first == UInt8(ascii: "I") }
}

func embeddedLines() -> [SchemaLine] {
    let data = kmd_schema_tsv()
    let all = UnsafeBufferPointer(start: data.bytes, count: data.length)
    var lines: [SchemaLine] = []
    var start = 0
    for position in all.indices where all[position] == UInt8(ascii: "\n") {
        lines.append(SchemaLine(UnsafeBufferPointer(rebasing: all[start..<position])))
        start = position + 1
    }
    return lines
}

/// A type whose inlined types are not yet known.
struct TypeDraft {
    enum Member {
        case field(FieldSchema)
        case inlined(number: Int, Schema.TypeID)
    }

    let name: String
    let goName: String
    let kinds: [GroupVersionKind]
    let isAtomic: Bool
    var members: [Member] = []

    init(_ line: SchemaLine) {
        name = line[1]
        goName = line[2]
        kinds = line[3].split(separator: ",").compactMap { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            return parts.count == 3 ? GroupVersionKind(group: parts[0], version: parts[1], kind: parts[2]) : nil
        }
        isAtomic = line[4].contains("a")
    }

    mutating func add(_ line: SchemaLine, _ types: [String: Int]) {
        if line.isInlined {
            guard case .object(let id) = fieldType(line[2][...], types) else { return }
            members.append(.inlined(number: Int(line[1]) ?? 0, id))
            return
        }
        let flags = line[5]
        members.append(
            .field(
                FieldSchema(
                    name: line[1], number: Int(line[2]) ?? 0, type: fieldType(line[3][...], types), goType: line[4],
                    isPointer: flags.contains("p"), omitsEmpty: flags.contains("o"), isRequired: flags.contains("r"),
                    patchStrategies: words(line[6]), patchMergeKey: text(line[7]), listType: text(line[8]),
                    listMapKeys: words(line[9]))))
    }

    private func text(_ column: String) -> String? { column.isEmpty ? nil : column }

    private func words(_ column: String) -> [String] { column.isEmpty ? [] : column.split(separator: ",").map(String.init) }

    func fields(_ drafts: [TypeDraft]) -> [FieldSchema] {
        members.flatMap { member in
            switch member {
            case .field(let field): [field]
            case .inlined(_, let id): drafts[id.index].fields(drafts)
            }
        }
    }

    func finished(_ index: Int, _ drafts: [TypeDraft]) -> TypeSchema {
        var wire: [Int: WireField] = [:]
        var place = 0
        for member in members {
            switch member {
            case .field(let field):
                if field.number > 0 { wire[field.number] = .field(place) }
                place += 1
            case .inlined(let number, let id):
                if number > 0 { wire[number] = .inlined(id, at: place) }
                place += drafts[id.index].fields(drafts).count
            }
        }
        return TypeSchema(
            id: Schema.TypeID(index: index), name: name, goName: goName, kinds: kinds, isAtomic: isAtomic, fields: fields(drafts),
            wire: wire)
    }
}

private func fieldType(_ text: Substring, _ types: [String: Int]) -> FieldType {
    if text.hasPrefix("[]") { return .list(fieldType(text.dropFirst(2), types)) }
    if text.hasPrefix("{}") { return .map(fieldType(text.dropFirst(2), types)) }
    if text.hasPrefix("@") {
        // The generator writes every type that it names; were one missing, its values would pass unchecked.
        return types[String(text.dropFirst())].map { .object(Schema.TypeID(index: $0)) } ?? .json
    }
    switch text {
    case "b": return .bool
    case "i": return .int32
    case "l": return .int64
    case "s": return .string
    case "y": return .bytes
    case "Q": return .quantity
    case "X": return .intOrString
    case "T": return .time
    case "M": return .microTime
    case "R": return .rawExtension
    case "V": return .wrappedStrings
    default: return .json
    }
}
