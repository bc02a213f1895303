import JSON
import Testing

@testable import KubeAPI

@Suite struct StatusTests {
    @Test func statusesReadAsARealServers() throws {
        let cases: [(APIStatus, JSONValue)] = [
            (
                .notFound(.configMaps, name: "missing"),
                [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                    "message": "configmaps \"missing\" not found",
                    "reason": "NotFound", "details": ["name": "missing", "kind": "configmaps"], "code": 404,
                ]
            ),
            (
                .notFound(.leases, name: "l"),
                [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                    "message": "leases.coordination.k8s.io \"l\" not found", "reason": "NotFound",
                    "details": ["name": "l", "group": "coordination.k8s.io", "kind": "leases"], "code": 404,
                ]
            ),
            (
                .noSuchResource,
                [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                    "message": "the server could not find the requested resource", "reason": "NotFound", "details": [:],
                    "code": 404,
                ]
            ),
            (
                .alreadyExistsButGoing(.namespaces, name: "t"),
                [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                    "message": "object is being deleted: namespaces \"t\" already exists", "reason": "AlreadyExists",
                    "details": ["name": "t", "kind": "namespaces"], "code": 409,
                ]
            ),
            (
                .requestEntityTooLarge(limit: 3_145_728),
                [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                    "message": "Request entity too large: limit is 3145728", "reason": "RequestEntityTooLarge", "code": 413,
                ]
            ),
            (
                .deleted(.services, name: "p3", uid: "1354"),
                [
                    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
                    "details": ["name": "p3", "kind": "services", "uid": "1354"],
                ]
            ),
        ]
        for (found, expected) in cases { #expect(found.json == expected) }
        // Field order is Go's.
        #expect(
            APIStatus.badRequest("x").json.text
                == #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"x","reason":"BadRequest","code":400}"#
        )
    }

    @Test func theSameFaultTwiceIsToldOnce() {
        let fault = FieldError.required("a")
        let status = APIStatus.invalid(.pods, name: "p", [fault, fault])
        #expect(status.message == "Pod \"p\" is invalid: a: Required value")
        #expect(status.details?.causes.count == 2)
    }

    @Test(arguments: [
        ("plain", "\"plain\""), ("a\"b", "\"a\\\"b\""), ("a\\b", "\"a\\\\b\""), ("tab\t\n", "\"tab\\t\\n\""),
        ("\u{1}", "\"\\x01\""),
        ("h\u{e9}llo", "\"h\u{e9}llo\""), ("\u{7f}", "\"\\x7f\""), ("\u{85}", "\"\\u0085\""),
    ])
    func textIsQuotedAsGoQuotesIt(_ text: String, _ quoted: String) { #expect(goQuoted(text) == quoted) }
}
