import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where uids and other random values come from; tests bring their own.
public protocol IDGenerator: Sendable {
    /// A version 4 UUID, in lower case.
    func uuid() -> String
    /// Five characters for `generateName`.
    func nameSuffix() -> String
    func int64(in range: ClosedRange<Int64>) -> Int64
}

/// Random ones, from the system's generator, which is asked for many at once: a system call for each would cost more than the rest.
public final class RandomIDs: IDGenerator {
    private let pool = Mutex(RandomPool())

    public init() {}

    public func uuid() -> String {
        let (high, low) = pool.withLock { ($0.next(), $0.next()) }
        let digits = hex(high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000) + hex(low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
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

    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    public func nameSuffix() -> String {
        let alphabet = RandomIDs.alphabet
        return pool.withLock { pool in
            String(decoding: (0..<5).map { _ in alphabet[Int(pool.next(upperBound: UInt64(alphabet.count)))] }, as: UTF8.self)
        }
    }

    public func int64(in range: ClosedRange<Int64>) -> Int64 { pool.withLock { Int64.random(in: range, using: &$0) } }
}

/// Random numbers fetched from the system by the dozen; each is given out once.
private struct RandomPool: RandomNumberGenerator {
    private var numbers: [UInt64] = []

    mutating func next() -> UInt64 {
        if numbers.isEmpty {
            // 256 bytes are the most that getentropy(3) gives at once.
            numbers = [UInt64](unsafeUninitializedCapacity: 32) { buffer, count in
                if let base = buffer.baseAddress, getentropy(base, 256) == 0 { count = 32 }
            }
        }
        if let number = numbers.popLast() { return number }
        var system = SystemRandomNumberGenerator()
        return system.next()
    }
}
