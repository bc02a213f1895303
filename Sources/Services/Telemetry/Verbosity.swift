import Logging

/// How much the program says, from the guides' `--v=N` or from `--log-level`.
public enum Verbosity {
    /// Kubernetes' number as a level: 0 warnings (the default), 1 notices, 2 information, 3 debug, 4 and more traces.
    public static func level(v: Int) -> Logger.Level {
        switch v {
        case ...0: .warning
        case 1: .notice
        case 2: .info
        case 3: .debug
        default: .trace
        }
    }

    /// Sends all loggers of the process to stderr at `level`. To be called once, before the first logger is made.
    public static func bootstrap(_ level: Logger.Level) {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: level) }
    }
}
