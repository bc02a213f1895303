import Synchronization

/// A count that only grows. Adding costs one atomic instruction.
public final class Counter: Sendable {
    private let count = Atomic<Int64>(0)
    init() {}
    public func add(_ amount: Int64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
    public var value: Int64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)
    init() {}
    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How many observations there were and their sum: a Prometheus summary without quantiles.
public final class Summary: Sendable {
    private let contents = Mutex<(count: UInt64, sum: Double)>((0, 0))
    init() {}
    public func observe(_ value: Double) {
        contents.withLock { contents in
            contents.count += 1
            contents.sum += value
        }
    }
    public var value: (count: UInt64, sum: Double) { contents.withLock { $0 } }
}

/// How many observations fell below each of some bounds.
public final class Histogram: Sendable {
    /// Ascending upper bounds; the last bucket, without a bound, is not among them.
    public let bounds: [Double]
    private let contents: Mutex<(counts: [UInt64], sum: Double)>

    init(bounds: [Double]) {
        self.bounds = bounds
        contents = Mutex((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    public func observe(_ value: Double) {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        contents.withLock { contents in
            contents.counts[low] += 1
            contents.sum += value
        }
    }

    public func observe(_ duration: Duration) { observe(duration / .seconds(1)) }

    /// Per bucket, not yet added up; the last one is for what is above all bounds.
    public var value: (counts: [UInt64], sum: Double) { contents.withLock { $0 } }
}

/// Instruments of one name, told apart by the values of their labels.
///
/// At most `limit` of them: what comes beyond is counted together, with each label `other`, so that no flood of names fills the memory.
public final class Family<Instrument: Sendable>: Sendable {
    public let name: String
    let help: String
    let labels: [String]
    private let limit: Int
    private let make: @Sendable () -> Instrument
    private let series = Mutex<[[String]: Instrument]>([:])

    init(name: String, help: String, labels: [String], limit: Int, make: @escaping @Sendable () -> Instrument) {
        (self.name, self.help, self.labels, self.limit, self.make) = (name, help, labels, limit, make)
    }

    /// The instrument with these values, in the order of the labels. Who needs it often keeps it.
    public func with(_ values: String...) -> Instrument { with(values) }

    public func with(_ values: [String]) -> Instrument {
        precondition(values.count == labels.count, "\(name) has the labels \(labels)")
        return series.withLock { series in
            if let known = series[values] { return known }
            let key = series.count < limit ? values : labels.map { _ in "other" }
            if let known = series[key] { return known }
            let new = make()
            series[key] = new
            return new
        }
    }

    /// In the order of the values.
    var all: [(values: [String], instrument: Instrument)] {
        series.withLock { $0 }.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
    }
}

/// The metrics of a server, and the page that Prometheus reads.
public final class MetricsRegistry: Sendable {
    private struct Entry: Sendable { let name: String; let write: @Sendable (inout ExpositionText) -> Void }
    private let entries = Mutex<[Entry]>([])
    private let seriesLimit: Int

    /// - Parameter seriesLimit: how many combinations of label values one name may have.
    public init(seriesLimit: Int = 20_000) { self.seriesLimit = seriesLimit }

    public func counters(_ name: String, help: String, labels: [String]) -> Family<Counter> {
        family(name, help, "counter", labels, make: { Counter() }) { text, labels, counter in text.sample(name, labels, Double(counter.value)) }
    }
    public func counter(_ name: String, help: String) -> Counter { counters(name, help: help, labels: []).with([]) }

    public func gauges(_ name: String, help: String, labels: [String]) -> Family<Gauge> {
        family(name, help, "gauge", labels, make: { Gauge() }) { text, labels, gauge in text.sample(name, labels, gauge.value) }
    }
    public func gauge(_ name: String, help: String) -> Gauge { gauges(name, help: help, labels: []).with([]) }

    public func summaries(_ name: String, help: String, labels: [String]) -> Family<Summary> {
        family(name, help, "summary", labels, make: { Summary() }) { text, labels, summary in
            let value = summary.value
            text.sample(name + "_sum", labels, value.sum)
            text.sample(name + "_count", labels, Double(value.count))
        }
    }
    public func summary(_ name: String, help: String) -> Summary { summaries(name, help: help, labels: []).with([]) }

    public func histograms(_ name: String, help: String, labels: [String], bounds: [Double]) -> Family<Histogram> {
        family(name, help, "histogram", labels, make: { Histogram(bounds: bounds) }) { text, labels, histogram in
            let value = histogram.value
            var count: UInt64 = 0
            for (bound, below) in zip(bounds.map(ExpositionText.number) + ["+Inf"], value.counts) {
                count += below
                text.sample(name + "_bucket", labels + [("le", bound)], Double(count))
            }
            text.sample(name + "_sum", labels, value.sum)
            text.sample(name + "_count", labels, Double(count))
        }
    }
    public func histogram(_ name: String, help: String, bounds: [Double]) -> Histogram {
        histograms(name, help: help, labels: [], bounds: bounds).with([])
    }

    /// The Prometheus text format (version 0.0.4), names in order.
    public var text: String {
        var text = ExpositionText()
        for entry in entries.withLock({ $0 }).sorted(by: { $0.name < $1.name }) { entry.write(&text) }
        return text.text
    }

    private func family<Instrument: Sendable>(
        _ name: String, _ help: String, _ type: String, _ labels: [String], make: @escaping @Sendable () -> Instrument,
        write: @escaping @Sendable (inout ExpositionText, [(String, String)], Instrument) -> Void
    ) -> Family<Instrument> {
        let family = Family(name: name, help: help, labels: labels, limit: seriesLimit, make: make)
        let entry = Entry(name: name) { text in
            text.head(name, type: type, help: help)
            for (values, instrument) in family.all { write(&text, Array(zip(labels, values)), instrument) }
        }
        entries.withLock { entries in
            precondition(!entries.contains { $0.name == name }, "the metric \(name) is registered twice")
            entries.append(entry)
        }
        return family
    }
}

/// Writes Prometheus' text format.
struct ExpositionText {
    private(set) var text = ""

    mutating func head(_ name: String, type: String, help: String) {
        text += "# HELP \(name) \(ExpositionText.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(ExpositionText.escaped($0.1, quotes: true))\"" }.joined(separator: ",") + "}"
        }
        text += " \(ExpositionText.number(value))\n"
    }

    /// Whole numbers without a point, others in the shortest form that reads back the same.
    static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return String(whole) }
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : String(value)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
