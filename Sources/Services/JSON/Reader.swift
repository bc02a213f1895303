/// The grammar of RFC 8259 over raw bytes: whitespace, literals, strings, numbers. What becomes of them is the caller's.
struct Reader {
    /// Deeper documents are refused: the parsers recurse.
    static let depthLimit = 1000

    let bytes: Bytes
    let base: UnsafePointer<UInt8>
    let end: Int
    var position = 0

    /// Nil for no bytes at all.
    init?(_ bytes: Bytes) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
        self.bytes = bytes
        self.base = base
        end = bytes.count
    }

    /// The byte after any whitespace, without taking it; nil at the end.
    @inline(__always)
    mutating func peek() -> UInt8? {
        while position < end {
            let byte = base[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position &+= 1
        }
        return nil
    }

    /// At the opening quote. Afterwards behind the closing one. The text is checked, not decoded.
    mutating func string() throws(Fault) -> StringSpan {
        position &+= 1
        var hasEscapes = false
        while true {
            position &+= plainRun(base, position, end)
            guard position < end else { throw ended() }
            let byte = base[position]
            if byte == ascii("\"") {
                position &+= 1
                return StringSpan(end: position &- 1, hasEscapes: hasEscapes)
            } else if byte == ascii("\\") {
                hasEscapes = true
                try escape()
            } else if byte < 0x20 {
                throw unexpected("in string literal")
            } else {
                let length = utf8Length(base, position, end)
                guard length > 0 else { throw Fault(message: "invalid UTF-8 in string literal", offset: position) }
                position &+= length
            }
        }
    }

    private mutating func escape() throws(Fault) {
        position &+= 1
        guard position < end else { throw ended() }
        switch base[position] {
        case ascii("\""), ascii("\\"), ascii("/"), ascii("b"), ascii("f"), ascii("n"), ascii("r"), ascii("t"):
            position &+= 1
        case ascii("u"):
            position &+= 1
            for _ in 0..<4 {
                guard position < end else { throw ended() }
                guard hexDigit(base[position]) != nil else { throw unexpected("in \\u hexadecimal character escape") }
                position &+= 1
            }
        default: throw unexpected("in string escape code")
        }
    }

    /// At the first byte of a number (a digit or a minus). Says whether it is written as an integer.
    mutating func number() throws(Fault) -> Bool {
        if base[position] == ascii("-") {
            position &+= 1
            guard position < end else { throw ended() }
            guard isDigit else { throw unexpected("in numeric literal") }
        }
        if base[position] == ascii("0") {
            position &+= 1
        } else {
            while isDigit { position &+= 1 }
        }
        var integral = true
        if position < end, base[position] == ascii(".") {
            integral = false
            position &+= 1
            try digits("after decimal point in numeric literal")
        }
        if position < end, base[position] | 0x20 == ascii("e") {
            integral = false
            position &+= 1
            if position < end, base[position] == ascii("+") || base[position] == ascii("-") { position &+= 1 }
            try digits("in exponent of numeric literal")
        }
        return integral
    }

    private var isDigit: Bool { position < end && base[position] &- ascii("0") < 10 }

    private mutating func digits(_ place: String) throws(Fault) {
        guard position < end else { throw ended() }
        guard isDigit else { throw unexpected(place) }
        while isDigit { position &+= 1 }
    }

    /// At its first byte: `true`, `false` or `null`.
    mutating func literal(_ word: StaticString) throws(Fault) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard position < end else { throw ended() }
            let expected = word.utf8Start[offset]
            guard base[position] == expected else {
                throw unexpected("in literal \(word) (expecting '\(Character(Unicode.Scalar(expected)))')")
            }
            position &+= 1
        }
    }

    func ended() -> Fault { Fault(message: "unexpected end of JSON input", offset: end) }

    /// Names the byte here, quoted as Go quotes it.
    func unexpected(_ place: String) -> Fault {
        let byte = base[position]
        let shown: String
        switch byte {
        case 0x0A: shown = "'\\n'"
        case 0x0D: shown = "'\\r'"
        case 0x09: shown = "'\\t'"
        case ascii("'"): shown = "'\\''"
        case ascii("\\"): shown = "'\\\\'"
        case ascii("\""): shown = "'\"'"
        case 0x20..<0x7F: shown = "'\(Character(Unicode.Scalar(byte)))'"
        case 0xA1...: shown = "'\(Character(Unicode.Scalar(byte)))'"
        default:
            let digits = String(byte, radix: 16)
            shown = "'\\x\(digits.count == 1 ? "0" : "")\(digits)'"
        }
        return Fault(message: "invalid character \(shown) \(place)", offset: position)
    }
}

/// An integer literal's value; nil where it does not fit 64 bits.
@inline(__always)
func integerValue(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int64? {
    let negative = base[start] == ascii("-")
    var position = negative ? start &+ 1 : start
    // Eighteen digits always fit.
    if end &- position <= 18 {
        var value: Int64 = 0
        while position < end {
            value = value &* 10 &+ Int64(base[position] &- ascii("0"))
            position &+= 1
        }
        return negative ? 0 &- value : value
    }
    var value: Int64 = 0
    while position < end {
        let digit = Int64(base[position] &- ascii("0"))
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        if overflow { return nil }
        let (sum, carried) = negative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
        if carried { return nil }
        value = sum
        position &+= 1
    }
    return value
}

/// A number literal's value; nil where it is beyond what a double holds.
func doubleValue(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Double? {
    let text = String(decoding: Bytes(start: base + start, count: end &- start), as: UTF8.self)
    guard let value = Double(text), value.isFinite else { return nil }
    return value
}
