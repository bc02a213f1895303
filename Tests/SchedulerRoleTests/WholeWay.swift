import APIServer
import Core
import Foundation
import JSON
import KubeClient
import Logging
import Mesos
import MesosLocal
import StoreContract
import Synchronization
import Testing

@testable import kmd

struct TookTooLong: Error, CustomStringConvertible { let description: String }

/// Asks again and again until `check` says yes.
func eventually(_ what: String, limit: Duration = .seconds(20), _ check: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await check() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw TookTooLong(description: "waited \(limit) for \(what)")
}

/// An API server, an embedded Mesos and a scheduler on free ports. The executor's process only notes its environment; the test plays it.
struct WholeWay: Sendable {
    let kube: KubeClient
    var options: SchedulerOptions
    let executorPage: String

    func pod(_ name: String) async throws -> JSONValue { try await kube.get("/api/v1/namespaces/default/pods/\(name)") }

    func create(_ name: String, cpu: String = "100m") async throws {
        try await kube.create(
            "/api/v1/namespaces/default/pods",
            [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
                "spec": ["containers": [["name": "c", "image": "busybox", "resources": ["requests": ["cpu": .string(cpu)]]]]],
            ])
    }

    func intents() async throws -> [JSONValue] { try await kube.list("/apis/kmd.dev/v1/launchintents").items }

    func events(reason: String) async throws -> [JSONValue] {
        try await kube.list("/api/v1/namespaces/default/events").items.filter { $0["reason"]?.string == reason }
    }

    func kubeSystemEvents(reason: String) async throws -> [JSONValue] {
        try await kube.list("/api/v1/namespaces/kube-system/events").items.filter { $0["reason"]?.string == reason }
    }

    /// Runs a scheduler while `body` runs.
    func withScheduler(_ body: (SchedulerRole) async throws -> Void) async throws {
        let role = SchedulerRole(options: options)
        let running = Task { try await role.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(role)) } catch { result = .failure(error) }
        running.cancel()
        try await running.value
        try result.get()
    }

    /// Plays the executor that the agent started: binds each pod and says that it runs.
    func withExecutor(_ body: (FakeExecutor) async throws -> Void) async throws {
        try await eventually("the executor's process") { (try? environment()["MESOS_EXECUTOR_ID"]) != nil }
        let executor = FakeExecutor(client: MesosExecutorClient(try ExecutorEnvironment(environment: environment())), kube: kube)
        let running = Task { await executor.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(executor)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        try result.get()
    }

    private func environment() throws -> [String: String] {
        var result: [String: String] = [:]
        for line in try String(contentsOfFile: executorPage, encoding: .utf8).split(separator: "\n") {
            guard let end = line.firstIndex(of: "=") else { continue }
            result[String(line[..<end])] = String(line[line.index(after: end)...])
        }
        return result
    }

    static func run(cpus: Int = 2, _ body: (WholeWay) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "kmd-scheduler-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var apiOptions = APIServerOptions()
        apiOptions.port = 0
        let api = APIServer(options: apiOptions, store: MemoryStore(), logger: Logger(label: "apiserver"))
        let apiPort = try await api.start()
        var mesos = MesosLocal.Configuration(directory: directory)
        (mesos.master.port, mesos.agent.port, mesos.agent.hostname) = (0, 0, "node-1")
        mesos.agent.resources = try MachineResources.parse("cpus:\(cpus);mem:2048;disk:1000;ports:[31000-31100]")
        mesos.agent.attributes = try MachineResources.parseAttributes("rack:r1")
        mesos.agent.stopLimit = .seconds(1)
        let local = MesosLocal(mesos)
        let (found, tell) = AsyncStream.makeStream(of: MesosLocal.Addresses.self, bufferingPolicy: .bufferingOldest(1))
        let running = Task {
            defer { tell.finish() }
            try await local.run { tell.yield($0) }
        }
        var result: Result<Void, any Error> = .failure(TookTooLong(description: "Mesos did not start"))
        for await addresses in found {
            let page = directory + "/environment"
            // Written aside and moved, so that it is read whole.
            let script = "env > \(page).new && mv \(page).new \(page) && exec sleep 600"
            var options = SchedulerOptions(
                apiServer: "127.0.0.1:\(apiPort)", masters: StaticMasters([addresses.master]), executorFile: "/bin/sh", executorArguments: ["-c", script])
            options.port = 0
            options.standingLook = .milliseconds(50)
            let kube = KubeClient(server: options.apiServer)
            do { result = .success(try await body(WholeWay(kube: kube, options: options, executorPage: page))) } catch { result = .failure(error) }
            await kube.shutdown()
            running.cancel()
            break
        }
        try? await running.value
        await api.shutdown()
        try result.get()
    }
}

/// What an executor does as far as the scheduler can see.
actor FakeExecutor {
    private let client: MesosExecutorClient
    private let kube: KubeClient
    private(set) var launched: [TaskID] = []
    private(set) var killed: [TaskID] = []

    init(client: MesosExecutorClient, kube: KubeClient) { (self.client, self.kube) = (client, kube) }

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.client.run() }
            for await event in client.events {
                switch event {
                case .launch(let task): await launch(task)
                case .kill(let task, _):
                    killed.append(task)
                    _ = try? await client.update(TaskStatusUpdate(taskID: task, state: .killed))
                default: break
                }
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
    }

    func end(_ task: TaskID, _ state: MesosTaskState) async throws { try await client.update(TaskStatusUpdate(taskID: task, state: state)) }

    private func launch(_ task: LaunchedTask) async {
        launched.append(task.taskID)
        guard let pod = try? JSONValue(parsing: task.data), let name = pod.at("metadata", "name"), let uid = pod.at("metadata", "uid") else { return }
        let binding: JSONValue = [
            "apiVersion": "v1", "kind": "Binding",
            "metadata": [
                "name": name, "uid": uid,
                "annotations": [
                    "k8s.mesosphere.io/taskId": .string(task.taskID.value), "k8s.mesosphere.io/slaveId": .string(task.agentID.value),
                ],
            ],
            "target": ["kind": "Node", "name": "node-1"],
        ]
        _ = try? await kube.create("/api/v1/namespaces/default/pods/\(name.string ?? "")/binding", binding)
        _ = try? await client.update(TaskStatusUpdate(taskID: task.taskID, state: .starting))
        _ = try? await client.update(TaskStatusUpdate(taskID: task.taskID, state: .running))
    }
}
