/// The largest number first.
struct MaxHeap: Sendable {
    private var items: [UInt64] = []

    var count: Int { items.count }
    var first: UInt64? { items.first }

    init() {}
    init(_ items: [UInt64]) {
        self.items = items
        for index in stride(from: items.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    mutating func push(_ item: UInt64) {
        items.append(item)
        var index = items.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard items[parent] < items[index] else { return }
            items.swapAt(parent, index)
            index = parent
        }
    }

    mutating func removeFirst() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        items[0] = last
        sink(0)
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var largest = index
            let left = 2 * index + 1
            if left < items.count, items[left] > items[largest] { largest = left }
            if left + 1 < items.count, items[left + 1] > items[largest] { largest = left + 1 }
            if largest == index { return }
            items.swapAt(index, largest)
            index = largest
        }
    }
}
