import Binder
import Core
import JSON
import KubeClient
import KubeObjects
import LeaderElector
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

/// Repeats a call to the API server until it succeeds, cannot succeed, or the task is cancelled (`nil`).
func untilAnswered<Value: Sendable>(_ call: () async throws(KubeClientError) -> Value) async -> Result<Value, KubeClientError>? {
    let time = SystemTime()
    var wait = Duration.milliseconds(100)
    while !Task.isCancelled {
        do throws(KubeClientError) {
            return .success(try await call())
        } catch {
            guard error.isRetriable else { return error.isCancelled ? nil : .failure(error) }
        }
        try? await time.sleep(for: wait)
        wait = min(wait * 2, .seconds(5))
    }
    return nil
}

/// Whether there is nothing left to make durable: the write was done, or the API server will not have it (its object is gone, say). `false` when
/// another leads, whose business it is now.
func isSettled<Value>(_ answer: Result<Value, KubeClientError>?) -> Bool {
    switch answer {
    case .success?: true
    case .failure(let error)?: !error.isFenced
    case nil: false
    }
}
