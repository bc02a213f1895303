import Core
import JSON
import LeaderElector
import Testing

@testable import kmd

/// What a person reads of the control plane, from what one process has learnt.
@Suite struct StatusTests {
    let noon = Timestamp(secondsSinceEpoch: 1_700_000_000)

    func election(term: TermRecord, leads: Bool = false) -> ElectionSight {
        var sight = ElectionSight(identity: "host-b-2", leads: leads)
        sight.session = .init(isConnected: true, id: "0x10", timeout: .seconds(10))
        sight.take(
            ElectionView(
                term: term,
                queue: [
                    .init(name: "candidate-x-1", record: CandidateRecord(identity: "host-a-1", url: "http://10.0.0.1:10251")),
                    .init(name: "candidate-y-2", record: CandidateRecord(identity: "host-b-2", url: "http://10.0.0.2:10251")),
                ]))
        return sight
    }

    func term(holder: String = "host-a-1") -> TermRecord {
        var term = TermRecord(term: 7, holder: holder, since: noon.advanced(by: .seconds(-42)).rfc3339)
        (term.before, term.gap, term.quiet) = ("host-c-3", 141, 1200)
        return term
    }

    func report(_ election: ElectionSight) -> StatusReport {
        StatusReport(
            election: election,
            mesos: .init(health: .well, master: "10.0.0.1:5050", version: "1.12.0", framework: "kmd-1", phase: "Connected"), apiServer: .well, store: .well,
            wallClock: noon)
    }

    @Test func aStandbySaysWhoLeadsSinceWhenAndHowItCameToThat() {
        let since = term().since
        #expect(
            StatusText.render(report(election(term: term())).json) == """
                Leader:        host-a-1, term 7, since \(since) (42s ago)
                Seen by:       host-b-2, standby
                Session:       0x10, connected, timeout 10s
                Last failover: from host-c-3 to host-a-1, at \(since) (42s ago): 141 ms after the former leader's place was free, 1200 ms after its last Lease
                Mesos:         healthy; master 10.0.0.1:5050; framework kmd-1 connected
                API server:    healthy
                Store:         healthy

                Replicas:
                  STANDING  IDENTITY  PAGES
                  leads     host-a-1  http://10.0.0.1:10251
                  standby   host-b-2  http://10.0.0.2:10251

                """)
        #expect(report(election(term: term())).isWell)
    }

    @Test func whatAReplicaDoesNotReachStandsBesideIt() throws {
        var sight = election(term: term())
        let lame = CandidateRecord(identity: "host-a-1", url: "http://10.0.0.1:10251", lacks: "Mesos, the store")
        #expect(CandidateRecord(lame.bytes) == lame)
        // As versions before wrote it.
        #expect(CandidateRecord(Array(#"{"identity":"a","url":"u"}"#.utf8)) == CandidateRecord(identity: "a", url: "u"))
        let view = ElectionView(term: term(), queue: [.init(name: "candidate-x-1", record: lame)])
        sight.take(view)
        #expect(StatusText.render(report(sight).json).contains("leads     host-a-1  http://10.0.0.1:10251  does not reach Mesos, the store\n"))
        #expect(view.text("scheduler").contains("leads  host-a-1  http://10.0.0.1:10251  does not reach Mesos, the store"))
    }

    @Test func whoIsFirstWithoutTheTermDoesNotLead() {
        let report = report(election(term: term(holder: "host-z-9")))
        #expect(report.election.replicas.map(\.standing) == [.next, .standby])
        #expect(!report.isWell)
        #expect(StatusText.render(report.json).hasPrefix("Leader:        nobody; the last term was 7\n"))
    }

    enum Part: String, CaseIterable { case mesos = "Mesos:         ", apiServer = "API server:    ", store = "Store:         " }

    @Test(arguments: Part.allCases) func whatDoesNotAnswerIsNamed(part: Part) {
        var report = report(election(term: term()))
        switch part {
        case .mesos: report.mesos.health = .unwell("x")
        case .apiServer: report.apiServer = .unwell("x")
        case .store: report.store = .unwell("x")
        }
        #expect(report.json["healthy"] == false)
        #expect(StatusText.render(report.json).contains("\n\(part.rawValue)NOT HEALTHY: x"))
    }

    @Test func aFaultOfTheSubscriptionComesWithItsRemedy() {
        var report = report(election(term: term(), leads: true))
        report.standing = MesosStanding.removed("kmd-1").json
        #expect(!report.isWell)
        #expect(StatusText.render(report.json).contains("To resolve:    kmd framework forget\n"))
    }

    @Test func theOnlyProcessOfAClusterHasNoSession() {
        var sight = ElectionSight(identity: "one", leads: true)
        sight.term = TermRecord(term: 1, holder: "one", since: noon.rfc3339)
        sight.replicas = [.init(identity: "one", url: "http://127.0.0.1:10251", standing: .leads)]
        let text = StatusText.render(report(sight).json)
        #expect(text.contains("Session:       none: without --zk"))
        #expect(text.contains("Last failover: none is known"))
    }

    @Test func aTermsNodeSaysHowTheTermBegan() {
        let term = term()
        #expect(TermRecord(term.bytes) == term)
        // As an older build wrote it, and as one that had no predecessor writes it.
        #expect(TermRecord(Array(#"{"term":3,"holder":"a","since":"s"}"#.utf8)) == TermRecord(term: 3, holder: "a", since: "s"))
    }
}
