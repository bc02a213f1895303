import ClusterKit
import Testing

/// What a user is told about a manifest that cannot be meant.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster())
struct BadManifestIntegrationTests {
    /// A manifest, and what kubectl must say of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let manifest: String
        let says: [String]
        /// What a kubectl before 1.25 says instead, which judges by the schema before it asks the server.
        var saidOnceByKubectl: [String]?
    }

    static let cases = [
        Case(testDescription: "syntax", manifest: "apiVersion: v1\nkind: Pod\nmetadata: {name: x", says: ["error parsing"]),
        Case(
            testDescription: "unknown field",
            manifest: Manifests.busybox("x", spec: ["colour: blue"]), says: ["BadRequest", "strict decoding error: unknown field \"spec.colour\""],
            saidOnceByKubectl: ["ValidationError(Pod.spec): unknown field \"colour\" in io.k8s.api.core.v1.PodSpec"]),
        Case(
            testDescription: "invalid name",
            manifest: Manifests.busybox("Not_A_Name"),
            says: ["The Pod \"Not_A_Name\" is invalid: metadata.name: Invalid value: \"Not_A_Name\": a lowercase RFC 1123 subdomain must consist of"]),
        Case(
            testDescription: "wrong type",
            manifest: "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: nginx}\n",
            says: ["Pod in version \"v1\" cannot be handled as a Pod"],
            saidOnceByKubectl: ["invalid type for io.k8s.api.core.v1.PodSpec.containers: got \"string\", expected \"array\""]),
        Case(
            testDescription: "no containers",
            manifest: "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {}\n", says: ["spec.containers: Required value"],
            saidOnceByKubectl: ["missing required field \"containers\" in io.k8s.api.core.v1.PodSpec"]),
        Case(
            testDescription: "unknown kind",
            manifest: "apiVersion: v1\nkind: Pood\nmetadata: {name: x}\n", says: ["no matches for kind \"Pood\" in version \"v1\""]),
        Case(
            testDescription: "missing namespace",
            manifest: Manifests.busybox("x", metadata: ["namespace: nowhere"]), says: ["namespaces \"nowhere\" not found"]),
    ]

    @Test(arguments: Kubectl.all, cases)
    func isRefusedInKubernetesWords(kubectl: String, example: Case) async throws {
        let cluster = try theCluster()
        let result = try await cluster.kubectl(kubectl, ["create", "-f", "-"], input: example.manifest)
        #expect(result.status == 1)
        let isOld = try await Kubectl.minorVersion(of: kubectl) < 25
        for words in isOld ? example.saidOnceByKubectl ?? example.says : example.says { #expect(result.errors.contains(words), "\(result.errors)") }
        #expect(try await cluster.kubectl("get", "pods", "-A").output == "")
    }

    @Test func aDuplicateIsNamed() async throws {
        let cluster = try theCluster()
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: once}\n"
        try await cluster.kubectl("create", "-f", "-", input: map)
        let again = try await cluster.kubectl("create", "-f", "-", input: map)
        #expect(again.errors.contains("Error from server (AlreadyExists): error when creating \"STDIN\": configmaps \"once\" already exists"))
        try await cluster.kubectl("delete", "configmap", "once")
    }

    @Test func tenMegabytesAreTooMuch() async throws {
        let cluster = try theCluster()
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: huge}\ndata: {text: \"" + String(repeating: "x", count: 10_000_000) + "\"}\n"
        let result = try await cluster.kubectl("create", "--validate=false", "-f", "-", input: map)
        #expect(result.status == 1)
        #expect(result.errors.contains("Request entity too large: limit is 3145728"), "\(result.errors.prefix(500))")
        #expect(try await cluster.get("/livez").status == 200)
    }
}
