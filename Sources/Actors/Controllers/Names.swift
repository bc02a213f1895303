/// Short, stable names made of what they are for.
enum Names {
    /// The numbers' digits and letters in an alphabet without vowels and look-alikes, so that no words come out.
    static let letters = Array("bcdfghjklmnpqrstvwxz2456789")

    /// FNV-1a, 32 bits.
    static func hash(_ text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    /// `prefix` and five letters, of at most 63 characters, as the API server completes a `generateName`.
    static func generated(_ prefix: String, from seed: String) -> String {
        // Twice, so that seeds that differ in their last character differ in every letter.
        var rest = UInt64(hash(seed)) << 32 | UInt64(hash(seed + "/"))
        var suffix = ""
        for _ in 0..<5 {
            rest = (rest ^ rest >> 29) &* 0xbf58_476d_1ce4_e5b9
            suffix.append(letters[Int(rest >> 33) % letters.count])
        }
        return prefix.prefix(58) + suffix
    }
}
