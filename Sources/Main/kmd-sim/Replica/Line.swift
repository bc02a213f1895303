/// Work that is done one piece after the other, each when the one before it has ended: an actor's loop that performs effects in order.
final class Line {
    private var waiting: [(_ done: @escaping () -> Void) -> Void] = []
    private var isBusy = false

    /// `work` calls `done` once when it has ended.
    func add(_ work: @escaping (_ done: @escaping () -> Void) -> Void) {
        waiting.append(work)
        next()
    }

    private func next() {
        guard !isBusy, !waiting.isEmpty else { return }
        isBusy = true
        waiting.removeFirst()({ [self] in
            isBusy = false
            next()
        })
    }
}
