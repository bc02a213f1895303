import Core

/// How a replica comes to lead, and what lets it act.
protocol Candidacy: AnyObject {
    /// Whether what belongs to `term` may act at this moment.
    func allows(_ term: Term) -> Bool
    func begin()
    /// Its process is gone.
    func end()
    /// The store has refused a write of this replica's term: it knows a higher one.
    func outranked(by term: Term)
    /// Another has subscribed as the framework, although `term` leads.
    func displaced(_ term: Term)
    /// Somebody asks the leader to let another one lead.
    func resign()
}
