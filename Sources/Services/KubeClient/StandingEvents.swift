/// The events that an `EventRecorder` has made and may raise the count of: those of the newest news.
struct StandingEvents: Sendable {
    struct Event: Sendable {
        let name: String
        var count: Int64
        fileprivate var used: UInt64
    }

    private let limit: Int
    private var events: [EventRecorder.News: Event] = [:]
    private var uses: UInt64 = 0

    /// - Parameter limit: beyond so many, the half that was not used for the longest time is forgotten.
    init(limit: Int = 4096) { self.limit = limit }

    subscript(news: EventRecorder.News) -> Event? { events[news] }
    var count: Int { events.count }

    mutating func put(_ news: EventRecorder.News, name: String) {
        uses += 1
        events[news] = Event(name: name, count: 1, used: uses)
        if events.count > limit { forgetOldest() }
    }

    mutating func raise(_ news: EventRecorder.News) {
        uses += 1
        events[news]?.count += 1
        events[news]?.used = uses
    }

    mutating func remove(_ news: EventRecorder.News) { events[news] = nil }

    private mutating func forgetOldest() {
        let ages = events.values.map(\.used).sorted()
        let middle = ages[ages.count / 2]
        events = events.filter { $0.value.used > middle }
    }
}
