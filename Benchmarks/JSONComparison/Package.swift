// swift-tools-version: 6.2
// How fast is our JSON beside simdjson? Needs Debian's libsimdjson-dev. `swift run -c release` prints the table of docs/json.md.

import PackageDescription

let package = Package(
    name: "JSONComparison",
    targets: [
        .target(name: "JSON"),
        .target(name: "KubeSchemaData", exclude: ["data"]),
        .target(name: "KubeSchema", dependencies: ["JSON", "KubeSchemaData"]),
        .target(name: "CSimdjson", cxxSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("simdjson")]),
        .executableTarget(name: "Comparison", dependencies: ["JSON", "KubeSchema", "CSimdjson"]),
    ],
    cxxLanguageStandard: .cxx17
)
