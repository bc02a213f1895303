// swift-tools-version: 6.2
// Measures kmd's hot paths. A package of its own, so that building kmd never builds it. `Benchmarks/run` says how to use it.

import PackageDescription

let package = Package(
    name: "kmd-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "kmd", path: "..")],
    targets: [
        .executableTarget(
            name: "microbenchmarks",
            dependencies: [.product(name: "KmdServices", package: "kmd")], path: "Sources/microbenchmarks"),
        .executableTarget(
            name: "loadgenerator",
            dependencies: [.product(name: "KmdServices", package: "kmd")], path: "Sources/loadgenerator"),
    ]
)
