import JSON

/// Kubernetes' protobuf bodies (`application/vnd.kubernetes.protobuf`): `k8s\0`, then a `runtime.Unknown` of apiVersion, kind and the
/// object's own bytes. kubectl 1.33's generators send them, and do not fall back.
public enum KubeProtobuf {
    public static let mediaType = "application/vnd.kubernetes.protobuf"
    public static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    /// Messages in messages beyond this are refused.
    static let depthLimit = 100

    public static func isProtobuf(_ body: [UInt8]) -> Bool { body.starts(with: magic) }

    /// The object as Go would write it in JSON: `kind`, `apiVersion`, then the fields in order of declaration, empty ones left out where Go
    /// leaves them out. Errors name what is wrong; a kind that the schema does not know is one.
    ///
    /// - Parameter standard: the kind where the body names none.
    public static func decode(
        _ body: [UInt8], standard: GroupVersionKind? = nil, schema: Schema = .shared
    ) throws(ProtobufError) -> JSONValue {
        guard isProtobuf(body) else {
            throw ProtobufError(
                message: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]", offset: 0)
        }
        var decoder = ProtobufDecoder(schema: schema, body: body)
        return try decoder.envelope(magic.count..<body.count, standard, depth: 0)
    }
}

struct ProtobufDecoder {
    let schema: Schema
    let body: [UInt8]

