import ArgumentParser

/// A part that a process can play.
enum Role: String, CaseIterable, Sendable {
    case apiserver
    case scheduler
    case mesosLocal = "mesos-local"

    /// Reads `all` or a list: `apiserver,scheduler`.
    static func list(_ text: String) throws -> Set<Role> {
        let names = allCases.map(\.rawValue)
        var roles: Set<Role> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            if word == "all" {
                roles.formUnion(allCases)
            } else if let role = Role(rawValue: word) {
                roles.insert(role)
            } else {
                let hint = NearestWord.to(word, among: names + ["all"]).map { " Did you mean '\($0)'?" } ?? ""
                throw ValidationError("Unknown role '\(word)'.\(hint) Roles are: all, \(names.joined(separator: ", ")).")
            }
        }
        return roles
    }
}
