/// Where uids and other random values come from; tests bring their own.
public protocol IDGenerator: Sendable {
    /// A version 4 UUID, in lower case.
    func uuid() -> String
    /// Five characters for `generateName`.
    func nameSuffix() -> String
    func int64(in range: ClosedRange<Int64>) -> Int64
}

/// Random ones, from the system's generator.
public struct RandomIDs: IDGenerator {
    public init() {}

    public func uuid() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = hex(high) + hex(low)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (position, digit) in digits.enumerated() {
            if position == 8 || position == 12 || position == 16 || position == 20 { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func hex(_ number: UInt64) -> [UInt8] {
        (0..<16).map { position in
            let digit = UInt8(number >> UInt64(60 - 4 * position) & 15)
            return digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a")
        }
    }

    public func nameSuffix() -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
        var generator = SystemRandomNumberGenerator()
        return String(decoding: (0..<5).map { _ in alphabet[Int(generator.next(upperBound: UInt64(alphabet.count)))] }, as: UTF8.self)
    }

    public func int64(in range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range) }
}
