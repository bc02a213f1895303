import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

@Suite struct ServiceAccountTests {
    private func plan(_ objects: [(ObjectKind, JSONValue)]) -> Plan {
        ServiceAccountController().reconcile(ObjectName(name: "n"), in: Sample.view(objects), at: Sample.now, after: nil)
    }

    @Test func eachLivingNamespaceHasADefaultAccount() {
        guard case .create(.serviceAccounts, let account)? = plan([(.namespaces, Sample.object("n"))]).steps.first else { Issue.record("none"); return }
        #expect(ObjectName(of: account) == ObjectName(namespace: "n", name: "default"))
        #expect(plan([(.namespaces, Sample.object("n")), (.serviceAccounts, Sample.object("default", in: "n"))]) == .nothing)
        #expect(plan([(.namespaces, Sample.object("n", deleting: true))]) == .nothing)
        #expect(plan([]) == .nothing)
    }

    @Test func anAccountThatIsDeletedIsMadeAnew() throws {
        let watch = try #require(ServiceAccountController().watches.last)
        #expect(watch.keys(Sample.object("default", in: "n"), nil, ClusterView()) == [ObjectName(name: "n")])
        #expect(watch.keys(Sample.object("bot", in: "n"), nil, ClusterView()) == [])
    }
}
