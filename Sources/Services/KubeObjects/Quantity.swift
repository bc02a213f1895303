/// Why a text is not a quantity. The descriptions are Kubernetes' own words, which its users know and search for.
public enum QuantityError: Error, Sendable, Hashable, CustomStringConvertible {
    case format
    case number
    case suffix

    public var description: String {
        switch self {
        case .format: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMG]*[-+]?[0-9]*)$'"
        case .number: "unable to parse numeric part of quantity"
        case .suffix: "unable to parse quantity's suffix"
        }
    }
}

/// An amount of some resource as Kubernetes writes it: `500m`, `1.5Gi`, `2e3`.
///
/// Held exactly, as a whole number of billionths; what is finer is rounded away from zero, as Kubernetes does, so that who asks
/// for a little gets a little. Two quantities are equal when their amounts are, whatever their spelling.
public struct Quantity: Sendable, CustomStringConvertible {
    /// The family of suffixes that a quantity was written in and is printed in.
    public enum Format: Sendable, Hashable { case decimalSI, binarySI, decimalExponent }

    /// The amount in billionths; at most `largestNano` either way.
    let nano: Int128
    public let format: Format

    static let nanoPerUnit: Int128 = 1_000_000_000
    static let largestNano: Int128 = Int128(Int64.max) * nanoPerUnit

    init(nano: Int128, format: Format) {
        self.nano = max(-Quantity.largestNano, min(Quantity.largestNano, nano))
        self.format = format
    }

    public static let zero = Quantity(nano: 0, format: .decimalSI)
    /// So many thousandths of a unit, as in `250m` of CPU.
    public static func milli(_ amount: Int64) -> Quantity { Quantity(nano: Int128(amount) * 1_000_000, format: .decimalSI) }
    /// So many whole units, printed as `2`, `3k`.
    public static func units(_ amount: Int64) -> Quantity { Quantity(nano: Int128(amount) * nanoPerUnit, format: .decimalSI) }
    /// So many bytes, printed as `64Mi`.
    public static func bytes(_ amount: Int64) -> Quantity { Quantity(nano: Int128(amount) * nanoPerUnit, format: .binarySI) }

    /// The amount in thousandths, rounded up; what does not fit is `Int64.max` or `.min`.
    public var milliValue: Int64 { Quantity.roundedUp(nano, by: 1_000_000) }
    /// The amount in whole units (bytes, cores), rounded up.
    public var value: Int64 { Quantity.roundedUp(nano, by: Quantity.nanoPerUnit) }
    /// The amount as a floating point number, as Mesos counts its scalars.
    public var double: Double { Double(nano) / 1e9 }
    public var isZero: Bool { nano == 0 }
    public var isNegative: Bool { nano < 0 }

    private static func roundedUp(_ nano: Int128, by divisor: Int128) -> Int64 {
        let (quotient, rest) = nano.quotientAndRemainder(dividingBy: divisor)
        let value = rest > 0 ? quotient + 1 : quotient
        return Int64(clamping: value)
    }

    public static func + (left: Quantity, right: Quantity) -> Quantity {
        Quantity(nano: left.nano + right.nano, format: left.isZero ? right.format : left.format)
    }
    public static func - (left: Quantity, right: Quantity) -> Quantity {
        Quantity(nano: left.nano - right.nano, format: left.isZero ? right.format : left.format)
    }
}

extension Quantity: Hashable, Comparable {
    public static func == (left: Quantity, right: Quantity) -> Bool { left.nano == right.nano }
    public static func < (left: Quantity, right: Quantity) -> Bool { left.nano < right.nano }
    public func hash(into hasher: inout Hasher) { hasher.combine(nano) }
}

extension Quantity {
    /// The canonical spelling: no fraction, the largest suffix that keeps the number whole.
    public var description: String {
        if nano == 0 { return "0" }
        if format == .binarySI, abs(nano) >= 1024 * Quantity.nanoPerUnit, nano % Quantity.nanoPerUnit == 0 {
            return binaryText
        }
        return decimalText
    }

    private var binaryText: String {
        var number = nano / Quantity.nanoPerUnit
        var step = 0
        while number % 1024 == 0, step < Quantity.binarySuffixes.count - 1 {
            number /= 1024
            step += 1
        }
        return "\(number)\(Quantity.binarySuffixes[step])"
    }

