import JSON
import KubeSchema
import Testing

@Suite struct ProtobufTests {
    static let bodies: [(String, String)] = [
        ("namespace", #"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"demo"},"spec":{},"status":{}}"#),
        (
            "configmap",
            #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"settings"},"data":{"a":"b","empty":""},"binaryData":{"bin":"AAH+"}}"#
        ),
        ("secret", #"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s"},"data":{"bin":"AAH+","user":"YWRtaW4="}}"#),
        ("serviceaccount", #"{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"bot"}}"#),
        (
            "resourcequota",
            #"{"kind":"ResourceQuota","apiVersion":"v1","metadata":{"name":"q"},"spec":{"hard":{"cpu":"1","memory":"1Gi","pods":"10"}},"status":{}}"#
        ),
        (
            "service",
            #"""
            {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","labels":{"app":"web"}},"spec":{"ports":[
            {"name":"80-8080","protocol":"TCP","port":80,"targetPort":8080},{"name":"443-https","protocol":"TCP","port":443,"targetPort":"https"}],
            "selector":{"app":"web"},"type":"ClusterIP"},"status":{"loadBalancer":{}}}
            """#
        ),
        (
            "service-nodeport",
            #"""
            {"kind":"Service","apiVersion":"v1","metadata":{"name":"np","labels":{"app":"np"}},"spec":{"ports":[
            {"name":"80","protocol":"TCP","port":80,"targetPort":80,"nodePort":30080}],
            "selector":{"app":"np"},"type":"NodePort"},"status":{"loadBalancer":{}}}
            """#
        ),
        (
            "deployment",
            #"""
            {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","labels":{"app":"web"}},"spec":{"replicas":0,
            "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
            "spec":{"containers":[{"name":"nginx","image":"nginx","ports":[{"containerPort":80}],"resources":{}}]}},"strategy":{}},"status":{}}
            """#
        ),
        (
            "job",
            #"""
            {"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"once"},"spec":{"template":{"metadata":{},"spec":{"containers":[
            {"name":"once","image":"busybox","command":["echo","hi"],"resources":{}}],"restartPolicy":"Never"}}},"status":{}}
            """#
        ),
        (
            "cronjob",
            #"""
            {"kind":"CronJob","apiVersion":"batch/v1","metadata":{"name":"tick"},"spec":{"schedule":"*/1 * * * *","jobTemplate":{
            "metadata":{"name":"tick"},"spec":{"template":{"metadata":{},"spec":{"containers":[
            {"name":"tick","image":"busybox","command":["date"],"resources":{}}],"restartPolicy":"OnFailure"}}}}},"status":{}}
            """#
        ),
        (
            "poddisruptionbudget",
            #"""
            {"kind":"PodDisruptionBudget","apiVersion":"policy/v1","metadata":{"name":"p"},"spec":{"minAvailable":"50%",
            "selector":{"matchLabels":{"app":"web"}}},
            "status":{"disruptionsAllowed":0,"currentHealthy":0,"desiredHealthy":0,"expectedPods":0}}
            """#
        ),
        (
            "tokenrequest",
            #"""
            {"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","metadata":{},
            "spec":{"audiences":null,"expirationSeconds":600},"status":{"token":""}}
            """#
        ),
    ]

    @Test(arguments: bodies) func kubectlsBodiesAreReadAsGoWouldWriteThem(_ name: String, _ expected: String) throws {
        var wanted = try JSONValue(parsing: expected)
        if wanted.at("spec", "audiences") == .null { wanted.remove(at: "spec", "audiences") }
        let value = try KubeProtobuf.decode(try fixture("protobuf/\(name).k8s"))
        #expect(value == wanted)
    }

    @Test(arguments: bodies.map(\.0) + ["secret-registry", "selfsubjectaccessreview"])
    func noTruncationAndNoChangedByteTraps(_ name: String) throws {
        let body = try fixture("protobuf/\(name).k8s")
        for length in 0..<body.count { _ = try? KubeProtobuf.decode(Array(body.prefix(length))) }
        for position in body.indices {
            for flip in [0x01, 0x04, 0x10, 0x40, 0x80, 0xFF] as [UInt8] {
                var changed = body
                changed[position] ^= flip
                _ = try? KubeProtobuf.decode(changed)
            }
        }
        _ = try KubeProtobuf.decode(body)
    }

    @Test func aFieldCutShortIsNamedAsGoNamesIt() throws {
        let body = try fixture("protobuf/namespace.k8s")
        let error = #expect(throws: ProtobufError.self) { _ = try KubeProtobuf.decode(Array(body.prefix(40))) }
        #expect(error?.message == "unexpected EOF")
    }

    @Test func otherBytesAreNoProtobuf() {
        #expect(!KubeProtobuf.isProtobuf(Array("{}".utf8)))
        #expect(throws: ProtobufError.self) { _ = try KubeProtobuf.decode(Array("{}".utf8)) }
        #expect(throws: ProtobufError.self) { _ = try KubeProtobuf.decode([]) }
    }

    @Test func anUnknownKindIsNamed() {
        let body = envelope("example.com/v1", "Widget", [])
        let error = #expect(throws: ProtobufError.self) { _ = try KubeProtobuf.decode(body) }
        #expect(error?.message.hasPrefix(#"no kind "Widget" is registered for version "example.com/v1""#) == true)
    }

    // MARK: Written by hand, for what kubectl does not send

    func field(_ number: Int, _ content: [UInt8]) -> [UInt8] { varint(number << 3 | 2) + varint(content.count) + content }
    func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
    func field(_ number: Int, _ integer: Int) -> [UInt8] { varint(number << 3) + varint(integer) }
    func varint(_ number: Int) -> [UInt8] {
        var bits = UInt64(bitPattern: Int64(number))
        var out: [UInt8] = []
        while bits >= 0x80 {
            out.append(UInt8(bits & 0x7F) | 0x80)
            bits >>= 7
        }
        return out + [UInt8(bits)]
    }
    func envelope(_ apiVersion: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
        KubeProtobuf.magic + field(1, field(1, apiVersion) + field(2, kind)) + field(2, raw) + field(3, "") + field(4, "")
    }

    @Test func timesNumbersPointersAndPackedListsAreRead() throws {
        let time = field(1, 1_700_000_000)
        let metadata =
            field(1, "p") + field(7, -5) + field(8, field(1, 0)) + field(9, time)
            + field(17, field(1, "kubectl") + field(4, time) + field(7, field(1, #"{"f:spec":{}}"#)))
        let security = field(2, 0) + field(3, 0) + field(4, varint(1) + varint(70_000)) + field(4, 5)
        let container = field(1, "c") + field(10, field(2, 3) + field(1, field(2, field(2, field(1, 1) + field(3, "http")))))
        let spec = field(2, container) + field(11, 0) + field(21, 0) + field(14, security) + field(99, "later")
        let value = try KubeProtobuf.decode(envelope("v1", "Pod", field(1, metadata) + field(2, spec)))
        let expected = #"""
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","generation":-5,"deletionTimestamp":"2023-11-14T22:13:20Z","managedFields":[
            {"manager":"kubectl","time":"2023-11-14T22:13:20Z","fieldsV1":{"f:spec":{}}}]},
            "spec":{"containers":[{"name":"c","resources":{},"livenessProbe":{"httpGet":{"port":"http"},"initialDelaySeconds":3}}],
            "automountServiceAccountToken":false,"securityContext":{"runAsUser":0,"runAsNonRoot":false,"supplementalGroups":[1,70000,5]}},"status":{}}
            """#
        let wanted = try JSONValue(parsing: expected)
        #expect(value == wanted)
        #expect(value.object?.keys == ["kind", "apiVersion", "metadata", "spec", "status"])
    }

    @Test func microTimesKeepTheirFractionAndZeroTimesGo() throws {
        let spec =
            field(1, "me") + field(2, 15) + field(4, field(1, 1_700_000_000) + field(2, 1_234_999))
            + field(3, field(1, 0) + field(2, 0))
        let value = try KubeProtobuf.decode(envelope("coordination.k8s.io/v1", "Lease", field(2, spec)))
        #expect(
            value["spec"] == ["holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2023-11-14T22:13:20.001234Z"])
    }

    @Test func listsHoldObjectsInEitherEncoding() throws {
        let inner = envelope("v1", "ConfigMap", field(1, field(1, "in-protobuf")))
        let list = field(2, field(1, #"{"kind":"Pod"}"#)) + field(2, field(1, inner))
        let value = try KubeProtobuf.decode(envelope("v1", "List", list))
        #expect(
            value["items"] == [["kind": "Pod"], ["kind": "ConfigMap", "apiVersion": "v1", "metadata": ["name": "in-protobuf"]]])
    }

    @Test func aQuantityThatIsNoneIsRefused() {
        let spec = field(1, field(1, "cpu") + field(2, field(1, "abc")))
        let error = #expect(throws: ProtobufError.self) {
            _ = try KubeProtobuf.decode(envelope("v1", "ResourceQuota", field(2, spec)))
        }
        #expect(error?.message.hasPrefix("quantities must match the regular expression") == true)
    }

    @Test func aFieldOfAnotherWireTypeIsRefused() {
        let error = #expect(throws: ProtobufError.self) {
            _ = try KubeProtobuf.decode(envelope("v1", "Namespace", field(1, field(1, 5))))
        }
        #expect(error?.message == "proto: wrong wireType = 0 for field number 1")
    }

    @Test func endlessNestingIsRefused() {
        var raw = field(1, "x")
        for _ in 0..<400 { raw = envelope("v1", "List", field(2, field(1, raw))) }
        #expect(throws: ProtobufError.self) { _ = try KubeProtobuf.decode(raw) }
    }
}
