// swift-tools-version: 6.2
// Measures kmd. A package of its own, so that building kmd never builds it; its release build of kmd is the one that is measured.
// `Benchmarks/run` says how to use it.

import PackageDescription

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny")]

let package = Package(
    name: "kmd-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "kmd", path: ".."),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    ],
    targets: [
        // The hot paths alone, in this process.
        .executableTarget(
            name: "microbenchmarks",
            dependencies: [
                .product(name: "KmdServices", package: "kmd"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Sources/microbenchmarks", swiftSettings: strict),
        // Planning alone: its modules depend on nothing, so it builds in a minute.
        .executableTarget(
            name: "planning", dependencies: [.product(name: "KmdPlanning", package: "kmd")], path: "Sources/planning", swiftSettings: strict),
        // A running API server under load. No dependency: what it costs itself is to disturb little.
        .executableTarget(name: "loadgenerator", path: "Sources/loadgenerator", swiftSettings: strict),
        // Pods through kmd, and sandbox and container by the bare runtime calls.
        .executableTarget(
            name: "podstart",
            dependencies: [.product(name: "KmdServices", package: "kmd"), .product(name: "Logging", package: "swift-log")],
            path: "Sources/podstart", swiftSettings: strict),
    ]
)
