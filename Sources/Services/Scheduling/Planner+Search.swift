// From a shape of pod to the best row that has room.
extension Planner {
    /// The best row for the pod; among equals, the one whose agent comes first.
    mutating func bestRow(for pod: PodDemand, _ number: Int) -> Int? {
        if holds.isEmpty, let vain = inquiries[number].vainAt, vain == (journal.end, census.version) { return nil }
        updateRefusers(number)
        let row = inquiries[number].isMonotone ? bestByHeap(pod, number) : bestByScan(pod, number)
        inquiries[number].vainAt = row == nil ? (journal.end, census.version) : nil
        return row
    }

    // MARK: By the heap

    private mutating func bestByHeap(_ pod: PodDemand, _ number: Int) -> Int? {
        bringUpToDate(number)
        while let top = inquiries[number].heap.first {
            let row = Planner.row(of: top)
            guard rank(row, inquiries[number]) == top else {
                inquiries[number].heap.removeFirst()
                continue
            }
            let isFree = holds.isEmpty || rooms[row].lot(for: pod.shape, roles: inquiries[number].roles, held: held(on: row, against: pod)) != nil
            if isFree, firstObjection(row, inquiries[number], spreadFloors: []) == nil { return row }
            inquiries[number].heap.removeFirst()
            inquiries[number].blocked.append(Int32(row))
        }
        return nil
    }

    private mutating func bringUpToDate(_ number: Int) {
        let eligible = inquiries[number].eligible
        let news = journal.since(inquiries[number].seen)
        if let news, inquiries[number].seen >= 0, news.count <= agents.count, inquiries[number].heap.count <= 4 * agents.count + 64 {
            for row in news where eligible.isAllowed[Int(row)] { push(row, number) }
        } else {
            var ranks: [UInt64] = []
            ranks.reserveCapacity(eligible.rows.count)
            for row in eligible.rows {
                let rank = rank(Int(row), inquiries[number])
                if rank != 0 { ranks.append(rank) }
            }
            inquiries[number].heap = MaxHeap(ranks)
            inquiries[number].blocked = []
        }
        inquiries[number].seen = journal.end
        // Where pods have left, or room may be held no more, what stood against a row may have gone.
        if !inquiries[number].blocked.isEmpty, inquiries[number].removalsSeen != census.removals || !holds.isEmpty {
            let blocked = Set(inquiries[number].blocked).sorted()
            inquiries[number].blocked = []
            for row in blocked { push(row, number) }
        }
        inquiries[number].removalsSeen = census.removals
    }

    private mutating func push(_ row: Int32, _ number: Int) {
        let rank = rank(Int(row), inquiries[number])
        if rank != 0 { inquiries[number].heap.push(rank) }
    }

    /// How good a row is, as a number that orders rows; 0: it has no room.
    private func rank(_ row: Int, _ inquiry: Inquiry) -> UInt64 {
        guard hasRoom(row, inquiry) else { return 0 }
        return UInt64(score(row, inquiry) + Planner.scoreBias) << 32 | UInt64(UInt32.max - UInt32(row))
    }
    private static func row(of rank: UInt64) -> Int { Int(UInt32.max - UInt32(truncatingIfNeeded: rank)) }
    private static let scoreBias = 1 << 20

    /// What makes a row better, other pods' affinities aside.
    private func score(_ row: Int, _ inquiry: Inquiry) -> Int {
        var score = Int(columns[row].policy)
        if !inquiry.eligible.likings.isEmpty { score += Int(inquiry.eligible.likings[row]) }
        if let siblings = inquiry.siblings, let count = census.tallies[siblings].byRow[Int32(row)] { score -= 40 * min(50, Int(count)) }
        return score
    }

    private func hasRoom(_ row: Int, _ inquiry: Inquiry) -> Bool {
        let column = columns[row]
        let wanted = inquiry.shape.wishes.amounts
        guard wanted.milliCPU <= column.cpu, wanted.memory <= column.memory, wanted.disk <= column.disk else { return false }
        if inquiry.isPlain, column.isPlain { return column.isOpen }
        return rooms[row].lot(for: inquiry.shape, roles: inquiry.roles) != nil
    }

    // MARK: By looking at all

    private func bestByScan(_ pod: PodDemand, _ number: Int) -> Int? {
        let inquiry = inquiries[number]
        let floors = spreadFloors(inquiry)
        var best: (row: Int, score: Int)?
        if inquiry.hasWishes {
            let fitting = inquiry.eligible.rows.map { Int($0) }.filter { hasRoom($0, inquiry) && isFree($0, for: pod, inquiry, floors) }
            let wishes = wishScores(fitting, inquiry)
            for (row, wish) in zip(fitting, wishes) {
                let score = score(row, inquiry) + wish
                if best.map({ score > $0.score }) ?? true { best = (row, score) }
            }
        } else {
            for row in inquiry.eligible.rows {
                let row = Int(row)
                guard hasRoom(row, inquiry) else { continue }
                let score = score(row, inquiry)
                // What other pods say costs most: only rows that would be better are asked about.
                if best.map({ score > $0.score }) ?? true, isFree(row, for: pod, inquiry, floors) { best = (row, score) }
            }
        }
        return best?.row
    }

    /// Whether other pods leave the row to this one: those that are there, and those that room is held for.
    private func isFree(_ row: Int, for pod: PodDemand, _ inquiry: Inquiry, _ floors: [Int]) -> Bool {
        guard firstObjection(row, inquiry, spreadFloors: floors) == nil else { return false }
        return holds.isEmpty || rooms[row].lot(for: inquiry.shape, roles: inquiry.roles, held: held(on: row, against: pod)) != nil
    }

    /// What preferred affinities and wished-for spreading add to each of `rows`: 0...200 each.
    private func wishScores(_ rows: [Int], _ inquiry: Inquiry) -> [Int] {
        let wishedSpreads = inquiry.spreads.filter { !$0.constraint.isRequired }
        var scores = [Int](repeating: 0, count: rows.count)
        if !inquiry.preferences.isEmpty {
            add(rows.map { row in
                inquiry.preferences.reduce(0) { $0 + $1.weight * max(0, count(at: row, $1.question)) }
            }, to: &scores, highestIsBest: true)
        }
        for spread in wishedSpreads {
            let counts = rows.map { count(at: $0, spread.question) }
            let most = counts.max() ?? 0
            // A row without the label is as bad as the fullest place and one more.
            add(counts.map { $0 < 0 ? most + 1 : $0 }, to: &scores, highestIsBest: false)
        }
        return scores
    }

    private func add(_ values: [Int], to scores: inout [Int], highestIsBest: Bool) {
        guard let least = values.min(), let most = values.max(), most > least else { return }
        for index in values.indices {
            let share = 200 * (values[index] - least) / (most - least)
            scores[index] += highestIsBest ? share : 200 - share
        }
    }

    // MARK: Held room

    /// What is held on a row against this pod: by pods of its own priority or higher.
    func held(on row: Int, against pod: PodDemand) -> Held {
        var result = Held()
        guard !holds.isEmpty else { return result }
        for hold in holds where hold.agent == agents[row].agent && hold.pod.uid != pod.uid && hold.pod.priority >= pod.priority {
            result.amounts += hold.pod.amounts
            result.ports += hold.pod.shape.fixedPorts
            result.pods += 1
            if result.for == nil { result.for = hold.pod.key }
        }
        return result
    }
}