    private var decimalText: String {
        var number = nano
        var exponent = -9
        while number % 1000 == 0, exponent < 18 {
            number /= 1000
            exponent += 3
        }
        if format == .decimalExponent { return exponent == 0 ? "\(number)" : "\(number)e\(exponent)" }
        return "\(number)\(Quantity.decimalSuffixes[(exponent + 9) / 3])"
    }

    private static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    private static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
}

extension Quantity {
    /// Reads a quantity. Numbers beyond 2^63-1 are cut to it.
    public init(parsing text: String) throws(QuantityError) {
        var reader = QuantityReader(bytes: Array(text.utf8))
        try reader.read()
        let (base, exponent, format) = try Quantity.interpret(suffix: reader.suffix)
        self.init(nano: try reader.nano(base: base, exponent: exponent), format: format)
    }

    /// What a suffix multiplies by: `base` to the power of `exponent`.
    private static func interpret(suffix: ArraySlice<UInt8>) throws(QuantityError) -> (base: Int, exponent: Int, format: Format) {
        let text = String(decoding: suffix, as: UTF8.self)
        if let step = binarySuffixes.firstIndex(of: text), step > 0 { return (2, step * 10, .binarySI) }
        if let step = decimalSuffixes.firstIndex(of: text) { return (10, step * 3 - 9, .decimalSI) }
        guard let first = suffix.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E"),
            let exponent = Int(String(decoding: suffix.dropFirst(), as: UTF8.self))
        else { throw .suffix }
        return (10, max(-1000, min(1000, exponent)), .decimalExponent)
    }
}

/// Takes a quantity's text apart: sign, digits, fraction, suffix.
private struct QuantityReader {
    let bytes: [UInt8]
    var negative = false
    var whole: ArraySlice<UInt8> = []
    var fraction: ArraySlice<UInt8> = []
    var suffix: ArraySlice<UInt8> = []

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// More digits than this say nothing about a number that is cut at 2^63-1.
    private static let longest = 200

    mutating func read() throws(QuantityError) {
        guard !bytes.isEmpty, bytes.count <= QuantityReader.longest else { throw .format }
        var position = 0
        if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
            negative = bytes[0] == UInt8(ascii: "-")
            position = 1
        }
        whole = digits(from: &position)
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            fraction = digits(from: &position)
        }
        suffix = bytes[position...]
        let letters = Set("eEinumkKMGTP".utf8)
        while position < bytes.count, letters.contains(bytes[position]) { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") { position += 1 }
        _ = digits(from: &position)
        guard position == bytes.count else { throw .format }
        guard !whole.isEmpty || !fraction.isEmpty else { throw suffix.isEmpty ? .format : .number }
    }

    private func digits(from position: inout Int) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
        return bytes[start..<position]
    }

    /// The number in billionths: digits × 10^(-fraction digits) × base^exponent × 10^9, rounded away from zero, cut at the largest.
    func nano(base: Int, exponent: Int) throws(QuantityError) -> Int128 {
        let limit = Quantity.largestNano
        var digits = (whole + fraction).drop { $0 == 48 }
        var tens = 9 - fraction.count + (base == 10 ? exponent : 0)
        while let last = digits.last, last == 48 {
            digits = digits.dropLast()
            tens += 1
        }
        if digits.isEmpty { return 0 }
        var inexact = false
        // 38 digits always overflow what we hold unless they are a fraction of it: keep those that can matter.
        while tens < 0, digits.count > 30 {
            digits = digits.dropLast()
            tens += 1
            inexact = true
        }
        guard digits.count <= 30 else { return negative ? -limit : limit }
        var number: Int128 = 0
        for digit in digits { number = number * 10 + Int128(digit - 48) }
        if base == 2 {
            let (product, overflow) = number.multipliedReportingOverflow(by: Int128(1) << Int128(exponent))
            // Only a fraction can need so much room; its last digits are below what is held.
            guard !overflow else { return negative ? -limit : limit }
            number = product
        }
        while tens > 0 {
            if number > limit { return negative ? -limit : limit }
            number *= 10
            tens -= 1
        }
        while tens < 0, number > 0 {
            if number % 10 != 0 { inexact = true }
            number /= 10
            tens += 1
        }
        if inexact { number += 1 }
        number = min(number, limit)
        return negative ? -number : number
    }
}
