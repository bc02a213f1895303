/// What changed, in order, for readers that come now and then and want to know only what they have not seen.
///
/// A position is how much had been noted at a moment. What is old is forgotten; who asks for it has to look at everything.
@frozen public struct Journal<Element: Sendable>: Sendable {
    @usableFromInline var first = 0
    @usableFromInline var elements: [Element] = []

    public init() {}

    /// The first position from which all is known.
    @inlinable public var start: Int { first }
    /// The position of now.
    @inlinable public var end: Int { first + elements.count }

    @inlinable public mutating func note(_ element: Element) { elements.append(element) }

    /// What came after `position`; `nil`: it is not known any more.
    @inlinable public func since(_ position: Int) -> ArraySlice<Element>? {
        position < first || position > end ? nil : elements[(position - first)...]
    }

    /// Forgets what is old, once it is more than `limit`.
    @inlinable public mutating func trim(to limit: Int) { if elements.count > max(64, limit) { forgetAll() } }

    @inlinable public mutating func forgetAll() {
        first = end + 1
        elements = []
    }
}
