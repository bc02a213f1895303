import ActorKit
import Core
import LeaderElector

extension ElectionSimulation {
    /// Something goes wrong somewhere, and the next thing is planned.
    mutating func disturb() {
        guard !stormIsOver else { return }
        queue.add(.disturb, at: now + 200 + chance(2 * timeout))
        let index = chance(candidates.count)
        // Short, or long enough for sessions to end.
        let time = chance(2) == 0 ? 50 + chance(timeout) : timeout / 2 + chance(2 * timeout)
        switch chance(10) {
        case 0, 1: freeze(index, for: time)
        case 2, 3: cut(index, for: time)
        case 4: kill(index)
        case 5: leave(index)
        case 6:
            disturbed()
            say("candidate \(index) is asked to resign")
            receive(index, .resign("asked", at: instant(now)))
        case 7, 8:
            say("candidate \(index) is slow for \(time) ms")
            candidates[index].slowUntil = now + time
        default: stopEnsemble(for: time)
        }
    }

    private mutating func freeze(_ index: Int, for time: Int) {
        guard candidates[index].isRunning, !candidates[index].isFrozen else { return }
        say("candidate \(index) is frozen for \(time) ms")
        candidates[index].isFrozen = true
        candidates[index].frozenSince = now
        queue.add(.thaw(index), at: now + time)
    }

    mutating func thaw(_ index: Int) {
        guard candidates[index].isFrozen else { return }
        say("candidate \(index) goes on")
        candidates[index].isFrozen = false
        candidates[index].frozenFor += now - candidates[index].frozenSince
        // The worst order: what runs for the leader acts before the elector has seen the clock.
        act(index)
        let held = candidates[index].held
        candidates[index].held = []
        for input in held { receive(index, stamped(input)) }
        receive(index, .timePassed(to: instant(now)))
        // The client has not heard of the servers for long, and connects anew.
        if now - candidates[index].frozenSince > timeout * 2 / 3 { disconnect(index) }
    }

    /// What arrived in the meantime is seen only now, and stamped by the clock of now.
    private func stamped(_ input: ZooKeeperElectionState.Input) -> ZooKeeperElectionState.Input {
        let at = instant(now)
        return switch input {
        case .started: .started(at: at)
        case .session(let number, let news, _): .session(number, news, at: at)
        case .answered(let id, let answer, _): .answered(id, answer, at: at)
        case .watchFired(let id, _): .watchFired(id, at: at)
        case .stopped: .stopped(at: at)
        case .resign(let why, _): .resign(why, at: at)
        case .outranked(let term, _): .outranked(by: term, at: at)
        case .timePassed: .timePassed(to: at)
        }
    }

    private mutating func cut(_ index: Int, for time: Int) {
        guard candidates[index].isLinked else { return }
        say("candidate \(index) is cut off for \(time) ms")
        candidates[index].isLinked = false
        queue.add(.relink(index), at: now + time)
        // Half of the time it notices at once; else when a ping stays without answer.
        if chance(2) == 0 { disconnect(index) }
    }

    private mutating func kill(_ index: Int) {
        guard candidates[index].isRunning else { return }
        say("candidate \(index) is killed")
        gone(index)
        queue.add(.restart(index), at: now + chance(2000))
    }

    /// As on SIGTERM: what runs for the leader stops, then the session is closed.
    private mutating func leave(_ index: Int) {
        guard candidates[index].isRunning, !candidates[index].isFrozen else { return }
        say("candidate \(index) leaves")
        if candidates[index].isConnected, candidates[index].isLinked, servers.isUp, let session = candidates[index].session?.id {
            for name in servers.expire(session) { fireWatches(of: name) }
        }
        gone(index)
        queue.add(.restart(index), at: now + chance(2000))
    }

    private mutating func gone(_ index: Int) {
        candidates[index].isRunning = false
        candidates[index].isFrozen = false
        candidates[index].isLeading = false
        candidates[index].incarnation += 1
    }

    private mutating func stopEnsemble(for time: Int) {
        guard servers.isUp else { return }
        say("the ensemble is down for \(time) ms")
        servers.isUp = false
        queue.add(.ensembleUp, at: now + time)
        for index in candidates.indices where chance(2) == 0 { disconnect(index) }
    }
}
