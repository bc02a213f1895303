/// What is known of the numbers of a range: which are given out, and which are about to be. Pure.
///
/// The store has the truth; this is what keeps choices from colliding, and finds a free number without reading the store.
struct NumberPool: Sendable {
    let numbers: ClosedRange<UInt32>
    /// The first number that is given out unasked while there are such.
    let firstDynamic: UInt32
    private(set) var taken: Set<UInt32> = []
    /// Chosen by changes that are not committed yet, and by how many.
    private(set) var pending: [UInt32: Int] = [:]

    init(_ numbers: ClosedRange<UInt32>, staticCount: UInt32) {
        self.numbers = numbers
        let first = numbers.lowerBound + staticCount
        firstDynamic = first <= numbers.upperBound ? first : numbers.lowerBound
    }

    /// Chooses a free number, from the upper part while it has one, and holds it until `settle`; `nil` when all are taken.
    ///
    /// - Parameter pick: a random number in the range given.
    mutating func chooseAny(_ pick: (ClosedRange<UInt32>) -> UInt32) -> UInt32? {
        var parts = [firstDynamic...numbers.upperBound]
        if firstDynamic > numbers.lowerBound { parts.append(numbers.lowerBound...firstDynamic - 1) }
        for part in parts {
            guard let number = firstFree(in: part, from: pick(part)) else { continue }
            pending[number, default: 0] += 1
            return number
        }
        return nil
    }

    /// Holds a number that was asked for; whether it is free is the store's to say.
    mutating func hold(_ number: UInt32) { pending[number, default: 0] += 1 }

    /// The end of a choice: the number is given out (`true`), free (`false`), or as it was (`nil`).
    mutating func settle(_ number: UInt32, isTaken: Bool?) {
        if let count = pending[number] { pending[number] = count > 1 ? count - 1 : nil }
        switch isTaken {
        case true?: taken.insert(number)
        case false?: taken.remove(number)
        case nil: break
        }
    }

    mutating func replaceTaken(_ numbers: some Sequence<UInt32>) { taken = Set(numbers) }

    private func firstFree(in part: ClosedRange<UInt32>, from start: UInt32) -> UInt32? {
        func isFree(_ number: UInt32) -> Bool { !taken.contains(number) && pending[number] == nil }
        if let number = (max(start, part.lowerBound)...part.upperBound).first(where: isFree) { return number }
        return part.first { $0 < start && isFree($0) }
    }
}
