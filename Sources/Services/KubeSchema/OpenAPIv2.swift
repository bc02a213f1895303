import KubeSchemaData

/// The OpenAPI v2 document of the kinds that kmd serves, made offline by scripts/generate-schema. kubectl asks for it before create,
/// apply and explain.
///
/// kubectl sends `Accept: application/com.github.proto-openapi.spec.v2@v1.0+protobuf`; the answer's type is `protobufContentType`
/// (kubectl's parser of media types fails on the `@`).
public enum OpenAPIv2 {
    public static let protobufContentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

    /// A `Document` of google/gnostic's OpenAPIv2.proto, about 110 KB.
    public static let protobuf: [UInt8] = bytes(kmd_openapi_v2_protobuf())

    /// The same document as JSON.
    public static let json: [UInt8] = bytes(kmd_openapi_v2_json())

    /// Quoted, for the `Etag` header; the same for the same bytes in each process.
    public static let etag: String = {
        // FNV-1a: tells documents of our own making apart, no more.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in protobuf { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 16, uppercase: true))\""
    }()

    private static func bytes(_ data: kmd_data) -> [UInt8] {
        Array(UnsafeBufferPointer(start: data.bytes, count: data.length))
    }
}
