import Core
import JSON
import KubeClient
import LeaderElector
import Logging
import NodeRegistrar
import Scheduling

/// The Lease of a component that only a leader runs, in kube-system.
struct LeaseAdapter: LeaseStore {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    let kube: KubeClient
    /// `kmd-scheduler`
    let name: String
    /// Whether terms are counted by this lease: then one that was deleted, and begins at one, goes on above the highest term that has written.
    /// A term of another origin is never changed here.
    var countsTerms = false

    func read() async -> Result<LeaseRecord?, LeaseError> {
        do throws(KubeClientError) {
            return .success(record(try await kube.get("\(LeaseAdapter.collection)/\(name)")))
        } catch { return error.isNotFound ? .success(nil) : .failure(LeaseError(error.description)) }
    }

    /// The lease is written in its own term, so that who takes it also ends the writing of whoever held it before.
    func write(_ record: LeaseRecord) async -> LeaseAnswer {
        do throws(KubeClientError) { return .stored(try await store(record)) } catch {
            if countsTerms, let higher = error.higherTerm, record.acquired == record.renewed {
                var later = record
                later.transitions = higher + 1
                do throws(KubeClientError) { return .stored(try await store(later)) } catch { return answer(to: error) }
            }
            return answer(to: error)
        }
    }

    private func answer(to error: KubeClientError) -> LeaseAnswer {
        if error.isFenced, let higher = error.higherTerm { return .fenced(by: Term(higher)) }
        return error.isConflict || error.isAlreadyExists || error.isNotFound || error.isFenced ? .conflict : .failed(error.description)
    }

    private func store(_ record: LeaseRecord) async throws(KubeClientError) -> LeaseRecord {
        let kube = kube.leading(name, term: record.transitions)
        var object: JSONValue = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": ["name": .string(name), "namespace": "kube-system"],
            "spec": [
                "holderIdentity": .string(record.holder), "leaseTransitions": .integer(Int64(clamping: record.transitions)),
                "leaseDurationSeconds": .integer(record.duration.components.seconds), "acquireTime": .string(record.acquired.rfc3339Micro),
                "renewTime": .string(record.renewed.rfc3339Micro),
            ],
        ]
        if record.resourceVersion.isEmpty { return self.record(try await kube.create(LeaseAdapter.collection, object)) }
        object.set(.string(record.resourceVersion), at: "metadata", "resourceVersion")
        return self.record(try await kube.update("\(LeaseAdapter.collection)/\(name)", object))
    }

    private func record(_ object: JSONValue) -> LeaseRecord {
        let spec = object["spec"] ?? .null
        func time(_ key: String) -> Timestamp { spec[key]?.string.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(secondsSinceEpoch: 0) }
        return LeaseRecord(
            holder: spec["holderIdentity"]?.string ?? "", transitions: UInt64(clamping: spec["leaseTransitions"]?.integer ?? 0),
            acquired: time("acquireTime"), renewed: time("renewTime"), duration: .seconds(spec["leaseDurationSeconds"]?.integer ?? 0),
            resourceVersion: object.at("metadata", "resourceVersion")?.string ?? "")
    }
}