    /// A `runtime.Unknown`.
    mutating func envelope(_ range: Range<Int>, _ standard: GroupVersionKind?, depth: Int) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(body, range)
        var (apiVersion, kind, raw) = ("", "", range.upperBound..<range.upperBound)
        while !reader.isAtEnd {
            switch try reader.next() {
            case (1, .bytes(let meta)):
                var inner = ProtobufReader(body, meta)
                while !inner.isAtEnd {
                    switch try inner.next() {
                    case (1, .bytes(let text)): apiVersion = string(text)
                    case (2, .bytes(let text)): kind = string(text)
                    default: continue
                    }
                }
            case (2, .bytes(let bytes)): raw = bytes
            default: continue
            }
        }
        var identity = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        if kind.isEmpty, let standard { identity = standard }
        guard !identity.kind.isEmpty else {
            throw ProtobufError(message: "Object 'Kind' is missing in the protobuf envelope", offset: range.lowerBound)
        }
        guard let type = schema.type(forKind: identity) else {
            throw ProtobufError(
                message:
                    "no kind \"\(identity.kind)\" is registered for version \"\(identity.apiVersion)\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
                offset: range.lowerBound)
        }
        guard case .object(let members) = try message(raw, type, depth: depth + 1) else { return .null }
        var object: JSONObject = ["kind": .string(identity.kind), "apiVersion": .string(identity.apiVersion)]
        for (name, value) in members where name != "kind" && name != "apiVersion" { object.appendDistinct(name, value) }
        return .object(object)
    }

    /// One message as an object of its type.
    private func message(_ range: Range<Int>, _ type: TypeSchema, depth: Int) throws(ProtobufError) -> JSONValue {
        var slots = [JSONValue?](repeating: nil, count: type.fields.count)
        try fill(&slots, from: 0, range, type, depth: depth)
        for (place, field) in type.fields.enumerated() {
            guard let value = slots[place] else { continue }
            slots[place] = value.isNull || field.omits(value) ? nil : sorted(value, field.type)
        }
        return .object(schema.object(type, slots))
    }

    /// Reads a message into the slots of its object's fields, which begin at `first`.
    private func fill(
        _ slots: inout [JSONValue?], from first: Int, _ range: Range<Int>, _ type: TypeSchema, depth: Int
    ) throws(ProtobufError) {
        guard depth <= KubeProtobuf.depthLimit else {
            throw ProtobufError(message: "proto: nested too deeply", offset: range.lowerBound)
        }
        var reader = ProtobufReader(body, range)
        while !reader.isAtEnd {
            let start = reader.position
            let (number, value) = try reader.next()
            switch type.wire[number] {
            case nil: continue  // a field of a later version
            case .inlined(let id, let at):
                guard case .bytes(let inner) = value else { throw wrongType(number, value, start) }
                try fill(&slots, from: first + at, inner, schema[id], depth: depth + 1)
            case .field(let place):
                let field = type.fields[place]
                guard slots.indices.contains(first + place) else { continue }
                try read(value, field.type, number, start, into: &slots[first + place], depth: depth)
            }
        }
    }

    /// One occurrence of a field; repeated ones and maps grow, others are replaced.
    private func read(
        _ value: ProtobufReader.Value, _ type: FieldType, _ number: Int, _ start: Int, into slot: inout JSONValue?, depth: Int
    ) throws(ProtobufError) {
        switch type {
        case .list(let element):
            var added: [JSONValue] = []
            if case .bytes(let packed) = value, element == .int32 || element == .int64 || element == .bool {
                var inner = ProtobufReader(body, packed)
                while !inner.isAtEnd {
                    added.append(try single(.varint(try inner.varint()), element, number, start, depth: depth))
                }
            } else {
                added.append(try single(value, element, number, start, depth: depth))
            }
            var list = slot ?? []
            slot = nil
            list.updateArray { $0.append(contentsOf: added) }
            slot = list
        case .map(let element):
            guard case .bytes(let range) = value else { throw wrongType(number, value, start) }
            let (key, member) = try entry(range, element, depth: depth)
            var map = slot ?? [:]
            slot = nil
            map.updateObject { $0[key] = member }
            slot = map
        default:
            slot = try single(value, type, number, start, depth: depth)
        }
    }

    /// A map's entry: a message of a key and a value.
    private func entry(_ range: Range<Int>, _ element: FieldType, depth: Int) throws(ProtobufError) -> (String, JSONValue) {
        var reader = ProtobufReader(body, range)
        var key = ""
        var member: JSONValue?
        while !reader.isAtEnd {
            let start = reader.position
            let (number, value) = try reader.next()
            switch (number, value) {
            case (1, .bytes(let text)): key = string(text)
            case (2, _): member = try single(value, element, number, start, depth: depth)
            default: continue
            }
        }
        if let member { return (key, member) }
        switch element {
        case .quantity: return (key, "0")
        case .object(let id): return (key, schema.emptyObject(id))
        case .wrappedStrings, .list: return (key, [])
        default: return (key, "")
        }
    }

    private func single(
        _ value: ProtobufReader.Value, _ type: FieldType, _ number: Int, _ start: Int, depth: Int
    ) throws(ProtobufError) -> JSONValue {
        switch (type, value) {
        case (.bool, .varint(let bits)): return .bool(bits != 0)
        case (.int32, .varint(let bits)): return .integer(Int64(Int32(truncatingIfNeeded: bits)))
        case (.int64, .varint(let bits)): return .integer(Int64(bitPattern: bits))
        case (.string, .bytes(let range)): return .string(string(range))
        case (.bytes, .bytes(let range)): return .string(Base64.encode(body[range]))
        case (.object(let id), .bytes(let range)): return try message(range, schema[id], depth: depth + 1)
        case (.quantity, .bytes(let range)): return try quantity(range, start)
        case (.intOrString, .bytes(let range)): return try intOrString(range)
        case (.time, .bytes(let range)): return try time(range, micros: false)
        case (.microTime, .bytes(let range)): return try time(range, micros: true)
        case (.rawExtension, .bytes(let range)): return try embedded(range, depth: depth)
        case (.json, .bytes(let range)): return try embedded(range, depth: depth)
        case (.wrappedStrings, .bytes(let range)): return try wrapped(range)
        default: throw wrongType(number, value, start)
        }
    }

    // MARK: Messages that are scalars in JSON

    private func quantity(_ range: Range<Int>, _ start: Int) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(body, range)
        var text = ""
        while !reader.isAtEnd {
            if case (1, .bytes(let bytes)) = try reader.next() { text = string(bytes) }
        }
        if text.isEmpty { return "0" }
        if let problem = QuantitySyntax.problem(with: text) { throw ProtobufError(message: problem, offset: start) }
        return .string(text)
    }

    private func intOrString(_ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(body, range)
        var (isString, number, text): (Bool, Int64, String) = (false, 0, "")
        while !reader.isAtEnd {
            switch try reader.next() {
            case (1, .varint(let bits)): isString = bits != 0
            case (2, .varint(let bits)): number = Int64(Int32(truncatingIfNeeded: bits))
            case (3, .bytes(let bytes)): text = string(bytes)
            default: continue
            }
        }
        return isString ? .string(text) : .integer(number)
    }

    /// Null for the zero time, which Go writes so; otherwise RFC 3339 in UTC.
    private func time(_ range: Range<Int>, micros: Bool) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(body, range)
        var (seconds, nanos): (Int64, Int64) = (0, 0)
        while !reader.isAtEnd {
            switch try reader.next() {
            case (1, .varint(let bits)): seconds = Int64(bitPattern: bits)
            case (2, .varint(let bits)): nanos = Int64(Int32(truncatingIfNeeded: bits))
            default: continue
            }
        }
        if seconds == 0, nanos == 0 { return .null }
        guard let text = CivilTime.rfc3339(seconds: seconds, micros: micros ? nanos / 1000 : nil) else {
            throw ProtobufError(message: "Time.MarshalJSON: year outside of range [0,9999]", offset: range.lowerBound)
        }
        return .string(text)
    }

    private func wrapped(_ range: Range<Int>) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(body, range)
        var items: [JSONValue] = []
        while !reader.isAtEnd {
            if case (1, .bytes(let bytes)) = try reader.next() { items.append(.string(string(bytes))) }
        }
        return .array(items)
    }

    /// A message whose one field holds JSON, or an object in protobuf with its envelope.
    private func embedded(_ range: Range<Int>, depth: Int) throws(ProtobufError) -> JSONValue {
        guard depth <= KubeProtobuf.depthLimit else {
            throw ProtobufError(message: "proto: nested too deeply", offset: range.lowerBound)
        }
        var reader = ProtobufReader(body, range)
        var raw = range.upperBound..<range.upperBound
        while !reader.isAtEnd {
            if case (1, .bytes(let bytes)) = try reader.next() { raw = bytes }
        }
        if raw.isEmpty { return .null }
        if body[raw].starts(with: KubeProtobuf.magic) {
            var nested = self
            return try nested.envelope(raw.dropFirst(KubeProtobuf.magic.count), nil, depth: depth + 1)
        }
        do {
            return try JSONValue(parsing: Array(body[raw]))
        } catch {
            throw ProtobufError(message: error.message, offset: raw.lowerBound + error.offset)
        }
    }

    // MARK: Small things

    /// Go writes maps sorted by their keys.
    private func sorted(_ value: JSONValue, _ type: FieldType) -> JSONValue {
        if case .map = type, case .object(let members) = value { return .object(members.sortedByKey()) }
        return value
    }

    private func string(_ range: Range<Int>) -> String { String(decoding: body[range], as: UTF8.self) }

    private func wrongType(_ number: Int, _ value: ProtobufReader.Value, _ offset: Int) -> ProtobufError {
        let wire =
            switch value {
            case .varint: 0
            case .bytes: 2
            case .fixed: 1
            }
        return ProtobufError(message: "proto: wrong wireType = \(wire) for field number \(number)", offset: offset)
    }
}

/// Seconds since 1970 as civil time in UTC (the proleptic Gregorian calendar).
enum CivilTime {
    /// Nil outside of the years 0 to 9999. With `micros`, six digits of a fraction.
    static func rfc3339(seconds: Int64, micros: Int64?) -> String? {
        guard seconds >= -62_167_219_200, seconds < 253_402_300_800 else { return nil }
        var days = seconds / 86_400
        var second = seconds % 86_400
        if second < 0 {
            second += 86_400
            days -= 1
        }
        // Days since 0000-03-01, in eras of 400 years (146,097 days).
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
        let time = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        guard let micros else { return "\(date)\(time)Z" }
        return "\(date)\(time).\(padded(min(max(micros, 0), 999_999), 6))Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
