import GRPCCore
import Testing

@testable import ContainerRuntime

@Suite struct ImageReferenceTests {
    static let digest = "sha256:" + String(repeating: "0a", count: 32)

    @Test(arguments: [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.25", "docker.io/library/nginx:1.25"),
        ("bitnami/nginx", "docker.io/bitnami/nginx:latest"),
        ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("index.docker.io/library/nginx", "docker.io/library/nginx:latest"),
        ("quay.io/a/b/c:v1", "quay.io/a/b/c:v1"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000/x:y", "localhost:5000/x:y"),
        ("registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9"),
        ("nginx@\(digest)", "docker.io/library/nginx@\(digest)"),
        ("nginx:1@\(digest)", "docker.io/library/nginx:1@\(digest)"),
        ("a__b/c-d.e", "docker.io/a__b/c-d.e:latest"),
    ])
    func aShortNameIsMeantAs(_ short: String, _ full: String) throws {
        #expect(try ImageReference.normalized(short) == full)
    }

    @Test(arguments: [
        "", " ", "NGINX", "nginx:", ":latest", "nginx:-x", "a//b", "/nginx", "nginx/", "a..b", "a b", "nginx@sha256:12",
        "host:port/x", "a_-b",
    ])
    func aWrongNameIsRefused(_ name: String) {
        #expect { try ImageReference.normalized(name) } throws: { ($0 as? ImageProblem)?.kind == .invalidName }
    }

    @Test func anImageIDStaysAsItIs() throws {
        #expect(try ImageReference.normalized(Self.digest) == Self.digest)
    }

    @Test func onlyLatestIsPulledAlways() {
        #expect(ImageReference.isLatest("nginx") && ImageReference.isLatest("nginx:latest"))
        #expect(!ImageReference.isLatest("nginx:1") && !ImageReference.isLatest("nginx@\(Self.digest)"))
    }

    @Test(arguments: [
        (
            "failed to resolve reference \"docker.io/library/x:latest\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            ImageProblem.Kind.denied
        ),
        ("failed to resolve reference \"quay.io/x:1\": quay.io/x:1: not found", .notFound),
        (
            "failed to do request: Head \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host",
            .unreachable
        ),
        ("failed to do request: Head \"https://r.example\": dial tcp 10.0.0.1:443: connect: connection refused", .unreachable),
        ("something new", .other),
    ])
    func aFailedPullIsSortedByWhatTheRuntimeSaid(_ message: String, _ kind: ImageProblem.Kind) {
        let problem = ImageProblem.classify(image: "x", code: .unknown, message: message)
        #expect(problem.kind == kind)
        #expect(problem.message == "rpc error: code = Unknown desc = \(message)")
    }
}
