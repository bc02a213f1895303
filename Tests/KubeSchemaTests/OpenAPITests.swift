import JSON
import KubeSchema
import Testing

@Suite struct OpenAPITests {
    @Test func theDocumentDescribesPodsAndTheirMergeKeys() throws {
        let document = try JSONValue(parsing: OpenAPIv2.json)
        let pod = try #require(document.at("definitions", "io.k8s.api.core.v1.Pod"))
        #expect(pod["x-kubernetes-group-version-kind"] == [["group": "", "kind": "Pod", "version": "v1"]])
        let containers = document.at("definitions", "io.k8s.api.core.v1.PodSpec", "properties", "containers")
        #expect(containers?["x-kubernetes-patch-merge-key"] == "name")
        #expect(containers?["x-kubernetes-patch-strategy"] == "merge")
    }

    @Test func everyReferenceHasItsDefinition() throws {
        let document = try JSONValue(parsing: OpenAPIv2.json)
        let definitions = try #require(document["definitions"]?.object)
        func walk(_ value: JSONValue) {
            if let reference = value["$ref"]?.string {
                #expect(definitions.contains(String(reference.dropFirst("#/definitions/".count))), "\(reference)")
            }
            for member in value.object?.values ?? [] { walk(member) }
            for element in value.array ?? [] { walk(element) }
        }
        walk(document)
    }

    /// kubectl looks for the parameter on the patch operation of the kind, before it validates on the server.
    @Test func patchOperationsTakeFieldValidation() throws {
        let paths = try #require(try JSONValue(parsing: OpenAPIv2.json)["paths"]?.object)
        let kinds = [
            "Pod", "Namespace", "Node", "ConfigMap", "Secret", "Service", "Event", "Lease", "Endpoints", "EndpointSlice", "ServiceAccount",
            "ReplicationController", "ReplicaSet", "Deployment", "Scale",
        ]
        for kind in kinds {
            let operations = paths.values.compactMap { $0["patch"] }
                .filter { $0.at("x-kubernetes-group-version-kind", "kind")?.string == kind }
            #expect(!operations.isEmpty, "\(kind)")
            for operation in operations {
                let names = operation["parameters"]?.array?.compactMap { $0["name"]?.string } ?? []
                #expect(names.contains("fieldValidation") && names.contains("dryRun"))
            }
        }
    }

    @Test func theProtobufBeginsWithItsVersionAndHasAStableTag() {
        #expect(OpenAPIv2.protobuf.starts(with: [0x0A, 0x03] + Array("2.0".utf8)))
        #expect(OpenAPIv2.protobuf.count > 50_000)
        #expect(OpenAPIv2.etag.count > 10 && OpenAPIv2.etag.hasPrefix("\"") && OpenAPIv2.etag == OpenAPIv2.etag)
    }
}
