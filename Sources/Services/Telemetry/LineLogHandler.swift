import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One line a message on stderr: `2026-11-21T04:39:00.123Z warning scheduler: offer rescinded offer=O-1 agent=A-7`.
///
/// Values with blanks are quoted, so that a line can be taken apart again. Lines longer than `longestLine` bytes are cut.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let label: String
    private let write: @Sendable (String) -> Void

    static let longestLine = 8192

    /// - Parameter write: takes each line, newline included; stderr by default.
    public init(label: String, level: Logger.Level, write: @escaping @Sendable (String) -> Void = LineLogHandler.writeToStandardError) {
        (self.label, self.logLevel, self.write) = (label, level, write)
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = "\(LineLogHandler.timestamp()) \(event.level) \(label): \(event.message)"
        let all = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(LineLogHandler.quoted("\(value)"))" }
        if let error = event.error { line += " error=\(LineLogHandler.quoted("\(error)"))" }
        if line.utf8.count > LineLogHandler.longestLine { line = String(decoding: line.utf8.prefix(LineLogHandler.longestLine), as: UTF8.self) + "…" }
        write(line + "\n")
    }

    /// Quotes a value that would not read as one word; line breaks are escaped, so that a message stays one line.
    static func quoted(_ value: String) -> String {
        let plain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 32 && $0 != "\"" && $0 != "=" }
        guard !plain else { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    public static let writeToStandardError: @Sendable (String) -> Void = { line in
        var rest = ArraySlice(line.utf8)
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
            // A closed or full stderr must not stop the program: the line is lost.
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        var seconds = now.tv_sec
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = now.tv_nsec / 1_000_000
        let fraction = String(repeating: "0", count: milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0) + "\(milliseconds)"
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)Z"
    }
}
