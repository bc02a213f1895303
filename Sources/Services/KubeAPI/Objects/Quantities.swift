import JSON
import KubeObjects

/// Amounts of resources as objects carry them: text in one canonical spelling (`0.5` is stored as `500m`).
enum Quantities {
    /// Rewrites each amount of a resource list in its canonical spelling; what is no quantity stays for validation to find.
    static func canonicalise(_ list: inout JSONValue) {
        list.updateObject { list in
            list.mapValuesInPlace { _, value in
                switch value {
                case .string(let text):
                    if !isPlainlyCanonical(text), let quantity = parse(text) { value = .string(quantity.description) }
                case .integer(let number): value = .string(parse(String(number))?.description ?? String(number))
                case .double: if let quantity = parse(value.text) { value = .string(quantity.description) }
                default: break
                }
            }
        }
    }

    static func parse(_ value: JSONValue?) -> Quantity? {
        switch value {
        case .string(let text)?: parse(text)
        case .integer(let number)?: parse(String(number))
        case .double?: parse(value?.text ?? "")
        default: nil
        }
    }

    static func parse(_ text: String) -> Quantity? { try? Quantity(parsing: text) }

    /// The usual spellings, recognised without any arithmetic on the rest: up to three digits, then nothing, `m`, `Ki`, `Mi` or `Gi`.
    static func isPlainlyCanonical(_ text: String) -> Bool {
        var digits = 0
        var suffix = 0
        for byte in text.utf8 {
            if (48...57).contains(byte), suffix == 0 {
                if digits == 0, byte == 48 { return text == "0" }
                digits += 1
            } else {
                switch (suffix, byte) {
                case (0, UInt8(ascii: "m")), (0, UInt8(ascii: "K")), (0, UInt8(ascii: "M")), (0, UInt8(ascii: "G")):
                    suffix = byte == UInt8(ascii: "m") ? 3 : 1
                case (1, UInt8(ascii: "i")): suffix = 2
                default: return false
                }
            }
        }
        return (1...3).contains(digits) && suffix != 1
    }
}
