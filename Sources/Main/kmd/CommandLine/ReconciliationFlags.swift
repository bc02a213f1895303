import ArgumentParser
import Reconciler

/// When the scheduler asks Mesos about tasks, and how long a launch may take. Durations as Go writes them: 5m, 15s.
struct ReconciliationFlags: ParsableArguments {
    @Option(help: "How often Mesos is asked for all tasks of the framework. (default: 5m)", transform: { try Flags.duration($0, "--reconcile-interval") })
    var reconcileInterval: Duration = .seconds(300)

    @Option(
        help: "The rest between two such questions, and how long tasks may stay unmentioned before they are asked about by name. (default: 15s)",
        transform: { try Flags.duration($0, "--reconcile-cooldown") })
    var reconcileCooldown: Duration = .seconds(15)

    @Option(
        help: "A launch whose pod is not bound to its node after this is killed, and the pod waits for another. (default: 5m)",
        transform: { try Flags.duration($0, "--mesos-launch-grace-period") })
    var mesosLaunchGracePeriod: Duration = .seconds(300)

    func validate() throws {
        guard reconcileCooldown <= reconcileInterval else {
            throw ValidationError("--reconcile-cooldown must not be longer than --reconcile-interval.")
        }
    }

    var times: ReconcilerState.Times {
        var times = ReconcilerState.Times()
        (times.implicit, times.cooldown, times.launchGrace) = (reconcileInterval, reconcileCooldown, mesosLaunchGracePeriod)
        times.firstImplicit = min(times.firstImplicit, reconcileInterval)
        return times
    }
}

extension Flags {
    /// A duration as Go writes it, longer than nothing if not `orZero`.
    static func duration(_ text: String, _ flag: String, orZero: Bool = false) throws -> Duration {
        guard let duration = GoDuration.parse(text), duration > .zero || orZero else {
            throw ValidationError("\(flag)=\(text): this is no duration; write it as 15s, 5m, 1h30m.")
        }
        return duration
    }
}
