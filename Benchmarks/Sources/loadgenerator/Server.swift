import Glibc

/// The server's process, as /proc shows it.
struct Server {
    let address: String
    let pid: Int32

    /// User and system time so far, in microseconds.
    func cpu() throws -> Double {
        let fields = try text("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        // Fields 14 and 15 of proc(5), counted from the one behind the name, in ticks.
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { throw LoadError("cannot read /proc/\(pid)/stat") }
        return (user + system) * 1e6 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Resident memory, and what of it is its own rather than mapped from files, in MB.
    func memory() throws -> (resident: Int, own: Int) {
        var values: [String: Int] = [:]
        for line in try text("/proc/\(pid)/status").split(separator: "\n") {
            let parts = line.split(whereSeparator: { $0 == ":" || $0 == "\t" || $0 == " " })
            if parts.count >= 2, let number = Int(parts[1]) { values[String(parts[0])] = number / 1024 }
        }
        return (values["VmRSS"] ?? 0, values["RssAnon"] ?? 0)
    }

    private func text(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw LoadError("cannot read \(path)") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8_192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Prints what `count` operations of `body` cost the server each, and how many there were in a second of this machine's time.
    func measure(_ name: String, count: Int, _ body: () throws -> Void) throws {
        let before = try cpu()
        let start = ContinuousClock.now
        try body()
        let wall = ContinuousClock.now - start
        let cost = (try cpu() - before) / Double(count)
        report(name, "\(figure(cost)) µs", "\(figure(Double(count) / (microseconds(wall) / 1e6)))/s")
    }
}

func microseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e6 + Double(attoseconds) / 1e12
}

func figure(_ number: Double) -> String {
    if number >= 100 { return String(Int(number.rounded())) }
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}

/// A row of the table: what, CPU of the server for each, rate or remark.
func report(_ columns: String...) {
    var line = ""
    for (column, width) in zip(columns, [46, 16, 16]) { line += column + String(repeating: " ", count: max(1, width - column.count)) }
    print(line)
    // So that it is seen at once, through a pipe too.
    fflush(nil)
}
