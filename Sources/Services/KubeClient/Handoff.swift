import Synchronization

/// Hands elements from one task to another, one at a time: who gives waits until the last one was taken. It ends for both at once.
final class Handoff<Element: Sendable>: Sendable {
    private struct Contents {
        var element: Element?
        /// Set once; `success`: no more elements.
        var end: Result<Void, KubeClientError>?
        var taker: CheckedContinuation<Void, Never>?
        var giver: CheckedContinuation<Void, Never>?

        mutating func wakeTaker() -> CheckedContinuation<Void, Never>? {
            defer { taker = nil }
            return taker
        }
    }
    private let contents = Mutex(Contents())

    /// Returns when there is room for the next. What is given after the end is dropped.
    func give(_ element: Element) async {
        contents.withLock { contents in
            contents.element = element
            return contents.wakeTaker()
        }?.resume()
        await withCheckedContinuation { giver in
            let goesOn = contents.withLock { contents in
                guard contents.element != nil, contents.end == nil else { return true }
                contents.giver = giver
                return false
            }
            if goesOn { giver.resume() }
        }
    }

    /// The first end counts. One with an error ends the taking at once; what was given before is dropped then.
    func end(_ how: Result<Void, KubeClientError>) {
        let (taker, giver) = contents.withLock { contents in
            if contents.end == nil { contents.end = how }
            if case .failure = how { contents.element = nil }
            defer { contents.giver = nil }
            return (contents.wakeTaker(), contents.giver)
        }
        taker?.resume()
        giver?.resume()
    }

    /// The next element; `nil`: there are no more.
    func take() async throws(KubeClientError) -> Element? {
        while true {
            let (element, end, giver) = contents.withLock { contents in
                defer { (contents.element, contents.giver) = (nil, nil) }
                return (contents.element, contents.end, contents.giver)
            }
            giver?.resume()
            if let element { return element }
            if let end {
                try end.get()
                return nil
            }
            await withCheckedContinuation { taker in
                let goesOn = contents.withLock { contents in
                    guard contents.element == nil, contents.end == nil else { return true }
                    contents.taker = taker
                    return false
                }
                if goesOn { taker.resume() }
            }
        }
    }
}
