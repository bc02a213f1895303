import JSON
import KubeSchema
import Testing

@Suite struct StructuralTests {
    let schema = Schema.shared

    func decode(_ text: String, _ kind: String = "Pod", _ apiVersion: String = "v1") throws -> Schema.Decoded {
        let type = try #require(schema.type(forKind: GroupVersionKind(apiVersion: apiVersion, kind: kind)))
        return schema.decode(try JSONValue.parse(Array(text.utf8)), as: type)
    }

    func typeError(_ text: String, _ kind: String = "Pod", _ apiVersion: String = "v1") throws -> String? {
        SchemaProblem.typeError(try decode(text, kind, apiVersion).problems)
    }

    @Test func aGoodPodHasNoProblems() throws {
        let decoded = try decode(
            #"""
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":"b"},"creationTimestamp":null},
            "spec":{"containers":[{"name":"c","image":"nginx","ports":[{"containerPort":80}],"env":[{"name":"A","value":"1"}],
            "resources":{"limits":{"cpu":1,"memory":"64Mi"}},"livenessProbe":{"httpGet":{"port":"http"}}}],
            "volumes":[{"name":"v","emptyDir":{}}]}}
            """#)
        #expect(decoded.problems == [])
        #expect(decoded.value.at("spec", "volumes")?[0] == ["name": "v", "emptyDir": [:]])
        #expect(decoded.value.at("spec", "containers")?[0]?.at("resources", "limits", "cpu") == "1")
    }

    @Test func unknownFieldsAreReportedWithTheirPathAndDropped() throws {
        let decoded = try decode(
            #"{"spec":{"foo":1,"containers":[{"name":"a"},{"name":"b","imagee":"x"}],"Containers":[]},"metadata":{"labels":{"any":"thing"}},"extra":{}}"#
        )
        #expect(decoded.problems.map(\.path) == ["spec.foo", "spec.containers[1].imagee", "spec.Containers", "extra"])
        #expect(decoded.problems.first?.message == #"unknown field "spec.foo""#)
        #expect(
            SchemaProblem.strictDecodingError(decoded.problems)
                == #"strict decoding error: unknown field "spec.foo", unknown field "spec.containers[1].imagee", "#
                + #"unknown field "spec.Containers", unknown field "extra""#)
        let wanted: JSONValue = [
            "metadata": ["labels": ["any": "thing"]], "status": [:],
            "spec": ["containers": [["name": "a", "resources": [:]], ["name": "b", "resources": [:]]]],
        ]
        #expect(decoded.value == wanted)
    }

    @Test func duplicatesAreReported() throws {
        let decoded = try decode(#"{"spec":{"nodeName":"a","nodeName":"b"}}"#)
        #expect(SchemaProblem.strictDecodingError(decoded.problems) == #"strict decoding error: duplicate field "spec.nodeName""#)
        #expect(decoded.value.at("spec", "nodeName") == "b")
    }

    static let wrong: [(String, String, String, String)] = [
        (
            "Pod", "v1", #"{"spec":{"containers":[{"ports":"80"}]}}"#,
            "json: cannot unmarshal string into Go struct field Container.spec.containers.ports of type []v1.ContainerPort"
        ),
        ("Pod", "v1", #"{"spec":[]}"#, "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"),
        (
            "Pod", "v1", #"{"metadata":{"name":1}}"#,
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"
        ),
        (
            "Pod", "v1", #"{"metadata":{"labels":{"a":true}}}"#,
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"
        ),
        (
            "Pod", "v1", #"{"spec":{"restartPolicy":{}}}"#,
            "json: cannot unmarshal object into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy"
        ),
        (
            "Pod", "v1", #"{"spec":{"hostNetwork":"yes"}}"#,
            "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool"
        ),
        (
            "Pod", "v1", #"{"spec":{"priority":1.5}}"#,
            "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32"
        ),
        (
            "Pod", "v1", #"{"spec":{"priority":3000000000}}"#,
            "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32"
        ),
        (
            "Pod", "v1", #"{"spec":{"containers":[1]}}"#,
            "json: cannot unmarshal number into Go struct field PodSpec.spec.containers of type v1.Container"
        ),
        (
            "Pod", "v1", #"{"spec":{"containers":[{"resources":{"limits":{"cpu":"abc"}}}]}}"#,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        ),
        (
            "ConfigMap", "v1", #"{"metadata":{"creationTimestamp":"bad"}}"#,
            #"parsing time "bad" as "2006-01-02T15:04:05Z07:00": cannot parse "bad" as "2006""#
        ),
        (
            "ConfigMap", "v1", #"{"data":{"a":1}}"#,
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
        ),
        ("Secret", "v1", #"{"data":{"a":"?"}}"#, "illegal base64 data at input byte 0"),
        (
            "Deployment", "apps/v1", #"{"spec":{"replicas":"two"}}"#,
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        ),
        ("Pod", "v1", "[]", "json: cannot unmarshal array into Go value of type v1.Pod"),
    ]

    @Test(arguments: wrong) func wrongTypesAreWordedAsGoWordsThem(
        _ kind: String, _ apiVersion: String, _ text: String, _ message: String
    ) throws {
        #expect(try typeError(text, kind, apiVersion) == message)
    }

    @Test func emptyAndNullFieldsGoAsInGosRoundTrip() throws {
        let decoded = try decode(
            #"""
            {"metadata":{"name":"p","labels":{},"annotations":null,"finalizers":[],"generation":0},
            "spec":{"nodeName":"","hostNetwork":false,"automountServiceAccountToken":false,"priority":0,"volumes":[],
            "containers":[{"name":"c","stdin":false,"command":null,"securityContext":{"runAsUser":0,"privileged":false}}]}}
            """#)
        #expect(decoded.problems == [])
        let expected = #"""
            {"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","resources":{},"securityContext":{"privileged":false,"runAsUser":0}}],
            "automountServiceAccountToken":false,"priority":0},"status":{}}
            """#
        let wanted = try JSONValue(parsing: expected)
        #expect(decoded.value == wanted)
    }

    @Test func decodingTwiceChangesNothing() throws {
        let samples = [
            ("Pod", "v1", #"{"x":1,"spec":{"containers":[{"name":"a","env":[],"tty":false}],"overhead":{"cpu":0.5}}}"#),
            ("Deployment", "apps/v1", #"{"spec":{"replicas":0,"template":{"metadata":{"creationTimestamp":null}}}}"#),
            ("Node", "v1", #"{"spec":{"taints":null,"unschedulable":false}}"#),
        ]
        for (kind, apiVersion, text) in samples {
            let type = try #require(schema.type(forKind: GroupVersionKind(apiVersion: apiVersion, kind: kind)))
            let once = try decode(text, kind, apiVersion).value
            #expect(schema.decode(once, as: type).value == once)
            #expect(schema.check(once, as: type) == [])
        }
    }

    @Test func problemsAreBounded() throws {
        let members = (0..<1000).map { "\"unknown\($0)\":1" }.joined(separator: ",")
        let decoded = try decode("{\(members),\"spec\":7}")
        #expect(decoded.problems.count == Schema.problemLimit + 1)
        #expect(
            SchemaProblem.typeError(decoded.problems)
                == "json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec")
    }

    static let quantities: [(String, Bool)] = [
        ("1", true), ("0.5", true), (".5", true), ("5.", true), ("-1", true), ("+1k", true), ("100m", true), ("1Gi", true),
        ("1e3", true), ("1E-3", true),
        ("1E", true), (" 1 ", true), ("", false), ("abc", false), ("1x", false), ("1.2.3", false), ("1Kg", false), ("1kk", false),
        ("1e", false),
        ("Gi", false), ("1m5", false), ("--1", false),
    ]

    @Test(arguments: quantities) func quantitiesAreCheckedAsKubernetesReadsThem(_ text: String, _ isGood: Bool) throws {
        let problem = try typeError(#"{"spec":{"overhead":{"cpu":\#(JSONValue.string(text).text)}}}"#)
        #expect((problem == nil) == isGood)
    }

    static let times: [(String, String?)] = [
        ("2026-11-21T05:00:00Z", nil), ("2026-11-21T05:00:00.123456789Z", nil), ("2026-11-21T05:00:00+02:00", nil),
        ("2024-02-29T00:00:00Z", nil),
        ("2026-02-29T00:00:00Z", #"parsing time "2026-02-29T00:00:00Z": day out of range"#),
        ("2026-13-01T00:00:00Z", #"parsing time "2026-13-01T00:00:00Z": month out of range"#),
        ("2026-11-21T25:00:00Z", #"parsing time "2026-11-21T25:00:00Z": hour out of range"#),
        ("2026-11-21", #"parsing time "2026-11-21" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#),
        (
            "2026-11-21T05:00:00",
            #"parsing time "2026-11-21T05:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#
        ),
        ("2026-11-21T05:00:00Zx", #"parsing time "2026-11-21T05:00:00Zx": extra text: "x""#),
        ("", #"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#),
    ]

    @Test(arguments: times) func timesAreCheckedAsGoReadsThem(_ text: String, _ message: String?) throws {
        #expect(try typeError(#"{"metadata":{"creationTimestamp":"\#(text)"}}"#) == message)
    }
}
