import Glibc

/// CPU time of the whole process so far, in seconds: what a busy machine disturbs least. The kernel's part is that of system calls and page faults.
func cpuTime() -> (user: Double, kernel: Double) {
    var usage = rusage()
    getrusage(__rusage_who_t(0), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return (seconds(usage.ru_utime), seconds(usage.ru_stime))
}

/// Prints what `count` operations of `body` cost each, in CPU and in time.
func measure(_ name: String, count: Int, _ body: () async throws -> Void) async throws {
    let clock = ContinuousClock()
    let cpu = cpuTime()
    let elapsed = try await clock.measure { try await body() }
    let after = cpuTime()
    let wall = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
func each(_ seconds: Double) -> String { figure(seconds / Double(count) * 1e6) }
    report(
        name, "\(each(after.user - cpu.user)) + \(each(after.kernel - cpu.kernel)) µs", "\(each(wall)) µs",
        "\(figure(Double(count) / wall))/s")
}

func figure(_ number: Double) -> String {
    if number >= 100 { return String(Int(number.rounded())) }
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
}

func report(_ columns: String...) {
    let widths = [44, 22, 16, 14]
    var line = ""
    for (column, width) in zip(columns, widths) { line += column + String(repeating: " ", count: max(1, width - column.count)) }
    print(line)
}
