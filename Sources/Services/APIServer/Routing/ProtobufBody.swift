import JSON
import KubeAPI
import KubeSchema

/// Bodies in Kubernetes' protobuf envelope, as kubectl's generators send them.
enum ProtobufBody {
    static func decode(_ bytes: [UInt8], expectedKind: String) throws(APIStatus) -> JSONValue {
        do {
            return try KubeProtobuf.decode(bytes)
        } catch {
            throw .badRequest("the object provided is unrecognized (must be of type \(expectedKind)): \(error.message)")
        }
    }
}
