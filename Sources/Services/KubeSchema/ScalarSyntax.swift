/// The text form of a resource quantity: sign, decimal number, suffix (`500m`, `1.5Gi`, `1e3`).
enum QuantitySyntax {
    static let malformed = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    private static let suffixes: Set<String> = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ]

    /// Digits and one of the suffixes: what nearly all quantities are. Quick.
    private static func isPlain(_ text: String) -> Bool {
        var digits = 0
        var suffix: (first: UInt8, second: UInt8, count: Int) = (0, 0, 0)
        for byte in text.utf8 {
            if suffix.count == 0, byte &- UInt8(ascii: "0") < 10 {
                digits += 1
            } else {
                suffix = suffix.count == 0 ? (byte, 0, 1) : (suffix.first, byte, suffix.count + 1)
            }
        }
        guard digits > 0 else { return false }
        switch suffix.first {
        case UInt8(ascii: "K"): return suffix.count == 2 && suffix.second == UInt8(ascii: "i")
        case UInt8(ascii: "M"), UInt8(ascii: "G"), UInt8(ascii: "T"), UInt8(ascii: "P"), UInt8(ascii: "E"):
            return suffix.count == 1 || (suffix.count == 2 && suffix.second == UInt8(ascii: "i"))
        case UInt8(ascii: "m"), UInt8(ascii: "k"), UInt8(ascii: "n"), UInt8(ascii: "u"): return suffix.count == 1
        default: return suffix.count == 0
        }
    }

    /// Nil where Kubernetes' parser reads it.
    static func problem(with text: String) -> String? {
        if isPlain(text) { return nil }
        var rest = Substring(text)
        // Go's decoder of quoted quantities trims.
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        if let sign = rest.first, sign == "+" || sign == "-" { rest.removeFirst() }
        let whole = rest.prefix { $0.isASCIIDigit }
        rest = rest.dropFirst(whole.count)
        var fraction = Substring()
        if rest.first == "." {
            rest.removeFirst()
            fraction = rest.prefix { $0.isASCIIDigit }
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return malformed }
        if suffixes.contains(String(rest)) { return nil }
        let letters = rest.prefix { "eEinumkKMGTP".contains($0) }
        rest = rest.dropFirst(letters.count)
        if let sign = rest.first, sign == "+" || sign == "-" { rest.removeFirst() }
        let exponent = rest.prefix { $0.isASCIIDigit }
        guard exponent.count == rest.count else { return malformed }
        return (letters == "e" || letters == "E") && !exponent.isEmpty ? nil : "unable to parse quantity's suffix"
    }
}

extension Character {
    var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}

/// RFC 3339 as Go's `time.Parse` reads it, with its words for what it cannot read.
enum TimeSyntax {
    enum Precision {
        /// A fraction may be there.
        case seconds
        /// Six digits of a fraction must be there.
        case microseconds

        var layout: String { self == .seconds ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00" }
    }

    static func problem(with text: String, _ precision: Precision) -> String? {
        if precision == .seconds, isPlain(text) { return nil }
        var rest = Array(text.utf8)[...]
        func failed(_ element: String) -> String {
            "parsing time \"\(text)\" as \"\(precision.layout)\": cannot parse \"\(String(decoding: rest, as: UTF8.self))\" as \"\(element)\""
        }
        func number(_ digits: Int) -> Int? {
            guard rest.count >= digits, rest.prefix(digits).allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            defer { rest = rest.dropFirst(digits) }
            return rest.prefix(digits).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        func literal(_ character: Character) -> Bool {
            guard let first = rest.first, first == character.asciiValue else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4) else { return failed("2006") }
        guard literal("-") else { return failed("-") }
        guard let month = number(2) else { return failed("01") }
        guard (1...12).contains(month) else { return "parsing time \"\(text)\": month out of range" }
        guard literal("-") else { return failed("-") }
        guard let day = number(2) else { return failed("02") }
        guard literal("T") else { return failed("T") }
        guard let hour = number(2) else { return failed("15") }
        guard hour < 24 else { return "parsing time \"\(text)\": hour out of range" }
        guard literal(":") else { return failed(":") }
        guard let minute = number(2) else { return failed("04") }
        guard minute < 60 else { return "parsing time \"\(text)\": minute out of range" }
        guard literal(":") else { return failed(":") }
        guard let second = number(2) else { return failed("05") }
        guard second < 60 else { return "parsing time \"\(text)\": second out of range" }
        let fraction = rest.first == UInt8(ascii: ".") ? rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }.count : 0
        if precision == .microseconds {
            guard rest.first == UInt8(ascii: "."), fraction >= 6 else { return failed(".000000") }
            rest = rest.dropFirst(7)
        } else if fraction > 0 {
            rest = rest.dropFirst(1 + fraction)
        }
        if !literal("Z") {
            guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return failed("Z07:00") }
            let zone = rest.prefix(6).map { $0 }
            guard zone.count == 6, zone[3] == UInt8(ascii: ":"),
                [1, 2, 4, 5].allSatisfy({ zone[$0] >= 0x30 && zone[$0] <= 0x39 })
            else {
                return failed("Z07:00")
            }
            rest = rest.dropFirst(6)
        }
        if !rest.isEmpty { return "parsing time \"\(text)\": extra text: \"\(String(decoding: rest, as: UTF8.self))\"" }
        return day >= 1 && day <= days(in: month, of: year) ? nil : "parsing time \"\(text)\": day out of range"
    }

    /// `2026-11-21T05:00:00Z` with a day that each month has: what nearly all times are. Quick.
    private static func isPlain(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.count == 20, bytes[19] == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T") else { return false }
            guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: ":"),
                bytes[16] == UInt8(ascii: ":")
            else { return false }
            func pair(_ position: Int) -> Int {
                let (tens, ones) = (bytes[position] &- UInt8(ascii: "0"), bytes[position + 1] &- UInt8(ascii: "0"))
                return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : -1
            }
            return pair(0) >= 0 && pair(2) >= 0 && (1...12).contains(pair(5)) && (1...28).contains(pair(8))
                && (0...23).contains(pair(11))
                && (0...59).contains(pair(14)) && (0...59).contains(pair(17))
        }
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// RFC 4648, the standard alphabet with padding; line breaks are skipped, as in Go.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: some Collection<UInt8>) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var pending: UInt32 = 0
        var held = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            held += 1
            if held == 3 {
                for shift in [18, 12, 6, 0] as [UInt32] { out.append(alphabet[Int(pending >> shift & 63)]) }
                (pending, held) = (0, 0)
            }
        }
        if held == 1 {
            out += [alphabet[Int(pending >> 2 & 63)], alphabet[Int(pending << 4 & 63)], UInt8(ascii: "="), UInt8(ascii: "=")]
        } else if held == 2 {
            out += [
                alphabet[Int(pending >> 10 & 63)], alphabet[Int(pending >> 4 & 63)], alphabet[Int(pending << 2 & 63)],
                UInt8(ascii: "="),
            ]
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Where Go's decoder would stop; nil for well-formed text.
    static func firstIllegalByte(_ text: String) -> Int? {
        var digits = 0
        var padding = 0
        for (offset, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): continue
            case UInt8(ascii: "="):
                padding += 1
                if digits % 4 < 2 || digits % 4 + padding > 4 { return offset }
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "+"), UInt8(ascii: "/"):
                if padding > 0 { return offset }
                digits += 1
            default: return offset
            }
        }
        return (digits + padding) % 4 == 0 ? nil : text.utf8.count - (digits % 4)
    }
}
