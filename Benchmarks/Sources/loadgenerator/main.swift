// Drives a running API server and prints what it costs it: `loadgenerator ADDRESS PID`, where PID is the server's, whose CPU time and
// memory are read from /proc. CPU time is what to compare; a busy machine disturbs the rest. Leaves 10,000 pods behind.
import Glibc

guard CommandLine.arguments.count == 3, let pid = Int32(CommandLine.arguments[2]) else {
    print("usage: loadgenerator ADDRESS PID")
    exit(64)
}
let server = Server(address: CommandLine.arguments[1], pid: pid)
do { try run(server) } catch {
    print("loadgenerator: \(error)")
    exit(1)
}

/// The nginx pod of the guides, as kubectl sends it.
func pod(_ name: String) -> String {
    """
    {"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"app":"web","tier":"front"},"name":"\(name)","namespace":"default"},"spec":{"containers":\
    [{"image":"nginx","livenessProbe":{"httpGet":{"path":"/index.html","port":80},"initialDelaySeconds":30,"timeoutSeconds":1},"name":"nginx",\
    "ports":[{"containerPort":80,"hostPort":31000}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]}}
    """
}

func configMap(_ name: String) -> String {
    let data = (0..<20).map { "\"k\($0)\":\"some seventy bytes, so that the whole is as large as a pod usually is\"" }.joined(separator: ",")
    return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"\(name)\"},\"data\":{\(data)}}"
}

func run(_ server: Server) throws {
    let pods = "/api/v1/namespaces/default/pods"
    let configMaps = "/api/v1/namespaces/default/configmaps"
    let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    func get(_ count: Int, clients: Int, _ path: (Int) -> String) throws {
        try drive(server.address, clients: clients, count: count) { request("GET", path($0)) }
    }
    func create(_ range: Range<Int>, clients: Int) throws {
        try drive(server.address, clients: clients, count: range.count) { request("POST", pods, body: pod("pod-\(range.lowerBound + $0)")) }
    }
    func memory(_ when: String) throws {
        let (resident, own) = try server.memory()
        report(when, "\(resident) MB", "\(own) MB own")
    }

    report("", "CPU for each", "rate")
    try memory("memory at idle")
    try server.measure("durable create of a pod, 1 client", count: 500) { try create(0..<500, clients: 1) }
    try server.measure("durable create of a pod, 16 clients", count: 500) { try create(500..<1_000, clients: 16) }
    try memory("memory with 1,000 pods")
    try server.measure("get, 1 client", count: 20_000) { try get(20_000, clients: 1) { "\(pods)/pod-\($0 % 1_000)" } }
    try server.measure("get, 16 clients", count: 50_000) { try get(50_000, clients: 16) { "\(pods)/pod-\($0 % 1_000)" } }
    try server.measure("/livez, 16 clients: HTTP alone", count: 50_000) { try get(50_000, clients: 16) { _ in "/livez" } }
    try server.measure("list of 1,000", count: 50) { try get(50, clients: 1) { _ in pods } }
    try server.measure("list of 1,000 as kubectl's Table", count: 20) {
        try drive(server.address, clients: 1, count: 20) { _ in request("GET", pods, accept: table) }
    }
    try server.measure("durable create of a pod, 64 clients", count: 9_000) { try create(1_000..<10_000, clients: 64) }
    try memory("memory with 10,000 pods")
    try server.measure("list of 10,000", count: 20) { try get(20, clients: 1) { _ in pods } }
    try server.measure("list of 10,000, one label selected", count: 20) { try get(20, clients: 1) { _ in "\(pods)?labelSelector=app%3Ddb" } }
    try server.measure("get of one in 10,000, 16 clients", count: 50_000) { try get(50_000, clients: 16) { "\(pods)/pod-\($0 % 10_000)" } }
    try server.measure("durable create of a config map, 16 clients", count: 2_000) {
        try drive(server.address, clients: 16, count: 2_000) { request("POST", configMaps, body: configMap("load-\($0)")) }
    }
    try memory("memory after all that")
    try watchLatency(server, "\(configMaps)/load-0", configMaps, count: 500)
}

/// From a patch's sending to its event's coming on another connection, which includes one sync of the disk.
func watchLatency(_ server: Server, _ path: String, _ collection: String, count: Int) throws {
    let watch = try Connection(server.address)
    let writer = try Connection(server.address)
    try watch.send(request("GET", "\(collection)?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dload-0"))
    try watch.something()
    // The object as it is, perhaps in a packet of its own.
    var ready = pollfd(fd: watch.file, events: Int16(POLLIN), revents: 0)
    while poll(&ready, 1, 200) > 0 { try watch.something() }
    var events: [Double] = []
    var answers: [Double] = []
    for number in 0..<count {
        let start = ContinuousClock.now
        try writer.send(request("PATCH", path, type: "application/merge-patch+json", body: "{\"data\":{\"k0\":\"\(number)\"}}"))
        try watch.something()
        events.append(microseconds(.now - start))
        try writer.answer()
        answers.append(microseconds(.now - start))
    }
    events.sort()
    answers.sort()
    func shown(_ times: [Double]) -> String { "median \(figure(times[count / 2] / 1000)) ms, 99 of 100 within \(figure(times[count * 99 / 100] / 1000)) ms" }
    print("patch to watch event, with the disk's sync:   \(shown(events))")
    print("patch to its own answer:                      \(shown(answers))")
}
