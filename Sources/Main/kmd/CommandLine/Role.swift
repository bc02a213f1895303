import ArgumentParser

/// A part that a process can play, in the order in which a process with several starts them.
enum Role: String, CaseIterable, Sendable {
    case apiserver
    case mesosLocal = "mesos-local"
    case scheduler
    case controllerManager = "controller-manager"
    case proxy

    /// What `all` means: a whole cluster. The executor, a process of its own that the agent starts, brings the rest.
    static let all: Set<Role> = [.apiserver, .mesosLocal, .scheduler, .controllerManager]

    /// Reads `all` or a list: `apiserver,scheduler`.
    static func list(_ text: String) throws -> Set<Role> {
        let names = allCases.map(\.rawValue)
        var roles: Set<Role> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            if word == "all" {
                roles.formUnion(all)
            } else if let role = Role(rawValue: word) {
                roles.insert(role)
            } else {
                throw ValidationError(NearestWord.refusal("role", word, known: ["all"] + names))
            }
        }
        return roles
    }
}
