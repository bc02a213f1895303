import Core
import Glibc
import JSON
import Testing

@testable import KubeAPI

/// Recorded requests and answers of a real API server, trimmed: Tests/Fixtures/kubernetes.
enum Fixtures {
    struct Missing: Error { let path: String }

    static func load(_ name: String) throws -> [JSONValue] {
        let here = #filePath
        let tests = here.split(separator: "/").dropLast(2).joined(separator: "/")
        let path = "/\(tests)/Fixtures/kubernetes/\(name).json"
        guard let file = fopen(path, "r") else { throw Missing(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[0..<count]
        }
        return try JSONValue(parsing: bytes).array ?? []
    }

    static func kind(of fixture: JSONValue) throws -> ResourceKind {
        let kind = Registry.standard.kind(
            group: fixture["group"]?.string ?? "",
            version: "v1", plural: fixture["plural"]?.string ?? "")
        return try #require(kind)
    }
}

let noon = Timestamp(rfc3339: "2026-11-21T12:00:00Z") ?? Timestamp(secondsSinceEpoch: 0)

func context(_ namespace: String = "default", name: String = "", isPatch: Bool = false) -> RequestContext {
    RequestContext(namespace: namespace, name: name, now: noon, uid: "u-1", nameSuffix: "x7k2p", isPatch: isPatch)
}

/// What an operation throws, or nil.
func status(_ body: () throws -> Void) -> APIStatus? {
    do {
        try body()
        return nil
    } catch {
        return error as? APIStatus
    }
}

func pod(_ change: (inout JSONValue) -> Void = { _ in }) throws -> JSONValue {
    var body: JSONValue = ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "nginx:1.19"]]]]
    change(&body)
    var pod = try ResourceKind.pods.prepareCreate(body, context())
    pod.set("7", at: "metadata", "resourceVersion")
    return pod
}
