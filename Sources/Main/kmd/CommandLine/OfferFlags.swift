import ArgumentParser
import Core
import OfferBroker

/// How the scheduler treats Mesos' offers, and with them the other frameworks.
struct OfferFlags: ParsableArguments {
    @Option(help: "How many seconds an offer is kept that no pod uses.")
    var offerTTL = 5.0

    @Option(
        help: """
            The largest part of the cluster, from 0 to 1, that is held in unused offers for longer than a second; the rest goes back to \
            other frameworks at once.
            """)
    var offerShare = 0.5

    @Option(help: "How many seconds before an agent's maintenance begins its offers are not used any more.")
    var maintenanceLead = 0.0

    func validate() throws {
        guard (0.1...3600).contains(offerTTL) else { throw ValidationError("--offer-ttl must be between 0.1 and 3600 seconds, not \(offerTTL).") }
        guard (0...1).contains(offerShare) else { throw ValidationError("--offer-share must be between 0 and 1, not \(offerShare).") }
        guard (0...31_536_000).contains(maintenanceLead) else {
            throw ValidationError("--maintenance-lead must be between 0 and 31536000 seconds, not \(maintenanceLead).")
        }
    }

    var times: OfferBrokerState.Times {
        var times = OfferBrokerState.Times()
        (times.timeToLive, times.share, times.maintenanceLead) = (.seconds(1) * offerTTL, offerShare, .seconds(1) * maintenanceLead)
        return times
    }
}
