import ActorKit
import Core

/// Something that goes wrong in a run, and for how long.
enum Fault: Hashable, CustomStringConvertible {
    /// `kill -9`; it starts again after this.
    case kill(String, down: Duration)
    /// SIGSTOP and, after this, SIGCONT.
    case freeze(String, Duration)
    /// Nothing passes between two hosts.
    case cut(String, String, Duration)
    /// The time of day of a process is stepped.
    case stepClock(String, by: Duration)
    /// ZooKeeper ends the sessions of a host before their time.
    case expireSessions(String)
    /// No ZooKeeper server runs.
    case stopEnsemble(Duration)
    /// The Mesos master is killed; another one leads after this, and agents register with it one by one.
    case replaceMaster(Duration)
    /// The store answers nobody; what it was doing is done, or not.
    case stopStore(Duration)
    /// Somebody asks a replica to let another one lead.
    case resign(String)
    /// A user deletes a pod, creates some, or both.
    case deletePod, createPods(Int)

    var description: String {
        switch self {
        case .kill(let process, let down): "kill \(process), down for \(Fault.text(down))"
        case .freeze(let process, let time): "freeze \(process) for \(Fault.text(time))"
        case .cut(let one, let other, let time): "cut \(one) from \(other) for \(Fault.text(time))"
        case .stepClock(let process, let by): "step the clock of \(process) by \(Fault.text(by))"
        case .expireSessions(let host): "expire the ZooKeeper sessions of \(host)"
        case .stopEnsemble(let time): "stop ZooKeeper for \(Fault.text(time))"
        case .replaceMaster(let time): "kill the Mesos master, another leads after \(Fault.text(time))"
        case .stopStore(let time): "stop the store for \(Fault.text(time))"
        case .resign(let process): "ask \(process) to resign"
        case .deletePod: "delete a pod"
        case .createPods(let count): "create \(count) pods"
        }
    }

    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(Double(seconds * 1000 + attoseconds / 1_000_000_000_000_000) / 1000) s"
    }
}

/// What goes wrong in a run and when: drawn from a seed, or what is left of it after shrinking.
struct FaultSchedule: CustomStringConvertible {
    struct Entry: Hashable {
        /// Since the run's start.
        let at: Duration
        let fault: Fault
    }

    /// The process, or the host, of whoever leads at the moment; of the first replica while nobody does.
    static let leader = "the leader"

    /// In the order of their moments.
    let entries: [Entry]

    var description: String { entries.map { "  at \(Fault.text($0.at)): \($0.fault)" }.joined(separator: "\n") }

    /// Who there is for things to happen to.
    struct Cast {
        let replicas: [String]
        let executors: [String]
        /// The host of each replica: m1, m2, …
        let masterHosts: [String]
        let nodeHosts: [String]
        /// Hosts of what replicas depend on: the store, ZooKeeper, the Mesos master.
        let serviceHosts: [String]
    }

    /// A schedule of a kind of its own for each seed: some seeds are calm, some only freeze, some do everything.
    static func drawn(for seed: UInt64, _ cast: Cast, until end: Duration) -> FaultSchedule {
        // Not the run's own numbers: a schedule that was shrunk must leave those as they were.
        let random = SeededRandom(seed: seed ^ 0x6b6d_642d_7369_6d00)
        let kinds = (0..<11).filter { _ in random.next() % 2 == 0 }
        let count = Int(random.next() % 12)
        func pick(_ names: [String]) -> String { names[Int(random.next() % UInt64(names.count))] }
        func time(_ shortest: Double, _ longest: Double) -> Duration { .milliseconds(Int64(1000 * (shortest + random.fraction() * (longest - shortest)))) }
        func draw(_ kind: Int) -> Fault {
            switch kind {
            case 0: .kill(pick(cast.replicas + [leader]), down: time(0.1, 8))
            case 1: .freeze(pick(cast.replicas + [leader]), time(0.5, 20))
            case 2: .cut(pick(cast.masterHosts + [leader]), pick(cast.serviceHosts), time(0.2, 15))
            case 3: .kill(pick(cast.executors), down: time(0.1, 4))
            case 4: .cut(pick(cast.nodeHosts), pick(cast.serviceHosts), time(0.2, 15))
            case 5: .expireSessions(pick(cast.masterHosts + [leader]))
            case 6: .stopEnsemble(time(0.2, 15))
            case 7: .resign(leader)
            case 8: .replaceMaster(time(0.05, 10))
            case 9: .stopStore(time(0.05, 10))
            default: .stepClock(pick(cast.replicas), by: time(-3600, 3600))
            }
        }
        var entries = (0..<(kinds.isEmpty ? 0 : count)).map { _ in
            Entry(at: end * random.fraction(), fault: draw(kinds[Int(random.next() % UInt64(kinds.count))]))
        }
        // What users do, and, in the middle of what follows from it, one more fault here and there.
        for _ in 0..<(4 + random.next() % 10) {
            let at = end * random.fraction()
            entries.append(Entry(at: at, fault: random.next() % 3 == 0 ? .deletePod : .createPods(1 + Int(random.next() % 4))))
            if !kinds.isEmpty, random.next() % 3 == 0 {
                entries.append(Entry(at: at + time(0.001, 0.5), fault: draw(kinds[Int(random.next() % UInt64(kinds.count))])))
            }
        }
        return FaultSchedule(entries: entries.sorted { $0.at < $1.at })
    }

    /// The smallest part of it that still fails, as far as `limit` runs can tell: halves, quarters and so on are left out in turn.
    func shrunk(limit: Int = 300, stillFails: (FaultSchedule) -> Bool) -> FaultSchedule {
        var (best, runs) = (entries, 0)
        var size = max(1, best.count / 2)
        while !best.isEmpty, runs < limit {
            var removedAny = false
            var from = 0
            while from < best.count, runs < limit {
                let rest = Array(best[..<from] + best[min(from + size, best.count)...])
                runs += 1
                if stillFails(FaultSchedule(entries: rest)) {
                    (best, removedAny) = (rest, true)
                } else {
                    from += size
                }
            }
            if size == 1, !removedAny { break }
            size = max(1, size / 2)
        }
        return FaultSchedule(entries: best)
    }
}
