// swift-tools-version: 6.2
// The map of kmd. What a module is for, and what it may touch: docs/ARCHITECTURE.md.

import PackageDescription

/// Held for every module of our own: nothing ships with a warning.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]

func service(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Services/\(name)", swiftSettings: strict)
}

/// Code that a generator wrote: its warnings are not ours.
func generated(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Services/\(name)", exclude: ["proto"])
}

func component(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: ["Core", "ActorKit"] + dependencies, path: "Sources/Actors/\(name)",
        swiftSettings: strict)
}

/// Tests of one module, in Tests/<name>. `KMD_TESTS=StoreTests,JSONTests` leaves the others out of the package: a quick loop.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> [Target] {
    let chosen = Context.environment["KMD_TESTS"]?.split(separator: ",").map(String.init)
    guard chosen?.contains(name) ?? true else { return [] }
    return [.testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)]
}

/// A real executor process for the tests of the embedded Mesos.
func scriptedExecutor() -> [Target] {
    tests("MesosLocalTests", []).isEmpty
        ? []
        : [.executableTarget(name: "ScriptedExecutor", dependencies: ["Core", "Mesos"], path: "Tests/Support/ScriptedExecutor", swiftSettings: strict)]
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let nioHTTP: [Target.Dependency] = nio + [.product(name: "NIOHTTP1", package: "swift-nio")]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
    name: "kmd",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "kmd", targets: ["kmd"]),
        // For Benchmarks/ alone.
        .library(name: "KmdServices", targets: ["Core", "JSON", "KubeAPI", "KubeClient", "Store", "StoreSQLite", "APIServer", "ContainerRuntime", "Scheduling", "OfferBroker", "PodQueue"]),
        .library(name: "KmdPlanning", targets: ["Core", "Scheduling"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    ],
    targets: [
        // Wire formats and pure logic.
        service("Core"),
        service("JSON"),
        .target(name: "KubeSchemaData", path: "Sources/Services/KubeSchemaData", exclude: ["data"]),
        service("KubeSchema", ["JSON", "KubeSchemaData"]),
        service("KubeObjects", ["Core", "JSON"]),
        service("KubeAPI", ["Core", "JSON", "KubeSchema", "KubeObjects"]),
        service("Scheduling", ["Core"]),
        service("Store", ["Core"]),
        service("ServiceRouting", ["JSON"]),

        // Adapters to the outside world.
        service("Telemetry", [logging]),
        service("HTTPKit", [logging] + nioHTTP),
        service("StoreSQLite", [
            "Core", "Store", logging, .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "GRDBSQLite", package: "GRDB.swift"),
        ]),
        service("KubeClient", ["Core", "JSON", logging, httpClient]),
        service("APIServer", ["Core", "JSON", "KubeObjects", "KubeAPI", "KubeSchema", "Store", "HTTPKit", logging,
                              .product(name: "Yams", package: "Yams")] + nioHTTP),
        generated("MesosProto", [protobuf]),
        service("Mesos", [
            "Core", "MesosProto", "ZooKeeper", logging, httpClient, protobuf, .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ] + nioHTTP),
        service("MesosLocal", ["Core", "ActorKit", "JSON", "Mesos", "MesosProto", "HTTPKit", logging, httpClient, protobuf] + nioHTTP),
        .systemLibrary(name: "CZooKeeper", path: "Sources/Services/CZooKeeper"),
        service("ZooKeeper", ["CZooKeeper", logging]),
        service("NodeFiles", ["Core"]),
        service("ServiceProxy", ["Core", "ServiceRouting", logging] + nio),
        service("DNS", ["Core", "ActorKit", logging] + nio),
        service("NodeServer", ["Core", "HTTPKit"] + nioHTTP),
        generated("CRIProto", [
            protobuf, .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        ]),
        service("GRPCKit", [
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"), .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ]),
        service("ContainerRuntime", [
            "Core", "CRIProto", "GRPCKit", logging, .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        ] + nio),
        generated("EtcdProto", [
            protobuf, .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        ]),
        service("StoreEtcd", [
            "Core", "Store", "EtcdProto", "GRPCKit", logging, protobuf, .product(name: "GRPCCore", package: "grpc-swift-2"),
            .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
            .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        ]),

        // Components: a pure state, an actor, typed messages. They never import each other or an adapter.
        .target(name: "ActorKit", dependencies: ["Core"], path: "Sources/Actors/ActorKit", swiftSettings: strict),
        component("OfferBroker", ["Scheduling"]),
        component("PodQueue", ["Scheduling"]),
        component("Binder", ["Scheduling"]),
        component("Reconciler", ["Scheduling"]),
        component("NodeRegistrar", ["Scheduling"]),
        component("ExecutorKeeper"),
        component("LeaderElector"),
        component("NodeAgent", ["JSON", "KubeObjects"]),
        component("ControllerKit", ["JSON"]),
        .target(
            name: "Controllers", dependencies: ["Core", "JSON", "KubeObjects", "KubeAPI", "ServiceRouting", "ControllerKit"],
            path: "Sources/Actors/Controllers", swiftSettings: strict),
        component("ServiceProxier", ["ServiceRouting"]),
        component("DNSRegistrar", ["JSON"]),

        // What tests share: the suite that any store is held to, and a store in memory that is its model.
        .target(name: "StoreContract", dependencies: ["Core", "Store"], path: "Tests/Support/StoreContract", swiftSettings: strict),

        // Real etcd clusters for tests.
        .target(name: "EtcdKit", dependencies: ["ClusterKit"], path: "Tests/Support/EtcdKit", swiftSettings: strict),

        // What the store's crash test kills.
        .executableTarget(
            name: "StoreCrashWriter", dependencies: ["Store", "StoreSQLite", logging], path: "Tests/Support/StoreCrashWriter",
            swiftSettings: strict),

        // The composition root: the one place that sees both sides.
        .executableTarget(
            name: "kmd",
            dependencies: [
                "Core", "JSON", "KubeObjects", "KubeAPI", "Scheduling", "Store", "Telemetry", "HTTPKit", "StoreEtcd", "StoreSQLite", "KubeClient",
                "APIServer", "KubeSchema", "Mesos", "MesosProto", "MesosLocal", "ContainerRuntime", "NodeServer", "NodeFiles", "ActorKit", "OfferBroker", "PodQueue", "Binder",
                "Reconciler", "ExecutorKeeper", "NodeRegistrar", "LeaderElector", "NodeAgent", "ControllerKit", "Controllers", "DNS", "DNSRegistrar", logging, httpClient,
                "ServiceRouting", "ServiceProxy", "ServiceProxier", "ZooKeeper",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + nioHTTP,
            path: "Sources/Main/kmd", swiftSettings: strict),

        // The cluster in one process, under virtual time (docs/simulation.md).
        .executableTarget(
            name: "kmd-sim",
            dependencies: [
                "Core", "ActorKit", "Scheduling", "OfferBroker", "PodQueue", "Binder", "Reconciler", "LeaderElector", "SimulatedZooKeeper",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/Main/kmd-sim", swiftSettings: strict),

        // ZooKeeper, as an election sees it: for kmd-sim and for the election's own simulation.
        .target(
            name: "SimulatedZooKeeper", dependencies: ["Core", "LeaderElector"], path: "Tests/Support/SimulatedZooKeeper", swiftSettings: strict),

        // What tests and benchmarks share.
        .target(name: "RawHTTP", dependencies: nioHTTP, path: "Tests/Support/RawHTTP", swiftSettings: strict),
        .target(name: "ClusterKit", path: "Tests/Support/ClusterKit", swiftSettings: strict),
        .target(
            name: "ElectionSimulation", dependencies: ["Core", "ActorKit", "LeaderElector", "SimulatedZooKeeper"], path: "Tests/Support/ElectionSimulation",
            swiftSettings: strict),
        .target(name: "ZooKeeperEnsemble", path: "Tests/Support/ZooKeeperEnsemble", swiftSettings: strict),
        .target(
            name: "ControllerSimulation", dependencies: ["Core", "JSON", "ActorKit", "ControllerKit"],
            path: "Tests/Support/ControllerSimulation", swiftSettings: strict),
    ]
        + tests("CoreTests", ["Core"])
        + tests("NodeServerTests", ["NodeServer", "HTTPKit", logging])
        + tests("NodeFilesTests", ["NodeFiles", "Core"])
        + scriptedExecutor()
        + tests("MesosTests", ["Core", "JSON", "Mesos", "MesosProto", "HTTPKit", "ZooKeeper", "ZooKeeperEnsemble", logging, protobuf, .product(name: "NIOSSL", package: "swift-nio-ssl")] + nioHTTP)
        + tests("MesosLocalTests", ["Core", "JSON", "Mesos", "MesosProto", "MesosLocal", "HTTPKit", "ScriptedExecutor", logging, protobuf, httpClient] + nioHTTP)
        + tests("TidyTests", [])
        + tests("MainTests", ["kmd", "Core", "DNS", "JSON", "KubeClient", "Mesos", "KubeObjects", "OfferBroker", "PodQueue", "Scheduling", "ClusterKit", "EtcdKit", "Store", "StoreContract", "StoreEtcd", "StoreSQLite", logging, .product(name: "ArgumentParser", package: "swift-argument-parser")])
        + tests("IntegrationTests", ["ClusterKit"])
        + tests("TelemetryTests", ["Telemetry", logging])
        + tests("ActorKitTests", ["Core", "ActorKit"])
        + tests("ControllerKitTests", ["Core", "JSON", "ActorKit", "ControllerKit"])
        + tests("AllocationTests", ["APIServer", "Core", "JSON", "KubeAPI", "Store", "StoreContract"])
        + tests("ControllersTests", ["Core", "JSON", "ActorKit", "KubeObjects", "KubeAPI", "KubeSchema", "ServiceRouting", "ControllerKit", "ControllerSimulation", "Controllers"])
        + tests("JSONTests", ["JSON"])
        + tests("KubeSchemaTests", ["JSON", "KubeSchema"])
        + tests("KubeObjectsTests", ["KubeObjects", "JSON"])
        + tests("SchedulingTests", ["Core", "Scheduling"])
        + tests("SimulationTests", ["kmd-sim"])
        + tests("OfferBrokerTests", ["Core", "ActorKit", "Scheduling", "OfferBroker"])
        + tests("PodQueueTests", ["Core", "ActorKit", "Scheduling", "PodQueue"])
        + tests("BinderTests", ["Core", "ActorKit", "Scheduling", "Binder"])
        + tests("KubeAPITests", ["Core", "JSON", "KubeSchema", "KubeAPI"])
        + tests("APICacheTests", ["APIServer", "Core", "JSON", "KubeAPI", "Store", "StoreContract", logging] + nioHTTP)
        + tests("StoreTests", ["Store", "StoreContract"])
        + tests("GRPCKitTests", ["GRPCKit", .product(name: "NIOEmbedded", package: "swift-nio")])
        + tests("StoreEtcdTests", ["ClusterKit", "EtcdKit", "EtcdProto", "Store", "StoreEtcd", "StoreContract", "StoreSQLite", logging, .product(name: "GRPCCore", package: "grpc-swift-2")])
        + tests("ReplicaTests", ["APIServer", "EtcdKit", "JSON", "KubeAPI", "KubeClient", "Store", "StoreEtcd", logging])
        + tests("ReconcilerTests", ["Core", "ActorKit", "Scheduling", "Reconciler"])
        + tests("ExecutorKeeperTests", ["Core", "ActorKit", "ExecutorKeeper"])
        + tests("NodeRegistrarTests", ["Core", "ActorKit", "Scheduling", "NodeRegistrar"])
        + tests("LeaderElectorTests", ["Core", "ActorKit", "Scheduling", "LeaderElector", "ElectionSimulation"])
        + tests("KubeClientTests", ["Core", "JSON", "HTTPKit", "KubeClient", logging] + nio)
        + tests("ContainerRuntimeTests", ["ContainerRuntime", "Core", logging])
        + tests("StoreSQLiteTests", ["Store", "StoreSQLite", "StoreContract", "StoreCrashWriter", logging])
        + tests("NodeAgentTests", ["NodeAgent", "KubeObjects", "JSON", "Core"])
        + tests("SchedulerRoleTests", [
            "kmd", "APIServer", "Core", "HTTPKit", "JSON", "KubeClient", "KubeObjects", "Mesos", "MesosLocal", "MesosProto", "OfferBroker", "Scheduling", "StoreContract", logging, protobuf,
        ])
        + tests("HTTPKitTests", ["HTTPKit", "RawHTTP", logging] + nioHTTP)
        + tests("APIServerTests", ["APIServer", "Core", "HTTPKit", "JSON", "KubeAPI", "KubeSchema", "RawHTTP", "Store", "StoreContract", logging] + nioHTTP)
        + tests("ServiceRoutingTests", ["ServiceRouting", "JSON"])
        + tests("ServiceProxyTests", ["ServiceProxy"])
        + tests("ServiceProxierTests", ["ServiceRouting", "ServiceProxier", "ActorKit", "Core"])
        + tests("ZooKeeperTests", ["ZooKeeper", "ZooKeeperEnsemble"])
        + tests("ElectionTests", ["kmd", "Core", "JSON", "KubeClient", "ClusterKit", "ZooKeeperEnsemble"])
        + tests("DNSTests", ["DNS", "Core", logging] + nio)
        + tests("DNSRegistrarTests", ["DNSRegistrar", "ActorKit", "Core", "JSON"])
)
