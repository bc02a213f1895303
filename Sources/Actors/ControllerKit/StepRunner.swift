import JSON

/// Does a plan's steps in order. Creations and deletions in a row go in batches of 1, 2, 4 … 16, so that what is refused is refused
/// once and not five hundred times.
struct StepRunner: Sendable {
    let api: any ControllerAPI
    let controller: String

    func run(_ steps: [Step]) async -> (expectations: [OwnWrite], failure: StepFailure?) {
        var expectations: [OwnWrite] = []
        var next = 0
        var size = 1
        while next < steps.count {
            let batch = steps[next..<StepRunner.end(of: steps, from: next, size: size)]
            size = batch.count > 1 || size == 1 ? min(size * 2, 16) : 1
            let answers = await perform(batch)
            var failure: StepFailure?
            for (step, answer) in zip(batch, answers) {
                switch answer {
                case .success(let object): if let expectation = OwnWrite.after(step, answer: object) { expectations.append(expectation) }
                case .failure(let error): failure = failure ?? error
                }
            }
            if let failure {
                let done = next + answers.count { if case .success = $0 { true } else { false } }
                return (expectations, StepFailure(step: failure.step, reason: failure.reason, message: failure.message, done: done))
            }
            next += batch.count
        }
        return (expectations, nil)
    }

    /// Where the batch that begins at `start` ends: the same sort of step on the same kind, at most `size` of them.
    static func end(of steps: [Step], from start: Int, size: Int) -> Int {
        guard let sort = Sort(steps[start]) else { return start + 1 }
        var end = start + 1
        while end < steps.count, end - start < size, Sort(steps[end]) == sort { end += 1 }
        return end
    }

    private enum Sort: Equatable {
        case create(ObjectKind), delete(ObjectKind)
        init?(_ step: Step) {
            switch step {
            case .create(let kind, _): self = .create(kind)
            case .delete(let kind, _, _, _, _): self = .delete(kind)
            default: return nil
            }
        }
    }

    private func perform(_ batch: ArraySlice<Step>) async -> [Result<JSONValue?, StepFailure>] {
        if batch.count == 1, let step = batch.first { return [await perform(step)] }
        return await withTaskGroup(of: (Int, Result<JSONValue?, StepFailure>).self) { group in
            for (index, step) in batch.enumerated() { group.addTask { (index, await perform(step)) } }
            var answers: [(Int, Result<JSONValue?, StepFailure>)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func perform(_ step: Step) async -> Result<JSONValue?, StepFailure> {
        do throws(StepFailure) { return .success(try await api.perform(step, for: controller)) } catch { return .failure(error) }
    }
}
