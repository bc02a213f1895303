import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct DeleteTests {
    private func runningPod() throws -> JSONValue {
        var running = try pod()
        running.set("n1", at: "spec", "nodeName")
        return running
    }

    private func marked(_ decision: DeleteDecision) throws -> JSONValue {
        guard case .markTerminating(let object) = decision else { throw Fixtures.Missing(path: "\(decision)") }
        return object
    }

    @Test func aPodOnANodeIsGivenItsGrace() throws {
        let marked = try marked(try ResourceKind.pods.prepareDelete(runningPod(), now: noon))
        #expect(marked.at("metadata", "deletionTimestamp") == "2026-11-21T12:00:30Z")
        #expect(marked.at("metadata", "deletionGracePeriodSeconds") == 30)
    }

    @Test func aPodWithoutANodeOrWithAnEndGoesAtOnce() throws {
        guard case .remove(let last) = try ResourceKind.pods.prepareDelete(try pod(), now: noon) else {
            throw Fixtures.Missing(path: "")
        }
        #expect(last.at("metadata", "deletionGracePeriodSeconds") == 0)
        var done = try runningPod()
        done.set("Succeeded", at: "status", "phase")
        guard case .remove = try ResourceKind.pods.prepareDelete(done, now: noon) else { throw Fixtures.Missing(path: "") }
        guard case .remove = try ResourceKind.pods.prepareDelete(runningPod(), DeleteOptions(gracePeriodSeconds: 0), now: noon)
        else {
            throw Fixtures.Missing(path: "")
        }
    }

    @Test func aShorterGraceIsTakenAndALongerOneIgnored() throws {
        let first = try marked(try ResourceKind.pods.prepareDelete(runningPod(), now: noon))
        let later = noon.advanced(by: .seconds(5))
        let shorter = try marked(try ResourceKind.pods.prepareDelete(first, DeleteOptions(gracePeriodSeconds: 10), now: later))
        #expect(shorter.at("metadata", "deletionTimestamp") == "2026-11-21T12:00:10Z")
        #expect(
            try ResourceKind.pods.prepareDelete(first, DeleteOptions(gracePeriodSeconds: 60), now: later)
                == .alreadyTerminating(first))
        #expect(try ResourceKind.pods.prepareDelete(first, now: later) == .alreadyTerminating(first))
        guard case .remove = try ResourceKind.pods.prepareDelete(first, DeleteOptions(gracePeriodSeconds: 0), now: later) else {
            throw Fixtures.Missing(path: "")
        }
    }

    @Test func anObjectWithFinalizersStaysMarked() throws {
        let map = try ResourceKind.configMaps.prepareCreate(["metadata": ["name": "c", "finalizers": ["a/b"]]], context())
        let marked = try marked(try ResourceKind.configMaps.prepareDelete(map, now: noon))
        #expect(marked.at("metadata", "deletionGracePeriodSeconds") == 0)
        #expect(try ResourceKind.configMaps.prepareDelete(marked, now: noon) == .alreadyTerminating(marked))
        var held = try runningPod()
        held.set(["a/b"], at: "metadata", "finalizers")
        let forced = try self.marked(try ResourceKind.pods.prepareDelete(held, DeleteOptions(gracePeriodSeconds: 0), now: noon))
        #expect(forced.at("metadata", "deletionTimestamp") == "2026-11-21T12:00:00Z")
    }

    @Test func preconditionsMustHold() throws {
        let pod = try pod()
        let uid = status { _ = try ResourceKind.pods.prepareDelete(pod, DeleteOptions(uidPrecondition: "zz"), now: noon) }
        #expect(
            uid?.message
                == "Operation cannot be fulfilled on Pod \"p\": the UID in the precondition (zz) does not match the UID in "
                + "record (u-1). The object might have been deleted and then recreated")
        let version = status {
            _ = try ResourceKind.pods.prepareDelete(pod, DeleteOptions(resourceVersionPrecondition: "1"), now: noon)
        }
        #expect(
            version?.message
                == "Operation cannot be fulfilled on Pod \"p\": the ResourceVersion in the precondition (1) does not match "
                + "the ResourceVersion in record (7). The object might have been modified")
        _ = try ResourceKind.pods.prepareDelete(
            pod, DeleteOptions(uidPrecondition: "u-1", resourceVersionPrecondition: "7"), now: noon)
    }

    @Test func optionsComeFromBodyAndQuery() throws {
        let body: JSONValue = [
            "gracePeriodSeconds": 3, "propagationPolicy": "Foreground", "preconditions": ["uid": "u"], "dryRun": ["All"],
        ]
        let options = try DeleteOptions(body: body) { $0 == "gracePeriodSeconds" ? "9" : nil }
        #expect(options == DeleteOptions(gracePeriodSeconds: 3, uidPrecondition: "u", propagation: .foreground, isDryRun: true))
        #expect(try DeleteOptions(body: nil) { $0 == "gracePeriodSeconds" ? "9" : nil }.gracePeriodSeconds == 9)
        #expect(status { _ = try DeleteOptions(body: ["propagationPolicy": "Sideways"]) { _ in nil } }?.code == 422)
        #expect(status { _ = try DeleteOptions(body: nil) { $0 == "gracePeriodSeconds" ? "x" : nil } }?.code == 400)
    }
}
