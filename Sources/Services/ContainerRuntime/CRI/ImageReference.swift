/// The name of an image, as people write it and as it is meant.
///
/// Grammar: `[registry[:port]/]path[:tag][@digest]`, lower case in the path; without a registry it is Docker Hub's, without a directory
/// there `library/`, without tag and digest `:latest`.
public struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    public var registry: String
    public var path: String
    public var tag: String?
    public var digest: String?

    /// - Throws: an `ImageProblem` of kind `.invalidName`, worded as kubelet's `InvalidImageName`.
    public init(_ text: String) throws(ImageProblem) {
        var rest = text[...]
        if let at = rest.lastIndex(of: "@") {
            let digest = rest[rest.index(after: at)...]
            guard Self.isDigest(digest) else { throw Self.invalid(text) }
            self.digest = String(digest)
            rest = rest[..<at]
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let tag = rest[rest.index(after: colon)...]
            guard Self.isTag(tag) else { throw Self.invalid(text) }
            self.tag = String(tag)
            rest = rest[..<colon]
        }
        var registry = "docker.io"
        if let slash = rest.firstIndex(of: "/") {
            let first = rest[..<slash]
            // A first part is a registry when it looks like a host; otherwise it is a directory of Docker Hub's.
            if first.contains(".") || first.contains(":") || first == "localhost" {
                guard Self.isRegistry(first) else { throw Self.invalid(text) }
                registry = first == "index.docker.io" ? "docker.io" : String(first)
                rest = rest[rest.index(after: slash)...]
            }
        }
        guard !rest.isEmpty, rest.utf8.count <= 255,
            rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(Self.isPathPart)
        else { throw Self.invalid(text) }
        self.registry = registry
        path = registry == "docker.io" && !rest.contains("/") ? "library/\(rest)" : String(rest)
        if tag == nil && digest == nil { tag = "latest" }
    }

    public var description: String {
        "\(registry)/\(path)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// `nginx` → `docker.io/library/nginx:latest`. An image id (`sha256:…`) stays as it is.
    public static func normalized(_ text: String) throws(ImageProblem) -> String {
        if text.hasPrefix("sha256:"), isDigest(text[...]) { return text }
        return try ImageReference(text).description
    }

    /// Kubernetes' rule for an absent pull policy: `Always` for `:latest` or no tag, else `IfNotPresent`.
    public static func isLatest(_ text: String) -> Bool {
        guard let reference = try? ImageReference(text) else { return false }
        return reference.tag == "latest" && reference.digest == nil
    }

    private static func invalid(_ text: String) -> ImageProblem {
        ImageProblem(
            kind: .invalidName, image: text,
            message:
                "Failed to apply default image tag \"\(text)\": couldn't parse image name \"\(text)\": invalid reference format")
    }

    private static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return (isAlphanumeric(first) || first == UInt8(ascii: "_"))
            && text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    private static func isDigest(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hex = parts.last, hex.utf8.count >= 32 else { return false }
        return parts[0] == "sha256"
            ? hex.utf8.count == 64 && hex.utf8.allSatisfy(isHex) : !parts[0].isEmpty && hex.utf8.allSatisfy(isHex)
    }

    private static func isRegistry(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let host = parts.first, !host.isEmpty,
            host.utf8.allSatisfy({ isAlphanumeric($0) || ".-".utf8.contains($0) })
        else { return false }
        return parts.count == 1 || UInt16(parts[1]) != nil
    }

    /// Lower-case words, divided by one dot, one or two underscores, or dashes.
    private static func isPathPart(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLowerOrDigit(first), isLowerOrDigit(last) else {
            return false
        }
        guard text.utf8.allSatisfy({ isLowerOrDigit($0) || "._-".utf8.contains($0) }) else { return false }
        return !["..", "___", "._", "_.", ".-", "-.", "_-", "-_"].contains { text.contains($0) }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (65...90).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
}
