import Glibc

/// Prints what `count` operations cost the process `pid` in CPU, and how long they took here.
func measure(_ name: String, _ pid: pid_t, count: Int, _ body: () async throws -> Void) async throws {
    let before = cpuTime(of: pid)
    let elapsed = try await ContinuousClock().measure { try await body() }
    let used = (cpuTime(of: pid) - before) * 1_000_000 / Double(count)
    let rate = Double(count) * 1e6 / Double(max(1, microseconds(elapsed)))
    print("\(name): \(Int(used)) µs of the server's CPU each, \(Int(rate)) per second")
}

func microseconds(_ duration: Duration) -> Int {
    Int(duration.components.seconds) * 1_000_000 + Int(duration.components.attoseconds / 1_000_000_000_000)
}

/// User and system time of a process in seconds: fields 14 and 15 of /proc/PID/stat, in ticks.
func cpuTime(of pid: pid_t) -> Double {
    guard let text = read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return 0 }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// Resident memory of a process in MB.
func memory(of pid: pid_t) -> Int {
    let line = read("/proc/\(pid)/status")?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 / 1_024 } ?? 0
}

private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8_192)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
}
