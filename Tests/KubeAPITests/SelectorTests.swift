import JSON
import Testing

@testable import KubeAPI

@Suite struct SelectorTests {
    private func index(_ labels: JSONValue = [:], kind: ResourceKind = .pods, _ object: JSONValue = [:]) -> ObjectIndex {
        var object = object
        object.set("web-1", at: "metadata", "name")
        object.set("default", at: "metadata", "namespace")
        object.set(labels, at: "metadata", "labels")
        return ObjectIndex(kind, json: object)
    }

    @Test(arguments: [
        ("", true), ("app=web", true), ("app==web", true), ("app=api", false), ("app!=api", true), ("app!=web", false),
        ("nope!=x", true),
        ("app in (web,api)", true), ("app in (api)", false), ("app notin (api)", true), ("app notin (web, api)", false),
        ("nope notin (a)", true), ("app", true), ("!app", false), ("!nope", true), ("app=web,tier=a", true),
        ("app=web,tier=b", false),
        (" app = web , tier ", true), ("n>5", true), ("n<5", false), ("empty=", true), ("empty in ()", true), ("app=", false),
        ("example.com/role=x", true), ("in in (in)", true), ("app in (,web)", true),
    ])
    func labelsAreSelected(_ text: String, _ expected: Bool) throws {
        let labels: JSONValue = ["app": "web", "tier": "a", "n": "7", "empty": "", "example.com/role": "x", "in": "in"]
        #expect(try LabelSelector(parsing: text).matches(index(labels)) == expected)
    }

    @Test(arguments: [
        ("a in", "unable to parse requirement: found '' expected: '('"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("a b", "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'"),
        ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a>b", "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer"),
        ("a>1.5", "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer"),
    ])
    func whatCannotBeReadIsToldAsKubernetesTellsIt(_ text: String, _ message: String) {
        let failure = status { _ = try LabelSelector(parsing: text) }
        #expect(failure?.message == message)
        #expect(failure?.code == 400)
    }

    @Test func fieldsAreSelected() throws {
        let object: JSONValue = ["spec": ["nodeName": "n1"], "status": ["phase": "Running"]]
        func matches(_ text: String) throws -> Bool { try FieldSelector(parsing: text, for: .pods).matches(index([:], object)) }
        #expect(try matches("spec.nodeName=n1"))
        #expect(try !matches("spec.nodeName="))
        #expect(try matches("spec.nodeName==n1,status.phase!=Failed"))
        #expect(try matches("metadata.name=web-1,metadata.namespace=default"))
        #expect(try !matches("status.phase!=Running"))
        #expect(try matches("spec.hostNetwork=false"))
        #expect(try matches(""))
        #expect(
            try FieldSelector(parsing: "metadata.name=web-1", for: .pods).requiredValue(of: "metadata.name", for: .pods)
                == "web-1")
        #expect(
            try FieldSelector(parsing: "metadata.name!=web-1", for: .pods).requiredValue(of: "metadata.name", for: .pods) == nil)
    }

    @Test func aFieldThatCannotBeSelectedByIsNamed() {
        #expect(
            status { _ = try FieldSelector(parsing: "spec.foo=1", for: .pods) }?.message == "field label not supported: spec.foo")
        #expect(
            status { _ = try FieldSelector(parsing: "nope=1", for: .configMaps) }?.message
                == "\"nope\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
        #expect(
            status { _ = try FieldSelector(parsing: "a", for: .configMaps) }?.message
                == "invalid selector: 'a'; can't understand 'a'")
    }

    @Test func theIndexFromBytesIsThatOfTheTree() throws {
        var object = try pod { $0.set(["app": "web", "example.com/tier": "a.b"], at: "metadata", "labels") }
        object.set("n1", at: "spec", "nodeName")
        object.set(true, at: "spec", "hostNetwork")
        object.set("2026-11-21T12:00:30Z", at: "metadata", "deletionTimestamp")
        let bytes = ObjectBytes.clientBytes(stored: ObjectBytes.encode(object), revision: 12)
        #expect(try ObjectIndex(.pods, bytes: bytes) == ObjectIndex(.pods, json: object))
    }

    @Test func anEventsSourceIsSelectedByItsComponent() throws {
        let event: JSONValue = ["source": ["component": "kubelet"], "involvedObject": ["kind": "Pod", "uid": "7"]]
        let found = index(kind: .events, event)
        #expect(try FieldSelector(parsing: "source=kubelet,involvedObject.uid=7", for: .events).matches(found))
    }
}
