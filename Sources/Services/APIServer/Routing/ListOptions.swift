import HTTPKit
import KubeAPI
import Store

/// The query parameters of a list or a watch (`metav1.ListOptions`), checked.
struct ListOptions: Sendable {
    enum Match: String, Sendable { case exact = "Exact", notOlderThan = "NotOlderThan" }

    var labels = LabelSelector.everything
    var fields = FieldSelector.everything
    /// `nil`: not given. 0: any state will do.
    var resourceVersion: Revision?
    var match: Match?
    /// 0: all.
    var limit = 0
    var continueToken: ContinueToken?
    var isWatch = false
    var allowsBookmarks = false
    var sendsInitialEvents = false
    /// `nil`: the server chooses.
    var timeoutSeconds: Int64?

    func filter(in namespace: String?) -> ObjectFilter { ObjectFilter(namespace: namespace, labels: labels, fields: fields) }

    init() {}

    init(_ query: HTTPQuery, for kind: ResourceKind) throws(APIStatus) {
        if query.isEmpty { return }
        if let text = query.first("labelSelector"), !text.isEmpty {
            labels = try LabelSelector(parsing: text)
        }
        if let text = query.first("fieldSelector"), !text.isEmpty {
            fields = try FieldSelector(parsing: text, for: kind)
        }
        if let text = query.first("limit"), !text.isEmpty {
            guard let number = Int(text) else { throw .badRequest("strconv.ParseInt: parsing \(quoted(text)): invalid syntax") }
            limit = max(0, number)
        }
        if let text = query.first("timeoutSeconds"), !text.isEmpty {
            guard let number = Int64(text) else { throw .badRequest("strconv.ParseInt: parsing \(quoted(text)): invalid syntax") }
            timeoutSeconds = number
        }
        if let text = query.first("continue"), !text.isEmpty {
            continueToken = ContinueToken(parsing: text)
            if continueToken == nil { throw .badRequest("invalid continue token: continue key is not valid: \(quoted(text))") }
        }
        isWatch = isTrue(query.first("watch"))
        allowsBookmarks = isTrue(query.first("allowWatchBookmarks"))
        sendsInitialEvents = isTrue(query.first("sendInitialEvents"))
        try readVersion(query)
    }

    private mutating func readVersion(_ query: HTTPQuery) throws(APIStatus) {
        let version = query.first("resourceVersion") ?? ""
        let matchText = query.first("resourceVersionMatch") ?? ""
        if !version.isEmpty {
            guard let number = UInt64(version), let revision = Revision(exactly: number) else {
                throw APIStatus(
                    code: 500, reason: "",
                    message: "resourceVersion: Invalid value: \(quoted(version)): strconv.ParseUint: parsing \(quoted(version)): invalid syntax")
            }
            resourceVersion = revision
        }
        match = Match(rawValue: matchText)
        var errors: [FieldError] = []
        let field = "resourceVersionMatch"
        if !matchText.isEmpty, isWatch, !sendsInitialEvents { errors.append(.forbidden(field, "resourceVersionMatch is forbidden for watch")) }
        if !matchText.isEmpty, version.isEmpty, !sendsInitialEvents {
            errors.append(.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        }
        if !matchText.isEmpty, match == nil {
            errors.append(.notSupported(field, matchText, ["Exact", "NotOlderThan", ""]))
        }
        if match == .exact, version == "0" {
            errors.append(.forbidden(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
        }
        guard errors.isEmpty else {
            throw .invalid(kindName: "ListOptions", group: "meta.k8s.io", name: "", errors)
        }
        if continueToken != nil, !version.isEmpty, version != "0" {
            throw .badRequest("specifying resource version is not allowed when using continue")
        }
    }
}

/// Query parameters that are flags: Go's conversion takes the empty text, `false` and `0` as false and anything else as true.
func isTrue(_ text: String?) -> Bool {
    guard let text else { return false }
    return text != "false" && text != "0" && text != ""
}

/// As Go's `%q` for the ASCII that occurs in parameters.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
