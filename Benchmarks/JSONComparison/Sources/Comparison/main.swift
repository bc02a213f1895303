import CSimdjson
import Glibc
import JSON
import KubeSchema

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The median of many short runs, in microseconds for one call: what a busy neighbour does to a few of them does not count.
func measure(_ name: String, _ body: () -> Int) {
    var sink = 0
    var runs: [Double] = []
    for _ in 0..<201 {
        let start = nanoseconds()
        for _ in 0..<50 { sink &+= body() }
        runs.append(Double(nanoseconds() - start) / 50_000)
    }
    runs.sort()
    func shown(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }
    print("| \(name) | \(shown(runs[runs.count / 2])) | \(shown(runs[runs.count / 20])) |\(sink == 42 ? " " : "")")
}

let start = nanoseconds()
let pod = Schema.shared.type(forKind: "", "v1", "Pod")
print("schema read in \((nanoseconds() - start) / 1000) µs")

let bytes = Array(podText.utf8)
var padded = bytes.map { CChar(bitPattern: $0) } + [CChar](repeating: 0, count: 64)
let parser = csimdjson_make()
let tree = try JSONValue(parsing: bytes)
let document = try JSONDocument(parsing: bytes)
print("pod of \(bytes.count) bytes\n\n| | median µs | best twentieth µs |\n|---|---|---|")

measure("simdjson 3.0: parse to its tape") { Int(csimdjson_parse(parser, padded, bytes.count, padded.count)) }
measure("simdjson 3.0: copy with padding, parse, two look-ups") {
    let copy = [CChar](unsafeUninitializedCapacity: bytes.count + 64) { buffer, count in
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        count = bytes.count + 64
    }
    return csimdjson_find(parser, copy, bytes.count, copy.count)
}
measure("JSONDocument: parse to its tape") { (try? JSONDocument(parsing: bytes))?.bytes.count ?? 0 }
measure("JSONDocument: parse, two look-ups") {
    guard let document = try? JSONDocument(parsing: bytes), let name = document.find("metadata", "name"),
        let space = document.find("metadata", "namespace")
    else { return 0 }
    return document.range(name).count + document.range(space).count
}
measure("JSONDocument: one look-up of spec.nodeName") {
    document.find("spec", "nodeName").map { document.range($0).lowerBound } ?? 0
}
measure("JSONValue: parse to a tree") { (try? JSONValue(parsing: bytes))?.object?.count ?? 0 }
measure("JSONValue: write the tree") { tree.encoded().count }
measure("JSONValue: copy and set one member three levels deep") {
    var copy = tree
    copy.set("Failed", at: "status", "phase")
    return copy.object?.count ?? 0
}
if let pod {
    measure("Schema: decode the tree as a Pod") { Schema.shared.decode(tree, as: pod).problems.count }
}
csimdjson_free(parser)
