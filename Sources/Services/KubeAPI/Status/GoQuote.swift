/// `%q` of Go: the text in double quotes, with Go's escapes; what cannot be printed is escaped.
///
/// Letters, digits and symbols beyond ASCII stay as they are.
func goQuoted(_ text: String) -> String {
    var quoted = "\""
    var isPlain = true
    for byte in text.utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x7F {
        isPlain = false
        break
    }
    if isPlain { return "\"" + text + "\"" }
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\u{07}": quoted += "\\a"
        case "\u{08}": quoted += "\\b"
        case "\u{0C}": quoted += "\\f"
        case "\n": quoted += "\\n"
        case "\r": quoted += "\\r"
        case "\t": quoted += "\\t"
        case "\u{0B}": quoted += "\\v"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            quoted += "\\x" + hex(scalar.value, digits: 2)
        case _ where (0x80...0x9F).contains(scalar.value) || scalar.value == 0xA0 || scalar.value == 0xFEFF:
            quoted += "\\u" + hex(scalar.value, digits: 4)
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}

private func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
