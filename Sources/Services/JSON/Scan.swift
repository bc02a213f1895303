// The byte loops that the tree parser, the tape parser and the encoder share.

typealias Bytes = UnsafeBufferPointer<UInt8>

/// What is wrong, and where; becomes a `JSONError` once, at the edge, where lines are counted.
struct Fault: Error {
    let message: String
    let offset: Int
}

/// A string literal's content: where it ends, and what it needs before it is text.
struct StringSpan {
    /// Offset of the closing quote.
    let end: Int
    let hasEscapes: Bool
}

@inline(__always)
func ascii(_ scalar: Unicode.Scalar) -> UInt8 { UInt8(truncatingIfNeeded: scalar.value) }

/// True where any of the eight bytes is below space, a quote, a backslash or beyond ASCII. May not miss one; may not see one too many.
@inline(__always)
func needsCare(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let high: UInt64 = 0x8080_8080_8080_8080
    let quote = word ^ (ones &* 0x22)
    let backslash = word ^ (ones &* 0x5C)
    let control = (word &- (ones &* 0x20)) & ~word
    return (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | control | word) & high != 0
}

/// How many bytes from `start` on are plain: printable ASCII that is neither a quote nor a backslash.
@inline(__always)
func plainRun(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    var position = start
    while position &+ 8 <= end {
        let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
        if needsCare(word) { break }
        position &+= 8
    }
    while position < end {
        let byte = base[position]
        if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80 { break }
        position &+= 1
    }
    return position &- start
}

/// The length of the well-formed UTF-8 sequence at `position`, or 0 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF).
@inline(__always)
func utf8Length(_ base: UnsafePointer<UInt8>, _ position: Int, _ end: Int) -> Int {
    let lead = base[position]
    func continues(_ offset: Int) -> Bool { position &+ offset < end && base[position &+ offset] & 0xC0 == 0x80 }
    switch lead {
    case 0..<0x80: return 1
    case 0xC2...0xDF: return continues(1) ? 2 : 0
    case 0xE0...0xEF:
        guard continues(1), continues(2) else { return 0 }
        let second = base[position &+ 1]
        if lead == 0xE0 && second < 0xA0 { return 0 }
        if lead == 0xED && second > 0x9F { return 0 }
        return 3
    case 0xF0...0xF4:
        guard continues(1), continues(2), continues(3) else { return 0 }
        let second = base[position &+ 1]
        if lead == 0xF0 && second < 0x90 { return 0 }
        if lead == 0xF4 && second > 0x8F { return 0 }
        return 4
    default: return 0
    }
}

func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case ascii("0")...ascii("9"): return UInt32(byte - ascii("0"))
    case ascii("a")...ascii("f"): return UInt32(byte - ascii("a") + 10)
    case ascii("A")...ascii("F"): return UInt32(byte - ascii("A") + 10)
    default: return nil
    }
}

/// Four hexadecimal digits from `position` on; the caller has checked that they are there and are digits.
private func unit(_ base: UnsafePointer<UInt8>, _ position: Int) -> UInt32 {
    var value: UInt32 = 0
    for offset in 0..<4 { value = value << 4 | (hexDigit(base[position &+ offset]) ?? 0) }
    return value
}

/// Writes a checked string literal's content with its escapes resolved. A lone surrogate becomes U+FFFD, as in Go.
func unescape(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int, into out: inout [UInt8]) {
    var position = start
    while position < end {
        let byte = base[position]
        guard byte == ascii("\\"), position &+ 1 < end else {
            out.append(byte)
            position &+= 1
            continue
        }
        let escape = base[position &+ 1]
        position &+= 2
        switch escape {
        case ascii("b"): out.append(0x08)
        case ascii("f"): out.append(0x0C)
        case ascii("n"): out.append(0x0A)
        case ascii("r"): out.append(0x0D)
        case ascii("t"): out.append(0x09)
        case ascii("u"):
            guard position &+ 4 <= end else { return }
            var code = unit(base, position)
            position &+= 4
            if code & 0xFC00 == 0xD800, position &+ 6 <= end, base[position] == ascii("\\"), base[position &+ 1] == ascii("u") {
                let low = unit(base, position &+ 2)
                if low & 0xFC00 == 0xDC00 {
                    code = 0x10000 &+ ((code & 0x3FF) << 10) &+ (low & 0x3FF)
                    position &+= 6
                }
            }
            out.append(contentsOf: UTF8.encode(Unicode.Scalar(code) ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
        default: out.append(escape)  // a quote, a backslash or a slash
        }
    }
}
