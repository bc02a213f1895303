import Core

/// Durations as kubectl's columns show them: short, and coarser the longer they are.
public enum HumanDuration {
    /// `12s`, `5m30s`, `3h5m`, `2d3h`, `14d`, `2y30d`, `9y`; `<invalid>` for more than a second in the future.
    public static func text(seconds: Int64) -> String {
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return seconds % 60 == 0 ? "\(minutes)m" : "\(minutes)m\(seconds % 60)s" }
        if minutes < 180 { return "\(minutes)m" }
        let hours = seconds / 3600
        if hours < 8 { return minutes % 60 == 0 ? "\(hours)h" : "\(hours)h\(minutes % 60)m" }
        if hours < 48 { return "\(hours)h" }
        if hours < 192 { return hours % 24 == 0 ? "\(hours / 24)d" : "\(hours / 24)d\(hours % 24)h" }
        let days = hours / 24
        if days < 730 { return "\(days)d" }
        if days < 2920 { return days % 365 == 0 ? "\(days / 365)y" : "\(days / 365)y\(days % 365)d" }
        return "\(days / 365)y"
    }

    /// From an RFC 3339 text to now; `<unknown>` without one.
    static func since(_ text: String?, now: Timestamp) -> String {
        guard let text, let start = Timestamp(rfc3339: text) else { return "<unknown>" }
        return self.text(seconds: (now.nanosecondsSinceEpoch - start.nanosecondsSinceEpoch) / 1_000_000_000)
    }
}
