import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct TableTests {
    @Test func aPodsRowReadsAsARealServersForEveryRecordedStatus() throws {
        let rows = try Fixtures.load("pod-rows")
        #expect(rows.count >= 30)
        for row in rows {
            let pod = row["pod"] ?? .null
            let found = PodTable.cells(TableObject(json: pod, now: noon))
            var expected = row["cells"]?.array ?? []
            // Newer servers write restarts as text, and our clock is another.
            expected[3] = .string(expected[3].text)
            expected[4] = found[4]
            #expect(found == expected)
            #expect(PodTable.rowConditions(pod) ?? .null == row["conditions"])
        }
    }

    @Test func rowsOfOtherKindsReadAsARealServers() throws {
        for fixture in try Fixtures.load("rows") {
            let kind = try Fixtures.kind(of: fixture)
            let found = kind.cells(TableObject(json: fixture["object"] ?? .null, now: noon))
            let expected = fixture["cells"]?.array ?? []
            #expect(found.count == expected.count)
            for (index, column) in kind.columns.enumerated() where !["Age", "Last Seen", "First Seen"].contains(column.name) {
                #expect(found[index] == expected[index], "\(kind) \(column.name)")
            }
        }
    }

    @Test func columnsAreThoseOfARealServer() throws {
        for fixture in try Fixtures.load("table-columns") {
            let kind = try Fixtures.kind(of: fixture)
            let found: [JSONValue] = kind.columns.map {
                [.string($0.name), .string($0.type), .string($0.format), .integer(Int64($0.priority))]
            }
            var expected = fixture["columns"]?.array ?? []
            // Restarts are text since 1.22, as they tell when the last one was; so are an event's numbers unchanged.
            if kind.plural == "pods" { expected[3] = ["Restarts", "string", "", 0] }
            #expect(found == expected, "\(kind)")
            #expect(kind.columns.count == kind.cells(TableObject(json: [:], now: noon)).count)
        }
    }

    @Test(
        arguments: [
            (0, "0s"), (119, "119s"), (120, "2m"), (150, "2m30s"), (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"),
            (12_000, "3h20m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"), (691_200, "8d"),
            (63_072_000, "2y"),
            (70_000_000, "2y80d"), (252_288_000, "8y"), (-1, "0s"), (-5, "<invalid>"),
        ] as [(Int64, String)])
    func agesAreShortAndCoarser(_ seconds: Int64, _ text: String) { #expect(HumanDuration.text(seconds: seconds) == text) }

    @Test func restartsTellHowLongAgoTheLastOneWas() throws {
        let pod: JSONValue = [
            "status": [
                "phase": "Running",
                "containerStatuses": [
                    ["restartCount": 2, "lastState": ["terminated": ["finishedAt": "2026-11-21T11:55:00Z"]]],
                    ["restartCount": 1, "lastState": ["terminated": ["finishedAt": "2026-11-21T10:00:00Z"]]],
                ],
            ]
        ]
        #expect(PodTable.cells(TableObject(json: pod, now: noon))[3] == "3 (5m ago)")
    }

    @Test func aTableCarriesColumnsOnceAndObjectsAsAsked() throws {
        let object = try pod()
        let metadata = ListMetadata(resourceVersion: "9", continueToken: "t", remainingItemCount: 4)
        let table = ResourceKind.pods.table(of: [object], metadata: metadata, including: .metadata, now: noon)
        #expect(table["metadata"] == ["resourceVersion": "9", "continue": "t", "remainingItemCount": 4])
        #expect(table["columnDefinitions"]?.array?.count == 9)
        #expect(table["rows"]?[0]?.at("object", "kind") == "PartialObjectMetadata")
        #expect(table["rows"]?[0]?.at("object", "metadata", "name") == "p")
        #expect(table["rows"]?[0]?["cells"]?[4] == "0s")
        let bare = ResourceKind.pods.table(of: [object], metadata: metadata, including: .none, withColumns: false, now: noon)
        #expect(bare["columnDefinitions"]?.isNull == true)
        #expect(bare["rows"]?[0]?["object"] == nil)
        let whole = ResourceKind.pods.table(of: [object], metadata: metadata, including: .object, version: "v1beta1", now: noon)
        #expect(whole["apiVersion"] == "meta.k8s.io/v1beta1")
        #expect(whole["rows"]?[0]?["object"] == object)
    }

    @Test func anUnknownWishForObjectsIsRefused() throws {
        let failure = status { _ = try IncludedObject(parameter: "Bogus") }
        #expect(
            failure?.message == "Unable to convert to Table as requested: includeObject: Invalid value: \"Bogus\": "
                + "must be 'Metadata', 'Object', 'None', or empty")
        #expect(try IncludedObject(parameter: "") == .metadata)
    }

    @Test(arguments: [IncludedObject.none, .metadata, .object])
    func aTableFromBytesIsThatFromTrees(_ included: IncludedObject) throws {
        let metadata = ListMetadata(resourceVersion: "9", remainingItemCount: 4)
        for (fixture, member) in [("pod-rows", "pod"), ("rows", "object")] {
            for row in try Fixtures.load(fixture) {
                let kind = fixture == "pod-rows" ? ResourceKind.pods : try Fixtures.kind(of: row)
                let object = row[member] ?? .null
                let bytes = try kind.tableBytes(
                    ofClientBytes: [object.encoded()], metadata: metadata, including: included, now: noon)
                let table = kind.table(of: [object], metadata: metadata, including: included, now: noon)
                #expect(try JSONValue(parsing: bytes) == table)
            }
        }
        let none = try ResourceKind.pods.tableBytes(
            ofClientBytes: [], metadata: metadata, including: included, withColumns: false, version: "v1beta1", now: noon)
        #expect(
            try JSONValue(parsing: none)
                == ResourceKind.pods.table(
                    of: [], metadata: metadata, including: included, withColumns: false, version: "v1beta1", now: noon))
    }
}
