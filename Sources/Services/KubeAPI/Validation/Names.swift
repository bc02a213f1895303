/// The formats of names, labels and keys, each as a list of what is wrong (empty = fine), in Kubernetes' words.
///
/// Checked byte by byte: nothing here makes a `String` unless there is a fault to tell.
enum Names {
    private static let subdomainText =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
        + "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    private static let labelText =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must "
        + "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    private static let label1035Text =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
        + "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
        + "'[a-z]([-a-z0-9]*[a-z0-9])?')"
    private static let qualifiedText =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    private static let labelValueText =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
        + "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    private static let configKeyText =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  "
        + "or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    private static let envNameText =
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', "
        + "and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is "
        + "'[-._a-zA-Z][-._a-zA-Z0-9]*')"

    /// Faults of a name of the given format.
    static func faults(_ name: String, _ format: NameFormat) -> [String] {
        switch format {
        case .subdomain: subdomainFaults(name)
        case .label: labelFaults(name)
        case .label1035: label1035Faults(name)
        case .pathSegment: pathSegmentFaults(name)
        }
    }

    static func subdomainFaults(_ name: String) -> [String] {
        var faults: [String] = []
        if name.utf8.count > 253 { faults.append(maximum(253)) }
        if !isSubdomain(name) { faults.append(subdomainText) }
        return faults
    }

    static func labelFaults(_ name: String) -> [String] {
        var faults: [String] = []
        if name.utf8.count > 63 { faults.append(maximum(63)) }
        if !isLabel(name.utf8) { faults.append(labelText) }
        return faults
    }

    static func label1035Faults(_ name: String) -> [String] {
        var faults: [String] = []
        if name.utf8.count > 63 { faults.append(maximum(63)) }
        let startsWithLetter = name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
        if !isLabel(name.utf8) || !startsWithLetter { faults.append(label1035Text) }
        return faults
    }

    static func pathSegmentFaults(_ name: String) -> [String] {
        if name == "." || name == ".." { return ["may not be '\(name)'"] }
        var faults: [String] = []
        for forbidden in ["/", "%"] where holds(name, forbidden) { faults.append("may not contain '\(forbidden)'") }
        return faults
    }

    /// `prefix/name` or `name`: label keys, annotation keys, resource names.
    static func qualifiedNameFaults(_ name: String) -> [String] {
        var parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2 else {
            return ["a qualified name \(qualifiedText) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
        }
        var faults: [String] = []
        if parts.count == 2 {
            let prefix = String(Substring(parts.removeFirst()))
            if prefix.isEmpty {
                faults.append("prefix part must be non-empty")
            } else {
                faults += subdomainFaults(prefix).map { "prefix part " + $0 }
            }
        }
        guard let part = parts.first else { return faults }
        if part.isEmpty {
            faults.append("name part must be non-empty")
        } else if part.count > 63 {
            faults.append("name part " + maximum(63))
        }
        if !isQualifiedPart(part) { faults.append("name part " + qualifiedText) }
        return faults
    }

    static func labelValueFaults(_ value: String) -> [String] {
        var faults: [String] = []
        if value.utf8.count > 63 { faults.append(maximum(63)) }
        if !value.isEmpty, !isQualifiedPart(Substring(value).utf8) { faults.append(labelValueText) }
        return faults
    }

    /// Keys of config maps and secrets.
    static func configKeyFaults(_ key: String) -> [String] {
        var faults: [String] = []
        if key.utf8.count > 253 { faults.append(maximum(253)) }
        if key.isEmpty || !key.utf8.allSatisfy({ isAlphanumeric($0) || isOneOf($0, "-", "_", ".") }) {
            faults.append(configKeyText)
        }
        return faults + dotFaults(key)
    }

    static func environmentNameFaults(_ name: String) -> [String] {
        let isWellFormed =
            !name.isEmpty && name.utf8.allSatisfy { isAlphanumeric($0) || isOneOf($0, "-", "_", ".") }
            && !(name.utf8.first.map { (48...57).contains($0) } ?? true)
        return (isWellFormed ? [] : [envNameText]) + dotFaults(name)
    }

    /// Names of ports: `http`, `admin-1`.
    static func portNameFaults(_ name: String) -> [String] {
        var faults: [String] = []
        if name.utf8.count > 15 { faults.append(maximum(15)) }
        if !name.utf8.allSatisfy({ isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") }) {
            faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !name.utf8.contains(where: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
            faults.append("must contain at least one letter (a-z)")
        }
        if holds(name, "--") { faults.append("must not contain consecutive hyphens") }
        if name.utf8.first == UInt8(ascii: "-") || name.utf8.last == UInt8(ascii: "-") {
            faults.append("must not begin or end with a hyphen")
        }
        return faults
    }

    /// Whether the text has `part` in it, by bytes.
    static func holds(_ text: String, _ part: String) -> Bool {
        var rest = text.utf8[...]
        while rest.count >= part.utf8.count {
            if rest.starts(with: part.utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    static func maximum(_ count: Int) -> String { "must be no more than \(count) characters" }

    private static func dotFaults(_ key: String) -> [String] {
        if key == "." { return ["must not be '.'"] }
        if key == ".." { return ["must not be '..'"] }
        if key.hasPrefix("..") { return ["must not start with '..'"] }
        return []
    }

    static func isSubdomain(_ name: String) -> Bool {
        var isLabelStart = true
        var last = UInt8(ascii: ".")
        for byte in name.utf8 {
            if byte == UInt8(ascii: ".") {
                guard !isLabelStart, isLowercaseAlphanumeric(last) else { return false }
                isLabelStart = true
            } else {
                guard isLowercaseAlphanumeric(byte) || (byte == UInt8(ascii: "-") && !isLabelStart) else { return false }
                isLabelStart = false
            }
            last = byte
        }
        return isLowercaseAlphanumeric(last)
    }

    private static func isLabel(_ bytes: String.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isLowercaseAlphanumeric(first), isLowercaseAlphanumeric(last) else {
            return false
        }
        return bytes.allSatisfy { isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isQualifiedPart(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || isOneOf($0, "-", "_", ".") }
    }

    private static func isOneOf(_ byte: UInt8, _ one: Unicode.Scalar, _ two: Unicode.Scalar, _ three: Unicode.Scalar) -> Bool {
        byte == UInt8(ascii: one) || byte == UInt8(ascii: two) || byte == UInt8(ascii: three)
    }

    private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowercaseAlphanumeric(byte) || (65...90).contains(byte) }
}
